"""`check --all` without a screen: time, memory, a kill in the middle, and a server that refuses every third request."""

from __future__ import annotations

from pathlib import Path

from tests.bench.figures import Book
from tests.bench.headless import Ran, run
from tests.bench.stage import Stage
from tui.letta.steering import MOST

FEW, MANY, QUICK = 100, 10_000, 1_000
REFUSED = 300
"""Conversations that are checked on a server that refuses every third request."""


class Checking:
    """Runs the command and the bare requests in turn."""

    name = "check"

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._many = QUICK if stage.quick else MANY
        self._requests = folder / "check-requests.txt"

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        few = self._check(FEW)
        if book is None:
            return
        if backwards:
            bare, whole = self._bare(), self._recorded()
        else:
            whole, bare = self._recorded(), self._bare()
        name = f"check {self._many:,}"
        book.note(f"{name}: all", "s", [whole.seconds], [bare.seconds])
        book.note(f"{name}: processor", "s", [whole.work], [bare.work])
        book.note(f"{name}: requests", "each", [len(self._requests.read_text().splitlines())])
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

    def _recorded(self) -> Ran:
        """Check everything, and note the requests for `_bare`."""
        self._stage.forget()
        whole = self._check(self._many)
        self._stage.record(self._requests)
        return whole

    def _bare(self) -> Ran:
        floor = ["-m", "tests.bench.floors.requests", self._base(self._many), str(self._requests)]
        return run(self._stage, self._folder, *floor, "--at-once", str(MOST), "--decode")

    def _check(self, count: int, *arguments: str, kill_after: float = 0.0) -> Ran:
        command = ["-m", "tui", "check", "--all", "--jsonl", "--base-url", self._base(count), *arguments]
        return run(self._stage, self._folder, *command, kill_after=kill_after)

    def _base(self, count: int) -> str:
        return f"{self._stage.url}/{count}-3"
