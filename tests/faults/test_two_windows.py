"""Two processes edit one summary, and one of them is killed at each step: no text is lost, none goes to another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import draft_on_disk, ids, small_server
from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import Program, running

PROCESS = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from tui.storage.draft_store import Draft, DraftStore
drafts, place = DraftStore(Path(sys.argv[1])), ("http://s", "conv-1", "agent-1")
for line in sys.stdin:
    verb, *text = json.loads(line)
    if verb == "type":
        drafts.save(Draft("http://s", "agent-1", "conv-1", text[0], "", datetime.now(UTC)))
        answer = None
    elif verb == "take":
        found = drafts.take(*place)
        answer = None if found is None else found.text
    elif verb == "elsewhere":
        typed = drafts.elsewhere(*place)
        answer = None if typed is None else typed.process.pid
    else:
        answer = drafts.drop(*place)
    print(json.dumps(answer), flush=True)
"""


class Typist:
    """A process that types drafts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, *act: str) -> Any:
        """Do something with the drafts, and return what came of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(act) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def typists(room: Path) -> Iterator[tuple[Typist, ...]]:
    command = [sys.executable, "-c", PROCESS, str(room)]
    with ExitStack() as stack:
        started = []
        for _ in range(3):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(Typist(process))
        yield tuple(started)


def test_giving_up_one_text_leaves_the_one_of_a_killed_process(typists: tuple[Typist, ...]) -> None:
    one, two, three = typists
    one("type", "ONE")
    two("type", "TWO")
    one.kill()
    two("drop")
    TALLY.edit(kept=three("take") == "ONE")


def test_a_text_is_nobody_elses_while_its_process_runs(typists: tuple[Typist, ...]) -> None:
    one, two, three = typists
    one("type", "ONE")
    assert two("take") is None
    assert two("elsewhere") == one.process.pid
    two("drop")
    one.kill()
    assert two("elsewhere") is None
    TALLY.edit(kept=three("take") == "ONE")


def test_what_was_left_behind_goes_to_one_process_alone(typists: tuple[Typist, ...]) -> None:
    one, two, three = typists
    one("type", "ONE")
    one.kill()
    assert two("take") == "ONE"
    assert three("take") is None
    assert three("elsewhere") == two.process.pid
    two.kill()
    TALLY.edit(kept=three("take") == "ONE")


STORY = ("type", "ONE"), ("type", "ONE!"), ("drop",), ("type", "AGAIN"), ("take",)
LEFT = None, "ONE", "ONE!", None, "AGAIN", "AGAIN"


@pytest.mark.parametrize("steps", range(len(LEFT)))
def test_killed_after_each_step_the_last_text_is_there(steps: int, typists: tuple[Typist, ...]) -> None:
    one, two, three = typists
    two("type", "TWO")
    for act in STORY[:steps]:
        one(*act)
    one.kill()
    two("take")
    two("drop")
    TALLY.edit(kept=three("take") == LEFT[steps])


# the app, in two terminals


@contextmanager
def window(address: str, home: Path) -> Iterator[Program]:
    """The app on a server, in a terminal of its own, with its list shown."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LETTA_", "XDG_", "TEXTUAL"))
    }
    environment |= {"HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "tui", "--base-url", address]
    with running(command, environment, home, seconds=40) as program:
        program.until("One")
        program.until("all")
        yield program


def test_two_windows_on_one_summary(room: Path) -> None:
    transport = small_server("One")
    (wanted,) = ids(transport)
    drafts = room / ".local/state/letta-tui/drafts"
    with served(transport) as (address, _), window(address, room) as one:
        one.press("e", until="unchanged")
        one.press(" A", until="One A")
        with window(address, room) as two:
            two.press("e", until="(process")
            assert "One A" not in two.emulator.text
            two.press(" B", until="One B")
            one.process.kill()
            one.process.wait()
            two.press("\x1b", until="discarded")
            two.press("e", until="by a letta-tui that")
            assert "One A" in two.emulator.text
            two.press("\r", until="Saved")
    assert transport.store.conversations[wanted].summary == "One A"
    TALLY.edit(kept=draft_on_disk(address, wanted, drafts) is None)
