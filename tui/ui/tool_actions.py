"""Opens the help, and tools that look beyond what is open: search, requests, payload, comparison, time machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from tui.actions import TEXT_FIELDS, action, is_action
from tui.model.opened import Opened
from tui.rules.archive_status import ArchiveStatus
from tui.rules.marks import chosen_pair
from tui.rules.trace_cache import TraceCache
from tui.ui.bindings import in_order, offered

if TYPE_CHECKING:
    from tui.flows.earlier_values import Noted
    from tui.flows.go_to_message import GoToMessage
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.ui.clipboard import Clipboard
    from tui.ui.tools.search import RememberedSearch
    from tui.ui.widgets.panes import Panes


class ToolActions:
    """The tools of one server; none of them changes anything on it."""

    def __init__(
        self,
        app: App[None],
        client: LettaClient,
        panes: Panes,
        conversations: ListConversations,
        opened: OpenConversation,
        clipboard: Clipboard,
        clock: Callable[[], datetime],
        go_to: GoToMessage,
        noted: Noted,
    ) -> None:
        """`noted` returns the values of a block that the journal has."""
        self._app = app
        self._client = client
        self._panes = panes
        self._conversations = conversations
        self._opened = opened
        self._copy = clipboard.copy
        self._clock = clock
        self._traces = TraceCache()
        self._go_to = go_to
        self._noted = noted
        self._remembered: RememberedSearch | None = None

    def show_help(self) -> Screen[Any]:
        """Show the actions for the pane with the focus, and run the chosen one."""
        from tui.ui.dialogs.help import open_help

        focused = self._app.focused
        return open_help(self._app, self._app.screen, (focused.HELP or "") if focused is not None else "")

    def show_palette(self) -> Screen[Any]:
        """Show the palette."""
        self._app.action_command_palette()
        return self._app.screen

    def show_manual(self) -> None:
        """Show the manual at the page about what has the focus, with the keys of a text field."""
        from tui.ui.tools.manual import ManualScreen

        focused = self._app.focused
        words = focused.HELP or "" if focused is not None else ""
        usable = [one.binding for one in in_order(offered(self._app.screen))]
        keys = [one for one in usable if one.id and is_action(one.id) and action(one.id).scope in TEXT_FIELDS]
        self._app.push_screen(ManualScreen(self._page(), keys, words if keys else ""))

    def _page(self) -> str:
        """The page and section of the manual about what has the focus on the main screen."""
        panes, detail = self._panes, self._panes.detail
        if detail.find_line.has_focus_within:
            return "reading#find-in-a-conversation"
        if panes.is_filtering:
            return "reading#filter-the-list"
        if panes.editing:
            return "editing"
        if self._conversations.agent is None:
            return "troubleshooting"
        if not detail.reader.has_focus:
            return "reading"
        return "memory" if detail.tabs.active == "memory" else f"reading#{detail.tabs.active}"

    def show_requests(self) -> None:
        """Show the requests of this run."""
        from tui.ui.tools.requests import RequestsScreen

        self._app.push_screen(RequestsScreen(self._client.wire.log, self._copy))

    @property
    def _agent(self) -> Agent | None:
        """The listed agent; in the list of all agents, the agent of the row under the cursor."""
        row = self._panes.row
        return self._conversations.agent if row is None else self._conversations.agent_for(row)

    def show_context_window(self) -> None:
        """Show what fills the context window of the open conversation, and how its size changed."""
        from tui.ui.tools.context_window import ContextWindowScreen

        view = self._opened.view
        if isinstance(view, Opened):
            go_to = partial(self._go_to.go_to_message, view)
            self._app.push_screen(ContextWindowScreen(self._client, view, self._copy, go_to))

    def show_payload(self) -> None:
        """Show what would be sent to the model now."""
        from tui.ui.tools.payload import PayloadScreen

        row, agent = self._panes.row, self._agent
        if agent is not None:
            named = row is not None and not row.is_default
            self._app.push_screen(PayloadScreen(self._client, agent, self._copy, named=named))

    def show_isolation_map(self) -> None:
        """Show the isolation map; not for memory in files, which isolates nothing."""
        from tui.ui.tools.isolation_map import IsolationMap

        agent = self._agent
        if agent is not None:
            self._app.push_screen(IsolationMap(self._client, agent, self._copy, self._clock))

    def compare(self, marked: list[Conversation]) -> None:
        """Compare the two marked conversations, or the marked one with the one under the cursor."""
        from tui.flows.compare_conversations import CompareConversations
        from tui.ui.tools.compare import CompareScreen

        pair = chosen_pair(marked, self._panes.row)
        if pair is not None:
            flow = CompareConversations(self._client, self._clock, self._conversations.agent)
            self._app.push_screen(CompareScreen(flow, pair, self._copy, self._clock))

    def show_search(self) -> Screen[Any]:
        """Open the search of all conversations; keys typed ahead go into its field."""
        from tui.ui.tools.search import RememberedSearch, SearchScreen

        self._remembered = self._remembered or RememberedSearch()
        agent = None if self._conversations.lists_all else self._conversations.agent
        hidden = self._conversations.feed.archive_status is ArchiveStatus.ALL
        screen = SearchScreen(
            self._client, agent, self._clock, self._go_to.go, self._remembered, hidden=hidden
        )
        self._app.push_screen(screen)
        return screen

    def show_where_said(self) -> None:
        """Search for what earlier values of the selected block said."""
        from tui.flows.earlier_values import earlier_values
        from tui.rules.memory.isolation import memory_of
        from tui.ui.tools.where_said import WhereSaidScreen

        view, item = self._opened.view, self._panes.detail.reader.item
        labels = memory_of(view).labels if isinstance(view, Opened) and not view.blocks_pending else ()
        label = next((one for one in labels if item is not None and item.key == f"label-{one.name}"), None)
        if label is None or not isinstance(view, Opened):
            self._app.notify("Select a block in Memory first: b shows them", markup=False, timeout=4)
            return
        read = partial(earlier_values, self._client, view, label, self._traces, self._noted)
        screen = WhereSaidScreen(self._client, view.agent, self._clock, self._go_to.go, label, read)
        self._app.push_screen(screen)

    def show_time_machine(self) -> None:
        """Show what the model read of each label, step by step, or commit by commit of memory in files."""
        from tui.ui.tools.time_machine import TimeMachine

        view = self._opened.view
        if isinstance(view, Opened) and view.local is not None:
            from tui.ui.tools.file_time_machine import FileTimeMachine

            self._app.push_screen(FileTimeMachine(self._client, view, self._copy, self._clock))
        elif isinstance(view, Opened):
            screen = TimeMachine(self._client, view, self._copy, self._traces, self._clock)
            self._app.push_screen(screen)
