"""The filter of the list: which rows match, searched step by step so that 100,000 rows delay no key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

ID_LENGTH = 4
"""Words of at least this many letters are also searched in ids, since two or three are in many ids by chance."""


class RowFilter:
    """The rows whose summary, or without one whose description, or id contains every word of a query, in order."""

    def __init__(self, rows: Sequence[Conversation], query: str, before: RowFilter | None = None) -> None:
        """`before` is an earlier filter of the same rows: if this query only narrows it, its matches are enough."""
        self._words = query.casefold().split()
        self._rows = rows
        if before is not None and self._refines(before):
            self._rows = before.matches if before.done else before._rows
        self._next = 0
        self._matches: list[Conversation] = []

    def _refines(self, before: RowFilter) -> bool:
        """Whether only rows can match that matched before; a word that grows to four letters also finds ids."""
        return all(
            any(old in new and (len(old) >= ID_LENGTH or len(new) < ID_LENGTH) for new in self._words)
            for old in before._words
        )

    @property
    def done(self) -> bool:
        """Whether every row was searched."""
        return self._next >= len(self._rows)

    @property
    def remaining(self) -> int:
        """How many rows are still to be searched."""
        return max(0, len(self._rows) - self._next)

    @property
    def matches(self) -> tuple[Conversation, ...]:
        """The matches among the rows searched so far."""
        return tuple(self._matches)

    def is_for(self, query: str) -> bool:
        """Whether a query has the same words."""
        return query.casefold().split() == self._words

    def step(self, count: int) -> None:
        """Search the next `count` rows."""
        rows = self._rows[self._next : self._next + count]
        self._matches += [row for row in rows if self._is_match(row)]
        self._next += count

    def finish(self) -> tuple[Conversation, ...]:
        """Search all remaining rows and return the matches."""
        self.step(self.remaining)
        return self.matches

    def _is_match(self, row: Conversation) -> bool:
        text = (row.summary or row.description or "").casefold()
        return all(word in text or (len(word) >= ID_LENGTH and word in row.id) for word in self._words)
