"""Rows in the order of a list, kept while pages arrive and rows change: 100,000 are sorted once."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.api.rows import Conversation
    from tui.rules.paging import Order

MOST_TIES = 50
"""Rows of one time that are looked through for a changed one; where there are more, sorting anew is cheaper."""


def in_order(rows: Iterable[Conversation], order: Order) -> list[Conversation]:
    """Rows sorted; those without a time come last, equal ones stay as they stand."""
    every, field = list(rows), order.field
    if field is None:
        return every[::-1] if order.oldest_first else every
    when = attrgetter(field)
    try:
        return sorted(every, key=when, reverse=not order.oldest_first)
    except TypeError:  # a time that was not said cannot be compared
        known = [row for row in every if when(row) is not None]
        known.sort(key=when, reverse=not order.oldest_first)
        return known + [row for row in every if when(row) is None]


class Arranged:
    """Rows in order; a change that fits in costs its own row, and one that does not is left to the caller."""

    def __init__(self, rows: Iterable[Conversation], order: Order) -> None:
        self._order = order
        self._rows = in_order(rows, order)

    def all(self) -> tuple[Conversation, ...]:
        """Every row."""
        return tuple(self._rows)

    def replace(self, row: Conversation) -> bool:
        """Put a newer answer where its conversation stands; false where it belongs elsewhere."""
        place = self._place_of(row)
        if place is None or self._when(row) != self._when(self._rows[place]):
            return False
        self._rows[place] = row
        return True

    def _place_of(self, row: Conversation) -> int | None:
        """Found by its time: a look at every id of 100,000 rows is one that a key would have to wait for."""
        when, end = self._when(row), len(self._rows)
        if self._order.field is None or when is None:
            return next((place for place, one in enumerate(self._rows) if one.id == row.id), None)
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            other = self._when(self._rows[middle])
            before = other is not None and (other < when if self._order.oldest_first else other > when)
            low, high = (middle + 1, high) if before else (low, middle)
        ties = range(low, min(end, low + MOST_TIES))
        return next((place for place in ties if self._rows[place].id == row.id), None)

    def extend(self, rows: Iterable[Conversation]) -> bool:
        """Add new rows behind all others; false where one belongs elsewhere."""
        fresh = in_order(rows, self._order)
        if not self._fits(fresh):
            return False
        self._rows += fresh
        return True

    def _fits(self, fresh: list[Conversation]) -> bool:
        if not fresh or not self._rows:
            return not fresh
        if self._order.field is None:
            return not self._order.oldest_first
        last, first = self._when(self._rows[-1]), self._when(fresh[0])
        if last is None or first is None:
            return first is None  # what says no time stands last anyway
        return bool(last <= first if self._order.oldest_first else first <= last)

    def _when(self, row: Conversation) -> Any:
        return getattr(row, self._order.field or "id")
