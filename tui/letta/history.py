"""Every message of one conversation, in the order in which they were sent.

After a compaction a conversation's own list is not chronological; the server's list by conversation is, but it
lacks the rows that a fork shares with its source (measured). So both are read completely, and merged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.letta.decoding import MOST_ROWS
from tui.model.errors import LettaError, TooLarge, attempt
from tui.model.opened import History

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation
    from tui.model.message import Message

FIRST_LIMIT = 2_000
LARGEST_LIMIT = MOST_ROWS

NEVER = datetime.min.replace(tzinfo=UTC)


async def read_history(client: LettaClient, conversation: Conversation, agent_id: str) -> History:
    """Read every row of a conversation; raises LettaError where its list by sequence cannot be read.

    GET /v1/messages/?conversation_id= and GET /v1/conversations/{id}/messages at once; for the default
    conversation GET /v1/agents/{id}/messages?conversation_id=default alone.
    """
    if conversation.is_default:
        messages, whole = await _read_all(
            lambda limit: client.agent_messages(agent_id, limit=limit, order="asc")
        )
        return History(messages, frozenset(message.id for message in messages), whole)
    (messages, whole), listed = await asyncio.gather(
        _read_all(lambda limit: client.own_messages(conversation.id, limit=limit)),
        attempt(_read_all, lambda limit: client.conversation_messages(conversation.id, limit=limit)),
    )
    own = frozenset(message.id for message in messages)
    if isinstance(listed, LettaError):
        return History(messages, own, whole, listed)
    others, all_listed = listed
    shared = [message for message in others if message.id not in own]
    shared.sort(key=lambda message: message.date or NEVER)  # shared messages are older than all others
    return History((*shared, *messages), own, whole and all_listed)


async def _read_all(
    ask: Callable[[int], Awaitable[tuple[Message, ...]]],
) -> tuple[tuple[Message, ...], bool]:
    """Read a list with a limit that grows until it is more than enough; also return whether it was.

    A limit counts stored rows, and some give no message: a list that is half as long may be complete. Of a list that
    is larger than is read, the last part that was not is returned.
    """
    limit = FIRST_LIMIT
    messages: tuple[Message, ...] = ()
    while True:
        try:
            messages = await ask(limit)
        except TooLarge:
            if not messages:
                raise
            return messages, False
        if len({message.id for message in messages}) < limit // 2:
            return messages, True
        if limit >= LARGEST_LIMIT:
            return messages, False
        limit = min(4 * limit, LARGEST_LIMIT)
