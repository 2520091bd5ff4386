"""Check the open conversation's context for problems; sends no requests."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background
from tui.model.opened import Context, Opened

if TYPE_CHECKING:
    from tui.flows.open_conversation import OpenConversation
    from tui.rules.view_state import View

MANY = 10_000
"""Messages beyond which a check takes longer than a key may wait."""


class CheckScreen(Background, Protocol):
    """What checking asks of the screen."""

    async def painted(self) -> None:
        """Wait until what was changed is on the screen."""


class CheckContext:
    """Checks each conversation that is shown."""

    def __init__(self, opened: OpenConversation, screen: CheckScreen) -> None:
        self._opened = opened
        self._screen = screen
        opened.when_shown(self.check)

    def check(self, view: View) -> None:
        """Check what is shown: at once, or after the next paint if the conversation is long."""
        if not isinstance(view, Opened):
            self._opened.set_findings(view, ())
        elif isinstance(view.context, Context) and len(view.context.messages) > MANY:
            self._opened.set_findings(view, ())
            self._screen.start_worker("check", partial(self._check_long, view))
        else:
            from tui.rules.check import check

            self._opened.set_findings(view, check(view))

    async def _check_long(self, view: Opened) -> None:
        """Check in a thread, so that neither a key nor the paint waits for it."""
        from tui.rules.check import check

        await self._screen.painted()
        self._opened.set_findings(view, await asyncio.to_thread(check, view))
