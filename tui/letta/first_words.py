"""The first messages of a conversation, which say what it is about where nobody gave it a title."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation
    from tui.model.message import Message

FIRST_ROWS = 4
"""Rows to request: the system message, perhaps a summary or an event, and what the user wrote first."""


async def first_messages(client: LettaClient, row: Conversation) -> tuple[Message, ...]:
    """GET /v1/conversations/{id}/messages: the first rows in context of a named conversation; raises LettaError.

    Of a transcript in files, only the lines that it takes are parsed.
    """
    if client.has_local_memory:
        return await client.first_messages(row.id, row.agent_id, limit=FIRST_ROWS)
    return await client.conversation_messages(row.id, limit=FIRST_ROWS)
