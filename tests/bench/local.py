"""Letta Code's agents in files: start, list and a long conversation on a store of 10,000 conversations."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.bench.copies import LONG, CopiedStore, title
from tests.bench.figures import Book
from tests.bench.goals import MOTIONS
from tests.bench.listing import load, moves
from tests.bench.reading import SETTLED
from tests.bench.stage import FETCHES, Stage
from tests.bench.starting import FRAME, ROWS, marks
from tui.flows.open_conversation import REST

COUNT = 10_000
MARKED = 2
SEEN = rf"t{LONG}-\d{{6}}"
ALL = rf"(?<!reading the rest… · )(?<!\d)\d{{{len(str(COUNT))},}} in context"
"""What the heading says when all messages are there."""


class Local:
    """Starts, a session in the list and an opening per run, each next to a minimal program."""

    name = "local"

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._made: CopiedStore | None = None
        self._keys = 8 if stage.quick else 16

    @property
    def _store(self) -> CopiedStore:
        """The store, made when it is first used."""
        if self._made is None:
            self._made = CopiedStore(self._folder / "letta-code", COUNT, COUNT)
            self._start(fresh=False)  # so that there is a last visit
        return self._made

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        assert self._store
        kinds = [False, True]
        starts = {fresh: self._start(fresh=fresh) for fresh in (reversed(kinds) if backwards else kinds)}
        with self._stage.floor("blank") as session:
            bare = [session.started({"frame": "bare floor"}).get("frame")]
            session.settle()
        if book is not None:
            seen = starts[False]
            first = max(seen["frame"], seen["rows"]) if {"frame", "rows"} <= seen.keys() else None
            book.note(f"local {COUNT:,}: first rows", "ms", [first], bare)
            book.note(f"local {COUNT:,}: fresh rows", "ms", [seen.get("fresh")], bare)
            book.note(
                f"local {COUNT:,}: very first start: fresh rows", "ms", [starts[True].get("fresh")], bare
            )
        self._list(book)
        self._open(book)

    def _start(self, *, fresh: bool) -> dict[str, float]:
        assert self._made is not None
        mark = next(marks)
        self._made.mark(MARKED, mark)
        with self._stage.local(self._made.root, fresh=fresh) as session:
            wanted = {"frame": FRAME, "rows": ROWS, "fresh": re.escape(title(MARKED, mark))}
            found = session.started(wanted)
            session.settle(SETTLED)
        return found

    def _list(self, book: Book | None) -> None:
        with self._stage.floor("rows", COUNT) as session:
            session.started({"rows": "row 000000"})
            session.settle()
            session.press("down")
            bare = moves(session, count=self._keys)
        with self._stage.local(self._store.root, page=COUNT + 1, fresh=True) as session:
            load(session, COUNT)
            session.settle(SETTLED)
            own = moves(session, count=self._keys)
        if book is not None:
            for motion in MOTIONS:
                book.act(f"local {COUNT:,}: {motion}", own[motion], bare[motion])

    def _open(self, book: Book | None) -> None:
        least = []
        for _ in range(FETCHES):
            began = time.perf_counter()
            self._store.raw()
            least.append((time.perf_counter() - began) * 1000)
        first, every = self._opened(SEEN), self._opened(ALL)
        if book is not None:
            book.note(f"local open {COUNT:,}: first readable", "ms", [first], least, less=REST * 1000)
            book.note(f"local open {COUNT:,}: all", "ms", [every], least, less=REST * 1000)

    def _opened(self, until: str) -> float | None:
        """Milliseconds from the key that opens the long conversation until a pattern is shown."""
        with self._stage.local(self._store.root, fresh=True) as session:
            session.started({"rows": ROWS})
            session.settle(SETTLED)
            return session.press("down", until=until, quiet=0.6, timeout=60).until
