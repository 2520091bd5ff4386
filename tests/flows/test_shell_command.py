"""A text through a shell command: the bytes as they are, bounded, killed when nobody waits, and without the key."""

import asyncio
import os
import select
from pathlib import Path
from typing import BinaryIO

import pytest

from tui.flows import shell_command
from tui.flows.shell_command import pipe

pytestmark = pytest.mark.anyio


async def ended(told: BinaryIO) -> bool:
    """Whether the end of a pipe comes, which is seen once every child that could write to it has gone."""
    ready, _, _ = await asyncio.to_thread(select.select, [told], [], [], 30)
    return bool(ready) and told.read() == b""


async def test_the_text_goes_in_as_it_is_and_both_outputs_come_back() -> None:
    ran = await pipe("cat; echo oops >&2; exit 3", "Grüße \x1b[31m\n")
    assert ran.code == 3
    assert ran.output == "Grüße \x1b[31m\noops\n"


async def test_a_command_that_reads_nothing_is_no_trouble() -> None:
    assert (await pipe("true", "x" * 1_000_000)).code == 0


async def test_output_beyond_the_bound_is_counted_and_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_command, "MAX_OUTPUT_BYTES", 1000)
    ran = await pipe("head -c 200000 /dev/zero", "")
    assert (len(ran.output), ran.dropped) == (1000, 199_000)


async def test_the_key_stays_here() -> None:
    ran = await pipe("env", "", {**os.environ, "LETTA_API_KEY": "canary"})
    assert "canary" not in ran.output


async def test_the_key_of_a_profile_stays_here_whatever_its_variable_is_called() -> None:
    environ = {**os.environ, "LAB_KEY": "canary\n", "OTHER": "kept"}
    ran = await pipe("env", "", environ, api_key="canary")
    assert "canary" not in ran.output
    assert "OTHER=kept" in ran.output


async def test_a_command_that_is_cancelled_while_it_starts_dies_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    running = asyncio.create_task(pipe(f"(echo up; sleep 1000) > {fifo}; true", "text"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with open(fifo, "rb") as told:  # noqa: ASYNC230 - as long as this waits, nothing can learn that it has started
        assert told.readline() == b"up\n"
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await ended(told)


async def test_a_cancelled_command_dies_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    running = asyncio.create_task(pipe(f"(echo up; sleep 1000) > {fifo}; true", "text"))
    with await asyncio.to_thread(open, fifo, "rb") as told:
        assert await asyncio.to_thread(told.readline) == b"up\n"
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await ended(told)


async def test_what_went_on_in_the_background_dies_although_the_shell_has_ended(tmp_path: Path) -> None:
    shell, background = tmp_path / "shell", tmp_path / "background"
    os.mkfifo(shell)
    os.mkfifo(background)
    command = f"exec 3> {shell}; (exec 3>&-; echo up; exec sleep 1000) > {background} & true"
    running = asyncio.create_task(pipe(command, "text"))
    with (
        await asyncio.to_thread(open, shell, "rb") as of_the_shell,
        await asyncio.to_thread(open, background, "rb") as told,
    ):
        assert await asyncio.to_thread(told.readline) == b"up\n"
        assert await ended(of_the_shell)
        assert not running.done(), "what the shell left behind still holds the output"
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await ended(told)


@pytest.mark.parametrize("command", ["echo \x00", "echo \ud800"])
async def test_what_no_program_can_be_given_is_an_error_of_the_system(command: str) -> None:
    with pytest.raises(OSError, match=r"null byte|surrogates"):
        await pipe(command, "text")


@pytest.mark.parametrize(
    ("command", "code"),
    [("#", 0), ("'", 2), ("nowhere-at-all", 127), ("exit 3;", 3), ("kill -9 $$", -9), (";;", 2)],
)
async def test_odd_commands_end_as_the_shell_says(command: str, code: int) -> None:
    assert (await pipe(command, "text")).code == code
