"""Which instances run: those that hold their lock, whatever their files say."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tui.storage.running_instance import Process, RunningInstance

HOLDER = """
import sys
from pathlib import Path
from typing import Any
from tui.storage.running_instance import RunningInstance
instance = RunningInstance(Path(sys.argv[1]))
instance.announce()
print(instance.id, flush=True)
sys.stdin.read()
"""


def test_an_instance_runs_until_its_process_is_killed(room: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(room)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        other = process.stdout.readline().strip()
        here = RunningInstance(room)
        assert here.is_running(other)
        assert here.process(other).pid == process.pid
        here.remove_ended(frozenset())
        assert here.is_running(other)
        process.kill()
    assert not here.is_running(other)
    here.remove_ended(frozenset({other}))
    assert here.process(other).pid == process.pid
    here.remove_ended(frozenset())
    assert list(room.iterdir()) == []


def test_looking_does_not_make_an_instance_seem_to_run(room: Path) -> None:
    """Two that look at the same time both see that it has ended."""
    ended = RunningInstance(room)
    ended.announce()
    path = room / f"{ended.id}.lock"
    ended.end(remove=False)
    with path.open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not RunningInstance(room).is_running(path.stem)


def test_a_file_that_goes_before_it_is_locked_is_made_again(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another instance may take it for one that has ended, and remove it, between its creation and its lock."""
    instance, flock = RunningInstance(room), fcntl.flock
    calls: list[int] = []

    def removed_first(handle: Any, flags: int) -> None:
        if not calls:
            next(room.iterdir()).unlink()
        calls.append(flags)
        flock(handle, flags)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", removed_first)
        instance.announce()
    assert len(calls) == 2
    assert RunningInstance(room).is_running(instance.id)
    instance.end(remove=True)
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "runs"),
    [
        ({"pid": os.getpid(), "host": os.uname().nodename}, True),
        ({"pid": 2**22 + 1, "host": os.uname().nodename}, False),
        ({"pid": 1, "host": "elsewhere"}, True),
    ],
    ids=["alive", "gone", "another machine"],
)
def test_without_locks_the_process_decides(
    content: dict[str, object], runs: bool, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "abc.lock").write_text(json.dumps(content))

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert RunningInstance(room).is_running("abc") is runs


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "host": 1}'])
def test_a_lock_of_another_shape_names_no_process(content: str, room: Path) -> None:
    (room / "abc.lock").write_text(content)
    assert RunningInstance(room).process("abc") == Process()
