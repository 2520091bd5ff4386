"""The lists of several agents as one, the newest conversation first, each read no further than that needs.

For servers that list one agent at a time. A row is certain once every list that is not read to its end has a row
waiting: none of those that are still to come is newer.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from tui.rules.row_walk import RowWalk

if TYPE_CHECKING:
    from tui.model.conversation import Conversation, Page
    from tui.rules.paging import PageRequest

SMALLEST_PAGE = 10
"""Rows of the first page of each list at least."""


class Age(NamedTuple):
    """Sorts the lists by their next rows, the newest first, and rows without a time last."""

    unknown: bool
    age: float
    place: int


class OneList:
    """The list of an agent: how far it is read, and the rows of it that are not taken yet."""

    def __init__(self, agent_id: str, place: int, page_size: int) -> None:
        self.agent_id = agent_id
        self.walk = RowWalk(page_size)
        self.waiting: deque[Conversation] = deque()
        self._place = place

    @property
    def is_read(self) -> bool:
        """Whether all of its rows were read, or as many as can be."""
        return self.walk.complete or self.walk.limited

    @property
    def age(self) -> Age:
        """Where its next row belongs."""
        at = self.waiting[0].created_at
        return Age(at is None, 0.0 if at is None else -at.timestamp(), self._place)


class MergedLists:
    """Takes pages of each agent's list, and gives rows of all."""

    def __init__(self, agent_ids: Iterable[str], page_size: int) -> None:
        """`page_size` is that of the list: its first pages have twice as many rows in all, however many agents."""
        every = list(dict.fromkeys(agent_ids))
        size = max(SMALLEST_PAGE, min(page_size, 2 * page_size // max(1, len(every))))
        self._lists = {id: OneList(id, place, size) for place, id in enumerate(every)}
        self._empty = set(self._lists)
        """Lists of which a page has to be read before another row is certain."""
        self._heads: list[tuple[Age, str]] = []
        self.taken: list[Conversation] = []
        """The rows that were given so far, in their order."""
        self.unreadable = 0

    @property
    def due(self) -> tuple[str, ...]:
        """The agents whose next page is needed, in their order."""
        return tuple(id for id in self._lists if id in self._empty)

    @property
    def complete(self) -> bool:
        """Whether all rows were taken."""
        return not self._empty and not self._heads

    @property
    def limited(self) -> bool:
        """Whether the end of a list cannot be reached."""
        return any(one.walk.limited for one in self._lists.values())

    def next_request(self, agent_id: str) -> PageRequest | None:
        """The next request for an agent's list, None at its end."""
        return self._lists[agent_id].walk.next_request()

    def skip_cursor(self, agent_id: str, request: PageRequest) -> bool:
        """The server refused a request: continue after an earlier row; False if it was not about a cursor."""
        return self._lists[agent_id].walk.skip_cursor(request)

    def add_page(self, agent_id: str, request: PageRequest, page: Page[Conversation]) -> None:
        """Add the response to a request for an agent's list."""
        one = self._lists[agent_id]
        was_empty = not one.waiting
        one.waiting.extend(one.walk.add_page(request, page))
        self.unreadable += page.unreadable
        if was_empty:
            self._put_back(one)

    def _put_back(self, one: OneList) -> None:
        """Note where the list's next row belongs, or that a page of it is needed."""
        if one.waiting:
            self._empty.discard(one.agent_id)
            heapq.heappush(self._heads, (one.age, one.agent_id))
        elif one.is_read:
            self._empty.discard(one.agent_id)
        else:
            self._empty.add(one.agent_id)

    def take(self, count: int) -> int:
        """Move rows to `taken` until it has `count`, or none is certain; returns how many were moved."""
        before = len(self.taken)
        while len(self.taken) < count and self._heads and not self._empty:
            _, agent_id = heapq.heappop(self._heads)
            one = self._lists[agent_id]
            self.taken.append(one.waiting.popleft())
            self._put_back(one)
        return len(self.taken) - before
