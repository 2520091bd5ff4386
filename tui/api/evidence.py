"""A conversation with everything that can be read of it, and every failure in the place of what is missing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from tui.model.agent import Agent
from tui.model.opened import History, Opened

from tui.letta.client import LettaClient
from tui.letta.history import read_history
from tui.letta.open_conversation import open_conversation
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, attempt


@dataclass(frozen=True)
class Evidence:
    """What was read of one conversation, to be looked at elsewhere."""

    opened: Opened
    history: History | LettaError

    @property
    def parts(self) -> tuple[object, ...]:
        """What was read one by one, each part or its failure."""
        return self.opened.context, self.opened.shared, *(self.opened.isolated or ()), self.history


async def collect(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Evidence:
    """Read a conversation with blocks and history; raises LettaError only if it cannot be read itself."""
    opened, history = await asyncio.gather(
        open_conversation(client, row, agent, at), attempt(read_history, client, row, agent.id)
    )
    return Evidence(opened, history)
