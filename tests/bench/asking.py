"""Requests per action: to show a page of the list, to open a conversation, to hold a key over many rows."""

from __future__ import annotations

from tests.bench.figures import Book
from tests.bench.session import Session
from tests.bench.stage import Stage
from tests.bench.starting import ROWS

WORLD = "10000-3"
SETTLED = 0.8
HELD, RATE = 1_000, 60.0
FASTER = 4
OPENED = 5


class Asking:
    """One session per run; few runs do, since nothing is timed."""

    name = "requests"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Count in one session; without a book, only warm up."""
        self._stage.forget()
        with self._stage.app(WORLD, fresh=True) as session:
            session.started({"rows": ROWS})
            session.settle(SETTLED)
            if book is None:
                return
            counted = self._stage.count()
            book.note("requests: start", "each", [sum(counted.values())])
            book.note("requests: a page of the list", "each", [counted.get("rows", 0)])
            self._acts(book, session)

    def _acts(self, book: Book, session: Session) -> None:
        self._stage.forget()
        for _ in range(OPENED):
            session.press("down")
            session.settle(SETTLED)
        book.note("requests: open a conversation", "each", [sum(self._stage.count().values()) / OPENED])
        self._stage.forget()
        session.repeat("j", HELD, RATE * (FASTER if self._stage.quick else 1), rest=SETTLED)
        counted = self._stage.count()
        book.note("requests: j held over 1,000 rows", "each", [sum(counted.values())])
        book.note("requests: of which pages of rows", "each", [counted.get("rows", 0)])
