"""The main screen's panes, its flows of reading, and the snapshots of them that the panes show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from textual.reactive import var
from textual.screen import Screen

from tui.domain.marking import Marks
from tui.domain.text import one_line
from tui.flows.connect import Connection
from tui.flows.list_conversations import ConversationList as ListSnapshot
from tui.flows.list_conversations import Viewport
from tui.flows.open_conversation import OpenedView
from tui.screens.key_gate import KeyGate
from tui.widgets.conversation_list import ConversationList
from tui.widgets.detail_pane import DetailPane
from tui.widgets.filter_line import FilterLine
from tui.widgets.foremost import Foremost
from tui.widgets.header_bar import HeaderBar
from tui.widgets.list_heading import ListHeading
from tui.widgets.list_pane import ListPane
from tui.widgets.tab_bar import TABS

if TYPE_CHECKING:
    from tui.api.client import LettaClient
    from tui.api.errors import LettaError
    from tui.api.opening import Opened
    from tui.api.rows import Agent, Conversation
    from tui.api.wire import Wire
    from tui.domain.answers import Answers
    from tui.domain.changes import Changes
    from tui.domain.feed import Feed
    from tui.domain.finding import Finding
    from tui.domain.scope import Scope
    from tui.domain.view import View
    from tui.flows.check_context import CheckContext
    from tui.flows.connect import Connect, ServerStatus
    from tui.flows.find_in_conversation import FindInConversation
    from tui.flows.follow import Follow
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.flows.read_history import ReadHistory
    from tui.local.backups import Backups
    from tui.local.draft_keeper import DraftKeeper
    from tui.local.journal_keeper import JournalKeeper
    from tui.local.settings import Settings
    from tui.local.state import Place, State
    from tui.local.visits import Visits

Answer = TypeVar("Answer")

PRELOAD = (
    "tui.api.models",
    "tui.domain.undoing",
    "tui.domain.memory_items",
    "tui.domain.timeline",
    "tui.widgets.item_layout",
    "tui.domain.check",
)
"""What an opening needs, in steps of ten milliseconds at most."""


@dataclass(frozen=True)
class Desk:
    """What the main screen is given to work with: a server, files on this machine, a clock, the settings."""

    wire: Wire
    drafts: DraftKeeper
    state: State
    settings: Settings
    clock: Callable[[], datetime]
    journal: JournalKeeper
    backups: Backups
    visits: Visits
    wire_for: Callable[[Settings], Wire]
    keys: KeyGate = field(default_factory=KeyGate)

    @cached_property
    def client(self) -> LettaClient:
        """The calls to the server; they and their models are loaded after the first paint, when first needed."""
        from tui.api.client import LettaClient

        return LettaClient(self.wire)

    @property
    def server(self) -> str:
        """The server's address as drafts and state know it."""
        return self.wire.base_url

    @property
    def origin(self) -> str | None:
        """Where a bundle says that it is from: of a file, the server that the file is of."""
        from tui.local.settings import origin

        return origin(self.settings)


class MainState(Screen[None]):
    """The main screen's panes, and what the flows of reading say that they show.

    Each snapshot is set in one method, by which the screen fulfils the flow's protocol; its watch method passes it on.
    """

    connection: var[Connection] = var(Connection(), always_update=True)
    conversations: var[ListSnapshot] = var(ListSnapshot(), always_update=True)
    opened: var[OpenedView] = var(OpenedView(), always_update=True)
    marks: var[Marks] = var(Marks())
    """The conversations that the next export or deletion is about."""

    server: ServerStatus
    list_conversations: ListConversations
    open_conversation: OpenConversation
    read_history: ReadHistory
    check_context: CheckContext
    follow: Follow
    find: FindInConversation
    connect: Connect

    _filter_line: FilterLine | None = None

    def __init_subclass__(cls, *, whole: bool = False, **told: Any) -> None:
        """A flow is a part of the screen: Textual gathers keys and reactives once, of the whole of them."""
        if whole:
            super().__init_subclass__(**told)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._compositor = Foremost()
        self.desk = desk
        # Held rather than looked up: an answer may come when the program ends and the panes are gone already.
        self.header = HeaderBar(id="header")
        self.heading = ListHeading()
        self.list = ConversationList(id="list")
        self.detail = DetailPane()
        self.detail.now = desk.clock

    def forget(self) -> None:
        """Nothing of a server is true of the next one, not even of the same ids; each flow adds what it knows."""
        self.filter_by("")

    # what the flows know, for those that read it

    @property
    def view(self) -> View:
        """What is open."""
        return self.open_conversation.view

    @property
    def scope(self) -> Scope:
        """How much of what is open is shown."""
        return self.opened.scope

    @property
    def changed(self) -> Changes:
        """What changed in what is open since the last look."""
        return self.opened.changes

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with what is open."""
        return self.opened.findings

    @property
    def answers(self) -> Answers:
        """The conversations that were read last."""
        return self.open_conversation.cache

    @property
    def agent(self) -> Agent | None:
        """Whose conversations are shown."""
        return self.connection.agent

    @property
    def lacking(self) -> frozenset[str]:
        """Features that the server turned out to lack."""
        return self.connection.unsupported

    @property
    def feed(self) -> Feed:
        """The rows that are loaded."""
        return self.list_conversations.feed

    @property
    def as_of(self) -> datetime | None:
        """When the shown rows were read, if they are those of the last visit."""
        return self.conversations.as_of

    @property
    def read_at(self) -> datetime | None:
        """When the shown rows were read from their server, if they were in this run."""
        return self.conversations.read_at

    @property
    def now(self) -> datetime:
        """The time, from the clock that the tests freeze."""
        return self.desk.clock()

    # the connection

    def show_connection(self, connection: Connection) -> None:
        """Show another snapshot of the connection."""
        self.connection = connection

    def watch_connection(self, before: Connection, now: Connection) -> None:
        """Header, marks and keys follow the connection."""
        header = self.header
        header.place, header.file = now.server, now.file
        header.version, header.connection = now.version, now.state
        if now.agent is not before.agent:
            header.agent = "" if now.agent is None else now.agent.title
            header.model = "" if now.agent is None else now.agent.model or ""
            self.agent_changed(before.agent, now.agent)
        if now.state != before.state or now.unsupported != before.unsupported:
            self.refresh_bindings()

    def agent_changed(self, before: Agent | None, agent: Agent | None) -> None:
        """Other keys make sense with an agent than without."""
        self.refresh_bindings()

    # the list

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""
        return self.list.row

    @property
    def cursor(self) -> int:
        """The place of the cursor among the rows."""
        return self.list.cursor

    @property
    def viewport(self) -> Viewport:
        """How the list and the detail stand."""
        return Viewport(self.detail.tabs.active, self.list.cursor - round(self.list.scroll_y))

    def show_list(self, conversations: ListSnapshot) -> None:
        """Show another snapshot of the list."""
        self.conversations = conversations

    def watch_conversations(self, before: ListSnapshot, now: ListSnapshot) -> None:
        """List and heading follow the list's flow."""
        self._show_rows(before, now)
        heading = self.heading
        heading.words, heading.problem = now.heading, now.problem
        if now.progress != before.progress:
            heading.progress = now.progress
        self.show_position()
        if before.as_of is not None and now.as_of is None and now.rows:
            self.open_conversation.cursor_moved()  # no row is read as long as it is an old one

    def _show_rows(self, before: ListSnapshot, now: ListSnapshot) -> None:
        widget = self.list
        widget.sort, widget.empty, widget.stand_ins = now.order.sort, now.empty, now.stand_ins
        if now.drafts != before.drafts:
            widget.drafts = now.drafts
            widget.repaint()
        if now.updated is not None:
            widget.update_row(now.updated)
        elif not now.rows and now.agent is not None and now.agent is not before.agent:
            widget.clear()
        elif now.rows is not before.rows:
            widget.now = self.now
            widget.show(now.rows, keep=now.cursor, lost=now.lost)
            self.rows_shown()

    def rows_shown(self) -> None:
        """Other rows are shown."""

    def show_position(self) -> None:
        """Say which of the rows the cursor is on."""
        rows = self.list.rows
        default = bool(rows) and rows[0].is_default
        place = self.list.cursor + 1 - default
        self.heading.place = f"{place} of {len(rows) - default}" if place else "default" if rows else ""

    def begin_list(self, position: Place | None) -> None:
        """Another agent's list begins, with the tab and the rows above the cursor of this position."""
        self.remove_class("-reading")
        self.list.focus()
        if position is not None:
            if position.tab in dict(TABS):
                self.detail.show_tab(position.tab)
            self.list.above = position.above

    def focus_list(self) -> None:
        """Give the keys to the list."""
        self.list.focus()

    # the filter

    @property
    def filter_line(self) -> FilterLine:
        """The line to filter the list by, which the first frame does without: made when it is first asked for."""
        if self._filter_line is None:
            self._filter_line = FilterLine()
            self.query_one(ListPane).mount(self._filter_line, after=self.heading)
        return self._filter_line

    @property
    def filter_words(self) -> str:
        """What the list is filtered by."""
        return "" if self._filter_line is None else self._filter_line.value

    @property
    def is_filtering(self) -> bool:
        """Whether the filter is being typed into."""
        return self._filter_line is not None and self._filter_line.has_focus

    @property
    def filtering(self) -> bool:
        """Whether the filter is being typed into."""
        return self.is_filtering

    def show_filter(self, words: str) -> None:
        """Put these words into the filter, none for all of the list."""
        self.filter_by(words)

    def filter_by(self, words: str) -> None:
        """Filter the list by these words, none for all of it."""
        if words or self._filter_line is not None:
            self.filter_line.value = words
            self.filter_line.display = bool(words)

    def clear_filter(self) -> None:
        """Clear the filter and give the keys to the list."""
        self.filter_line.action_cancel()

    # what is open

    def show_opened(self, opened: OpenedView) -> None:
        """Show another snapshot of the conversation that is open."""
        self.opened = opened

    def watch_opened(self, before: OpenedView, now: OpenedView) -> None:
        """Detail, header and keys follow what is open."""
        detail = self.detail
        if now.scope is not before.scope:
            detail.scope = now.scope
        if now.changes is not before.changes:
            detail.changed = now.changes
        if now.view is not before.view:
            detail.view = now.view
        if now.findings is not before.findings:
            from tui.domain.finding import worst

            self.header.found = len(now.findings), worst(now.findings)
        if now.view is not before.view or now.findings is not before.findings:
            self.refresh_bindings()

    def close_conversation(self) -> None:
        """Nothing is open any more: the last row was removed."""
        self.open_conversation.clear()

    async def prepare(self, opened: Opened) -> None:
        """Lay out a conversation that is shown next, a few messages at a time."""
        await self.detail.prepare(opened)

    async def painted(self) -> None:
        """Wait until what was changed is on the screen."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()

    # workers

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        """Run this in the background; `exclusive` cancels what still runs in the group."""
        self.run_worker(work, group=group, description=group, exclusive=exclusive)

    def cancel_workers(self, *groups: str) -> None:
        """Cancel what runs in these groups."""
        for group in groups:
            self.workers.cancel_group(self, group)

    def is_working(self, *groups: str) -> bool:
        """Whether anything runs in one of these groups."""
        return any(
            one.group in groups and one.node is self and not (one.is_finished or one.is_cancelled)
            for one in self.workers
        )

    # messages and questions

    def show_message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        """Show a message for a while; what it quotes is never markup."""
        timeout = (8 if error else 4) if seconds is None else seconds
        self.notify(text, severity="error" if error else "information", markup=False, timeout=timeout)

    def say(self, words: str, *, trouble: bool = False) -> None:
        """A passing remark; what it quotes is never markup."""
        self.show_message(words, error=trouble)

    def tell(self, words: str, *, trouble: bool = False) -> None:
        """A remark that stays long enough to take a path down; what it quotes is never markup."""
        self.show_message(words, error=trouble, seconds=30)

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        """Open a dialog that takes the keys kept for it, and wait for its answer."""
        self.call_later(self.desk.keys.open_to, screen)  # which is after it was pushed
        return await self.app.push_screen_wait(screen)

    # for the flows that are parts of the screen still

    def heard(self, error: LettaError | None = None) -> None:
        """Take note of how a request ended."""
        self.server.report(error)

    def lacks(self, act: str, error: LettaError | None) -> str:
        """Note what an answer shows the server not to have; words for it, or none where it is another error."""
        return "" if error is None else self.server.not_supported(act, error)

    def lacks_for_certain(self, act: str) -> str:
        """The same where no error but what was read back showed it; it is not offered again."""
        return self.server.not_supported(act)

    def show_rows(self, keep: str | None = None, *, lost: int | None = None) -> None:
        """Show the list's rows again, the cursor on `keep`."""
        self.list_conversations.show_rows(keep, lost=lost)

    def read(self, row: Conversation) -> None:
        """Read the conversation under the cursor."""
        self.open_conversation.read(row)

    def changeable(self) -> Conversation | None:
        """The row under the cursor, for an act that changes the server; read-only, there is none."""
        if self.desk.settings.readonly:
            self.say("Read-only: --readonly makes every change impossible", trouble=True)
            return None
        return self.list.row

    def name_of(self, conversation: Conversation) -> str:
        """A conversation's title, cut for a remark."""

        from tui.domain.facts import title

        return one_line(title(conversation), 60)
