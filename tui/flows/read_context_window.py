"""Read what fills the context of a conversation: the server's count, and the history that shows how it grew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.letta.history import read_history
from tui.model.errors import attempt
from tui.rules.context_life import ContextReading, context_reading

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.opened import Opened


async def read_context_window(client: LettaClient, opened: Opened) -> ContextReading:
    """Read count and history at once; failures are part of the result, and a server without a count is none.

    GET /v1/agents/{id}/context, and the requests of `read_history`.
    """
    history, size = await asyncio.gather(
        attempt(read_history, client, opened.conversation, opened.agent.id),
        attempt(client.context_size, opened.agent.id, opened.conversation.id),
    )
    return await asyncio.to_thread(context_reading, opened, history, size)
