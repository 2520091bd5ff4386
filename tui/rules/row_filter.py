"""The filter of a list: which rows match, found slice by slice so that 100,000 rows hold up no key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.rows import Conversation

IN_IDS = 4
"""Letters of a word from which on ids are searched: two or three stand in many an id by chance."""


class Narrowing:
    """The rows whose summary or id contains every one of the words, in the order of the rows that are given."""

    def __init__(self, rows: Sequence[Conversation], words: str, before: Narrowing | None = None) -> None:
        """`before` is an earlier one over the same rows: where these words only add to its, its matches are enough."""
        self._words = words.casefold().split()
        self._rows = rows
        if before is not None and self._refines(before):
            self._rows = before.found if before.done else before._rows
        self._next = 0
        self._found: list[Conversation] = []

    def _refines(self, before: Narrowing) -> bool:
        """Whether nothing can match that did not match before: a word that grows to four letters finds ids, too."""
        return all(
            any(old in new and (len(old) >= IN_IDS or len(new) < IN_IDS) for new in self._words)
            for old in before._words
        )

    @property
    def done(self) -> bool:
        """Whether every row was looked at."""
        return self._next >= len(self._rows)

    @property
    def left(self) -> int:
        """Rows that are still to be looked at."""
        return max(0, len(self._rows) - self._next)

    @property
    def found(self) -> tuple[Conversation, ...]:
        """What matches among the rows looked at so far."""
        return tuple(self._found)

    def has(self, words: str) -> bool:
        """Whether these words ask for the same."""
        return words.casefold().split() == self._words

    def step(self, count: int) -> None:
        """Look at so many rows more."""
        part = self._rows[self._next : self._next + count]
        self._found += [row for row in part if self._matches(row)]
        self._next += count

    def finish(self) -> tuple[Conversation, ...]:
        """Look at all that are left."""
        self.step(self.left)
        return self.found

    def _matches(self, row: Conversation) -> bool:
        text = (row.summary or "").casefold()
        return all(word in text or (len(word) >= IN_IDS and word in row.id) for word in self._words)
