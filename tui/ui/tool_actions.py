"""Opens the help, and the tools that look beyond what is open: requests, payload, isolation map, time machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import App

from tui.model.opened import Opened
from tui.rules.trace_cache import TraceCache
from tui.ui.bindings import in_order, offered

if TYPE_CHECKING:
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.letta.client import LettaClient
    from tui.ui.clipboard import Clipboard
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
    ) -> None:
        self._app = app
        self._client = client
        self._panes = panes
        self._conversations = conversations
        self._opened = opened
        self._copy = clipboard.copy
        self._clock = clock
        self._traces = TraceCache()

    def show_help(self) -> None:
        """Show the keys that work where the focus is."""
        from tui.ui.dialogs.help import HelpScreen

        screen, focused = self._app.screen, self._app.focused
        text = focused.HELP if focused is not None else None
        self._app.push_screen(HelpScreen(text or "", [one.binding for one in in_order(offered(screen))]))

    def show_requests(self) -> None:
        """Show the requests of this run."""
        from tui.ui.tools.requests import RequestsScreen

        self._app.push_screen(RequestsScreen(self._client.wire.log, self._copy))

    def show_payload(self) -> None:
        """Show what would be sent to the model now."""
        from tui.ui.tools.payload import PayloadScreen

        agent, row = self._conversations.agent, self._panes.row
        if agent is not None:
            named = row is not None and not row.is_default
            self._app.push_screen(PayloadScreen(self._client, agent, self._copy, named=named))

    def show_isolation_map(self) -> None:
        """Show labels by conversations; where memory is in files, there is nothing to show."""
        from tui.ui.tools.isolation_map import IsolationMap

        agent = self._conversations.agent
        if agent is not None:
            self._app.push_screen(IsolationMap(self._client, agent, self._copy))

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
