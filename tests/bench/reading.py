"""Long conversations: opened, scrolled, paged, resized, searched, and what they take of memory."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.figures import Book
from tests.bench.goals import LATENCY, LENGTHS, SLOW
from tests.bench.session import SIZE, Effect, Session
from tests.bench.stage import Stage
from tests.bench.starting import ROWS
from tests.bench.world import LONG, NEEDLE, conversation_id

SEEN = rf"t{LONG}-\d{{6}}"
NARROWER = 108, 40
SETTLED = 0.6
HASTE, REST = 0.05, 2.5
"""Seconds of quiet before a row is left: too few, and enough, to fetch what stands beside it."""

DEEP = 5_000
MIB = 1024 * 1024
ACTS = "scroll", "page down", "resize"

Acts = dict[str, list[Effect]]


@dataclass(frozen=True)
class Opening:
    """How a conversation was opened: the key's effect, and from when to when the requests for it were answered."""

    effect: Effect
    spans: list[tuple[float, float]]

    def since_asked(self, time: float | None) -> float | None:
        """Milliseconds since the first request, from milliseconds since the key."""
        if time is None or not self.spans:
            return None
        return time - (min(began for began, _ in self.spans) - self.effect.began) * 1000

    @property
    def depth(self) -> int:
        """How many requests had to wait for each other before there was something to read."""
        shown = self.effect.began + (self.effect.until or 0) / 1000
        return in_a_row([span for span in self.spans if span[1] < shown])


def in_a_row(spans: list[tuple[float, float]]) -> int:
    """The most requests of which each began when the one before it had been answered."""
    count, free = 0, 0.0
    for began, ended in sorted(spans, key=lambda span: span[1]):
        if began >= free:
            count, free = count + 1, ended
    return count


class Reading:
    """A session on a conversation of each length per run, each beside a plain request for its bytes."""

    name = "read"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lengths = [LENGTHS[0], LENGTHS[2]] if stage.quick else list(LENGTHS)
        self._keys = 8 if stage.quick else 16

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        found: dict[int, Acts] = {}
        lengths = self._lengths if book is not None else self._lengths[:1]
        for length in reversed(lengths) if backwards else lengths:
            found[length] = self._read(book, length)
        if book is None:
            return
        for length in lengths[1:]:
            for act in ACTS:
                book.act(f"read {length:,}/{lengths[0]}: {act}", found[length][act], found[lengths[0]][act])
        self._far(book)

    def _world(self, length: int) -> str:
        return f"5-{length}"

    def _raw(self, length: int) -> tuple[list[float], int]:
        path = f"{self._world(length)}/v1/conversations/{conversation_id(LONG)}/messages"
        return self._stage.fetch(f"{path}?order=asc&limit={length + 1000}")

    def _open(self, session: Session) -> Opening:
        self._stage.forget()
        effect = session.press("down", until=SEEN, quiet=0.6, timeout=120)
        return Opening(effect, self._stage.spans())

    def _read(self, book: Book | None, length: int) -> Acts:
        fetched, size = self._raw(length)
        with self._stage.app(self._world(length), fresh=True) as session:
            session.started({"rows": ROWS})
            session.settle(SETTLED)
            idle = session.memory().peak
            opening = self._open(session)
            session.settle(SETTLED)
            taken = session.memory().peak - idle
            session.press("enter")
            acts = self._acts(session)
            if book is None:
                return acts
            self._note_opening(book, length, opening, fetched)
            for act in ACTS:
                book.act(f"read {length:,}: {act}", acts[act])
            self._find(book, length, session)
            if length >= DEEP:
                book.note(f"memory: {length:,} messages, of JSON", "MiB", [taken], [size / MIB])
        return acts

    def _note_opening(self, book: Book, length: int, opening: Opening, fetched: list[float]) -> None:
        effect = opening.effect
        book.note(f"open {length:,}: key to first readable", "ms", [effect.until])
        least = fetched if length >= DEEP else []
        book.note(f"open {length:,}: first readable", "ms", [opening.since_asked(effect.until)], least)
        book.note(f"open {length:,}: all", "ms", [opening.since_asked(effect.settled)], least)

    def _acts(self, session: Session) -> Acts:
        scroll = session.press_each(["down"] * self._keys)
        pages = session.press_each(["pagedown"] * (self._keys // 2))
        sizes = [NARROWER, SIZE] * (1 if self._stage.quick else 2)
        resizes = [session.resize(*size) for size in sizes]
        return dict(zip(ACTS, (scroll, pages, resizes), strict=True))

    def _find(self, book: Book, length: int, session: Session) -> None:
        session.press("/")
        effect = session.press(NEEDLE, until=r"\b1 found|\b1 of 1\b", timeout=30)
        book.note(f"find in {length:,}", "ms", [effect.until])
        effect = session.press("enter", until=rf"t{LONG}-{length - 1:06}", timeout=30)
        book.note(f"find in {length:,}: go there", "ms", [effect.until])

    def _far(self, book: Book) -> None:
        """Over a distance: how many round trips deep an opening is, and how long after a rest on the row above."""
        far, rested = (self._open_at(LATENCY, rest) for rest in (HASTE, REST))
        book.note(f"open {DEEP:,}{SLOW}: key to first readable", "ms", [far.effect.until])
        book.note(f"open {DEEP:,}{SLOW}: round trips deep", "trips", [far.depth])
        book.note(f"open {DEEP:,}{SLOW}: rested beside it", "ms", [rested.effect.until])

    def _open_at(self, latency: float, rest: float) -> Opening:
        self._stage.set(latency=latency)
        with self._stage.app(self._world(DEEP), fresh=True) as session:
            session.started({"rows": ROWS})
            session.settle(rest)
            opening = self._open(session)
        self._stage.set(latency=0.0)
        return opening
