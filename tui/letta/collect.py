"""Everything that a server has of one conversation, either with its failures or complete."""

from __future__ import annotations

import asyncio
from datetime import datetime

from tui.letta.client import LettaClient
from tui.letta.history import read_history
from tui.letta.open_conversation import open_conversation
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import BadResponse, LettaError, NotThere, TooLarge, attempt
from tui.model.message import Message
from tui.model.opened import Context, Evidence, Opened, Whole


async def collect(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Evidence:
    """Read a conversation with blocks and history; raises LettaError only if it cannot be read itself."""
    opened, history = await asyncio.gather(
        open_conversation(client, row, agent, at), attempt(read_history, client, row, agent.id)
    )
    return Evidence(opened, history)


async def gather(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Whole:
    """Read a named conversation whole, for a backup; raises LettaError where any part of it cannot be read."""
    opened, history = await asyncio.gather(
        open_conversation(client, row, agent, at), read_history(client, row, agent.id)
    )
    for part in (opened.context, opened.shared, history.problem):
        if isinstance(part, LettaError):
            raise part
    if not history.whole:
        raise BadResponse(
            "Reading the messages: there are more than can be read at once", server=client.server
        )
    assert isinstance(opened.context, Context)
    assert isinstance(opened.shared, tuple)
    for error in opened.context.failed.values():
        if isinstance(error, TooLarge):
            raise error
    await _confirm_missing(client, opened.context.without_message)
    isolated, gone = _isolated(opened)
    context = opened.context
    return Whole(opened, context, _merged(history.messages, context.messages), isolated, opened.shared, gone)


async def _confirm_missing(client: LettaClient, without_message: tuple[str, ...]) -> None:
    """Make sure that ids without a message have none, and that reading them did not just fail once."""
    for message_id in without_message:
        result = await attempt(client.message, message_id)
        if isinstance(result, LettaError) and not isinstance(result, NotThere):
            raise result


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
    """Each stored row once, oldest first; messages that only the context has come last."""
    known = {message.id for message in history}
    return (*history, *(message for message in context if message.id not in known))
