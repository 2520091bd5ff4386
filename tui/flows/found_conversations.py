"""Hits of the server's own search: its results, with the title, agent and context of their conversations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.flows.find_by_id import agent_of
from tui.flows.hits import message_hit
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import attempt
from tui.rules.search import Found, Hit, excerpt, find_words, texts_of

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.found_message import FoundMessage

MOST_LOOKED_UP = 200
"""Most conversations whose title and context are read for the server's hits, one request each."""


class FoundConversations:
    """Turns the server's results into hits: reads title, agent and context of each conversation once."""

    def __init__(self, client: LettaClient, agent: Agent | None) -> None:
        self._client = client
        self._agent = agent
        self._agents: dict[str, asyncio.Task[Agent]] = {}
        self._rows: dict[str, asyncio.Task[tuple[Conversation, frozenset[str] | None]]] = {}

    async def hit(self, result: FoundMessage, query: str) -> Hit:
        """Turn a result into a hit; if its conversation cannot be read, title and context are unknown."""
        message, agent = result.message, await self._agent_of(result)
        text, found = _best(texts_of(message), query)
        words = excerpt(text, found.start, found.end)
        row, ids = await self._row_of(result, agent)
        hit = message_hit(message, agent, row, words, found.times, ids)
        return replace(hit, conversation=result.conversation_id or None)

    async def _agent_of(self, result: FoundMessage) -> Agent:
        agent_id = result.agent_id
        if agent_id not in self._agents:
            self._agents[agent_id] = asyncio.create_task(self._read_agent(agent_id))
        return await self._agents[agent_id]

    async def _read_agent(self, agent_id: str) -> Agent:
        if self._agent is not None and self._agent.id == agent_id:
            return self._agent
        row = Conversation(id=DEFAULT, agent_id=agent_id)
        read = await attempt(agent_of, self._client, row) if agent_id else None
        return read if isinstance(read, Agent) else Agent(id=agent_id)

    async def _row_of(self, result: FoundMessage, agent: Agent) -> tuple[Conversation, frozenset[str] | None]:
        row = Conversation(id=result.conversation_id, agent_id=result.agent_id)
        if row.key not in self._rows:
            if not row.id or len(self._rows) >= MOST_LOOKED_UP:
                return row, None
            self._rows[row.key] = asyncio.create_task(self._read(row, agent))
        return await self._rows[row.key]

    async def _read(self, row: Conversation, agent: Agent) -> tuple[Conversation, frozenset[str] | None]:
        if row.is_default and agent.message_ids:
            return row, frozenset(agent.message_ids)
        read = await attempt(self._client.conversation, row.id, row.agent_id)
        if not isinstance(read, Conversation):
            return row, None
        ids = read.in_context_message_ids
        return read.changed(id=row.id), None if ids is None else frozenset(ids)


def _best(texts: Sequence[str], query: str) -> tuple[str, Found]:
    """Return the text in which the server most likely found a query: the first that has it, else one of its words."""
    found = [(text, find_words(query, text)) for text in texts] or [("", Found(0, 0, 0))]
    whole = (one for one in found if one[1].times)
    words = (one for one in found if one[1].end)
    return next(whole, next(words, found[0]))
