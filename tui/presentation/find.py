"""Searches the items of a pane, folded or not, in steps too short to delay the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.presentation.item import Item, Text, shown, sources

Pattern = re.Pattern[str]

SLICE = 60_000
"""Characters per step: about a millisecond."""

LEAST = 2_000
"""An item counts as at least this many characters, since its text is built for the search."""

MOST = 20_000
"""The search ends after this many matches."""


@dataclass(frozen=True, slots=True)
class Match:
    """The position of a match: item, part, text (side 1 is the right one of two), start and end.

    Part -1 is the first line of the item: side 0 is its title, side 1 its head.
    """

    item: int
    part: int
    side: int
    start: int
    end: int


def pattern_of(query: str) -> Pattern | None:
    """Return the pattern of a query; case matters only if there is an upper-case letter in it."""
    if not query:
        return None
    return re.compile(re.escape(query), 0 if any(map(str.isupper, query)) else re.IGNORECASE)


class Find:
    """One search over items: `step` until it is `done`, and `go` from match to match at any time."""

    def __init__(self, items: Sequence[Item], query: str) -> None:
        self.query = query
        self.pattern = pattern_of(query)
        self.matches: list[Match] = []
        self.current: int | None = None
        self._items = items
        self._length = len(query)
        self._pieces = self._search() if self.pattern is not None else iter(())
        self.done = self.pattern is None

    def step(self, budget: int = SLICE) -> bool:
        """Search the next characters; returns whether there are more."""
        spent = 0
        while spent < budget and not self.done:
            cost = next(self._pieces, None)
            if cost is None or len(self.matches) >= MOST:
                self.done = True
            else:
                spent += cost
        return not self.done

    def _search(self) -> Iterator[int]:
        """Search piece by piece; yields the cost of each."""
        for index, item in enumerate(self._items):
            cost = LEAST
            for part, side, source in texts_of(item):
                for cost_of_piece in self._in(source, index, part, side):
                    cost += cost_of_piece
                    if cost >= SLICE:
                        yield cost
                        cost = 0
            yield cost

    def _in(self, source: str, item: int, part: int, side: int) -> Iterator[int]:
        assert self.pattern is not None
        position = 0
        for piece in range(0, len(source), SLICE):
            end = min(len(source), piece + SLICE + self._length - 1)
            for one in self.pattern.finditer(source, max(position, piece), end):
                self.matches.append(Match(item, part, side, *one.span()))
                position = one.end()
                if len(self.matches) >= MOST:
                    return
            yield end - piece

    def first_from(self, item: int) -> Match | None:
        """Go to the first match in this item or below it, or else to the first of all."""
        below = next((at for at, match in enumerate(self.matches) if match.item >= item), None)
        if below is None and not (self.done and self.matches):
            return None
        self.current = below or 0
        return self.matches[self.current]

    def go(self, step: int) -> Match | None:
        """Move by a number of matches, wrapping around; None if there is no match, or none yet."""
        if not self.matches:
            return None
        at = -1 if self.current is None and step > 0 else self.current or 0
        if not self.done and not 0 <= at + step < len(self.matches):
            return None
        self.current = (at + step) % len(self.matches)
        return self.matches[self.current]

    @property
    def state(self) -> str:
        """ "3 of 17", "17 found", "no match", with "…" while the search goes on."""
        if self.pattern is None:
            return ""
        count = f"{len(self.matches)}{'+' if len(self.matches) >= MOST else '' if self.done else '…'}"
        if self.current is not None:
            return f"{self.current + 1} of {count}"
        if not self.matches:
            return "no match" if self.done else "…"
        return f"{count} found"


def texts_of(item: Item) -> Iterator[tuple[int, int, str]]:
    """Yield every text of an item as it is shown, with its part and side, title and head first."""
    if item.title:
        yield -1, 0, item.title
    if item.head:
        yield -1, 1, item.head
    for number, part in enumerate(item.parts):
        for side, source in enumerate(sources(shown(part) if isinstance(part, Text) else part)):
            yield number, side, source
