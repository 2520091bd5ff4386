"""The whole history of the conversation that is open: read on demand, shown only if still wanted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on, work

from tui.api.errors import LettaError
from tui.api.opening import Opened, attempt
from tui.rules.message_scope import conversation_key
from tui.screens.base import MainState
from tui.widgets.message_lines import ScopeLine


class Whole(MainState):
    """In context or everything; to the boundary, to a moment."""

    def on_mount(self) -> None:
        """Read the history anew when what is in context has changed."""
        self.watch(self, "view", self._reread, init=False)

    @on(ScopeLine.Pressed)
    def action_whole(self) -> None:
        """The whole history, or again only what is in context."""
        view = self.view
        if not isinstance(view, Opened):
            return
        if self.detail.tabs.active != "messages":
            self.detail.show_tab("messages")
        if self.scope.is_whole(view):
            self.scope = replace(self.scope, whole_of="")
            return
        known = self.scope.history_of(view)
        self.scope = replace(self.scope, whole_of=conversation_key(view))
        if known is None or isinstance(known, LettaError):
            self.read_whole(view)

    def _reread(self) -> None:
        view = self.view
        if isinstance(view, Opened) and self.scope.is_stale(view):
            if self.scope.is_whole(view):
                self.read_whole(view)
            else:
                self.scope = self.scope.without_history()

    @work(group="history", exclusive=True, description="read whole")
    async def read_whole(self, opened: Opened) -> None:
        """Read history and size of the context at once; the size is a gift of servers that tell it."""

        from tui.api.history import read_history

        client = self.desk.client
        history, tokens = await asyncio.gather(
            attempt(read_history, client, opened.conversation, opened.agent.id),
            attempt(client.context_size, opened.agent.id, opened.conversation.id),
        )
        self.heard(history if isinstance(history, LettaError) else None)
        view = self.view
        if (
            isinstance(view, Opened)
            and conversation_key(view) == conversation_key(opened)
            and self.scope.is_whole(view)
        ):
            told = None if isinstance(tokens, LettaError) else tokens
            self.scope = self.scope.read(opened, history, told)

    def action_boundary(self) -> None:
        """To where the context starts: its first message where nothing else is shown."""

        from tui.presentation.history import BOUNDARY

        reader = self.detail.reader
        at = next((at for at, item in enumerate(reader.items) if item.key == BOUNDARY), None)
        if at is not None:
            reader.show_at_top(at)
        else:
            reader.action_first()

    def action_go_to(self) -> None:
        """Ask for a moment."""
        self.ask_moment()

    @work(group="moment", exclusive=True)
    async def ask_moment(self) -> None:
        """Ask for a moment and select the first message from then on."""

        from tui.presentation.typed_time import first_since
        from tui.screens.go_to import GoToScreen

        when = await self.app.push_screen_wait(GoToScreen(self.now))
        if when is None:
            return
        at = first_since(self.detail.reader.items, when)
        if at is None:
            self.say("No message that is shown is as late as that")
        else:
            self.detail.reader.select(at)
