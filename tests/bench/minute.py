"""The requests of a minute of use, by action: the start, 20 conversations opened, 500 rows passed, a filter, 3 edits.

A summary is edited by a letter at its end and put back by undo, which is not counted. A real server is written to
with `--write` alone.
"""

from __future__ import annotations

import time

from tests.bench.figures import Book
from tests.bench.session import Session
from tests.bench.stage import Stage
from tests.bench.starting import ROWS

WORLD = "10000-30"
LOADED = r"\d+(, all\b| loaded, more)"
OPENED, PASSED, EDITED = 20, 500, 3
READ = 1.0
"""Seconds that a conversation is looked at: its neighbours are not yet read in that time."""

RATE = 60.0
WORDS = "merge"


class Minute:
    """One session per run; `agent` is one of a real server, which is read alone unless `write` is said."""

    name = "minute"

    def __init__(self, stage: Stage, agent: str = "", *, real: bool = False, write: bool = False) -> None:
        self._stage = stage
        self._world = "real" if real else WORLD
        self._arguments = ["--agent", agent] if agent else []
        self._write = write or not real
        if not self._write:
            self._arguments.append("--readonly")

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Count in one session; without a book, nothing is done."""
        if book is None:
            return
        began = time.monotonic()
        self._stage.forget()
        with self._stage.app(self._world, *self._arguments, fresh=True) as session:
            session.started({"rows": LOADED if self._world == "real" else ROWS})
            session.wait(READ)
            total = self._count(book, "start")
            for _ in range(OPENED):
                session.press("j")
                session.wait(READ)
            total += self._count(book, f"open {OPENED}")
            session.repeat("j", PASSED, RATE, rest=READ)
            total += self._count(book, f"pass {PASSED} rows")
            self._filter(session)
            total += self._count(book, "filter")
            if self._write:
                self._edit(session)
                total += self._count(book, f"edit {EDITED}")
                self._put_back(session)
        book.note("minute: requests in all", "each", [total])
        book.note("minute: seconds", "s", [time.monotonic() - began])

    def _count(self, book: Book, act: str) -> int:
        """Note what was asked since, by method and path."""
        asked = self._stage.asked()
        self._stage.forget()
        book.note(f"minute, {act}", "each", [sum(asked.values())])
        for shape, times in sorted(asked.items()):
            book.note(f"    {act}: {shape}", "each", [times])
        return sum(asked.values())

    def _filter(self, session: Session) -> None:
        session.press("/")
        for letter in WORDS:
            session.press(letter)
        session.wait(READ)
        session.press("enter")
        session.wait(READ)
        session.press("/")
        session.press("escape")
        session.wait(READ)

    def _edit(self, session: Session) -> None:
        for _ in range(EDITED):
            session.press("j")  # the first row may be the default conversation, which has no summary
            session.wait(READ)
            session.press("e")
            session.wait(READ)
            session.press("x")
            session.press("enter")
            session.wait(READ)

    def _put_back(self, session: Session) -> None:
        for _ in range(EDITED):
            session.press("u")
            session.wait(READ)
