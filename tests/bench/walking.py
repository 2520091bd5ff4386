"""A command that goes through every conversation of a real server, beside the requests that it sends, sent bare.

They are recorded in a first run behind the synthetic server's socket. What is timed goes to the real server itself.
"""

from __future__ import annotations

from pathlib import Path

from tests.bench.figures import Book
from tests.bench.headless import Ran, run
from tests.bench.living import WORLD
from tests.bench.stage import Stage


class Walking:
    """Runs the command and its bare requests in turn; the server is only read."""

    def __init__(self, stage: Stage, folder: Path, server: str, agent: str, name: str, *command: str) -> None:
        """Of all agents, or of one."""
        self.name = name
        self._stage, self._folder, self._server = stage, folder, server
        scope = ["--agent", agent] if agent else ["--all"]
        self._command = ["-m", "tui", *command, *scope, "--jsonl"]
        self._targets = folder / f"{name}-requests.txt"

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; the first one, also without a book, records the requests."""
        if not self._targets.exists():
            self._record()
        if book is None:
            return
        name = f"real {self.name}"
        if backwards:
            bare, whole = self._bare(), self._walk(self._server)
        else:
            whole, bare = self._walk(self._server), self._bare()
        book.note(f"{name}: first line", "s", [whole.first], [bare.seconds])
        book.note(f"{name}: all", "s", [whole.seconds], [bare.seconds])
        book.note(f"{name}: processor", "s", [whole.work], [bare.work])
        book.note(f"{name}: peak", "MiB", [whole.peak])
        book.note(f"{name}: lines", "each", [len(whole.lines)])
        book.note(f"{name}: requests", "each", [len(self._targets.read_text().splitlines())])

    def _record(self) -> None:
        self._stage.forget()
        self._walk(f"{self._stage.url}/{WORLD}")
        self._stage.record(self._targets)

    def _walk(self, base: str) -> Ran:
        return run(self._stage, self._folder, *self._command, "--base-url", base)

    def _bare(self) -> Ran:
        floor = "-m", "tests.bench.floors.requests", self._server, str(self._targets)
        return run(self._stage, self._folder, *floor)
