"""The list of an agent's conversations: the pages loaded so far, and the cursor of the next request.

Three quirks of real servers shape it (measured, 0.16.2 to 0.16.8): `created_at` cursors skip rows that share
a time, pages by last message start over when the cursor's row gets one, and unknown cursors repeat page 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tui.letta import decoding
from tui.letta.walk import MOST_ROWS
from tui.rules.archive_status import ArchiveStatus
from tui.rules.row_filter import NOTHING_KNOWN, KnownOfRows, RowFilter, parse_filter
from tui.rules.sort_order import MOST_TIES, Order, Sort, SortedRows, sort_rows

if TYPE_CHECKING:
    from tui.model.conversation import Conversation, Page
    from tui.model.supported import Supported

LARGEST_LIMIT = decoding.MOST_ROWS
LARGEST_PAGE = 1_000
"""Pages grow up to this many rows: the first one arrives soon, and thousands of rows need few requests."""


class PageRequest(NamedTuple):
    """One request: at most `limit` rows after the conversation of this id."""

    after: str | None
    limit: int


class ConversationPages:
    """Rows loaded so far, each id once; `complete` once the server has no more, `limited` if the limit is reached.

    `_paged` came with pages, in their order, `_created` were added here, `_matches` were found by a search.
    Of what came with pages, `_left_out` does not fit the `archive_status`: cursors need it, and nobody else sees it.
    What is archived or unarchived while it is shown stays until the list is read again.
    """

    def __init__(
        self,
        order: Order | None = None,
        page_size: int = 200,
        archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
    ) -> None:
        self.order = order or Order()
        self.archive_status = archive_status
        self.complete = False
        self.limited = False
        self.unreadable = 0
        self._size = page_size
        self._limit = page_size
        self._from_top = False
        self._paged: dict[str, Conversation] = {}
        self._created: dict[str, Conversation] = {}
        self._matches: dict[str, Conversation] = {}
        self._left_out: set[str] = set()
        self._sorted: SortedRows | None = None
        self._filter: RowFilter | None = None

    def __len__(self) -> int:
        return self.rows_read - len(self._left_out)

    @property
    def rows_read(self) -> int:
        """The number of rows that the server sent or that were added here, including those left out."""
        return len(self._paged) + len(self._created)

    def __contains__(self, conversation_id: object) -> bool:
        if conversation_id in self._left_out:
            return False
        return any(conversation_id in rows for rows in (self._paged, self._created, self._matches))

    def lists(self, conversation_id: str) -> bool:
        """Return whether it is in the list without a filter; rows that only a search found are not."""
        listed = conversation_id in self._paged or conversation_id in self._created
        return listed and conversation_id not in self._left_out

    def get(self, conversation_id: str) -> Conversation | None:
        """The latest known row of that id."""
        for rows in (self._paged, self._created, self._matches):
            if conversation_id in rows:
                return rows[conversation_id]
        return None

    def next_request(self, at_least: int = 0) -> PageRequest | None:
        """Return the next request, or None if all rows are loaded.

        `at_least` asks for that many rows at once, as a reload does to get back what was loaded before.
        """
        if self.complete or self.limited:
            return None
        cursor, repeats = (None, 0) if self._from_top else self._cursor()
        limit = self._limit
        if at_least and limit == self._size:  # no page had to be widened so far
            limit = min(LARGEST_PAGE, at_least if self._paged else max(at_least, limit))
        return PageRequest(cursor, min(limit + repeats, LARGEST_LIMIT))

    def _cursor(self) -> tuple[str | None, int]:
        """The id to continue after, and how many known rows will be repeated.

        Only rows that came with a page can be cursors, since the position of others on the server is not known.
        """
        last = next(reversed(self._paged), None)
        if last is None or self.order.sort is not Sort.CREATED:
            return last, 0
        # A cursor skips the rows that share its time, so it is the last row of an earlier time.
        border = self._paged[last].created_at
        for repeats, row in enumerate(reversed(self._paged.values())):
            if row.created_at != border:
                return row.id, repeats
        return None, len(self._paged)

    def add_page(self, request: PageRequest, page: Page[Conversation]) -> int:
        """Add the response to `request`; returns how many rows are new."""
        before, paged = len(self), len(self._paged)
        created = frozenset(self._created)
        new = {row.id: self._merged(row) for row in page.rows if row.id not in self._paged}
        repeated = [row for row in page.rows if row.id not in new]
        if len(repeated) > MOST_TIES:
            self._changed()
        for row in repeated:
            self.put(row)
        self._paged |= new
        lists = self.archive_status.lists
        left_out = {row.id for row in new.values() if not lists(row) and row.id not in created}
        self._left_out |= left_out
        listed = [row for row in new.values() if row.id not in left_out] if left_out else new.values()
        self._changed(fits=self._sorted is not None and self._sorted.extend(listed))
        self.unreadable += page.unreadable
        if page.sent < request.limit:
            self.complete = True
        elif len(self._paged) > paged:
            self._size = max(self._size, min(2 * self._size, LARGEST_PAGE))
            self._from_top, self._limit = False, self._size
        else:
            self._widen(request, page)
        self.limited = self.limited or (self.rows_read >= MOST_ROWS and not self.complete)
        return len(self) - before

    def _merged(self, row: Conversation) -> Conversation:
        """A row that came with a page, which now determines its position."""
        merged = row.merged_over(self.get(row.id))
        if self._created.pop(row.id, None) is not None:
            self._changed()
        return merged

    def _widen(self, request: PageRequest, page: Page[Conversation]) -> None:
        """Request more rows at once after a full page without new rows, from the top if the cursor led back there."""
        if page.sent > request.limit:
            self.complete = True  # the server ignores the limit
        elif request.limit >= LARGEST_LIMIT:
            self.limited = True  # the server repeats itself endlessly, or too many rows share a time
        elif self.order.sort is Sort.CREATED:
            self._limit *= 2
        else:
            self._limit = max(2 * request.limit if self._from_top else 0, self.rows_read + self._size)
            self._from_top = True

    def put(self, row: Conversation, *, first: bool = False) -> None:
        """Replace a row that changed, or (`first`) add one that was just created; the cursor stays.

        A row that was left out is shown from then on if it was requested (`first`), or fits by now.
        """
        merged = row.merged_over(self.get(row.id))
        if row.id in self._left_out and (first or self.archive_status.lists(merged)):
            self._left_out.discard(row.id)
            self._sorted = None
        for rows in (self._paged, self._created, self._matches):
            if row.id in rows:
                rows[row.id] = merged
        if row.id in self._left_out:
            return
        if row.id in self._paged or row.id in self._created:
            self._changed(fits=self._sorted is not None and self._sorted.replace(merged))
        elif first:
            self._created = {row.id: merged, **self._created}
            self._changed()
        elif row.id in self._matches:
            self._filter = None

    def refresh(self, limit: int, page: Page[Conversation]) -> list[str]:
        """Take over the first `limit` rows as the server has them now; returns the ids of known rows that are gone."""
        short = page.sent < limit
        gone = self._missing(page, short=short)
        added = short or self.complete or not self.order.oldest_first
        if len(page.rows) > MOST_TIES:
            self._changed()  # sorting once is cheaper
        for row in reversed(page.rows):
            fits = row.id in self or self.archive_status.lists(row)
            self.put(row, first=added and fits)
        if self.order.field is None:  # only the page shows the order
            top = {row.id: self._created.pop(row.id, row) for row in page.rows if self.lists(row.id)}
            self._paged = {key: self._paged.get(key, row) for key, row in top.items()} | self._paged
            self._changed()
        if short:
            self.complete, self.unreadable = True, page.unreadable
        return gone

    def _missing(self, page: Page[Conversation], *, short: bool) -> list[str]:
        """Return known rows that should be on a first page and are not; a `short` page has all that there are."""
        sent = {row.id for row in page.rows}
        lists = self.archive_status.lists
        if short:  # what was archived here is not expected to be among them
            return [row.id for row in self.known() if row.id not in sent and lists(row)]
        if self.order.field is None or not page.rows:
            return []
        time = attrgetter(self.order.field)
        first, last = time(page.rows[0]), time(page.rows[-1])
        if first is None or first == last:
            return []
        newest_first = last is None or first > last

        def stands_before(row: Conversation) -> bool:
            """Rows with the same time as the last one may follow it."""
            at = time(row)
            return at is not None and (last is None or bool(at > last if newest_first else at < last))

        rows: Iterable[Conversation] = self.shown()
        if newest_first != self.order.oldest_first:
            rows = takewhile(stands_before, rows)  # saves looking at 100,000 rows
        rows = (*rows, *self._matches.values())
        return [row.id for row in rows if row.id not in sent and stands_before(row) and lists(row)]

    def remove(self, conversation_id: str) -> None:
        """Remove a row that the server no longer has."""
        for rows in (self._paged, self._created, self._matches):
            rows.pop(conversation_id, None)
        self._left_out.discard(conversation_id)
        self._changed()

    def add_matches(self, rows: Iterable[Conversation]) -> None:
        """Add rows that a search found; they are shown only with a filter."""
        known, lists = self._paged.keys() | self._created.keys(), self.archive_status.lists
        found = [row for row in rows if row.id not in known and lists(row)]
        self._matches |= {row.id: row.merged_over(self.get(row.id)) for row in found}
        self._changed()

    def _changed(self, *, fits: bool = False) -> None:
        """Note that rows have changed; if they `fit` into the order, they need not be sorted again."""
        self._filter = None
        if not fits:
            self._sorted = None

    def filter_rows(self, query: str, known: KnownOfRows = NOTHING_KNOWN) -> RowFilter:
        """Return the filter for a query, which works in steps; it starts over when rows change."""
        before, wanted = self._filter, parse_filter(query, all_agents=known.agents is not None)
        if before is None or not before.is_for(wanted, known):
            rows = self.shown()
            if self._matches:
                rows = tuple(sort_rows((self._matches | {row.id: row for row in rows}).values(), self.order))
            self._filter = before = RowFilter(rows, wanted, before, known)
        return before

    def shown(self, query: str = "", known: KnownOfRows = NOTHING_KNOWN) -> tuple[Conversation, ...]:
        """Return the rows in order that fit the query, of which `known` is known."""
        if query.split():
            return self.filter_rows(query, known).finish()
        if self._sorted is None:
            rows: Iterable[Conversation] = (*self._created.values(), *self._paged.values())
            if self._left_out:
                rows = [row for row in rows if row.id not in self._left_out]
            self._sorted = SortedRows(rows, self.order)
        return self._sorted.all()

    def known(self) -> tuple[Conversation, ...]:
        """Return the rows in order, and after them those that only a search found."""
        return (*self.shown(), *self._matches.values())

    def is_sort_ignored(self, supported: Supported) -> bool:
        """Return whether the server sent rows without heeding the sort: none of them has what came with that order."""
        return self.rows_read > 0 and not self.order.sort.is_offered(supported)

    @property
    def _reversed(self) -> bool:
        """Whether pages come newest first although oldest first was requested (before 0.16.5)."""
        if not self._paged:
            return False
        ends = next(iter(self._paged.values())), next(reversed(self._paged.values()))
        first, last = (row.created_at for row in ends)
        return first is not None and last is not None and first > last

    @property
    def partly_sorted(self) -> bool:
        """Whether only the loaded rows are in order so far, since servers lose rows in that order (measured)."""
        backwards = self.order.sort is not Sort.CREATED or self._reversed
        return self.order.oldest_first and not self.complete and backwards

    @property
    def order_text(self) -> str:
        """The order as the heading shows it, and whether only the loaded rows are in it."""
        return f"{self.order.text} of those loaded" if self.partly_sorted else self.order.text

    @property
    def count_text(self) -> str:
        """ "120 loaded, more" or "212, all"."""
        rest = "limit reached" if self.limited else "more"
        count = f"{len(self)}, all" if self.complete else f"{len(self)} loaded, {rest}"
        return f"{count}, {self.unreadable} unreadable" if self.unreadable else count

    @property
    def short_count_text(self) -> str:
        """`count_text` where the number of rows is shown already: "more" or "all"."""
        rest = "all" if self.complete else "limit reached" if self.limited else "more"
        return f"{rest}, {self.unreadable} unreadable" if self.unreadable else rest
