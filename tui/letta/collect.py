"""All that a server holds of one conversation, whole or not at all: what a deletion must not lose."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from tui.api.client import LettaClient
from tui.api.errors import BadAnswer, LettaError, NotThere
from tui.api.history import read_history
from tui.api.models import Block, Message
from tui.api.opening import Context, Opened, attempt, open_conversation
from tui.api.rows import Agent, Conversation


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
    opened, history = await asyncio.gather(
        open_conversation(client, row, agent, at), read_history(client, row, agent.id)
    )
    for part in (opened.context, opened.shared, history.problem):
        if isinstance(part, LettaError):
            raise part
    if not history.whole:
        raise BadAnswer("Reading the messages: there are more than can be read at once", server=client.server)
    assert isinstance(opened.context, Context)
    assert isinstance(opened.shared, tuple)
    await _certain(client, opened.context.unanswered)
    isolated, gone = _isolated(opened)
    context = opened.context
    return Whole(opened, context, _merged(history.messages, context.messages), isolated, opened.shared, gone)


async def _certain(client: LettaClient, unanswered: tuple[str, ...]) -> None:
    """Make sure that ids without a message have none, and were not just unreadable for a moment."""
    for message_id in unanswered:
        found = await attempt(client.message, message_id)
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


def _merged(history: tuple[Message, ...], context: tuple[Message, ...]) -> tuple[Message, ...]:
    """Each stored row once, oldest first; what only the context shows stands at the end."""
    known = {message.id for message in history}
    return (*history, *(message for message in context if message.id not in known))
