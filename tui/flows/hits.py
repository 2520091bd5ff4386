"""Hits of a search by where they are: in a conversation's summary, in a message, or in a memory block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.presentation.conversation_info import title
from tui.rules.search import Excerpt, Hit, Place, place_of, role_of

if TYPE_CHECKING:
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.message import Message


def conversation_hit(place: Place, agent: Agent, row: Conversation, words: Excerpt, count: int) -> Hit:
    """Return a hit in a conversation, without the fields that only messages have."""
    return Hit(place, agent.id, agent.title, row.id, title(row), None, None, None, None, words, count)


def block_hit(agent: Agent, row: Conversation | None, label: str | None, words: Excerpt, count: int) -> Hit:
    """Return a hit in a block, shared unless a conversation is given."""
    id, name = (None, "") if row is None else (row.id, title(row))
    return Hit("memory", agent.id, agent.title, id, name, None, None, None, None, words, count, label)


def message_hit(
    message: Message,
    agent: Agent,
    row: Conversation,
    words: Excerpt,
    count: int,
    ids_in_context: frozenset[str] | None,
) -> Hit:
    """Return a hit in a message; without ids, whether it is in context is unknown."""
    return replace(
        conversation_hit(place_of(message), agent, row, words, count),
        message=message.id,
        role=role_of(message),
        time=message.date,
        in_context=None if ids_in_context is None else message.id in ids_in_context,
    )
