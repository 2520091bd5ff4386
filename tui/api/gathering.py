"""All that a server holds of one conversation, whole or not at all: what a deletion must not lose."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from tui.api.client import LettaClient
from tui.api.errors import LettaError, NotOffered, NotThere
from tui.api.models import Agent, Block, Conversation, Message
from tui.api.opening import Context, Opened, attempt, open_conversation

FIRST_LIMIT = 1_000
PAGE = 500


@dataclass(frozen=True)
class Whole:
    """A conversation read without a gap; `messages` are all of them, evicted ones too, oldest first."""

    opened: Opened
    context: Context
    messages: tuple[Message, ...]
    isolated: tuple[Block, ...]
    shared: tuple[Block, ...]
    gone: tuple[str, ...]
    """Isolated blocks that the conversation names and the server no longer has."""


async def gather(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Whole:
    """Read a named conversation whole; raises LettaError where any part of it cannot be read."""
    opened, listed, own = await asyncio.gather(
        open_conversation(client, row, agent, at), _listed(client, row.id), _own(client, row.id)
    )
    for part in (opened.context, opened.shared):
        if isinstance(part, LettaError):
            raise part
    assert isinstance(opened.context, Context)
    assert isinstance(opened.shared, tuple)
    await _certain(client, opened.context.unanswered)
    isolated, gone = _isolated(opened)
    context = opened.context
    return Whole(opened, context, _merged(listed, own, context.messages), isolated, opened.shared, gone)


async def _listed(client: LettaClient, conversation_id: str) -> tuple[Message, ...]:
    """Every row of the conversation's own list, whose order a compaction scrambles but which holds them all."""
    limit = FIRST_LIMIT
    while True:
        rows = await client.conversation_messages(conversation_id, limit=limit)
        # Some stored rows render to nothing, so a list half as long as its limit is taken for its end.
        if len({message.id for message in rows}) < limit // 2:
            return rows
        limit *= 4


async def _own(client: LettaClient, conversation_id: str) -> tuple[Message, ...]:
    """The conversation's own rows in true order; servers without that list still have the other one."""
    rows: list[Message] = []
    seen: set[str] = set()
    after: str | None = None
    while True:
        try:
            page = await client.own_messages(conversation_id, after=after, limit=PAGE)
        except NotOffered:
            return ()
        fresh = [message for message in page if message.id not in seen]
        if not fresh:
            return tuple(rows)
        rows += fresh
        seen |= {message.id for message in fresh}
        after = page[-1].id


async def _certain(client: LettaClient, unanswered: tuple[str, ...]) -> None:
    """Make sure that ids without a message have none, and were not just unreadable for a moment."""
    for message_id in unanswered:
        found = await attempt(client.message(message_id))
        if isinstance(found, LettaError) and not isinstance(found, NotThere):
            raise found


def _isolated(opened: Opened) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    blocks, gone = [], []
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=True):
        if isinstance(block, Block):
            blocks.append(block)
        elif isinstance(block, NotThere):
            gone.append(block_id)
        else:
            raise block
    return tuple(blocks), tuple(gone)


def _merged(
    listed: tuple[Message, ...], own: tuple[Message, ...], context: tuple[Message, ...]
) -> tuple[Message, ...]:
    """Each stored row once, in the true order of the own ones; rows that a fork shares are older than those."""
    known = {message.id for message in own}
    shared = [message for message in listed if message.id not in known]
    known |= {message.id for message in shared}
    rest = [message for message in context if message.id not in known]
    return (*shared, *own, *rest)
