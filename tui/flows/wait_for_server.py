"""Wait for the server: show how long it asked to wait, and let the user cut that short."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background, Messages
from tui.letta.refusals import wait_text

if TYPE_CHECKING:
    from tui.flows.connect import ServerStatus
    from tui.letta.server_pause import ServerPause


class WaitScreen(Messages, Background, Protocol):
    """What waiting asks of the screen."""


class WaitForServer:
    """Counts the seconds of a pause down, in the snapshot of the connection."""

    def __init__(self, pause: ServerPause, status: ServerStatus, screen: WaitScreen) -> None:
        self._pause, self._status, self._screen = pause, status, screen
        self._changed = asyncio.Event()
        pause.changed = self._follow

    def close(self) -> None:
        """Show nothing from now on: another server is browsed."""
        self._pause.changed = _nothing

    def retry_now(self) -> bool:
        """Send what waits at once; False if nothing has to wait."""
        return self._pause.retry_now()

    def give_up(self) -> bool:
        """Drop what waits; False if nothing has to wait."""
        return self._pause.give_up()

    def _follow(self) -> None:
        """Show a pause that has begun, become longer, or ended."""
        self._changed.set()
        if self._pause.left and not self._screen.is_working("waiting"):
            self._screen.start_worker("waiting", self._count_down)

    async def _count_down(self) -> None:
        """Show the seconds that are left, and once how to continue."""
        left, asked = self._pause.left, self._pause.asked
        if not left:
            return
        server = "The server" if asked is None else asked.server
        words = f"{server} asks to wait {wait_text(left)} · r retries now, escape gives up"
        self._screen.show_message(words, seconds=min(left, 30.0))
        while left:
            self._status.set_waiting(ceil(left))
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left % 1 or 1.0)
            left = self._pause.left
        self._status.set_waiting(0)


def _nothing() -> None:
    """Do nothing, while nobody follows the pause."""
