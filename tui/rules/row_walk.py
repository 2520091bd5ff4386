"""Read the pages of a list of conversations once, newest first, without storing the rows.

It has the traps of `tui/rules/paging.py`: `created_at` cursors skip rows that share a time, and an unknown cursor, such
as that of a conversation deleted meanwhile, brings page 1 again or is refused (measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tui.letta.walk import MOST_ROWS
from tui.rules.paging import LARGEST_LIMIT, LARGEST_PAGE, PageRequest
from tui.rules.sort_order import Order

if TYPE_CHECKING:
    from tui.model.conversation import Conversation, Page

CURSORS = 50
"""Rows that are remembered, to continue after an earlier one if the last was deleted."""


class Cursor(NamedTuple):
    """A row after which a list can be continued."""

    id: str
    created_at: datetime | None


@dataclass(frozen=True)
class Position:
    """The position of a run through the conversations of many agents.

    It is after all conversations of the `done` agents and, in those of `agent`, after the default one and the last of
    `rows`, which are as many as a walk needs to continue.
    """

    done: tuple[str, ...] = ()
    agent: str | None = None
    rows: tuple[Cursor, ...] = ()

    def moved(self, row: Conversation, agent_id: str) -> Position:
        """Return the position after a conversation, which is the next one of the same agent or the first of another."""
        if agent_id != self.agent:
            done = self.done if self.agent is None else (*self.done, self.agent)
            return Position(done, agent_id, () if row.is_default else (Cursor(row.id, row.created_at),))
        return Position(self.done, agent_id, needed((*self.rows, Cursor(row.id, row.created_at))))

    def finished(self, agent_id: str) -> Position:
        """The position behind all conversations of an agent."""
        done = self.done if self.agent in (None, agent_id) else (*self.done, self.agent or "")
        return Position((*done, agent_id))


def needed(rows: tuple[Cursor, ...]) -> tuple[Cursor, ...]:
    """Return the rows that a request may need: the last ones, all that share the last one's time, and one more."""
    ties = sum(row.created_at == rows[-1].created_at for row in rows) if rows else 0
    return rows[-max(CURSORS, ties + 1) :]


class RowWalk:
    """Makes the requests for page after page, and returns each row once; of earlier rows, only ids are stored.

    With `after`, the last rows of an earlier walk in their order, it continues after them. Rows created since then are
    left out, as in a walk that was not interrupted.
    """

    def __init__(self, page_size: int = 200, after: Sequence[Cursor] = ()) -> None:
        self.order = Order()
        self.complete = False
        self.limited = False
        """Whether the list has more than can be read."""
        self.rows_read = 0
        self._limit = min(page_size, LARGEST_PAGE)
        self._tail = tuple(after)
        self._seen = {cursor.id for cursor in after}
        self._unknown: set[str] = set()
        self._newest_first = True

    def next_request(self) -> PageRequest | None:
        """Return the next request, or None at the end."""
        if self.complete or self.limited:
            return None
        cursor, repeats = self._cursor()
        return PageRequest(cursor, min(self._limit + repeats, LARGEST_LIMIT))

    def _cursor(self) -> tuple[str | None, int]:
        """Return the id to continue after, the last of an earlier time, and how many known rows will be repeated."""
        if not self._tail:
            return None, 0
        for repeats, row in enumerate(reversed(self._tail)):
            if row.created_at != self._tail[-1].created_at and row.id not in self._unknown:
                return row.id, repeats
        return None, len(self._seen)

    def skip_cursor(self, request: PageRequest) -> bool:
        """Continue after an earlier row, since the server refused a request; False if no cursor was to blame."""
        if request.after is None:
            return False
        self._unknown.add(request.after)
        return True

    def add_page(self, request: PageRequest, page: Page[Conversation]) -> tuple[Conversation, ...]:
        """Add the response to `request`; returns its new rows."""
        times = [row.created_at for row in page.rows if row.created_at is not None]
        self._newest_first &= all(earlier >= later for earlier, later in pairwise(times))
        border = self._tail[-1].created_at if self._tail and self._newest_first else None
        new: dict[str, Conversation] = {}
        for row in page.rows:
            is_newer = border is not None and row.created_at is not None and row.created_at > border
            if row.id not in self._seen and not is_newer:
                new[row.id] = row
        self._seen |= new.keys()
        self.rows_read += len(new)
        self._tail = needed((*self._tail, *(Cursor(row.id, row.created_at) for row in new.values())))
        if page.sent < request.limit:
            self.complete = True
        elif new:
            self._limit = min(2 * self._limit, LARGEST_PAGE)
        elif page.sent > request.limit:
            self.complete = True  # the server ignores the limit
        elif request.after is not None:
            self._unknown.add(request.after)
        elif request.limit >= LARGEST_LIMIT:
            self.limited = True  # too many rows share a time, or the server repeats itself endlessly
        else:
            self._limit *= 2
        self.limited = self.limited or (self.rows_read >= MOST_ROWS and not self.complete)
        return tuple(new.values())
