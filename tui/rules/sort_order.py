"""The order of the list: what it is sorted by, in which direction, and rows kept sorted while they change."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.supported import Feature, Supported


class Sort(Enum):
    """What the list is sorted by: the `order_by` of the server, and its name on the screen."""

    CREATED = ("created_at", "created")
    LAST_MESSAGE = ("last_message_at", "last message")
    LAST_RUN = ("last_run_completion", "last run")

    def __init__(self, order_by: str, word: str) -> None:
        self.order_by = order_by
        self.word = word

    @property
    def feature(self) -> Feature | None:
        """What a server may lack of it; None for the order by creation, which each has."""
        match self:
            case Sort.LAST_MESSAGE:
                return "last_message_at"
            case Sort.LAST_RUN:
                return "last_run_completion"
            case Sort.CREATED:
                return None

    def is_offered(self, supported: Supported) -> bool:
        """Return whether the server may know this order."""
        return self.feature is None or not supported.lacks(self.feature)

    @property
    def next(self) -> Sort:
        """The sort that the sort key changes to."""
        sorts = list(Sort)
        return sorts[(sorts.index(self) + 1) % len(sorts)]


class Order(NamedTuple):
    """A sort and its direction; only `created_at` can be requested oldest first without losing rows."""

    sort: Sort = Sort.CREATED
    oldest_first: bool = False

    @classmethod
    def named(cls, sort: str, oldest_first: bool = False) -> Order:
        """The order of a setting: `created`, `last-message` or `last-run`; any other name is `created`."""
        names = {one.word.replace(" ", "-"): one for one in Sort}
        return cls(names.get(sort, Sort.CREATED), oldest_first)

    @property
    def direction(self) -> str:
        """The `order` to request; `asc` loses rows without messages, so it is used for `created_at` only."""
        return "asc" if self.oldest_first and self.sort is Sort.CREATED else "desc"

    @property
    def field(self) -> str | None:
        """The field of a row that is sorted by; None for the last run, of which only the server knows the order."""
        return None if self.sort is Sort.LAST_RUN else self.sort.order_by

    @property
    def text(self) -> str:
        """The order as the heading of the list shows it: ↓ from the newest down, ↑ from the oldest up."""
        arrow = "↑" if self.oldest_first else "↓"
        if self.sort is Sort.CREATED:
            return f"{'oldest' if self.oldest_first else 'newest'} {arrow}"
        return f"{self.sort.word} {arrow}"


MOST_TIES = 50
"""Rows of the same time that are searched for a changed one; with more of them, sorting again is cheaper."""


def sort_rows(rows: Iterable[Conversation], order: Order) -> list[Conversation]:
    """Sort rows; those without a time come last, equal ones stay in their order."""
    unsorted, field = list(rows), order.field
    if field is None:
        return unsorted[::-1] if order.oldest_first else unsorted
    time = attrgetter(field)
    try:
        return sorted(unsorted, key=time, reverse=not order.oldest_first)
    except TypeError:  # a time that was not reported cannot be compared
        known = [row for row in unsorted if time(row) is not None]
        known.sort(key=time, reverse=not order.oldest_first)
        return known + [row for row in unsorted if time(row) is None]


class SortedRows:
    """Rows in order, kept while pages arrive and rows change, so that 100,000 rows are sorted once.

    A change that keeps the order is made in place; for any other one the caller has to sort again.
    """

    def __init__(self, rows: Iterable[Conversation], order: Order) -> None:
        self._order = order
        self._rows = sort_rows(rows, order)

    def all(self) -> tuple[Conversation, ...]:
        """Every row."""
        return tuple(self._rows)

    def replace(self, row: Conversation) -> bool:
        """Replace the row of a conversation; False if it now belongs elsewhere."""
        index = self._index_of(row)
        if index is None or self._time(row) != self._time(self._rows[index]):
            return False
        self._rows[index] = row
        return True

    def _index_of(self, row: Conversation) -> int | None:
        """The index, found by time: comparing the ids of 100,000 rows would delay a key."""
        time, end = self._time(row), len(self._rows)
        if self._order.field is None or time is None:
            return next((index for index, one in enumerate(self._rows) if one.id == row.id), None)
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            other = self._time(self._rows[middle])
            before = other is not None and (other < time if self._order.oldest_first else other > time)
            low, high = (middle + 1, high) if before else (low, middle)
        ties = range(low, min(end, low + MOST_TIES))
        return next((index for index in ties if self._rows[index].id == row.id), None)

    def extend(self, rows: Iterable[Conversation]) -> bool:
        """Add new rows at the end; False if one of them belongs elsewhere."""
        new = sort_rows(rows, self._order)
        if not self._fits(new):
            return False
        self._rows += new
        return True

    def _fits(self, new: list[Conversation]) -> bool:
        if not new or not self._rows:
            return not new
        if self._order.field is None:
            return not self._order.oldest_first
        last, first = self._time(self._rows[-1]), self._time(new[0])
        if last is None or first is None:
            return first is None  # rows without a time come last anyway
        return bool(last <= first if self._order.oldest_first else first <= last)

    def _time(self, row: Conversation) -> Any:
        return getattr(row, self._order.field or "id")
