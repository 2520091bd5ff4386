"""Agent files and bundles of any origin: read within bounds, and harmless on every screen."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, NOW, WIDE, assert_harmless, press, screen_text, settle
from tests.cases import case
from tests.faults.mutating import REPLACEMENTS, bent
from tests.faults.tally import TALLY
from tests.faults.test_terminal import ATTACK, environment
from tests.letta.servers import AT_ONCE, FIXTURES
from tui.app import LettaApp
from tui.backends.bundle.open_file import DEEPEST, MAX_VALUES, read_recording
from tui.backends.bundle.recording import MAX_MESSAGES, Recording, UnreadableFile
from tui.backends.bundle.transport import BundleTransport
from tui.config.settings import resolve
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.letta.response import parsed
from tui.letta.transport import Wire
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import LettaError

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]

Json = dict[str, Any]
KEPT = {"role", "type", "created_at"}
"""Fields whose words decide what is shown; any other text can be anything."""

SCREENS = [
    "enter", "m", "H", "G", "g", "z", "Z", "x", "escape", "b", "d", "d", "i", "escape", "t", "escape", "!", "escape",
    "@", "escape", "P", "escape", "T", "escape", "M", "escape", "a", "escape", "ctrl+o", "escape", "question_mark",
    "escape", "colon", "escape", "slash", "escape", "y", "Y", "e", "escape", "D", "escape", "w",
]  # fmt: skip


def agent_file() -> Json:
    found: Json = json.loads((FIXTURES / "agent_file.json").read_bytes())
    return found


def attacked(value: Any, text: str, name: str = "") -> Any:
    """The same with this text behind every text but those that decide what is shown; ids still fit together."""
    if isinstance(value, dict):
        return {key: attacked(one, text, key) for key, one in value.items()}
    if isinstance(value, list):
        return [attacked(one, text, name) for one in value]
    return f"{value}{text}" if isinstance(value, str) and name not in KEPT else value


def old_file(text: str) -> Json:
    """The format before 0.10, with this text everywhere."""
    message = {"role": "user", "text": text, "content": [{"type": "text", "text": text}], "name": text}
    calls = [{"id": text, "function": {"name": text, "arguments": text}}]
    return {
        "name": text,
        "version": text,
        "llm_config": {"model": text},
        "core_memory": [{"label": text, "value": text, "limit": text}],
        "messages": [message, {"role": "assistant", "content": text, "tool_calls": calls}, {"role": text}],
        "in_context_message_indices": [0, 1, 2, 3],
    }


def app_on(recording: Recording) -> LettaApp:
    settings = resolve({"bundle": Path("[/foo]\x1b[31m.af")}, {})
    return LettaApp(settings, transport=BundleTransport(recording), clock=lambda: NOW)


FILES: dict[str, Callable[[], Json]] = {
    "texts": lambda: attacked(agent_file(), ATTACK.replace("\0", "")),
    "markup": lambda: attacked(agent_file(), HOSTILE),
    "halves of pairs": lambda: attacked(agent_file(), "\ud800[/foo]"),
    "the older format": lambda: old_file(ATTACK),
}


@pytest.mark.parametrize("name", FILES)
async def test_hostile_text_of_a_file_is_harmless_on_every_screen(name: str) -> None:
    recording = read_recording(json.dumps(FILES[name]()).encode())
    TALLY.fault(f"an agent file: {name}")
    app = app_on(recording)
    with TALLY.trying():
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            await settle(pilot)
            assert_harmless(app)
            seen = screen_text(app)
            for key in SCREENS:
                with case(key):
                    await press(pilot, key)
                    assert_harmless(app)
                    seen += screen_text(app)
            assert app.is_running
    assert seen.count("[/foo]") > 40


async def read_all(recording: Recording) -> None:
    """Read everything that a file has, as the app and the commands do."""
    client = LettaClient(Wire("http://offline", transport=BundleTransport(recording), patience=AT_ONCE))
    for agent in (await client.agents()).rows:
        named = (await client.conversations(agent.id)).rows
        for row in (Conversation(id=DEFAULT, agent_id=agent.id), *named):
            try:
                await collect(client, row, agent, NOW)
            except LettaError:
                continue
    await client.close()


async def test_files_that_are_bent_anywhere_are_read_or_refused() -> None:
    """One sentence of the file's reader, or whatever the requests say; never a crash."""
    plain = agent_file()
    read = 0
    for seed in range(150):
        dice = random.Random(seed)
        bends = [
            (dice.randrange(2_000), dice.randrange(len(REPLACEMENTS))) for _ in range(dice.randrange(1, 12))
        ]
        with case("seed", seed), TALLY.trying(), suppress(UnreadableFile):
            recording = read_recording(json.dumps(bent(plain, bends)).encode())
            await read_all(recording)
            read += 1
    assert read > 50


# bounds


def with_messages(*messages: Json) -> bytes:
    agent = {"id": "agent-0", "name": "Ada", "messages": list(messages), "in_context_message_ids": []}
    return json.dumps({"agents": [agent], "blocks": []}).encode()


def message(content: Any = "hi", **more: Any) -> Json:
    return {"id": "message-1", "role": "assistant", "content": content, **more}


def bundle(*entries: Json) -> bytes:
    server = {"letta": "0.16.8", "origin": None}
    return json.dumps(
        {"format": "letta-tui bundle", "version": 1, "server": server, "conversations": list(entries)}
    ).encode()


def entry(number: int, messages: list[Json]) -> Json:
    return {
        "conversation": {"id": f"conv-{number}"},
        "agent": {"id": "agent-0"},
        "messages": messages,
        "in_context_message_ids": [],
    }


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


TOO_LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "messages": (lambda: with_messages(*[message()] * (MAX_MESSAGES + 1)), "more than 100,000 messages"),
    "parts": (
        lambda: with_messages(message([{"type": "text", "text": ""}] * (MAX_MESSAGES + 1))),
        "more than 100,000 messages",
    ),
    "messages of a bundle": (
        lambda: bundle(entry(1, [{"id": "m"}] * (MAX_MESSAGES + 1))),
        "more than 100,000 messages",
    ),
    "messages in all": (
        lambda: bundle(*(entry(n, [{"id": "m"}] * 90_000) for n in range(3))),
        "more than 250,000 messages",
    ),
    "values": (
        lambda: b'{"agents":[' + b"{}," * (MAX_VALUES // 2) + b"{}]}",
        "more than 8,000,000 values",
    ),
    "depth": (lambda: with_messages(message(nested(DEEPEST))), "nested more than 110 levels deep"),
    "depth without end": (lambda: b'{"agents":' + b"[" * 100_000, "it is not complete JSON"),
    "lists at the top": (lambda: json.dumps(nested(200)).encode(), "nested more than 110 levels deep"),
    "a text": (lambda: b'"agents"', "neither a bundle"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_more_than_is_read_of_a_file_is_refused_in_words(name: str) -> None:
    make, words = TOO_LARGE[name]
    with TALLY.trying(), pytest.raises(UnreadableFile, match=words):
        read_recording(make())


def test_json_in_a_text_that_is_nested_without_end_is_a_text() -> None:
    """Some texts of stored messages are JSON, which is taken apart when the file is read."""
    deep = '{"type":' * 50_000
    for role in ("user", "tool", "function", "assistant"):
        with case(role), TALLY.trying():
            recording = read_recording(with_messages(message(deep, role=role, tool_call_id="call-1")))
            assert deep in json.dumps(recording.conversations["agent-0"].messages).replace('\\"', '"')


async def test_a_block_that_is_named_a_million_times_is_sent_once() -> None:
    """A file of 10 MB would be answered with a terabyte."""
    agent = {"id": "agent-0", "messages": [], "block_ids": ["block-0"] * 1_000_000}
    block = {"id": "block-0", "label": "human", "value": "x" * 1_000_000}
    recording = read_recording(json.dumps({"agents": [agent], "blocks": [block]}).encode())
    transport = BundleTransport(recording)
    client = LettaClient(Wire("http://offline", transport=transport))
    assert [one.id for one in await client.agent_blocks("agent-0")] == ["block-0"]
    await client.close()


async def test_what_lies_as_deep_as_a_file_may_be_is_said_and_crashes_nothing() -> None:
    recording = read_recording(
        with_messages(message(content=None, tool_calls=[{"function": {"arguments": nested(95)}}]))
    )
    TALLY.fault("an agent file: as deep as may be")
    app = app_on(recording)
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            for key in SCREENS:
                await press(pilot, key)
            assert app.is_running


async def test_a_long_list_of_a_file_is_encoded_beside_the_loop() -> None:
    """Row by row in a thread, so that keys are handled meanwhile."""
    recording = read_recording(
        bundle(entry(1, [{"id": f"message-{n}", "content": "x"} for n in range(50_000)]))
    )
    transport = BundleTransport(recording)
    request = httpx.Request("GET", "http://offline/v1/messages/?conversation_id=conv-1&limit=100000")
    answering = asyncio.ensure_future(transport.handle_async_request(request))
    ticks = 0
    while not answering.done():
        await asyncio.sleep(0)
        ticks += 1
    wrong, rows = parsed((await answering).content)
    assert (wrong, len(rows)) == ("", 50_000)
    assert ticks > 10


def test_the_program_does_not_wait_for_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    code = (
        "import sys; from tui.cli import main; from tui.storage import regular_file\n"
        "regular_file.read_input.__defaults__ = (0.01,)\n"
        "sys.exit(main(['show', '--from', sys.argv[1]]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env=environment(tmp_path),
        capture_output=True,
        timeout=50,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert b"cannot browse" in ended.stderr
    assert b"nothing arrived within 0.01 seconds" in ended.stderr


def test_a_pipe_that_something_comes_through_is_read(tmp_path: Path) -> None:
    """As `--from <(command)` gives one."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as end, os.fdopen(read, "rb"):
        child = subprocess.Popen(
            [sys.executable, "-m", "tui", "list", "--agents", "--json", "--from", f"/dev/fd/{read}"],
            env=environment(tmp_path),
            pass_fds=[read],
            stdout=subprocess.PIPE,
        )
        end.write((FIXTURES / "agent_file.json").read_bytes())
        end.close()
        output, _ = child.communicate(timeout=50)
    assert child.returncode == 0
    assert "agent-0" in output.decode()
