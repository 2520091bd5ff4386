"""List conversations: pages in an order, the filter, and the rows of the last visit until fresh ones are here.

A page is one request. A filter narrows what is loaded at once, in steps where that is much, and has the server search
what is not loaded; filters that only rows can answer have further pages loaded until there are some matches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tui.flows.agents_of_rows import AgentsOfRows
from tui.flows.block_labels import BlockLabels
from tui.flows.find_by_id import find_conversation
from tui.flows.list_of_all import ListOfAll
from tui.flows.list_pages import request_page
from tui.flows.pinned_rows import PinnedRows
from tui.flows.protocols import Background, KnowsServer, Messages
from tui.letta.learn_support import look_at_a_row
from tui.letta.open_conversation import has_default_conversation
from tui.letta.walk import Walk
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation, Page, key_of
from tui.model.errors import LettaError, NothingFits, NotThere, Rejected, attempt
from tui.model.text import one_line, plural
from tui.presentation.damaged_records import damaged_note, damaged_text
from tui.presentation.not_supported import not_supported
from tui.presentation.times import since
from tui.rules.archive_status import ArchiveStatus
from tui.rules.changed_rows import ChangedRows
from tui.rules.changes.archive import NOT_REPORTED
from tui.rules.paging import ConversationPages, PageRequest
from tui.rules.row_filter import NOTHING_KNOWN, FilterQuery, KnownOfRows, parse_filter
from tui.rules.sort_order import Order, Sort
from tui.storage.state import ListPosition

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.flows.remember_list import RememberList
    from tui.letta.client import LettaClient
    from tui.model.local_memory import DamagedRecord
    from tui.storage.draft_writer import DraftWriter

TYPING = 0.25
"""Seconds that the filter rests before the server is asked to search."""

WHOLE = 5_000
"""Up to this many rows are filtered at once; longer lists in steps."""

STEP = 4_000
"""Rows of a step: a few milliseconds."""

ENOUGH = 50
"""Matches that end the loading of further pages for a filter; more come as the cursor nears the end."""

PINNED_DEFAULT = "The default conversation is always on top"

FIRST_ORDER = Order()


@dataclass(frozen=True, eq=False)
class ConversationList:
    """What the list shows.

    `rows` are those that match `filter`; `order`, `loaded` and `complete` are about all that are loaded. `cursor` is
    the conversation that the cursor moves to; without it, the cursor stays where it is, and if that conversation is
    gone, it moves to the row `lost`, else to a neighbour. `updated` is the only row that differs from the snapshot
    before, `removed` are conversations that turned out to be deleted, `drafts` the keys of those with an unsaved text.
    `as_of` is when rows of the last visit were read, `read_at` when fresh ones were. The texts are those of the
    heading.
    """

    agent: Agent | None = None
    rows: tuple[Conversation, ...] = ()
    filter: str = ""
    order: Order = FIRST_ORDER
    loaded: int = 0
    complete: bool = False
    cursor: str | None = None
    lost: int | None = None
    updated: Conversation | None = None
    removed: frozenset[str] = frozenset()
    heading: str = ""
    short_heading: str = ""
    """The heading for a list too narrow for all of it; "" if there is no shorter one."""
    problem: str = ""
    progress: str = ""
    empty: str = ""
    as_of: datetime | None = None
    read_at: datetime | None = None
    drafts: frozenset[str] = frozenset()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    """The ids of pinned conversations."""
    agent_names: Mapping[str, str] | None = None
    """Names of agents by their ids, as far as they are known; None unless all agents are listed."""
    known: KnownOfRows = NOTHING_KNOWN
    """What filters need to know about the rows, beyond their fields."""


@dataclass(frozen=True)
class Viewport:
    """The part of the screen that belongs to a position: the shown tab, and the number of rows above the cursor."""

    tab: str
    above: int


class ListPane(Protocol):
    """The rows, the cursor and the filter."""

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""

    @property
    def is_filtering(self) -> bool:
        """Whether the filter is being typed into."""

    @property
    def viewport(self) -> Viewport:
        """The positions of list and detail."""

    def show_filter(self, text: str) -> None:
        """Put this text into the filter."""

    def clear_filter(self) -> None:
        """Clear the filter and give the keys to the list."""

    def focus_list(self) -> None:
        """Give the keys to the list."""

    def begin_list(self, position: ListPosition | None) -> None:
        """Begin the list of another agent, with the tab and the rows above the cursor of this position."""


class ListScreen(Messages, Background, Protocol):
    """What listing asks of the screen."""

    @property
    def is_editing(self) -> bool:
        """Whether a summary is being edited."""

    def show_list(self, conversations: ConversationList) -> None:
        """Show another snapshot of the list."""


@dataclass(frozen=True, eq=False)
class PageLoad:
    """Pages being loaded into a feed: `count` rows in all if a list is read again, else one more page.

    `whole` reads a complete list again to its end.
    """

    agent: Agent
    feed: ConversationPages
    count: int = 0
    whole: bool = False
    wanted: str | None = None
    quiet: bool = False
    first: Page[Conversation] | None = None


class ListConversations:
    """Owns the list of an agent's conversations; the only one that writes `ConversationList`."""

    def __init__(
        self,
        client: LettaClient,
        server: KnowsServer,
        remembered: RememberList,
        *,
        settings: Settings,
        drafts: DraftWriter,
        clock: Callable[[], datetime],
        pane: ListPane,
        screen: ListScreen,
    ) -> None:
        self._client = client
        self._server = server
        self._remembered = remembered
        self._settings = settings
        self._drafts = drafts
        self._clock = clock
        self._pane = pane
        self._screen = screen
        self._closed = False
        self._default: Conversation | None = None
        self._has_default = True
        """Whether the agent's default conversation is there, which a file may lack."""
        self._problem = ""
        self._load: PageLoad | None = None
        """The load whose pages may still be shown."""
        self._changes = ChangedRows()
        self._unfiltered_row: str | None = None
        """The conversation that the cursor was on before there was a filter."""
        self._when_shown: list[Callable[[ConversationList], None]] = []
        self._damaged: tuple[DamagedRecord, ...] = ()
        """What is in files and cannot be listed."""
        self._pins = PinnedRows(client, remembered)
        self._agents = AgentsOfRows(client)
        self._list_of_all = ListOfAll(client, page_size=settings.page_size)
        self._labels = BlockLabels(client)
        self._labels_failed = False
        self._checked: dict[str, bool] = {}
        """Whether the check of a conversation in this run found something, by key."""
        self._unarchived_before = False
        """Whether archived conversations are listed only because the filter asks for them."""
        self.filter_text = ""
        self.feed = self._first_feed()
        self.shown = ConversationList(order=self.feed.order)

    def close(self) -> None:
        """Show nothing from now on: another server is browsed."""
        self._closed = True

    def when_shown(self, call: Callable[[ConversationList], None]) -> None:
        """Call this with each snapshot shown from now on, once the cursor has followed it."""
        self._when_shown.append(call)

    # an agent's list

    @property
    def agent(self) -> Agent | None:
        """Whose conversations are listed."""
        return self.shown.agent

    @property
    def lists_all(self) -> bool:
        """Whether conversations of all agents are listed."""
        return self.agent is not None and self.agent.is_all

    def agent_for(self, row: Conversation) -> Agent | None:
        """The agent of a row, as far as it is known without a request."""
        return self._agents.known(row) if self.lists_all else self.agent

    async def agent_of(self, row: Conversation) -> Agent:
        """The agent of a row, which is read where all agents are listed; raises LettaError."""
        agent = self.agent
        return await self._agents.read(row) if agent is None or agent.is_all else agent

    def has_old_rows_of(self, agent: Agent) -> bool:
        """Return whether rows of the last visit to this agent are shown."""
        return self.shown.as_of is not None and self.agent is not None and self.agent.id == agent.id

    def open(
        self,
        agent: Agent,
        *,
        wanted: str | None = None,
        position: ListPosition | None = None,
        first: Page[Conversation] | None = None,
    ) -> None:
        """Show an agent's conversations, the wanted one under the cursor, or at the position where they were left.

        `first` is their first page; rows of the last visit stay until fresh ones are here.
        """
        old_rows = self.has_old_rows_of(agent)
        order = self._order_at(position, None if old_rows else self.agent)
        row = position.row if position is not None and not (old_rows and position.row in self.feed) else None
        if old_rows:
            self._show(agent=agent)
        else:
            self.note_position()
            self._begin(agent, order, position)
        if agent.is_all:
            self._screen.start_worker("agents", self._load_names)
        self.load(
            order=order if old_rows else None, wanted=wanted or row or None, quiet=wanted is None, first=first
        )

    def _begin(self, agent: Agent, order: Order, position: ListPosition | None) -> None:
        """Clear the list: the agent's rows are about to be read in that order."""
        self._default = Conversation(id=DEFAULT, agent_id=agent.id)
        self._has_default = self._settings.bundle is None and not agent.is_all
        self._load = self._unfiltered_row = None
        self.feed = self._first_feed(order)
        self.filter_text = "" if position is None else position.filter
        self._unarchived_before = self._labels_failed = False
        self._damaged = ()
        names = self._agents.names if agent.is_all else None
        self._show(agent=agent, rows=(), as_of=None, read_at=None, agent_names=names)
        self._pane.show_filter(self.filter_text)
        self._pane.begin_list(position)

    def show_no_agent(self, *, any_agents: bool) -> None:
        """Show that no agent is chosen, or that there is none; rows of the last visit belong to one that is gone."""
        if self.shown.as_of is not None:
            self.feed = self._first_feed()
            self.shown = replace(self.shown, agent=None, as_of=None)
            self.show_rows()
        heading = "no agent chosen" if any_agents else "no agents"
        empty = (
            "No agent is chosen · a chooses one"
            if any_agents
            else "No agents on this server yet · r refreshes"
        )
        self._show(heading=heading, short_heading="", empty=empty)

    # pages

    async def _load_names(self) -> None:
        """Read which agents there are, so that rows name theirs."""
        error = await attempt(self._agents.load_names, self._show_names)
        if isinstance(error, LettaError):
            self._server.report(error)

    def _show_names(self) -> None:
        if self.lists_all:
            self._show(agent_names=self._agents.names)
            if self._query.asks("agent"):
                self.show_rows()

    async def first_page(self, agent_id: str, position: ListPosition | None) -> Page[Conversation]:
        """The first page of an agent's list at that position; raises LettaError."""
        feed = self._first_feed(self._order_at(position, None))
        walk = Walk("conversations", self._client.wire)
        return await self._page(agent_id, feed, PageRequest(None, self._settings.page_size), walk)

    async def _page(
        self, agent_id: str, feed: ConversationPages, ask: PageRequest, walk: Walk
    ) -> Page[Conversation]:
        """A page of an agent's list, or with "" of the list of all agents; raises LettaError."""
        status = feed.archive_status.to_request(self._client.supported)
        if not agent_id:
            return await self._list_of_all.page(feed, ask, status, walk=walk)
        return await walk.page(request_page(self._client, agent_id, feed, ask, status))

    def load(
        self,
        *,
        order: Order | None = None,
        archive_status: ArchiveStatus | None = None,
        count: int = 0,
        wanted: str | None = None,
        quiet: bool = False,
        first: Page[Conversation] | None = None,
    ) -> None:
        """Load one page more, or `count` rows of a list in that `order`, which then replaces the shown one.

        Without an `archive_status`, the list keeps its current one.

        The cursor goes to the conversation `wanted`, wherever its page is; `quiet` shows no message where it is gone.
        """
        if self.agent is None:
            return
        feed = self.feed
        if order is not None:
            feed = ConversationPages(
                order, self._settings.page_size, archive_status or self.feed.archive_status
            )
        whole = order is not None and archive_status is None and self.feed.complete
        self._load = load = PageLoad(self.agent, feed, count, whole, wanted, quiet, first)
        self._screen.start_worker("pages", partial(self._load_pages, load))

    async def _load_pages(self, load: PageLoad) -> None:
        """Read pages one after the other, and show the list when it has enough rows."""
        feed, first = load.feed, load.first
        before = len(feed)
        walk = Walk("conversations", self._client.wire)
        while load.whole or len(feed) < max(load.count, before + 1):
            # One row more than before shows whether there are more now.
            ask = feed.next_request(max(0, load.count + load.whole - len(feed)) if load.count else 0)
            if ask is None:
                break
            since = self._changes.count
            if self.shown.as_of is None:
                reading = f"{len(feed)} loaded, reading…"
                self._show(heading=f"{self._list_text(feed)} · {reading}", short_heading=reading)
            page: Page[Conversation] | LettaError
            if first is not None:
                page, first = first, None
            else:
                page = await attempt(self._page, load.agent.id, feed, ask, walk)
            if self._load is not load:
                return
            if isinstance(page, LettaError):
                self._not_loaded(feed, page)
                return
            self._server.report()
            feed.add_page(ask, self._merged(page))
            self._changes.apply(feed, since)
            walk.reached(feed.rows_read)
            if feed.is_sort_ignored(self._client.supported):
                self._cannot_sort(feed)
                return
        await self._show_loaded(load, fresh=not before)

    def _merged(self, page: Page[Conversation]) -> Page[Conversation]:
        """Complete the rows of a page with what is known and lists do not report, except from the last visit."""
        if self.shown.as_of is not None:
            return page
        return Page(tuple(row.merged_over(self.feed.get(row.id)) for row in page.rows), page.sent)

    def _not_loaded(self, feed: ConversationPages, error: LettaError) -> None:
        self._server.report(error)
        if isinstance(error, Rejected) and feed.order.sort is not Sort.CREATED and not len(feed):
            self._cannot_sort(feed)
        else:
            self.show_problem(f"{error.what} · r retries")

    async def _show_loaded(self, load: PageLoad, *, fresh: bool) -> None:
        """Show a feed that has what was requested; `fresh` if it was empty before."""
        await self._pins.load()
        if fresh and self._settings.bundle is not None and not load.agent.is_all:
            has_default = await has_default_conversation(self._client, load.agent)
            if self._load is not load:
                return
            self._has_default = has_default
        since, text, problem = self._changes.count, self._query.search, ""
        if (
            load.count and text and not load.feed.complete
        ):  # the server's matches are not among the fresh rows
            found = await attempt(self._found, load.agent, text)
            if isinstance(found, LettaError):
                self._server.report(found)
                problem = found.what
            else:
                load.feed.add_matches(found.rows)
        cursor = await self._cursor_in(load)
        if self._load is not load:
            return
        self._changes.apply(load.feed, since)
        self.feed = load.feed
        read_at = self._clock() if fresh else self.shown.read_at
        self.shown = replace(self.shown, as_of=None, read_at=read_at)
        self.show_rows(cursor=cursor)
        if problem:
            self.show_problem(problem)
        words = self._query.search
        if fresh and words and not self.feed.complete and not (load.count and words == text):
            self._start_search(words)
        unarchived = self.feed.archive_status is ArchiveStatus.UNARCHIVED
        if fresh and unarchived and self._remembered.stores(self.feed.order):
            store = partial(self._remembered.store_rows, load.agent, self.feed.shown())
            self._screen.start_worker("visit", store, exclusive=False)
        if fresh:
            self._screen.start_worker("pins", partial(self._read_pinned, load.agent, self.feed))
            if self._client.has_local_memory:
                self._screen.start_worker("damaged", partial(self._look_for_damaged, load.agent))
        self._load_for_filter()

    async def _read_pinned(self, agent: Agent, feed: ConversationPages) -> None:
        """Read the pinned conversations that are on no loaded page, and show them on top."""
        rows = await self._pins.read_missing(agent, feed)
        if rows and self.feed is feed:
            for row in rows:
                feed.put(row, first=True)
            self.show_rows()

    async def _look_for_damaged(self, agent: Agent) -> None:
        """Show how many records of files are not listed, since they cannot be read, and say why."""
        found = await attempt(self._client.damaged_records)
        if self.agent is not agent or isinstance(found, LettaError):
            return
        damaged = tuple(one for one in found if agent.is_all or one.may_be_of(agent.id))
        if damaged != self._damaged:
            self._damaged = damaged
            self.show_problem(self._problem)
        if damaged:
            self._screen.show_message(damaged_text(damaged), error=True)

    async def toggle_pin(self, row: Conversation) -> None:
        """Pin a conversation to the top of the list, or unpin it."""
        if row.is_default:
            self._screen.show_message(PINNED_DEFAULT)
            return
        await self._pins.load()
        if problem := await self._pins.toggle(row):
            self._screen.show_message(problem, error=True)
        else:
            self.show_rows()

    async def _cursor_in(self, load: PageLoad) -> str | None:
        """The row that the cursor goes to: the wanted one, else the one it is on, else the newest."""
        feed, row = load.feed, self._pane.row
        cursor = load.wanted or (row.id if row else None)
        if cursor == DEFAULT and not self._has_default:
            if load.wanted == DEFAULT and not load.quiet:
                text = "The default conversation of this agent is not in the file"
                self._screen.show_message(text, error=True)
            cursor = None
        if load.wanted is not None and load.wanted not in feed and load.wanted != DEFAULT:
            found = await self._fetch_wanted(load, load.wanted)
            cursor = found or (None if load.quiet else cursor)  # the position may be gone
        if cursor is None and len(feed):
            # most users want the newest one; the default is above it
            return feed.shown()[0].id
        return cursor

    async def _fetch_wanted(self, load: PageLoad, wanted: str) -> str | None:
        """Read the conversation asked for, or that of the stored position, wherever its page is; returns its id."""
        read = await attempt(find_conversation, self._client, wanted, agent_id=load.agent.id)
        if isinstance(read, NotThere):
            problem = f"No conversation “{one_line(wanted, 60)}” on {self._client.wire.server}"
        elif isinstance(read, NothingFits):
            problem = f"{read.what[:1].upper()}{read.what[1:]}"
        elif isinstance(read, LettaError):
            problem = str(read)
        elif read.agent_id != load.agent.id and not load.agent.is_all:
            problem = "That conversation belongs to another agent"
        elif load.quiet and not load.feed.archive_status.lists(read):
            return None  # it has been archived since the cursor was on it
        else:
            load.feed.put(read, first=True)
            return read.id
        if not load.quiet and self._load is load:
            self._screen.show_message(problem, error=True)
        return None

    def near_end(self) -> None:
        """Load the next page, as the cursor nears the last loaded row, unless one is being loaded."""
        more = not self.feed.complete and not self.feed.limited
        if more and self.shown.as_of is None and not self._screen.is_working("pages"):
            self.load()

    async def load_more(self) -> bool:
        """Load the next page and wait for it; returns whether rows came. Cancels a load in progress."""
        agent, feed = self.agent, self.feed
        if agent is None or feed.complete or feed.limited or self.shown.as_of is not None:
            return False
        self._screen.cancel_workers("pages")
        before = len(feed)
        self._load = load = PageLoad(agent, feed)
        await self._load_pages(load)
        return self.feed is feed and len(feed) > before

    async def read_first_rows(self, count: int) -> frozenset[str]:
        """Reload the first rows of the list, for what is new, changed or deleted.

        Returns the ids that the server has there; raises LettaError.
        """
        feed, agent, since = self.feed, self.agent, self._changes.count
        if agent is None:
            return frozenset()
        page = await self._first_rows(agent.id, feed, PageRequest(None, count))
        listed = frozenset(row.id for row in page.rows)
        if self.feed is not feed or self._screen.is_editing:
            return listed
        before = feed.known(), feed.count_text
        missing = feed.refresh(count, self._merged(page))
        for conversation_id in missing:
            feed.remove(conversation_id)
        self._changes.apply(feed, since)
        if (feed.known(), feed.count_text) != before:
            self.show_rows(removed=frozenset(id for id in missing if id not in feed))
        return listed

    async def _first_rows(
        self, agent_id: str, feed: ConversationPages, ask: PageRequest
    ) -> Page[Conversation]:
        status = feed.archive_status.to_request(self._client.supported)
        if not agent_id:
            return await self._list_of_all.first_rows(feed, ask, status)
        return await request_page(self._client, agent_id, feed, ask, status)

    # order

    def sort(self) -> None:
        """Read the list in the next order that the server may support."""
        sort = self.feed.order.sort.next
        while not sort.is_offered(self._client.supported):
            sort = sort.next
        self.load(order=Order(sort, self.feed.order.oldest_first), count=len(self.feed))

    def reverse(self) -> None:
        """Read the list in the other direction."""
        self.load(order=Order(self.feed.order.sort, not self.feed.order.oldest_first), count=len(self.feed))

    def show_next_archive_status(self) -> None:
        """Read the unarchived conversations, the archived ones, or both: the next of these."""
        if self.agent is not None:
            self._screen.start_worker("archive-status", partial(self._show_next_archive_status, self.agent))

    async def _show_next_archive_status(self, agent: Agent) -> None:
        """Show the next archive status; if no row has shown whether the server archives, read one first."""
        if not self._client.supported.has("archive"):
            await look_at_a_row(self._client, agent.id)
        if self.agent is not agent:
            return
        if self._client.supported.lacks("archive"):
            self._screen.show_message(NOT_REPORTED, error=True)
        else:
            self.load(order=self.feed.order, archive_status=self.feed.archive_status.next)

    def reload(self) -> None:
        """Read as many rows as are loaded once more."""
        self.load(order=self.feed.order, count=len(self.feed))

    def _cannot_sort(self, feed: ConversationPages) -> None:
        """Report that the server does not support this order, and leave the list in the order that it has."""
        feature = feed.order.sort.feature
        if feature is not None:
            words = not_supported(feature, self._client.supported, self._server.version)
            self._screen.show_message(words, error=True)
        if feed is self.feed:
            order = Order(oldest_first=feed.order.oldest_first)
            self.feed = ConversationPages(order, self._settings.page_size, feed.archive_status)
            self.load()
        else:
            self.show_problem("")

    def _first_feed(self, order: Order | None = None) -> ConversationPages:
        """The empty list that an agent begins with, in the order of the settings if in no other."""
        settings = self._settings
        order = order or Order.named(settings.sort, settings.oldest_first)
        status = ArchiveStatus.UNARCHIVED if settings.bundle is None else ArchiveStatus.ALL
        return ConversationPages(order, settings.page_size, status)

    # filter

    def filter(self, text: str) -> None:
        """Filter the list by words and filters, and let the server search what is not loaded."""
        if text.strip() and not self.filter_text.strip():
            row = self._pane.row
            self._unfiltered_row = None if row is None else row.id
        self.filter_text = text
        if self.agent is None:
            return
        self._labels_failed = False
        if self._list_archived_too():
            return
        self._show_matches()
        if self._query.search and not self.feed.complete:
            self._start_search(self._query.search)
        self._load_for_filter()

    def finish_filter(self) -> None:
        """Show every match now, though the search may go on, and what is wrong with an unfinished filter."""
        if self._screen.is_working("filter"):
            self._screen.cancel_workers("filter")
            self.show_rows()
        elif self._query.problems:
            self.show_problem("")

    def clear_filter(self) -> None:
        """Show the whole list again."""
        self.filter_text = ""
        if not self._list_archived_too():
            self.show_rows()

    @property
    def _query(self) -> FilterQuery:
        """Parse the filter."""
        return parse_filter(self.filter_text, all_agents=self.lists_all)

    def _list_archived_too(self) -> bool:
        """List archived conversations as long as the filter asks for them; returns whether the list is read again."""
        feed, wanted = self.feed, self._query.wants_archived
        if self.shown.as_of is not None:
            return False
        if (
            wanted
            and feed.archive_status is ArchiveStatus.UNARCHIVED
            and self._client.supported.has("archive")
        ):
            self._unarchived_before = True
            self.load(order=feed.order, archive_status=ArchiveStatus.ALL)
            return True
        if not wanted and self._unarchived_before:
            self._unarchived_before = False
            if feed.archive_status is ArchiveStatus.ALL:
                self.load(order=feed.order, archive_status=ArchiveStatus.UNARCHIVED)
                return True
        return False

    def _load_for_filter(self) -> None:
        """Load one more page while a filter that only rows can answer has few matches; runs again after each page."""
        more = not self.feed.complete and not self.feed.limited and self.shown.as_of is None
        if self._query.conditions and more and len(self.shown.rows) < ENOUGH:
            self.load()

    def note_check(self, key: str, found: bool) -> None:
        """Record that a conversation's context was checked in this run, and whether something was `found`."""
        if self._checked.get(key) is not found:
            self._checked[key] = found
            if self._query.asks_for_findings:
                self.show_rows()

    def _read_labels(self) -> None:
        """Read the labels of isolated blocks that a filter asks for."""
        missing = self._query.asks("isolated") and self._labels.missing(self.feed.known())
        if missing and not self._labels_failed and not self._screen.is_working("labels"):
            self._screen.start_worker("labels", partial(self._labels_of, self.feed))

    async def _labels_of(self, feed: ConversationPages) -> None:
        def show() -> None:
            if self.feed is feed and self._query.asks("isolated"):
                self.show_rows()

        error = await self._labels.read(feed.known(), show)
        self._server.report(error)
        if error is not None:
            self._labels_failed = True
            self.show_problem(f"{error.what}: labels of isolated blocks are missing")
        elif self._query.asks("isolated") and (self.feed is not feed or self._labels.missing(feed.known())):
            await self._labels_of(self.feed)

    def _show_matches(self) -> None:
        """Show the filtered rows: at once, or for a long list when the filter is done."""
        text = self.filter_text
        self._screen.cancel_workers("filter")
        if text.split() and self.feed.filter_rows(text, self._known()).remaining > WHOLE:
            self._screen.start_worker("filter", partial(self._narrow, text))
        else:
            self.show_rows()

    async def _narrow(self, text: str) -> None:
        """Filter a long list in steps, between which keys are handled; the next letter cancels it."""
        narrowing = self.feed.filter_rows(text, self._known())
        while not narrowing.done:
            narrowing.step(STEP)
            await asyncio.sleep(0)
        if text == self.filter_text:
            self.show_rows()

    def _start_search(self, text: str) -> None:
        self._screen.start_worker("search", partial(self._search, self.agent, text))

    async def _search(self, agent: Agent | None, text: str) -> None:
        """Have the server search the conversations that are not loaded."""
        await asyncio.sleep(TYPING)
        if agent is None:
            return
        since = self._changes.count
        page = await attempt(self._found, agent, text)
        if self.agent is not agent or self._query.search != text:
            return
        if isinstance(page, LettaError):
            self._server.report(page)
            self.show_problem(page.what)
        else:
            self.feed.add_matches(page.rows)
            self._changes.apply(self.feed, since)
            self._show_matches()

    async def _found(self, agent: Agent, text: str) -> Page[Conversation]:
        """The conversations that the server finds; raises LettaError."""
        status = self.feed.archive_status.to_request(self._client.supported)
        if agent.is_all:
            return await self._list_of_all.search(text, self._settings.page_size, status)
        return await self._client.conversations(
            agent.id, search=text, limit=self._settings.page_size, archive_status=status
        )

    # what other flows change

    def put(self, conversation: Conversation, *, stand_in: str = "") -> None:
        """Show a conversation as the server now has it, in its row.

        `stand_in` is what is shown in place of a summary that is missing.
        """
        if conversation.is_default:
            if not self._lists(conversation.agent_id) or not self._has_default:
                return
            self._default = conversation
        else:
            self._changes.put(conversation)
            self.feed.put(conversation)
        if stand_in and self.shown.stand_ins.get(conversation.id) != stand_in:
            stand_ins = {**self.shown.stand_ins, conversation.id: stand_in}
            self.shown = replace(self.shown, stand_ins=stand_ins)
        row = self.feed.get(conversation.id) or conversation
        index = self._index_of(row.id)
        if index is not None:
            rows = list(self.shown.rows)
            rows[index] = row
            self._show(rows=tuple(rows), updated=row)

    def show_first_words(self, words: Mapping[str, str]) -> None:
        """Show what untitled conversations begin with, by id, where nothing newer is known."""
        stand_ins = {**words, **self.shown.stand_ins}
        if stand_ins != self.shown.stand_ins:
            self._show(stand_ins=stand_ins)

    def stand_in(self, conversation_id: str) -> str:
        """Return what is shown in place of a missing summary, "" while nothing is known."""
        return self.shown.stand_ins.get(conversation_id, "")

    def _index_of(self, conversation_id: str) -> int | None:
        """Return the index of a conversation's row, trying the cursor's row first, since that is mostly the one."""
        rows, cursor = self.shown.rows, self._pane.cursor
        if cursor < len(rows) and rows[cursor].id == conversation_id:
            return cursor
        return next((at for at, row in enumerate(rows) if row.id == conversation_id), None)

    def loaded(self) -> Iterable[Conversation]:
        """The rows that are loaded."""
        return self.feed.shown()

    def _lists(self, agent_id: str) -> bool:
        return self.agent is not None and (self.agent.is_all or self.agent.id == agent_id)

    def add(self, agent_id: str, rows: Sequence[Conversation]) -> None:
        """Show new rows on top, if the list is that agent's; a filter would hide them, so it is cleared."""
        if not self._lists(agent_id):
            return
        for row in reversed(rows):
            self._changes.put(row, created=True)
            self.feed.put(row, first=True)
        if rows and self.filter_text:
            self.filter_text = ""
            self._pane.clear_filter()
        self.show_rows()

    def remove(self, agent_id: str, conversation_id: str) -> None:
        """Remove a conversation that the server no longer has."""
        self._changes.remove(conversation_id)
        self.feed.remove(conversation_id)
        if self._lists(agent_id):
            self.show_rows(removed=frozenset({conversation_id}))

    def select(self, agent_id: str, conversation_id: str, *, focus: bool = False) -> None:
        """Put the cursor on a row, unless something is edited or the list is another agent's."""
        if self._lists(agent_id) and not self._screen.is_editing:
            self.show_rows(cursor=conversation_id)
            if focus:
                self._pane.focus_list()

    def go_to(self, conversation_id: str) -> None:
        """Put the cursor on a conversation of this agent, wherever its page is; a filter is cleared."""
        if self.filter_text:
            self.filter_text = ""
            self._pane.clear_filter()
        listed = conversation_id == DEFAULT and self._has_default
        if self.shown.as_of is None and (listed or conversation_id in self.feed):
            self.show_rows(cursor=conversation_id)
        else:
            self.load(wanted=conversation_id)

    def mark_draft(self, key: str, *, has_draft: bool) -> None:
        """Mark the row with this key as one with an unsaved draft, or as one without."""
        drafts = self.shown.drafts
        self._show_drafts(drafts | {key} if has_draft else drafts - {key})

    def show_progress(self, text: str) -> None:
        """Show in the heading the progress of a bulk export or delete, "" for none."""
        self._show(progress=text)

    async def find_drafts(self) -> None:
        """Mark the conversations of which a draft is stored, and show how many."""
        stored = await self._drafts.all(self._client.wire.base_url)
        drafts = [draft for draft in stored if not draft.block_id]
        if self._closed:
            return
        if blocks := len(stored) - len(drafts):
            text = plural(blocks, "unsaved text of a memory block", "unsaved texts of memory blocks")
            self._screen.show_message(f"✎ {text}: e on the block in Memory continues it")
        if drafts:
            self._show_drafts(frozenset(key_of(draft.conversation_id, draft.agent_id) for draft in drafts))
            text = one_line(drafts[0].text, 40)
            newest = f"“{text}”" if text else "empty"
            count = plural(len(drafts), "unsaved draft")
            self._screen.show_message(f"✎ {count} (newest: {newest}): e on a row marked ✎ continues it")

    def _show_drafts(self, drafts: frozenset[str]) -> None:
        if drafts != self.shown.drafts:
            self._show(drafts=drafts)
            if self._query.asks("is", "draft") and not self._screen.is_editing:
                self.show_rows()

    # showing

    def show_rows(self, cursor: str | None = None, *, removed: frozenset[str] = frozenset()) -> None:
        """Show the rows that match the filter, the default conversation first.

        While the filter is being typed, a cursor whose row does not match goes to the first match, as `enter` does;
        where nothing matched, it goes back to where it was before.
        """
        text, query, known = self.filter_text, self._query, self._known()
        rows = self.feed.shown(text, known)
        archived = self.feed.archive_status is ArchiveStatus.ARCHIVED
        if self.agent is not None:
            rows = self._pins.first(rows, self.agent)
        if self.agent is not None and self._has_default and not archived:
            default = self._default or Conversation(id=DEFAULT, agent_id=self.agent.id)
            rows = (default, *rows) if query.fits(default, known) else rows
        lost = None
        if self._pane.row is None:
            cursor = cursor or self._unfiltered_row
        if self._pane.row is None or (text and self._pane.is_filtering):
            lost = next((index for index, row in enumerate(rows) if not row.is_default), 0)
        empty = self._empty_text(text, rows)
        shown = {"rows": rows, "filter": text, "empty": empty, "pinned": self._pins.keys, "known": known}
        self._show(**shown, cursor=cursor, lost=lost, removed=removed, **self._texts())
        self._read_labels()

    def _known(self) -> KnownOfRows:
        """Return what filters need beyond the rows; the time only to the minute, so that matches stay for a while."""
        return KnownOfRows(
            self._clock().replace(second=0, microsecond=0),
            self.shown.drafts,
            self._pins.keys,
            dict(self._checked),
            dict(self._labels.labels),
            self._agents.names if self.lists_all else None,
        )

    def _empty_text(self, text: str, rows: Sequence[Conversation]) -> str:
        """Return what an empty list says, "" while it is being read; `text` is the filter.

        A default conversation may be among the rows nevertheless.
        """
        if text:
            return "" if rows else self._nothing_matches(text)
        if len(self.feed) or not self.feed.complete:
            return ""
        if self.feed.archive_status is ArchiveStatus.ARCHIVED:
            known = self._client.supported.has("archive")
            return "no conversation is archived" if known else "this server may not support archiving"
        if self.agent is None:
            return ""
        return "No conversations yet" + ("" if self._settings.readonly else " · ctrl+n creates one")

    def _nothing_matches(self, text: str) -> str:
        """Return why nothing matches, beyond the words themselves."""
        query, rows, why = self._query, self.feed.known(), "escape clears"
        if query.asks("is", "archived") and all(row.archived is None for row in rows):
            why = "this server may not support archiving"
        elif (query.asks("isolated") or query.asks("is", "isolated")) and all(
            row.isolated_block_ids is None for row in rows
        ):
            why = "this server does not report isolated blocks"
        elif query.asks_for_findings:
            why = "only conversations opened in this run are checked"
        elif not self.feed.complete and query.conditions:
            why = f"among the {len(self.feed)} loaded"
        return f"nothing matches “{one_line(text, 40)}” · {why}"

    def show_problem(self, problem: str) -> None:
        """Show a problem in place of the heading; "" clears it."""
        self._show(**self._texts(problem))
        if problem and self.agent is None and not self.shown.rows:
            self._show(empty="r retries · ctrl+o connections")

    @property
    def problem(self) -> str:
        """The last problem, "" if there is none."""
        return self._problem

    def refresh_age(self) -> None:
        """Show again how old the rows of the last visit are."""
        if self.shown.as_of is not None:
            self.show_problem(self._problem)

    def _texts(self, problem: str = "") -> dict[str, Any]:
        """The heading: order, how much is loaded or how old it is; or what went wrong."""
        feed, as_of = self.feed, self.shown.as_of
        heading = f"{self._list_text(feed)} · {feed.count_text}"
        short = f"{self._list_text(feed)} · {feed.short_count_text}"
        if note := damaged_note(self._damaged):
            heading, short = f"{heading}, {note}", f"{short}, {note}"
        self._problem = problem
        query = self._query
        for note in query.notes(self._known()):
            heading, short = f"{heading} · {note}", note
        problem = problem or query.problem(typing=self._pane.is_filtering)
        if as_of is not None:
            age = f"as of {since(as_of, self._clock())}"
            heading, short = f"{self._list_text(feed)} · {age}, reading…", f"{age}, reading…"
            problem = f"{problem} · these rows are {age}" if problem else ""
        return {"heading": heading, "short_heading": short, "problem": one_line(problem)}

    def _list_text(self, feed: ConversationPages) -> str:
        """The order of a list, and on a server that archives, which conversations are in it."""
        if not self._client.supported.has("archive"):
            return feed.order_text
        return f"{feed.archive_status.text} · {feed.order_text}"

    def _show(self, **changes: Any) -> None:
        """Show another snapshot; cursor moves and changed rows belong to one snapshot alone."""
        now = {"cursor": None, "lost": None, "updated": None, "removed": frozenset[str]()}
        feed = {"order": self.feed.order, "loaded": len(self.feed), "complete": self.feed.complete}
        self.shown = replace(self.shown, **{**now, **feed, **changes})
        if not self._closed:
            self._screen.show_list(self.shown)
            for call in self._when_shown:
                call(self.shown)

    # between two runs

    def show_last_visit(self, agent_id: str, position: ListPosition | None) -> Agent | None:
        """Show the rows that are stored of this agent, marked as old, and return it; None where none are."""
        order = self._order_at(position, None)
        visit = self._remembered.last_visit(agent_id, order)
        if visit is None:
            return None
        self._pins.read()
        self.shown = replace(self.shown, stand_ins=self._remembered.first_words())
        self._begin(visit.agent, order, position)
        self.feed.add_page(PageRequest(None, 0), Page(visit.rows, len(visit.rows)))
        self.shown = replace(self.shown, as_of=visit.at)
        wanted = self._settings.conversation or (position.row if position is not None else None)
        self.show_rows(cursor=wanted if wanted in self.feed or wanted == DEFAULT else visit.rows[0].id)
        return visit.agent

    def note_position(self) -> None:
        """Record the position in this agent's list."""
        row = self._pane.row
        if self.agent is None or row is None:
            return
        order, viewport = self.feed.order, self._pane.viewport
        sort = order.sort.word.replace(" ", "-")
        text = self.filter_text.strip()
        position = ListPosition(row.id, viewport.tab, sort, order.oldest_first, text, viewport.above)
        self._remembered.note_position(self.agent.id, position)

    def _order_at(self, position: ListPosition | None, before: Agent | None) -> Order:
        """The order of an agent's list: the one used last, at first that of the settings, else the current order."""
        if before is None and (position is None or self._settings.order_is_set):
            return self.feed.order
        if position is None:
            return Order(self.feed.order.sort)
        return Order.named(position.sort, position.oldest_first)
