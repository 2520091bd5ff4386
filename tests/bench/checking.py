"""`check --all` without a screen: time, memory, a kill in the middle, and a server that refuses every third request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.figures import Book
from tests.bench.stage import Stage, environment

FEW, MANY, QUICK = 100, 10_000, 1_000
REFUSED = 300
"""Conversations that are checked on a server that refuses every third request."""

MIB = 1024.0


class Ran(NamedTuple):
    """A program that has ended: its lines, elapsed and processor seconds, and its peak memory in MiB."""

    lines: list[str]
    seconds: float
    work: float
    peak: float


class Checking:
    """Runs the command and the bare requests in turn."""

    name = "check"

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._many = QUICK if stage.quick else MANY

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        few = self._check(FEW)
        if book is None:
            return
        if backwards:
            bare, whole = self._bare(self._many), self._check(self._many)
        else:
            whole, bare = self._check(self._many), self._bare(self._many)
        name = f"check {self._many:,}"
        book.note(f"{name}: all", "s", [whole.seconds], [bare.seconds])
        book.note(f"{name}: processor", "s", [whole.work], [bare.work])
        book.note(f"{name}: peak, above {FEW}", "MiB", [whole.peak], [few.peak])
        self._killed(book, name, whole)
        self._refused(book)

    def _killed(self, book: Book, name: str, whole: Ran) -> None:
        """Kill a run in the middle and resume it: both outputs are those of one run, a few lines twice."""
        first = self._check(self._many, kill_after=whole.seconds / 2)
        rest = self._check(self._many, "--resume")
        lost = set(whole.lines) - set(first.lines) - set(rest.lines)
        book.note(f"{name}: killed and resumed, lost", "each", [len(lost)])
        book.note(f"{name}: killed and resumed, twice", "each", [len(set(first.lines) & set(rest.lines))])
        book.note(f"{name}: resumed after the kill", "s", [rest.seconds], [whole.seconds])

    def _refused(self, book: Book) -> None:
        whole = self._check(REFUSED)
        self._stage.set(refuse=3)
        self._stage.forget()
        try:
            slow = self._check(REFUSED)
            asked = sum(self._stage.count().values())
        finally:
            self._stage.set(refuse=0)
        book.note(f"check {REFUSED}, every third refused: all", "s", [slow.seconds], [whole.seconds])
        book.note(f"check {REFUSED}, every third refused: requests", "each", [asked])
        missing = set(whole.lines) - set(slow.lines)
        book.note(f"check {REFUSED}, every third refused: lost", "each", [len(missing)])

    def _bare(self, count: int) -> Ran:
        return self._run(["-m", "tests.bench.floors.requests", f"{self._stage.url}/{count}-3"])

    def _check(self, count: int, *arguments: str, kill_after: float = 0.0) -> Ran:
        base = f"{self._stage.url}/{count}-3"
        command = ["-m", "tui", "check", "--all", "--jsonl", "--base-url", base, *arguments]
        return self._run(command, kill_after)

    def _run(self, arguments: Sequence[str], kill_after: float = 0.0) -> Ran:
        """Run a program to its end, or kill it after so many seconds."""
        output = self._folder / "check.out"
        began = time.perf_counter()
        with output.open("wb") as file:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self._stage.code,
                env=environment(self._folder),
                stdout=file,
                stderr=subprocess.DEVNULL,
            )
            if kill_after:
                time.sleep(kill_after)
                child.send_signal(signal.SIGKILL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        assert child.returncode in ((-signal.SIGKILL,) if kill_after else (0, 1)), child.returncode
        return Ran(
            complete_lines(output.read_text()), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / MIB
        )


def complete_lines(text: str) -> list[str]:
    """The lines of an output; the last one of a program that was killed may not be whole."""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
