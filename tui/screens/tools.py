"""The tools that look beyond what is open: requests, exact payload, isolation map, memory time machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.api.opening import Opened
from tui.rules.trace_cache import TraceCache
from tui.screens.copying import Copying
from tui.screens.exporting import Exporting

if TYPE_CHECKING:
    from tui.screens.base import Desk


class Tools(Copying, Exporting):
    """Opens the tools; none of them changes anything on the server."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._traces = TraceCache()

    def forget(self) -> None:
        """Traces are of one server."""
        super().forget()
        self._traces = TraceCache()

    def tool_allowed(self, action: str) -> bool:
        """Whether a tool makes sense now."""
        if action == "time_machine":
            return isinstance(self.view, Opened)
        if action == "export":
            return self.agent is not None and self.list.row is not None
        return action == "requests" or self.agent is not None

    def action_requests(self) -> None:
        """The calls of this run."""
        from tui.screens.requests import RequestsScreen

        self.app.push_screen(RequestsScreen(self.desk.client.wire.log, self.copy))

    def action_payload(self) -> None:
        """What would be sent to the model now."""
        from tui.screens.payload import PayloadScreen

        if self.agent is not None:
            row = self.list.row
            named = row is not None and not row.is_default
            self.app.push_screen(PayloadScreen(self.desk.client, self.agent, self.copy, named=named))

    def action_isolation_map(self) -> None:
        """Labels by conversations."""
        from tui.screens.isolation_map import IsolationMap

        if self.agent is not None:
            self.app.push_screen(IsolationMap(self.desk.client, self.agent, self.copy))

    def action_time_machine(self) -> None:
        """What the model read of each label, step by step."""
        from tui.screens.time_machine import TimeMachine

        if isinstance(self.view, Opened):
            screen = TimeMachine(self.desk.client, self.view, self.copy, self._traces, self.desk.clock)
            self.app.push_screen(screen)
