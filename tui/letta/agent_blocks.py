"""The shared blocks of agents for a run over many conversations, which share a request at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, attempt

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.block import Block


class AgentBlocks:
    """Reads the blocks of agents like the client, but never those of one agent twice at the same time.

    Without this a third of the requests of a check were for blocks of the same agent (measured). What was read is not
    stored: memory may change during a long run, and the next conversation is compared with what it is then.
    """

    def __init__(self, client: LettaClient) -> None:
        self._client = client
        self._requests: dict[str, asyncio.Task[tuple[Block, ...] | LettaError]] = {}

    async def read(self, agent_id: str) -> tuple[Block, ...]:
        """GET /v1/agents/{id}/core-memory/blocks: the blocks by label.

        Raises LettaError; the failure of a request that began before is not taken over: the blocks are read again.
        """
        request = self._requests.get(agent_id)
        if request is not None:
            blocks = await asyncio.shield(request)
            return await self._client.agent_blocks(agent_id) if isinstance(blocks, LettaError) else blocks
        request = asyncio.create_task(attempt(self._client.agent_blocks, agent_id))
        self._requests[agent_id] = request
        request.add_done_callback(lambda _: self._requests.pop(agent_id))
        blocks = await asyncio.shield(request)
        if isinstance(blocks, LettaError):
            raise blocks
        return blocks
