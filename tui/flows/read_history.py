"""Read the whole history of the conversation that is open, on request, and keep it up to date."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.flows.protocols import Background, KnowsServer
from tui.model.errors import LettaError, attempt
from tui.model.opened import Opened
from tui.rules.message_scope import conversation_key

if TYPE_CHECKING:
    from tui.flows.open_conversation import OpenConversation
    from tui.letta.client import LettaClient
    from tui.rules.view_state import View


class ReadHistory:
    """Shows everything that was ever said in a conversation, or again only what is in context."""

    def __init__(
        self, client: LettaClient, server: KnowsServer, opened: OpenConversation, screen: Background
    ) -> None:
        self._client = client
        self._server = server
        self._opened = opened
        self._screen = screen
        opened.when_shown(self._view_shown)

    def toggle(self) -> None:
        """Switch between the whole history and what is in context."""
        view, scope = self._opened.view, self._opened.shown.scope
        if not isinstance(view, Opened):
            return
        if scope.is_whole(view):
            self._opened.set_scope(replace(scope, whole_of=""))
            return
        known = scope.history_of(view)
        self._opened.set_scope(replace(scope, whole_of=conversation_key(view)))
        if known is None or isinstance(known, LettaError):
            self._start(view)

    def _view_shown(self, view: View) -> None:
        """Read the history again when what is in context has changed."""
        scope = self._opened.shown.scope
        if isinstance(view, Opened) and scope.is_stale(view):
            if scope.is_whole(view):
                self._start(view)
            else:
                self._opened.set_scope(scope.without_history())

    def _start(self, opened: Opened) -> None:
        self._screen.start_worker("history", partial(self._read, opened))

    async def _read(self, opened: Opened) -> None:
        """Read history and size of the context at once; not every server reports the size."""
        from tui.letta.history import read_history

        history, tokens = await asyncio.gather(
            attempt(read_history, self._client, opened.conversation, opened.agent.id),
            attempt(self._client.context_size, opened.agent.id, opened.conversation.id),
        )
        self._server.report(history if isinstance(history, LettaError) else None)
        view, scope = self._opened.view, self._opened.shown.scope
        if (
            isinstance(view, Opened)
            and conversation_key(view) == conversation_key(opened)
            and scope.is_whole(view)
        ):
            size = None if isinstance(tokens, LettaError) else tokens
            self._opened.set_scope(scope.read(opened, history, size))
