"""The list of an agent's conversations as its pages arrive, and which page to ask for next.

Three traps of real servers shape it (measured, 0.16.2 to 0.16.8): `created_at` cursors skip rows that share
a time, pages by last message start over when the cursor's row gets one, and unknown cursors repeat page 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from tui.rules.row_filter import Narrowing
from tui.rules.sort_order import MOST_TIES, Arranged, in_order

if TYPE_CHECKING:
    from tui.api.rows import Conversation, Page

LARGEST_LIMIT = 200_000
LARGEST_PAGE = 1_000
"""Pages grow up to so many rows: the first is there soon, and who goes on through thousands asks a few times."""


class Sort(Enum):
    """What the list is ordered by: the server's `order_by`, and how the list says it."""

    CREATED = ("created_at", "created")
    LAST_MESSAGE = ("last_message_at", "last message")
    LAST_RUN = ("last_run_completion", "last run")

    def __init__(self, order_by: str, word: str) -> None:
        self.order_by = order_by
        self.word = word

    @property
    def next(self) -> Sort:
        """The sort that the sort key changes to."""
        every = list(Sort)
        return every[(every.index(self) + 1) % len(every)]


class Order(NamedTuple):
    """A sort and its direction; only `created_at` can be asked for oldest first without losing rows."""

    sort: Sort = Sort.CREATED
    oldest_first: bool = False

    @classmethod
    def named(cls, sort: str, oldest_first: bool = False) -> Order:
        """The order of a setting: `created`, `last-message` or `last-run`; any other name is `created`."""
        names = {one.word.replace(" ", "-"): one for one in Sort}
        return cls(names.get(sort, Sort.CREATED), oldest_first)

    @property
    def direction(self) -> str:
        """The server's `order`: ascending loses rows without messages, so it is used for `created_at` only."""
        return "asc" if self.oldest_first and self.sort is Sort.CREATED else "desc"

    @property
    def field(self) -> str | None:
        """What rows carry of the sort; of the last run they carry nothing, and the server's order is all there is."""
        return None if self.sort is Sort.LAST_RUN else self.sort.order_by

    @property
    def words(self) -> str:
        """As the list's heading says it."""
        if self.sort is Sort.CREATED:
            return "oldest" if self.oldest_first else "newest"
        return f"{self.sort.word}, {'oldest' if self.oldest_first else 'newest'} first"


class Ask(NamedTuple):
    """The next request: rows after this conversation id, at most so many."""

    after: str | None
    limit: int


class Feed:
    """Rows loaded so far, by id and without repeats; `complete` once the server has no more."""

    def __init__(self, order: Order | None = None, page_size: int = 200) -> None:
        self.order = order or Order()
        self.complete = False
        self.unreadable = 0
        self._size = page_size
        self._limit = page_size
        self._from_top = False
        self._paged: dict[str, Conversation] = {}
        self._ahead: dict[str, Conversation] = {}
        self._hits: dict[str, Conversation] = {}
        self._arranged: Arranged | None = None
        self._narrowing: Narrowing | None = None

    def __len__(self) -> int:
        return len(self._paged) + len(self._ahead)

    def __contains__(self, conversation_id: object) -> bool:
        return any(conversation_id in rows for rows in (self._paged, self._ahead, self._hits))

    def lists(self, conversation_id: str) -> bool:
        """Whether it is shown where nothing is filtered; what a search brought is not."""
        return conversation_id in self._paged or conversation_id in self._ahead

    def get(self, conversation_id: str) -> Conversation | None:
        """The newest known row of that id."""
        for rows in (self._paged, self._ahead, self._hits):
            if conversation_id in rows:
                return rows[conversation_id]
        return None

    def ask(self, again: int = 0) -> Ask | None:
        """What to request next, or None when all rows are here; `again` for so many as there were, and no page more."""
        if self.complete:
            return None
        cursor, repeats = (None, 0) if self._from_top else self._cursor()
        limit = self._limit
        if again and limit == self._size:  # nothing was in the way so far
            limit = min(LARGEST_PAGE, again if self._paged else max(again, limit))
        return Ask(cursor, limit + repeats)

    def _cursor(self) -> tuple[str | None, int]:
        """The row to go on behind, and how many known ones come again there.

        It is one that a page brought, since a row that was put says nothing of its place.
        """
        last = next(reversed(self._paged), None)
        if last is None or self.order.sort is not Sort.CREATED:
            return last, 0
        # Rows that share the last row's time would be skipped behind it, so the cursor stands before them.
        border = self._paged[last].created_at
        for repeats, row in enumerate(reversed(self._paged.values())):
            if row.created_at != border:
                return row.id, repeats
        return None, len(self._paged)

    def take(self, ask: Ask, page: Page[Conversation]) -> int:
        """Add the answer to `ask`; returns how many rows were new."""
        before, paged = len(self), len(self._paged)
        fresh = {row.id: self._brought(row) for row in page.rows if row.id not in self._paged}
        again = [row for row in page.rows if row.id not in fresh]
        if len(again) > MOST_TIES:
            self._changed()
        for row in again:
            self.put(row)
        self._paged |= fresh
        self._changed(fits=self._arranged is not None and self._arranged.extend(fresh.values()))
        self.unreadable += page.unreadable
        if page.sent < ask.limit:
            self.complete = True
        elif len(self._paged) > paged:
            self._size = max(self._size, min(2 * self._size, LARGEST_PAGE))
            self._from_top, self._limit = False, self._size
        else:
            self._widen(ask, page)
        return len(self) - before

    def _brought(self, row: Conversation) -> Conversation:
        """A row that came with its page; one that was put ahead has its place there from now on."""
        merged = row.merged_over(self.get(row.id))
        if self._ahead.pop(row.id, None) is not None:
            self._changed()
        return merged

    def _widen(self, ask: Ask, page: Page[Conversation]) -> None:
        """A full page brought nothing new: ask for more at once, from the top where the cursor led back there."""
        if page.sent > ask.limit or ask.limit > LARGEST_LIMIT:
            self.complete = True  # the server heeds no limit, or repeats itself without end
        elif self.order.sort is Sort.CREATED:
            self._limit *= 2
        else:
            self._limit = max(2 * ask.limit if self._from_top else 0, len(self) + self._size)
            self._from_top = True

    def put(self, row: Conversation, *, first: bool = False) -> None:
        """Replace a row that changed, or (`first`) add one that was just created; pages keep their place."""
        merged = row.merged_over(self.get(row.id))
        for rows in (self._paged, self._ahead, self._hits):
            if row.id in rows:
                rows[row.id] = merged
        if row.id in self._paged or row.id in self._ahead:
            self._changed(fits=self._arranged is not None and self._arranged.replace(merged))
        elif first:
            self._ahead = {row.id: merged, **self._ahead}
            self._changed()
        elif row.id in self._hits:
            self._narrowing = None

    def remove(self, conversation_id: str) -> None:
        """Forget a row that the server no longer has."""
        for rows in (self._paged, self._ahead, self._hits):
            rows.pop(conversation_id, None)
        self._changed()

    def found(self, rows: Iterable[Conversation]) -> None:
        """Add rows that a search brought, beside the pages."""
        known = self._paged.keys() | self._ahead.keys()
        self._hits |= {row.id: row.merged_over(self.get(row.id)) for row in rows if row.id not in known}
        self._changed()

    def _changed(self, *, fits: bool = False) -> None:
        """Rows are others than before; where they fit into their order, it is kept."""
        self._narrowing = None
        if not fits:
            self._arranged = None

    def narrowing(self, words: str) -> Narrowing:
        """The search for these words in all rows, to be gone on with in steps; a change of the rows starts it over."""
        before = self._narrowing
        if before is None or not before.has(words):
            rows = self.shown()
            if self._hits:
                rows = tuple(in_order((self._hits | {row.id: row for row in rows}).values(), self.order))
            self._narrowing = before = Narrowing(rows, words, before)
        return before

    def shown(self, words: str = "") -> tuple[Conversation, ...]:
        """Rows in the chosen order whose summary or id contains every one of the words."""
        if words.split():
            return self.narrowing(words).finish()
        if self._arranged is None:
            self._arranged = Arranged((*self._ahead.values(), *self._paged.values()), self.order)
        return self._arranged.all()

    @property
    def unheeded(self) -> bool:
        """Whether the server ignored the sort: Letta before 0.16.5 knows none, and tells no model (measured).

        No row tells its last message before 0.16.7, so the order by it cannot be seen there.
        """
        mark = "last_message_at" if self.order.sort is Sort.LAST_MESSAGE else "model"
        return (
            self.order.sort is not Sort.CREATED
            and len(self) > 0
            and not any(row.tells(mark) for rows in (self._paged, self._ahead) for row in rows.values())
        )

    @property
    def _reversed(self) -> bool:
        """Whether pages come newest first although the oldest were asked for (before 0.16.5)."""
        if not self._paged:
            return False
        ends = next(iter(self._paged.values())), next(reversed(self._paged.values()))
        first, last = (row.created_at for row in ends)
        return first is not None and last is not None and first > last

    @property
    def partly(self) -> bool:
        """Whether only the loaded rows can follow the order so far: servers lose rows of other orders (measured)."""
        backwards = self.order.sort is not Sort.CREATED or self._reversed
        return self.order.oldest_first and not self.complete and backwards

    @property
    def words(self) -> str:
        """The order, and whether only the loaded rows follow it."""
        return f"{self.order.words} of those loaded" if self.partly else self.order.words

    @property
    def state(self) -> str:
        """ "120 loaded, more" or "212, all", as the list's heading says it."""
        count = f"{len(self)}, all" if self.complete else f"{len(self)} loaded, more"
        return f"{count}, {self.unreadable} unreadable" if self.unreadable else count
