"""The main screen: header, list and detail, footer; its flows stand in the modules beside it."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.message import Message

from tui.api.garbage import begin
from tui.api.key import Key
from tui.domain.feed import Order
from tui.domain.text import one_line, plural
from tui.domain.view import Failed
from tui.screens.checking import Checking
from tui.screens.connecting import Connecting
from tui.screens.following import Following
from tui.screens.keys import ACTS, BROWSING, SPARE, TOOLS, WRITES
from tui.screens.marking import Marking
from tui.screens.reading import Reading
from tui.screens.sharing import Sharing
from tui.screens.tools import Tools
from tui.widgets.conversation_list import ConversationList
from tui.widgets.header_bar import HeaderBar
from tui.widgets.kept import Kept, Panes
from tui.widgets.key_line import KeyLine
from tui.widgets.list_pane import ListPane

if TYPE_CHECKING:
    from tui.api.errors import LettaError
    from tui.screens.base import Desk
    from tui.screens.connect import Choice

NARROW = 100
"""Below so many columns, one pane shows at a time."""

TICK = 30.0
"""Seconds between two looks at the clock for "3 min ago"."""


class MainScreen(Kept, Marking, Reading, Checking, Tools, Sharing, Following, Connecting, whole=True):
    """Conversations left, the one under the cursor right."""

    AUTO_FOCUS = "#list"
    DEFAULT_CLASSES = (
        "-tall"  # as most are: told so by its first resize, it would be styled and painted twice
    )
    BINDINGS = BROWSING

    @dataclass
    class Reconnect(Message):
        """The user chose where to connect next; the app owns the client and does it."""

        choice: Choice

    def compose(self) -> ComposeResult:
        """The frame, which needs no server to be painted."""
        yield self.header
        with Panes(id="panes"):
            with ListPane(id="left"):
                yield self.heading
                yield self.list.data_bind(MainScreen.marks)
            yield self.detail.data_bind(MainScreen.view, MainScreen.scope, MainScreen.changed)
        yield KeyLine(self.hinted, SPARE)

    def on_mount(self) -> None:
        """Start reading as soon as the frame stands, with rows in it if there are any at hand."""
        self.show_settings()
        self.begin_with_rows()
        self.call_after_refresh(self._begin_reading)
        self.set_interval(TICK, self._tick)

    def _begin_reading(self) -> None:
        """The frame is painted, so what costs time may be loaded."""
        if not gc.isenabled():
            begin()  # no later look for garbage has to pass what a start loads
        if not self.children:
            return  # the app ended with its first paint
        self.connect()
        self.find_drafts()

    def show_settings(self) -> None:
        """What the settings say of header and list."""
        settings, header = self.desk.settings, self.header
        header.readonly = settings.readonly
        header.profile, header.colour = settings.profile or "", settings.colour or ""
        self.list.absolute = settings.times == "absolute"

    def _tick(self) -> None:
        self.list.tell_time(self.now)
        if self.as_of is not None:
            self.show_heading(self._problem)
        if self.edit is None:
            self.detail.refresh_times()

    def on_resize(self, event: events.Resize) -> None:
        """One pane or two."""
        narrow = event.size.width < NARROW
        self.set_class(narrow, "-narrow")
        if narrow:
            self.share(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is impossible now."""
        if action in WRITES and self.desk.settings.readonly:
            return False
        for rule in (self.marking_allows, self.reading_allows):
            if (allowed := rule(action)) is not None:
                return allowed
        if action in ACTS:
            return self.offers(action)
        if action in TOOLS:
            return self.tool_allowed(action)
        if action == "widen":
            return not self.has_class("-narrow")
        if action == "check":
            return self.checkable
        if action == "edit":
            return self.agent is not None and (self.edit is not None or self.editable)
        if action == "edit_outside" and not self.editable:
            return False
        if action == "sort" and not self.sortable:
            return False
        if action in ("edit_outside", "new", "sort", "reverse", "filter"):
            return self.agent is not None and self.edit is None and not self.filtering
        return True

    def start_over(self, desk: Desk) -> None:
        """Forget all of one server and connect to another."""
        self.note_place()
        self.forget()
        self.workers.cancel_node(self)
        self.desk = desk
        self.show_settings()
        self.feed = self.first_feed()
        self.show_rows()
        self.connect()
        self.find_drafts()

    @work(group="found-drafts")
    async def find_drafts(self) -> None:
        """Mark the conversations of which a draft was kept, and say so."""
        found = await self.desk.drafts.all(self.desk.server)
        if found:
            self.list.drafts = frozenset(draft.conversation_id for draft in found)
            self.list.repaint()
            text = one_line(found[0].text, 40)
            newest = f"“{text}”" if text else "an empty one"
            count = plural(len(found), "unsaved draft")
            self.say(f"✎ {count}, the newest {newest}: e on a row marked ✎ goes on with it")

    @on(ConversationList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(ConversationList.Highlighted)
    def _moved_on(self, event: ConversationList.Highlighted) -> None:
        if "edit" in self.lacking:  # a row with a draft can be gone on with all the same
            self.refresh_bindings()
        if self.edit is not None and self.edit.conversation_id != event.conversation.id:
            self.leave_editor()

    @on(Connecting.Unreachable)
    def _unreachable(self, event: Connecting.Unreachable) -> None:
        self.ask_connection(event.error)

    @on(Connecting.AgentWanted)
    @on(HeaderBar.AgentPressed)
    def _agent_pressed(self) -> None:
        self.action_agents()

    # acts that need the server

    def action_agents(self) -> None:
        """Choose another agent; keys typed before the picker stands are typed into it."""
        self.desk.keys.shut()
        self.pick_agent()

    @work(group="picker", exclusive=True)
    async def pick_agent(self) -> None:
        """Ask which agent, and open it."""
        from tui.screens.agent_picker import AgentPicker

        state, server = self.desk.state, self.desk.server
        recent = await asyncio.to_thread(state.recent_agents, server)
        pinned = await asyncio.to_thread(state.pinned_agents, server)
        current = self.agent.id if self.agent else None
        picker = AgentPicker(self.desk.client, recent, current, pinned, partial(state.toggle_pin, server))
        chosen = await self.ask(picker)
        if chosen is not None and chosen.id != current:
            self.leave_editor()
            self.open_agent(chosen)

    @work(group="picker", exclusive=True)
    async def ask_connection(self, error: LettaError) -> None:
        """Say what failed; the app takes the answer, since it owns the client."""

        from tui.screens.connect import ConnectScreen

        settings = self.desk.settings
        source = settings.sources.get("base_url", "default")
        screen = ConnectScreen(
            settings.base_url,
            source,
            Key(settings.api_key) if settings.api_key else None,
            error,
            plain=settings.allow_plain_http,
        )
        choice = await self.app.push_screen_wait(screen)
        if choice is not None and choice.profiles:
            self.action_connections()
        elif choice is not None:
            self.post_message(self.Reconnect(choice))

    @work(group="connections", exclusive=True)
    async def action_connections(self) -> None:
        """The named servers; the app takes the answer, since it owns the connection."""
        from tui.config.profiles import ProfileStore
        from tui.screens.connections import ConnectionsScreen

        choice = await self.ask(ConnectionsScreen(ProfileStore(), self.desk.settings, self.desk.wire_for))
        if choice is not None:
            self.leave_editor()
            self.post_message(self.Reconnect(choice))

    def action_edit(self) -> None:
        """Edit the summary under the cursor, or go on with the edit that is open."""
        if self.edit is not None:
            self.editor.take_focus()
        elif self.list.row is not None:
            self.ask_edit(self.list.row)

    def action_edit_outside(self) -> None:
        """Edit the summary in $VISUAL or $EDITOR; what comes back is saved like any other edit."""
        row = self.list.row
        if row is not None and not row.is_default:
            self.ask_edit(row, outside=True)

    def action_new(self) -> None:
        """A new conversation."""
        if self.agent is not None:
            self.desk.keys.shut()
            self.ask_new(self.agent)

    def action_sort(self) -> None:
        """The next sort order that the server is not known to lack, asked of it anew."""
        wanted = self.feed.order.sort.next
        while wanted.order_by in self.lacking:
            wanted = wanted.next
        self._reorder(Order(wanted, self.feed.order.oldest_first))

    def action_reverse(self) -> None:
        """The other direction."""
        self._reorder(Order(self.feed.order.sort, not self.feed.order.oldest_first))

    def _reorder(self, order: Order) -> None:
        self.load_pages(anew=order, again=len(self.feed))

    def action_refresh(self) -> None:
        """Read the focused pane anew."""
        if self.agent is None or self.as_of is not None:
            self.connect()
        elif self.reading and self.list.row is not None:
            self.look()
            self.read(self.list.row)
        else:
            self._reorder(self.feed.order)
            if isinstance(self.view, Failed) and self.list.row is not None:
                self.read(self.list.row)

    def action_refresh_all(self) -> None:
        """Read list and conversation anew."""
        if self.agent is None or self.as_of is not None:
            self.connect()
            return
        self._reorder(self.feed.order)
        if self.list.row is not None:
            self.look()
            self.read(self.list.row)
