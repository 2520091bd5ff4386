"""The main screen: header, list and detail, footer.

It lays these out, mirrors the snapshots of the flows, and hands each action to the flow or the widgets that do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import ActiveBinding
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen

from tui.actions import MAIN_SCREEN, position
from tui.flows import slow_response
from tui.flows.availability import Situation, in_footer, why_not
from tui.flows.check_context import CheckContext
from tui.flows.choose_server import ChooseServer
from tui.flows.connect import Connect, Connection, ServerStatus
from tui.flows.find_in_conversation import FindInConversation
from tui.flows.follow import EVERY, Follow
from tui.flows.go_to_message import GoToMessage
from tui.flows.list_conversations import ConversationList as ListSnapshot
from tui.flows.list_conversations import ListConversations
from tui.flows.mark import MarkConversations
from tui.flows.open_conversation import OpenConversation, OpenedView
from tui.flows.preview_untitled import PreviewUntitled
from tui.flows.read_history import ReadHistory
from tui.flows.read_step import ReadStep
from tui.flows.remember_list import RememberList
from tui.flows.slow_response import SlowResponse
from tui.flows.summary_journal import SummaryJournal
from tui.flows.wait_for_server import WaitForServer
from tui.model.errors import LettaError, NotThere, attempt
from tui.model.opened import Opened
from tui.presentation.conversation_info import model_name
from tui.rules.marks import Marks
from tui.rules.view_state import Failed
from tui.ui.bindings import bindings
from tui.ui.clipboard import Clipboard
from tui.ui.early_keys import EarlyKeys
from tui.ui.memory_actions import MemoryActions
from tui.ui.reader_actions import ReaderActions
from tui.ui.tool_actions import ToolActions
from tui.ui.widgets.conversation_list import ConversationList
from tui.ui.widgets.detail_pane import DetailPane
from tui.ui.widgets.editor_messages import Abandoned, SaveAsked, Typed
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.find_line import FindLine
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.header_bar import HeaderBar
from tui.ui.widgets.mark_clicked import MarkClicked
from tui.ui.widgets.message_lines import ScopeLine
from tui.ui.widgets.panes import Panes

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.flows.change_conversation import ChangeConversation
    from tui.flows.change_memory import ChangeMemory
    from tui.flows.choose_server import ServerChoice
    from tui.flows.create_conversation import CreateConversation
    from tui.flows.delete_marked import DeleteMarked
    from tui.flows.edit_summary import Edit, EditSummary, Pane
    from tui.flows.export import ExportConversations
    from tui.flows.protocols import Question
    from tui.flows.results import Server
    from tui.flows.title_untitled import TitleUntitled
    from tui.flows.undo_summary import UndoSummary
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.ui.services import Services

Answer = TypeVar("Answer")
Flow = Callable[[], Coroutine[None, None, None]]

NARROW = 100
"""Columns below which one pane shows at a time."""

REFUSAL = 4.0
"""Seconds during which the same refusal is shown only once."""

TICK = 30.0
"""Seconds between two updates of relative times such as "3 min ago"."""

PRELOAD = (
    "tui.model.block",
    "tui.rules.changes.undo",
    "tui.presentation.memory_items",
    "tui.presentation.context_window",
    "tui.presentation.transcript",
    "tui.presentation.markdown",
    "tui.ui.widgets.item_lines",
    "tui.rules.check",
)
"""Modules that opening a conversation needs, loaded while the cursor first rests, in steps of at most 10 ms."""

LEFT = (
    "A change on {server} was still in progress when you left, and may or may not have been made. An unconfirmed "
    "summary is stored there as a draft"
)


@dataclass(frozen=True)
class ReadingFlows:
    """The flows that read from one server."""

    status: ServerStatus
    conversations: ListConversations
    opened: OpenConversation
    history: ReadHistory
    step: ReadStep
    check: CheckContext
    follow: Follow
    find: FindInConversation
    connect: Connect
    choose: ChooseServer
    journal: SummaryJournal
    wait: WaitForServer
    slow: SlowResponse
    go_to: GoToMessage
    previews: PreviewUntitled


@dataclass(frozen=True)
class WritingFlows:
    """The flows that write to one server."""

    server: Server
    edit: EditSummary
    undo: UndoSummary
    change: ChangeConversation
    create: CreateConversation
    export: ExportConversations
    delete_marked: DeleteMarked
    titles: TitleUntitled
    memory: ChangeMemory


class MainScreen(Screen[None]):
    """The conversations of an agent on the left, the one under the cursor on the right."""

    BLANK = True  # covered by its widgets; otherwise Textual draws all of its lines for every key
    AUTO_FOCUS = "#list"
    DEFAULT_CLASSES = (
        "-tall"  # like most windows: otherwise the first resize would style and paint everything twice
    )
    BINDINGS = bindings(*MAIN_SCREEN, actions={"app.quit": "app.quit"})

    # One snapshot of each flow with state, set in one method only.
    connection: var[Connection] = var(Connection(), always_update=True)
    conversations: var[ListSnapshot] = var(ListSnapshot(), always_update=True)
    opened: var[OpenedView] = var(OpenedView(), always_update=True)
    marks: var[Marks] = var(Marks())
    edit: var[Edit | None] = var(None)

    @dataclass
    class Reconnect(Message):
        """The user chose where to connect next; the app, which owns the client, connects."""

        choice: ServerChoice

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.early = EarlyKeys(services.keys)
        self.header = HeaderBar(id="header")
        self.panes = Panes()
        self.panes.detail.now = services.clock
        self.marking = MarkConversations(self.panes, self)
        self.reading = self._reading_flows()
        self._writing: WritingFlows | None = None
        self._refused = "", 0.0
        self._situation = Situation()
        self.handlers: dict[str, Callable[[], object]] = {}

    def _reading_flows(
        self, *, hidden: frozenset[str] = frozenset(), following: bool = False
    ) -> ReadingFlows:
        """Create the flows of a server; only hidden message types and following carry over from the previous one."""
        services, panes, client = self.services, self.panes, self.services.client
        journal = SummaryJournal(services.journal, services.server, services.clock)
        status = ServerStatus(self, client.learner)
        remembered = RememberList(
            services.server,
            settings=services.settings,
            state=services.state,
            visits=services.visits,
            clock=services.clock,
        )
        conversations = ListConversations(
            client,
            status,
            remembered,
            settings=services.settings,
            drafts=services.drafts,
            clock=services.clock,
            pane=panes,
            screen=self,
        )
        opened = OpenConversation(
            client,
            status,
            conversations,
            journal,
            clock=services.clock,
            pane=panes,
            screen=self,
            preload=PRELOAD,
            hidden=hidden,
        )
        connect = Connect(
            client,
            status,
            conversations,
            opened,
            remembered,
            settings=services.settings,
            state=services.state,
            screen=self,
        )
        history = ReadHistory(client, status, opened, self)
        return ReadingFlows(
            status,
            conversations,
            opened,
            history,
            ReadStep(client, status, panes, self),
            CheckContext(opened, self),
            Follow(status, conversations, opened, panes, self, following=following),
            FindInConversation(panes, self),
            connect,
            ChooseServer(
                client,
                status,
                connect,
                settings=services.settings,
                state=services.state,
                wire_for=services.wire_for,
                screen=self,
            ),
            journal,
            WaitForServer(client.wire.pause, status, self),
            SlowResponse(client.wire, services.clock, panes),
            GoToMessage(client, status, connect, conversations, opened, history, pane=panes, screen=self),
            PreviewUntitled(client, conversations, remembered, panes, self),
        )

    @property
    def writing(self) -> WritingFlows:
        """The flows that write to this server, created on first use: startup does not need them."""
        if self._writing is not None:
            return self._writing
        from tui.flows.block_journal import BlockJournal
        from tui.flows.change_conversation import ChangeConversation
        from tui.flows.change_memory import ChangeMemory
        from tui.flows.create_conversation import CreateConversation
        from tui.flows.delete_marked import DeleteMarked
        from tui.flows.edit_summary import EditSummary
        from tui.flows.export import ExportConversations
        from tui.flows.results import Results, Server
        from tui.flows.title_untitled import TitleUntitled
        from tui.flows.undo_summary import UndoSummary
        from tui.storage.backups import Backups

        services, reading = self.services, self.reading
        clock, drafts, backups = services.clock, services.drafts, services.backups
        readonly = services.settings.readonly
        server = Server(services.client, services.server, services.wire.server)
        results = Results(server, reading.status, reading.conversations, reading.opened, self)
        edit = EditSummary(server, clock, drafts, reading.journal, results, self.panes, self)
        change = ChangeConversation(
            server, clock, drafts, backups, reading.conversations, results, self, readonly=readonly
        )
        exports = Backups(backups.folder.parent / "exports")
        export = ExportConversations(server, services.origin, clock, exports, results)
        self._writing = WritingFlows(
            server,
            edit,
            UndoSummary(server, clock, reading.journal, edit, results, self, readonly=readonly),
            change,
            CreateConversation(server, results, self),
            export,
            DeleteMarked(
                server, drafts, backups, change, self.marking, export, results, self, readonly=readonly
            ),
            TitleUntitled(
                server.client, reading.conversations, reading.opened, edit, results, self.panes, self.panes
            ),
            ChangeMemory(
                server,
                clock,
                drafts,
                BlockJournal(services.journal, services.server, clock),
                results,
                self,
                readonly=readonly,
            ),
        )
        return self._writing

    def compose(self) -> ComposeResult:
        """The frame, which needs no server to be painted."""
        yield self.header
        self.panes.list.data_bind(MainScreen.marks)
        yield self.panes
        yield KeyLine(self.in_footer)

    def on_mount(self) -> None:
        """Show the rows of the last visit in the first frame, and start reading once it is painted."""
        self.handlers = self._action_handlers()
        self._show_settings()
        self.reading.connect.begin_with_rows()
        self.call_after_refresh(self._start_reading)
        self.set_interval(TICK, self._refresh_ages)

        def follow() -> None:
            self.reading.follow.tick()  # after a change of server, that of the new one

        def look() -> None:
            self.reading.slow.tick()

        self.set_interval(EVERY, follow)
        self.set_interval(slow_response.EVERY, look)

    def _start_reading(self) -> None:
        if self.children:  # empty if the app quit at its first paint
            self.reading.connect.start()
            self.start_worker("found-drafts", self.reading.conversations.find_drafts)

    def _show_settings(self) -> None:
        settings = self.services.settings
        self.header.readonly = settings.readonly
        self.header.profile, self.header.colour = settings.profile or "", settings.colour or ""
        self.panes.list.absolute = settings.times == "absolute"

    def _refresh_ages(self) -> None:
        self.panes.list.update_ages(self.services.clock())
        self.reading.conversations.refresh_age()
        self.panes.detail.refresh_times()

    def on_resize(self, event: events.Resize) -> None:
        """Show one pane or two."""
        self.panes.narrow = event.size.width < NARROW
        self._update_keys()

    # another server

    def start_over(self, services: Services) -> None:
        """Forget everything about the current server and connect to another; pending writes continue."""
        self.remember_position()
        self._leave_writes()
        self.panes.show_filter("")
        self.workers.cancel_node(self)
        self.early.drop()
        self.services.keys.open()  # a flow that is cancelled before it starts would leave the gate shut
        hidden, following = self.opened.scope.hidden, self.reading.follow.following
        reading = self.reading
        for flow in (reading.status, reading.conversations, reading.opened, reading.wait):
            flow.close()
        self.services = services
        self.reading = self._reading_flows(hidden=hidden, following=following)
        self.handlers = self._action_handlers()
        self._show_settings()
        self.show_connection(self.reading.status.connection)
        self.show_opened(self.reading.opened.shown)
        self.reading.conversations.show_rows()
        self._start_reading()

    def _leave_writes(self) -> None:
        """Show the outcomes of pending writes as messages that name their server from now on."""
        flows, self._writing = self._writing, None
        if flows is not None:
            flows.edit.leave_server()
            flows.delete_marked.stop()
            flows.server.left = True
            if self.services.wire.under_way or flows.edit.pending:
                self.show_message(LEFT.format(server=self.services.wire.server), error=True, seconds=30)

    def remember_position(self) -> None:
        """Remember the position in this agent's list."""
        self.reading.conversations.note_position()

    def stop_writes(self) -> None:
        """Start no further deletions, since the app is quitting."""
        if self._writing is not None:
            self._writing.delete_marked.stop()

    # actions

    @property
    def situation(self) -> Situation:
        """Everything that decides which actions can be done now."""
        panes, connection, row = self.panes, self.connection, self.panes.row
        focus: Literal["list", "reader", "editor", "filter", "find", ""] = ""
        if panes.list.has_focus:
            focus = "list"
        elif panes.detail.reader.has_focus:
            focus = "reader"
        elif panes.is_filtering:
            focus = "filter"
        elif self.edit is not None and panes.detail.editor.area.has_focus:
            focus = "editor"
        elif panes.detail.find_line.has_focus_within:
            focus = "find"
        return Situation(
            focus=focus,
            agent=connection.agent is not None,
            all_agents=connection.agent is not None and connection.agent.is_all,
            loading=not panes.list.rows
            and (connection.state == "connecting" or self.is_working("connect", "pages")),
            row="" if row is None else "default" if row.is_default else "named",
            draft=row is not None and row.key in self.conversations.drafts,
            opened=isinstance(self.opened.view, Opened),
            item=panes.detail.reader.item is not None,
            block=panes.selected_label[1],
            editing=self.edit is not None,
            filtered=bool(panes.left.filter_words),
            searching=bool(panes.search_words),
            marks=bool(self.marks),
            pair=self.marks.pair(row) is not None,
            markable=any(not one.is_default for one in panes.list.rows[:2]),
            readonly=self.services.settings.readonly,
            narrow=panes.narrow,
            failing=connection.state == "failing",
            supported=connection.supported,
            waiting=connection.waiting > 0,
            browser=self.services.settings.browser,
            version=connection.version,
        )

    def _update_keys(self) -> None:
        """Update the footer, whichever snapshot or widget changed the situation."""
        if (now := self.situation) != self._situation:
            self._situation = now
            self.refresh_bindings()

    def why_not(self, action_id: str) -> str:
        """Return a sentence that says why an action cannot be done now; "" if it can."""
        return why_not(action_id, self.situation) if action_id in self.handlers else ""

    def in_footer(self) -> list[ActiveBinding]:
        """The bindings that the footer names now."""
        now = self.situation
        named = []
        for active in self.active_bindings.values():
            id = active.binding.id or ""
            if in_footer(id, now) and not why_not(id, now) if id in self.handlers else active.binding.show:
                named.append(active)
        return sorted(named, key=lambda active: position(active.binding.id or ""))

    def on_key(self, event: events.Key) -> None:
        """Postpone actions that need rows until the first ones are shown."""
        early = self.early or (not self.panes.list.rows and self.situation.loading)
        if early and self.early.stores(event, self.active_bindings.get(event.key)):
            event.stop()

    async def on_worker_state_changed(self) -> None:
        """Run the postponed actions, now that the first rows are shown or could not be read."""
        if self.early and not self.situation.loading:
            if self.is_current:
                await self.early.do(self.app)
            else:
                self.early.drop()

    async def action_run(self, action_id: str) -> None:
        """Run an action, or say why it cannot be done: no key is silent."""
        if reason := self.why_not(action_id):
            shown, at = self._refused
            if reason != shown or monotonic() - at > REFUSAL:  # once for a key that is held down
                self._refused = reason, monotonic()
                self.show_message(reason)
            return
        result = self.handlers[action_id]()
        if isawaitable(result):
            await result
        self._update_keys()

    def _action_handlers(self) -> dict[str, Callable[[], object]]:
        """Return the handler of each action of the main screen, for the current server."""
        panes, services, flows = self.panes, self.services, self.reading
        clipboard = Clipboard(self.app, programs=not services.settings.is_restricted)
        reader = ReaderActions(
            self.app,
            panes,
            flows.opened,
            flows.find,
            clipboard,
            services.clock,
            services.settings,
            lambda id: self.call_later(self.action_run, id),
        )
        tools = ToolActions(
            self.app,
            services.client,
            panes,
            flows.conversations,
            flows.opened,
            clipboard,
            services.clock,
            flows.go_to,
            partial(services.journal.of, services.server),
        )
        memory = MemoryActions(panes, self._on_row)
        return {
            "app.help": partial(self._type_into, tools.show_help),
            "app.manual": tools.show_manual,
            "app.palette": partial(self._type_into, tools.show_palette),
            "list.filter": partial(self._type_into, panes.type_filter),
            "summary.edit": self._edit,
            "summary.edit-outside": partial(self._edit, outside=True),
            "summary.title-next": lambda: self.begin_edit(self.writing.titles.begin),
            "conversation.new": self._create,
            "agent.pick": self.choose_agent,
            "app.connections": lambda: self.start_worker(
                "connections", self._storing_keys(flows.choose.manage_connections)
            ),
            "tab.messages": partial(panes.show_tab, "messages"),
            "tab.memory": partial(panes.show_tab, "memory"),
            "tab.info": flows.step.show_info,
            "conversation.open": panes.open_detail,
            "pane.back": self._go_back,
            "pane.next": partial(panes.go_on, 1),
            "pane.previous": partial(panes.go_on, -1),
            "pane.right": panes.go_right,
            "pane.left": panes.go_left,
            "pane.jump": reader.jump,
            "detail.down": partial(reader.scroll, 1),
            "detail.up": partial(reader.scroll, -1),
            "list.wider": partial(panes.widen, 1),
            "list.narrower": partial(panes.widen, -1),
            "detail.find": partial(self._type_into, panes.detail.find_line.open),
            "match.next": partial(reader.go_to_match, 1),
            "match.previous": partial(reader.go_to_match, -1),
            "history.toggle": self._toggle_history,
            "history.boundary": reader.go_to_boundary,
            "history.go-to": reader.go_to_time,
            "types.choose": reader.choose_types,
            "error.next": partial(reader.go_to_error, 1),
            "error.previous": partial(reader.go_to_error, -1),
            "item.fold": reader.fold,
            "item.fold-all": reader.fold_all,
            "item.fold-type": reader.fold_type,
            "item.pager": reader.open_in_pager,
            "item.view": reader.open_in_editor,
            "item.pipe": reader.pipe,
            "item.raw": reader.show_raw_json,
            "item.copy-id": reader.copy_id,
            "item.copy-text": reader.copy_text,
            "list.pin": lambda: self.start_worker(
                "pin", partial(flows.conversations.toggle_pin, panes.list.rows[panes.cursor]), exclusive=False
            ),
            "list.mark": self.marking.toggle_and_move,
            "list.mark-down": partial(self.marking.mark_and_move, 1),
            "list.mark-up": partial(self.marking.mark_and_move, -1),
            "list.compare": lambda: tools.compare(self._marked_rows()),
            "list.mark-all": lambda: self.marking.invert(panes.list.rows),
            "memory.diff": panes.show_diff,
            "context.check": reader.show_findings,
            "list.sort": flows.conversations.sort,
            "list.reverse": flows.conversations.reverse,
            "list.archive-status": flows.conversations.show_next_archive_status,
            "view.refresh": self._refresh,
            "view.refresh-all": partial(self._refresh, everything=True),
            "view.follow": flows.follow.toggle,
            "summary.undo": partial(memory.step, "undo"),
            "summary.redo": partial(memory.step, "redo"),
            "summary.history": memory.history,
            "memory.reset": memory.reset,
            "memory.promote": memory.promote,
            "conversation.fork": self._on_row(
                lambda writing, row, agent: writing.change.fork(row, agent, panes.selected_message),
                asks=True,
            ),
            "conversation.delete": self._delete,
            "conversation.archive": self._on_row(
                lambda writing, row, _: writing.change.archive(row), asks=True
            ),
            "conversation.recompile": self._on_row(
                lambda writing, row, agent: writing.change.recompile(row, agent), asks=True
            ),
            "conversation.export": self._export,
            "tool.requests": tools.show_requests,
            "tool.context": tools.show_context_window,
            "tool.payload": tools.show_payload,
            "tool.map": tools.show_isolation_map,
            "tool.search": partial(self._type_into, tools.show_search),
            "tool.time": tools.show_time_machine,
            "memory.where-said": tools.show_where_said,
            "app.quit": self.app.action_quit,
        }

    def _on_row(
        self,
        change: Callable[[WritingFlows, Conversation, Agent], Coroutine[None, None, None]],
        *,
        asks: bool = False,
    ) -> Callable[[], None]:
        """Return a handler that starts a flow about the row under the cursor; `asks` if it begins with a dialog."""

        def run() -> None:
            row, conversations = self.panes.row, self.reading.conversations
            if row is None or conversations.agent is None:
                return

            async def flow() -> None:
                agent = await attempt(conversations.agent_of, row)
                if isinstance(agent, LettaError):
                    self.show_message(str(agent), error=True)
                else:
                    await change(self.writing, row, agent)

            self._start_asking(flow) if asks else self.start_flow(flow)

        return run

    def _go_back(self) -> None:
        """Go one level back: stop a running task; leave marks, search, detail, filter; then hide messages."""
        panes, writing = self.panes, self._writing
        if self.reading.wait.give_up():
            return
        if writing is not None and writing.delete_marked.running is not None:
            writing.delete_marked.stop()
        elif writing is not None and writing.export.running:
            self.cancel_workers("export")
        elif self.marks and panes.list.has_focus:
            self.marking.clear()
        elif panes.detail.reader.has_focus and panes.search_words:
            self.reading.find.stop()
        elif self.edit is not None:
            panes.go_to(panes.detail.editor.area)
        elif not panes.list.has_focus:
            panes.go_to(panes.list)
        elif panes.left.filter_words:
            panes.clear_filter()
        else:
            self.app.clear_notifications()

    def _refresh(self, *, everything: bool = False) -> None:
        """Read the focused pane again, or both."""
        reading, row = self.reading, self.panes.row
        if reading.wait.retry_now():
            return
        if self.connection.agent is None or self.conversations.as_of is not None:
            reading.connect.start()
            return
        detail, view = self.panes.detail.reader.has_focus and row is not None, self.opened.view
        failure = view.error if isinstance(view, Failed) else None
        if everything or not detail or isinstance(failure, NotThere):  # gone, or not?
            reading.conversations.reload()
        if row is not None and (everything or detail):
            reading.opened.look()
            reading.opened.read(row)
        elif row is not None and failure is not None:
            reading.opened.read(row)

    # the connection

    def show_connection(self, connection: Connection) -> None:
        """Show another snapshot of the connection."""
        self.connection = connection

    def watch_connection(self, before: Connection, now: Connection) -> None:
        """Header, marks and keys follow the connection."""
        header, agent = self.header, now.agent
        header.place, header.file = now.server, now.file
        header.version, header.connection, header.waiting = now.version, now.state, now.waiting
        if agent is not before.agent:
            header.agent = "" if agent is None else agent.title
            header.model = model_name(agent, self.opened.view)
            if before.agent is None or agent is None or before.agent.id != agent.id:
                self.marking.clear()
        self._update_keys()

    @on(HeaderBar.AgentPressed)
    def choose_agent(self) -> None:
        """Ask which agent to show."""
        self.start_worker("picker", self._storing_keys(self.reading.choose.choose_agent))

    def cannot_connect(self, error: LettaError) -> None:
        """Ask what to do about a server that gave no usable response."""
        ask = partial(self.reading.choose.report_no_connection, error)
        self.start_worker("picker", self._storing_keys(ask))

    def reconnect(self, choice: ServerChoice) -> None:
        """Have the app connect to what the user chose."""
        self.post_message(self.Reconnect(choice))

    # the list

    def show_list(self, conversations: ListSnapshot) -> None:
        """Show another snapshot of the list."""
        self.conversations = conversations

    def watch_conversations(self, before: ListSnapshot, now: ListSnapshot) -> None:
        """Rows, heading and marks follow the list's flow."""
        rows, heading = self.panes.list, self.panes.heading
        rows.sort = now.order.sort
        if now.empty != rows.empty:
            rows.empty = now.empty
            rows.repaint()
        if now.stand_ins is not rows.stand_ins:
            rows.stand_ins = now.stand_ins
            rows.repaint()
        if now.drafts != before.drafts:
            rows.drafts = now.drafts
            rows.repaint()
        if now.pinned != before.pinned:
            rows.pinned = now.pinned
            rows.repaint()
        if now.agent_names is not before.agent_names:
            rows.show_agents(now.agent_names)
        if now.updated is not None:
            rows.update_row(now.updated)
        elif not now.rows and now.agent is not None and now.agent is not before.agent:
            rows.clear()
        elif now.rows is not before.rows:
            rows.now = self.services.clock()
            rows.show(now.rows, keep=now.cursor, lost=now.lost)
            if not now.removed.isdisjoint(self.marks.rows):
                self.marking.remove(now.removed)
            self.marking.settle(self.reading.conversations.feed, complete=now.complete and now.as_of is None)
            self._count_marks()
        heading.words, heading.short_words = now.heading, now.short_heading
        heading.problem, heading.progress = now.problem, now.progress
        self.panes.left.show_known(now.known)
        self.panes.left.filtered = bool(now.filter)
        self.panes.show_position()
        if before.as_of is not None and now.as_of is None and now.rows:
            self.reading.opened.cursor_moved()  # rows of the last visit are not read
        self._update_keys()

    @on(ConversationList.NearEnd)
    def _near_end(self) -> None:
        rows = self.panes.list
        if not self.reading.conversations.feed.complete and rows.cursor == len(rows.rows) - 1:
            self.reading.opened.keep_moving()
        self.reading.conversations.near_end()

    @on(ConversationList.Highlighted)
    def _cursor_moved(self, event: ConversationList.Highlighted) -> None:
        self.reading.opened.cursor_moved()
        self.reading.previews.moved()
        self._update_keys()
        if self.edit is not None and self.edit.key != event.conversation.key:
            self.leave_editor()

    @on(FilterLine.Narrowed)
    @on(FilterLine.Accepted)
    @on(FilterLine.Cancelled)
    def _filter_used(self, event: Message) -> None:
        conversations = self.reading.conversations
        match event:
            case FilterLine.Narrowed(words):
                conversations.filter(words)
            case FilterLine.Accepted():
                conversations.finish_filter()
                self.panes.left.leave_filter(to_match=True)
            case FilterLine.Cancelled():
                self.panes.left.leave_filter(to_match=False)
                conversations.clear_filter()

    # marks

    def show_marks(self, marks: Marks) -> None:
        """Show which conversations are marked."""
        self.marks = marks

    def watch_marks(self) -> None:
        """Show how many are marked, and update the keys, which depend on marks."""
        self._count_marks()
        self._update_keys()

    def _count_marks(self) -> None:
        """Show the number of marks in the heading, including those that a filter hides."""
        feed, panes = self.reading.conversations.feed, self.panes
        marked = [row for id, row in self.marks.rows.items() if feed.lists(id)]
        panes.heading.marked = self.marks.text(panes.list.rows if panes.left.filter_words else marked)

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        """Mark what was clicked; while a summary is edited, a click only leads to its row."""
        if self.connection.agent is None or self.edit is not None:
            return
        if not event.toggle:
            self.marking.add(event.rows)
        elif self.panes.row is not None:
            self.marking.toggle(self.panes.row)

    # what is open

    def show_opened(self, opened: OpenedView) -> None:
        """Show another snapshot of the conversation that is open."""
        self.opened = opened

    def watch_opened(self, before: OpenedView, now: OpenedView) -> None:
        """Detail, header and keys follow what is open."""
        detail = self.panes.detail
        if now.scope is not before.scope:
            detail.scope = now.scope
        if now.changes is not before.changes:
            detail.changed = now.changes
        if now.view is not before.view:
            detail.view = now.view
            self.header.model = model_name(self.connection.agent, now.view)
        if now.findings is not before.findings:
            from tui.rules.check.finding import worst

            self.header.findings = len(now.findings), worst(now.findings)
        self._update_keys()

    async def painted(self) -> None:
        """Wait until all changes are on the screen."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()

    @on(ScopeLine.Pressed)
    def _toggle_history(self) -> None:
        """Show the whole history, or again only what is in context."""
        detail = self.panes.detail
        if isinstance(self.opened.view, Opened) and detail.tabs.active != "messages":
            detail.show_tab("messages")
        self.reading.history.toggle()

    def show_following(self, following: bool) -> None:
        """Show in the header whether the list is being followed."""
        self.header.following = following
        self.refresh_bindings()

    @on(FindLine.Typed)
    @on(FindLine.Accepted)
    @on(FindLine.Cancelled)
    @on(DetailPane.Filled)
    def _search_used(self, event: Message) -> None:
        find = self.reading.find
        match event:
            case FindLine.Typed():
                find.search()
            case FindLine.Accepted():
                find.accept()
            case FindLine.Cancelled():
                find.stop()
            case DetailPane.Filled():
                find.search_again()
                self.reading.go_to.filled()
        self._update_keys()

    # the editor

    def _edit(self, *, outside: bool = False) -> None:
        """Edit the selected block, else the summary under the cursor; an open edit is continued."""
        if self.edit is not None:
            self.panes.detail.editor.take_focus()
        elif self.panes.row is not None and not MemoryActions(self.panes, self._on_row).edit(outside=outside):
            pane: Pane = "detail" if self.panes.detail.reader.has_focus else "list"
            begin = self.writing.edit.begin
            self.begin_edit(partial(begin, self.panes.row, outside=outside, return_to=pane))

    def begin_edit(self, begin: Flow) -> None:
        """Run a flow that opens the editor; keys typed ahead go into it, or are dropped if it does not open."""

        keys = self.services.keys
        turn = keys.shut()

        async def run() -> None:
            try:
                await self.panes.detail.add_editor()
                await begin()
            finally:
                if self.edit is None:
                    keys.drop(turn)
                    self.panes.detail.forget_keys()
                else:
                    self.call_after_refresh(keys.replay, self.app)

        self.start_flow(run)

    def open_editor(self, edit: Edit, discarded: str | None = None) -> None:
        """Load an edit into the editor and focus it; undo there restores a `discarded` text."""
        row, editor = self.panes.row, self.panes.detail.editor
        if row is not None:
            self.reading.opened.show_row(row)
        self.edit = edit
        text = edit.text if edit.changed else edit.suggestion or None
        suggested = bool(edit.suggestion) and not edit.changed
        editor.begin(edit.server_text, text=text, behind=discarded, note=edit.note, selected=suggested)
        editor.take_focus()

    def show_typed(self, edit: Edit) -> None:
        """Store the edit after typing; the editor already shows its text."""
        self.edit = edit

    def show_edit(self, edit: Edit | None, *, focus: bool = True) -> None:
        """Show the state of the edit; None closes the editor, and restores the focus unless the user moved it."""
        before, self.edit = self.edit, edit
        panes, editor = self.panes, self.panes.detail.editor
        if edit is not None:
            editor.release(busy=edit.saving)
            editor.problem = edit.problem
            return
        focused = self.focused in (None, editor.area)
        editor.busy = False
        if focus:
            editor.release()
        if focus and focused:
            to_detail = before is not None and before.return_to == "detail"
            (panes.detail.reader if to_detail else panes.list).focus()

    def watch_edit(self, before: Edit | None, now: Edit | None) -> None:
        """Show the editor while there is an edit."""
        self.panes.editing = now is not None
        self._update_keys()

    def edit_outside(self, text: str) -> str | None:
        """Edit the text in $VISUAL or $EDITOR and return it, shown in the editor if that is open; None if it failed."""
        from tui.ui.external_programs import edit_outside

        try:
            edited = edit_outside(self.app, text)
        except SuspendNotSupported:
            raise OSError("it needs a terminal") from None
        if edited is not None and self.edit is not None:
            self.panes.detail.editor.put(edited)
        return edited

    def is_editor_focused(self) -> bool:
        """Whether keys go to the editor, and not to a dialog or another pane."""
        return self.panes.detail.editor.area.has_focus and self.is_current

    def edit_row(self, row: Conversation, *, return_to: Pane) -> None:
        """Go to the row below or above and edit it."""
        below = self.panes.editable_neighbour(1) is row
        self.panes.list.move_to(self.panes.cursor + (1 if below else -1))
        self.begin_edit(partial(self.writing.edit.begin, row, return_to=return_to))

    @on(Typed)
    @on(Abandoned)
    @on(SaveAsked)
    def _editor_used(self, event: Message) -> None:
        flow, editor = self.writing.edit, self.panes.detail.editor
        match event:
            case Typed(text):
                flow.typed(text)
            case SaveAsked(onward, text):
                flow.save(text, onward)
            case Abandoned() if not editor.busy:
                flow.give_up(editor.text)
            case Abandoned():
                self.reading.wait.give_up()

    def leave_editor(self) -> None:
        """Close the editor because the cursor left its conversation."""
        if self.edit is not None and not self.panes.detail.editor.busy:
            self.writing.edit.leave(self.panes.detail.editor.text)

    # changes of whole conversations

    def _marked_rows(self) -> list[Conversation]:
        """The marked conversations, as they are known now."""
        return [self.reading.conversations.feed.get(id) or row for id, row in self.marks.rows.items()]

    def _create(self) -> None:
        """Make a new conversation."""
        if self.connection.agent is not None:
            self._start_asking(partial(self.writing.create.create, self.connection.agent))

    def _delete(self) -> None:
        """Delete what is marked, or else the conversation under the cursor."""
        row, agent = self.panes.row, self.connection.agent
        if agent is not None and self.marks:
            self._start_asking(partial(self.writing.delete_marked.delete, self._marked_rows(), agent))
        elif agent is not None and row is not None:
            self._start_asking(partial(self.writing.change.delete, row, agent))

    def _export(self) -> None:
        """Export what is marked into one file, or else the conversation under the cursor."""
        row, agent, writing = self.panes.row, self.connection.agent, self.writing
        if agent is not None and self.marks:
            if not writing.delete_marked.is_busy():
                self.start_worker("export", partial(writing.export.export_all, self._marked_rows(), agent))
        elif agent is not None and row is not None:
            self.start_worker("export", partial(writing.export.export, row, agent), exclusive=False)

    @property
    def is_editing(self) -> bool:
        """Whether a summary is being edited."""
        return self.edit is not None

    # workers, messages and questions

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        """Run this in the background; `exclusive` cancels whatever is still running in the group."""
        self.run_worker(work, group=group, description=group, exclusive=exclusive)

    def cancel_workers(self, *groups: str) -> None:
        """Cancel the workers of these groups."""
        for group in groups:
            self.workers.cancel_group(self, group)

    def is_working(self, *groups: str) -> bool:
        """Whether a worker of one of these groups is running."""
        return any(
            one.group in groups and one.node is self and not (one.is_finished or one.is_cancelled)
            for one in self.workers
        )

    def start_flow(self, flow: Flow) -> None:
        """Run a flow, which may ask and is cancelled when its server is left."""
        _worker: Worker[None] = self.run_worker(flow, group="flows", description="flow")

    def start_write(self, write: Coroutine[Any, Any, None]) -> None:
        """Run a write to its end, even if this server's flows are cancelled."""
        self.services.writes.start(write)

    def _type_into(self, open_field: Callable[[], Screen[Any] | None]) -> None:
        """Open a field, here or on the screen that `open_field` returns; keys typed ahead go into it."""
        self.services.keys.shut()
        ready = open_field() or self
        # Called later, which is after another screen was pushed.
        self.call_later(ready.call_after_refresh, self.services.keys.replay, self.app)

    def _start_asking(self, flow: Flow) -> None:
        """Run a flow that begins with a dialog or an editor."""
        self.start_flow(self._storing_keys(flow))

    def _storing_keys(self, flow: Flow) -> Flow:
        """Store keys from now on, until the dialog or field of this flow takes them, or it ends without one."""
        turn = self.services.keys.shut()

        async def run() -> None:
            try:
                await flow()
            finally:
                self.services.keys.drop(turn)

        return run

    def show_message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        """Show a message for a while; its text is never treated as markup."""
        timeout = (8 if error else 4) if seconds is None else seconds
        self.notify(text, severity="error" if error else "information", markup=False, timeout=timeout)

    async def ask(self, question: Question[Answer]) -> Answer | None:
        """Open the dialog for a question and wait for the answer; keys typed ahead go into its text field.

        Where it has none they are dropped: no change is confirmed by a key that was typed before it was shown.
        A dialog whose flow is cancelled is closed: Textual would leave it open with nobody listening.
        """
        from tui.ui.dialogs.for_question import dialog_for

        if not self.app.is_running:
            return None  # the app is closing its screens and does not wait for them
        dialog, keys = dialog_for(question), self.services.keys
        # Called later, which is after the dialog was pushed.
        if question.TAKES_TEXT:
            self.call_later(dialog.call_after_refresh, keys.replay, self.app)
        else:
            self.call_later(keys.open)
        try:
            return await self.app.push_screen_wait(dialog)
        finally:
            while self.app.is_running and dialog in self.app.screen_stack:
                self.app.pop_screen()
