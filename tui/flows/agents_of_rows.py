"""Agents in a list of the conversations of all agents: their names, and the record of a row's agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tui.flows.find_by_id import agent_of, all_agents
from tui.model.agent import Agent

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation

MOST_NAMED = 2_000
"""Most agents whose names are read; rows of all others show the beginning of the id."""

SHOWN_EVERY = 200
"""Agents per page; names are shown page by page."""

MOST_RECORDS = 20
"""Most records that are cached, since those of agents with thousands of messages are large."""


class AgentsOfRows:
    """The agents of one server, as far as a list of the conversations of all of them needs them."""

    def __init__(self, client: LettaClient) -> None:
        self._client = client
        self._records: dict[str, Agent] = {}
        self.names: Mapping[str, str] = {}
        """Names by the ids of agents."""

    async def load_names(self, show: Callable[[], None]) -> None:
        """Read the names page by page, and `show` each page; GET /v1/agents/. Raises LettaError."""
        names: dict[str, str] = {}
        try:
            async for agent in all_agents(self._client, hidden=True):
                names[agent.id] = agent.title
                if len(names) % SHOWN_EVERY == 0:
                    self.names = dict(names)
                    show()
                if len(names) >= MOST_NAMED:
                    break
        finally:
            if names:
                self.names = names
                show()

    def known(self, row: Conversation) -> Agent:
        """The agent of a row, as far as it is known without a request: at least its id."""
        record = self._records.get(row.agent_id)
        return record or Agent(id=row.agent_id, name=self.names.get(row.agent_id))

    async def read(self, row: Conversation) -> Agent:
        """The record of a row's agent, which is cached: GET /v1/agents/{id}. Raises LettaError."""
        record = self._records.get(row.agent_id)
        if record is None:
            record = await agent_of(self._client, row)
            while len(self._records) >= MOST_RECORDS:
                self._records.pop(next(iter(self._records)))
            self._records[row.agent_id] = record
        return record
