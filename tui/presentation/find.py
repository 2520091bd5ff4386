"""Find words in all that a pane holds, folded or not, in slices that never hold up the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.presentation.item import Item, sources

Pattern = re.Pattern[str]

SLICE = 60_000
"""Characters that one step looks at: about a millisecond."""

LEAST = 2_000
"""An item costs as much as so many characters, however short it is: its text is made for the search."""

MOST = 20_000
"""More matches than this are not counted."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a match stands: in which text (side 1 is the right one of two) of which part of which item.

    Part -1 is the item's first line: side 0 its title, side 1 its remark.
    """

    item: int
    part: int
    side: int
    start: int
    end: int


def pattern_of(words: str) -> Pattern | None:
    """What is looked for; case counts only where an upper-case letter was typed."""
    if not words:
        return None
    return re.compile(re.escape(words), 0 if any(map(str.isupper, words)) else re.IGNORECASE)


class Find:
    """One search over items: `step` until `done`, `go` from match to match at any time."""

    def __init__(self, items: Sequence[Item], words: str) -> None:
        self.words = words
        self.pattern = pattern_of(words)
        self.found: list[Match] = []
        self.current: int | None = None
        self._items = items
        self._length = len(words)
        self._pieces = self._search() if self.pattern is not None else iter(())
        self.done = self.pattern is None

    def step(self, budget: int = SLICE) -> bool:
        """Look at so many more characters; returns whether there is more to look at."""
        spent = 0
        while spent < budget and not self.done:
            cost = next(self._pieces, None)
            if cost is None or len(self.found) >= MOST:
                self.done = True
            else:
                spent += cost
        return not self.done

    def _search(self) -> Iterator[int]:
        """Search piece by piece, giving the cost of each."""
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
        begin = 0
        for piece in range(0, len(source), SLICE):
            end = min(len(source), piece + SLICE + self._length - 1)
            for one in self.pattern.finditer(source, max(begin, piece), end):
                self.found.append(Match(item, part, side, *one.span()))
                begin = one.end()
                if len(self.found) >= MOST:
                    return
            yield end - piece

    def first_from(self, item: int) -> Match | None:
        """Go to the first match in this item or below it, else to the first of all."""
        below = next((at for at, match in enumerate(self.found) if match.item >= item), None)
        if below is None and not (self.done and self.found):
            return None
        self.current = below or 0
        return self.found[self.current]

    def go(self, step: int) -> Match | None:
        """Go on by so many matches, round the end; None where there is none, or none yet."""
        if not self.found:
            return None
        at = -1 if self.current is None and step > 0 else self.current or 0
        if not self.done and not 0 <= at + step < len(self.found):
            return None
        self.current = (at + step) % len(self.found)
        return self.found[self.current]

    @property
    def state(self) -> str:
        """ "3 of 17", "17 found", "no match", with "…" while there is more to look at."""
        if self.pattern is None:
            return ""
        count = f"{len(self.found)}{'+' if len(self.found) >= MOST else '' if self.done else '…'}"
        if self.current is not None:
            return f"{self.current + 1} of {count}"
        if not self.found:
            return "no match" if self.done else "…"
        return f"{count} found"


def texts_of(item: Item) -> Iterator[tuple[int, int, str]]:
    """Every text of an item with its part and side, the title and the remark first."""
    if item.title:
        yield -1, 0, item.title
    if item.head:
        yield -1, 1, item.head
    for number, part in enumerate(item.parts):
        for side, source in enumerate(sources(part)):
            yield number, side, source
