"""Typing into the summary editor, beside a bare text field with the same text."""

from __future__ import annotations

from tests.bench.figures import Book
from tests.bench.session import Effect, Session
from tests.bench.stage import Stage
from tests.bench.starting import ROWS

KILOBYTES = 1, 100
SETTLED = 0.35
"""Seconds: less than the cursor takes to blink."""


class Writing:
    """A session with a summary of each size per run."""

    name = "type"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._keys = 12 if stage.quick else 24

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        for size in reversed(KILOBYTES) if backwards else KILOBYTES:
            with self._stage.floor("area", size) as session:
                session.started({"text": "[a-z]{4}"})
                bare = self._type(session)
            with self._stage.app(f"5-3-{size}", fresh=True) as session:
                session.started({"rows": ROWS})
                session.settle(SETTLED)
                session.press("e", until="unchanged")
                own = self._type(session)
            if book is not None:
                book.act(f"type at {size} KB", own, bare)
                book.note(
                    f"type at {size} KB: bytes", "bytes", *([e.size for e in kind] for kind in (own, bare))
                )

    def _type(self, session: Session) -> list[Effect]:
        session.settle(SETTLED)
        session.press("x")
        session.settle()
        return session.press_each(["x"] * self._keys)
