"""Show how long the app still waits for a server that does not respond, while there is nothing else to show."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tui.letta.transport import Wire

EVERY = 1.0
"""Seconds between two looks."""

SLOW = 2.0
"""Seconds after which a response is late; nothing is shown before, since it would flicker."""


class EmptyPanes(Protocol):
    """The panes, which show this in the middle while they are empty."""

    def show_waiting(self, text: str) -> None:
        """Show what is waited for; "" for nothing."""


class SlowResponse:
    """Checks every second whether a response is late, and shows which server is waited for and how long at most."""

    def __init__(self, wire: Wire, clock: Callable[[], datetime], panes: EmptyPanes) -> None:
        self._wire = wire
        self._clock = clock
        self._panes = panes
        self._shown = ""

    def tick(self) -> None:
        """Report the wait, or its end."""
        text = self._text()
        if text != self._shown:
            self._shown = text
            self._panes.show_waiting(text)

    def _text(self) -> str:
        since = self._wire.log.pending_since(self._wire.base_url)
        waited = 0.0 if since is None else (self._clock() - since).total_seconds()
        if waited < SLOW:
            return ""
        left = max(1, ceil(self._wire.patience.read - waited))
        return f"{self._wire.server} has not responded yet · giving up in {left} s"
