"""Compare two conversations: reads both whole, at the same time, then compares what was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tui.flows.find_by_id import agent_of
from tui.letta.collect import collect
from tui.letta.decoding import apart
from tui.model.errors import LettaError
from tui.model.opened import Evidence
from tui.rules.compare_conversations import ComparedConversations, compare_conversations
from tui.rules.opened_cache import OVERHEAD

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation

Pair = tuple["Conversation", "Conversation"]


class CompareConversations:
    """Reads and compares two conversations; `agent` is an agent that is known already, any other one is read."""

    def __init__(
        self, client: LettaClient, clock: Callable[[], datetime], agent: Agent | None = None
    ) -> None:
        self._client = client
        self._clock = clock
        self._agent = agent

    async def read(self, pair: Pair) -> ComparedConversations:
        """Compare two conversations as they are now; raises LettaError if either cannot be read at all.

        What else could not be read is part of the result, as in `collect`.
        """
        first, second = await asyncio.gather(*map(self._evidence, pair))
        size = OVERHEAD * (_count(first) + _count(second))
        return await apart(size, lambda: compare_conversations(first, second))

    async def _evidence(self, row: Conversation) -> Evidence:
        agent = self._agent
        if agent is None or agent.id != row.agent_id:
            agent = await agent_of(self._client, row)
        return await collect(self._client, row, agent, self._clock())


def _count(evidence: Evidence) -> int:
    """How many messages were read."""
    history = evidence.history
    return 0 if isinstance(history, LettaError) else len(history.messages)
