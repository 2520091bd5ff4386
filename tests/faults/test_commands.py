"""The commands on hostile text and under faults: a terminal is steered by nothing, a program gets the bytes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app_helpers import ids, only_agent
from tests.faults.attacking import AttackingTransport
from tests.faults.hostile import BODIES, LINES, REFUSALS, Fault, HostileServer, Line
from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import running, unknown_sequences
from tests.faults.test_terminal import ATTACK, KEY, environment, hostile_world, pieces
from tui.backends.demo.transport import DemoTransport

COMMANDS = {
    "list": ("list", "--agent", "AGENT"),
    "list of agents": ("list", "--agents"),
    "check": ("check", "--agent", "AGENT"),
    "check of all": ("check", "--all"),
    "check as JSON": ("check", "--all", "--json"),
    "show": ("show", "CONVERSATION"),
    "show as JSON": ("show", "CONVERSATION", "--json"),
    "show of the default": ("show", "default", "--agent", "AGENT"),
    "blocks": ("blocks", "CONVERSATION"),
    "diff": ("diff", "CONVERSATION"),
    "export": ("export", "CONVERSATION"),
    "summary": ("summary", "get", "CONVERSATION"),
    "no such agent": ("list", "--agent", f"nobody {ATTACK.replace(chr(0), '')}"),
    "several agents": ("check", "--agent", "a"),
}


def filled(command: tuple[str, ...], transport: DemoTransport) -> list[str]:
    names = {"AGENT": only_agent(transport), "CONVERSATION": ids(transport)[-1]}
    return [sys.executable, "-m", "tui", *(names.get(word, word) for word in command)]


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[DemoTransport, str]]:
    """Hostile in every text, ids and the names of fields included."""
    transport = hostile_world()
    with served(AttackingTransport(transport, ATTACK)) as (url, _):
        yield transport, url


@pytest.fixture(scope="module")
def unchanged_world() -> Iterator[tuple[DemoTransport, str]]:
    """Hostile in what users and models write."""
    transport = hostile_world()
    with served(transport) as (url, _):
        yield transport, url


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_that_a_command_prints_steers_a_terminal(
    name: str, world: tuple[DemoTransport, str], tmp_path: Path
) -> None:
    transport, url = world
    command = [*filled(COMMANDS[name], transport), "--base-url", url]
    with TALLY.trying(), running(command, environment(tmp_path), tmp_path, watched=False) as program:
        code = program.end()
        written = bytes(program.written)
    assert b"Traceback" not in written
    assert code in (0, 1, 2), written[-500:]
    assert written
    found = unknown_sequences(written)
    TALLY.leaks += bool(found)
    assert not found, found[:10]
    TALLY.search(written, *pieces(), where=name)


@pytest.mark.parametrize("name", ["summary", "show as JSON", "export"])
def test_a_program_gets_the_text_unchanged(
    name: str, unchanged_world: tuple[DemoTransport, str], tmp_path: Path
) -> None:
    transport, url = unchanged_world
    command = [*filled(COMMANDS[name], transport), "--base-url", url]
    done = subprocess.run(command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    whole = f"First {ATTACK}"
    if name == "summary":
        assert text.rstrip("\n") == whole
    else:
        assert json.dumps(whole)[1:-1] in text or whole in text
        if name == "show as JSON":
            assert json.loads(text)["conversation"]["summary"] == whole


FAULTS = [
    *(fault for fault in LINES if fault.line in (Line.RESET, Line.CUT)),
    *[fault for fault in BODIES if not fault.large][::5],
    *[fault for fault in REFUSALS if "markup" in fault.name][::4],
]


@contextmanager
def told_to(fault: Fault) -> Iterator[str]:
    """The address of a server that answers everything with a fault."""
    ready, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    server = HostileServer(fault)

    async def run() -> None:
        async with server.listening():
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(run()), loop.close()))
    thread.start()
    assert ready.wait(30)
    try:
        yield server.url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_command_under_a_fault_says_so_in_one_line(fault: Fault, tmp_path: Path) -> None:
    TALLY.fault(fault.name)
    with told_to(fault) as url:
        command = [sys.executable, "-m", "tui", "check", "--all", "--base-url", url]
        with TALLY.trying(), running(command, environment(tmp_path), tmp_path, watched=False) as program:
            code = program.end()
            written = bytes(program.written)
    assert code in (2, 3, 4), written
    assert fault.words.split()[0].encode() in written
    assert b"Traceback" not in written
    assert not unknown_sequences(written)
    TALLY.search(written, KEY, *pieces(), where=fault.name)
