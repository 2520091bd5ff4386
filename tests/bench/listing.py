"""The list: from a key to the settled screen, bytes of a move, a held key; at 50, 10,000 and 100,000 rows."""

from __future__ import annotations

from tests.bench.figures import Book
from tests.bench.goals import MOTIONS, SIZES
from tests.bench.session import Effect, Session
from tests.bench.stage import Stage

RATE = 60
SETTLED = 0.6
LOADED = 180
PAGE = 20_001
"""Rows of a page: the program refuses an answer of more than 40 MB, and one of 100,000 rows has more."""

Moves = dict[str, list[Effect]]


def all_of(count: int) -> str:
    """What the heading says when all rows are there."""
    return f"{count:,}".replace(",", ",?") + ", all"


def load(session: Session, count: int) -> float:
    """Go to the end of the list until all rows are there; milliseconds from the start of the program."""
    every = all_of(count)
    pages = range(PAGE, count, PAGE)
    took = session.started({"rows": rf"{PAGE} loaded, more" if pages else every}, LOADED).get("rows")
    for rows in [*pages[1:], count] if pages else ():
        session.settle()
        effect = session.press("G", until=every if rows == count else rf"{rows} loaded, more", timeout=LOADED)
        took = None if took is None or effect.until is None else took + effect.until
    if took is None:
        raise TimeoutError(f"{count} rows were not loaded; the screen shows:\n{session.screen.text}")
    return took


def moves(session: Session, *, count: int) -> Moves:
    """Down inside a page, down with the list scrolling, a page down: each so many times."""
    session.press("g")
    down = session.press_each(["down"] * count)
    session.press("g")
    session.press("pagedown")
    scroll = session.press_each(["down"] * min(count, 12))
    pages = []
    for _ in range(count // 2):
        session.press("g")
        session.press("pagedown")
        pages.append(session.press("pagedown"))
    return dict(zip(MOTIONS, (down, scroll, pages), strict=True))


class Listing:
    """A session on a list of each size per run, each beside a bare list of that size."""

    name = "list"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sizes = SIZES[:2] if stage.quick else SIZES
        self._keys = 8 if stage.quick else 16

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        sizes = self._sizes if book is not None else self._sizes[:1]
        found: dict[int, Moves] = {}
        for count in reversed(sizes) if backwards else sizes:
            self._bare_and_app(book, count, found)
        if book is None:
            return
        for count in sizes[1:]:
            for motion in MOTIONS:
                name = f"list {count:,}/{sizes[0]}: {motion}"
                book.act(name, found[count][motion], found[sizes[0]][motion])

    def _bare_and_app(self, book: Book | None, count: int, found: dict[int, Moves]) -> None:
        with self._stage.floor("rows", count) as session:
            session.started({"rows": "row 000000"})
            session.settle()
            session.press("down")
            bare = moves(session, count=self._keys)
        page = min(count + 1, PAGE) if count > SIZES[0] else 0
        self._stage.json(f"{count}-3/v1/conversations/?limit=1")  # made before it is timed
        with self._stage.app(f"{count}-3", page=page, fresh=True) as session:
            loaded = load(session, count)
            session.settle(SETTLED)
            found[count] = moves(session, count=self._keys)
            if book is None:
                return
            book.note(f"list {count:,}: start to all rows", "ms", [loaded])
            self._note(book, count, found[count], bare)
            self._rests(book, count, session)
            book.note(f"list {count:,}: resident", "MiB", [session.memory().resident])

    def _note(self, book: Book, count: int, own: Moves, bare: Moves) -> None:
        for motion in MOTIONS:
            book.act(f"list {count:,}: {motion}", own[motion], bare[motion])
        size, least = ([effect.size for effect in kind[MOTIONS[0]]] for kind in (own, bare))
        book.note(f"list {count:,}: bytes per move", "bytes", size, least)

    def _rests(self, book: Book, count: int, session: Session) -> None:
        """From a key to the text of the row that it leads to, then a held key."""
        session.press("g")
        session.press("down")
        session.settle(SETTLED)
        texts = [session.press("down", until=rf"t{row}-\d{{6}}", quiet=0.2, timeout=10) for row in (1, 2, 3)]
        book.note(f"list {count:,}: key to text of row", "ms", [effect.until for effect in texts])
        session.press("g")
        session.settle(SETTLED)
        held = min(count - 10, RATE if self._stage.quick else 2 * RATE)
        burst = session.hold("down", held, RATE, until=f"▌ *row {held - 1:06}")
        book.note(f"list {count:,}: held at {RATE} Hz, lag", "ms", [burst.lag])
