"""Read every stored message of a conversation, in context and before it, in as few requests as possible."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, TooLarge, attempt

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.message import Message

PAGE = 2_000
"""Rows of messages per request: most conversations have fewer, and servers set no limit (measured)."""

SMALL_PAGE = 100
"""Rows per request if a page is larger than the limit of a response, as with images."""

LARGEST_PAGE = 200_000


async def every_message(
    client: LettaClient, agent: Agent, row: Conversation
) -> AsyncGenerator[Sequence[Message], None]:
    """Yield every stored message of a conversation once, page by page; raises LettaError.

    A conversation's own list has what is in context first, then all others (measured), so one request gets all.
    Only for a longer conversation, the pages of its history are read.
    """
    seen, size = set[str](), PAGE
    first = await attempt(_listed, client, agent, row, PAGE)
    if isinstance(first, LettaError) and not isinstance(first, TooLarge):
        raise first
    if isinstance(first, TooLarge):
        size = SMALL_PAGE
    else:
        yield first
        ids = {message.id for message in first}
        if len(ids) < PAGE // 2:  # a limit counts stored rows, and some give no message
            if row.is_default and (lost := _missing(agent, ids)):
                yield await _of_forked_default(client, agent, lost)
            return
        seen = ids
    after = first[-1].id if row.is_default and not isinstance(first, TooLarge) else None
    paged: set[str] = set()
    while True:
        page = await _page(client, agent, row, after, size)
        ids = {message.id for message in page}
        if not ids - paged:
            break
        paged |= ids
        yield [message for message in page if message.id not in seen]
        if len(ids) < size // 2:
            return
        after = page[-1].id
    if ids and len(ids) >= size // 2:  # cursors are ignored, or not known
        more = await _listed(client, agent, row, LARGEST_PAGE)
        yield [message for message in more if message.id not in seen | paged]
    elif not paged and size == PAGE:
        more = await _listed(client, agent, row, LARGEST_PAGE)
        yield [message for message in more if message.id not in seen]


async def _listed(client: LettaClient, agent: Agent, row: Conversation, limit: int) -> tuple[Message, ...]:
    if row.is_default:
        return await client.agent_messages(agent.id, limit=limit, order="asc")
    return await client.conversation_messages(row.id, limit=limit)


async def _page(
    client: LettaClient, agent: Agent, row: Conversation, after: str | None, limit: int
) -> tuple[Message, ...]:
    if row.is_default:
        return await client.agent_messages(agent.id, limit=limit, order="asc", after=after)
    return await client.own_messages(row.id, after=after, limit=limit)


async def _of_forked_default(client: LettaClient, agent: Agent, lost: frozenset[str]) -> tuple[Message, ...]:
    """Read the messages of a default conversation whose list was permanently emptied by a fork (measured)."""
    messages = await client.agent_messages(agent.id, limit=LARGEST_PAGE, default_only=False)
    return tuple(message for message in messages if message.id in lost)


def _missing(agent: Agent, listed: set[str]) -> frozenset[str]:
    """Return the ids in context that the list of a default conversation lacks, besides the system message."""
    missing = frozenset(agent.message_ids or ()) - listed
    return missing if len(missing) > 1 else frozenset()
