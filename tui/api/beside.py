"""The blocks of a conversation that is opened: asked for with all else, and waited for by nothing but themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from tui.model.errors import LettaError, attempt

if TYPE_CHECKING:
    from tui.model.agent import Agent

    from tui.letta.client import LettaClient
    from tui.model.block import Block
    from tui.model.conversation import Conversation

Beside: TypeAlias = "tuple[tuple[Block, ...] | LettaError, dict[str, Block | LettaError]]"
"""The agent's blocks and those of a row."""


def asked_beside(client: LettaClient, row: Conversation, agent: Agent) -> asyncio.Future[Beside]:
    """The blocks that a row leads to, asked for at once, but behind what is read first."""

    async def read() -> Beside:
        return await asyncio.gather(
            attempt(client.agent_blocks, agent.id), _blocks(client, row.isolated_block_ids or ())
        )

    return asyncio.ensure_future(read())


async def blocks_of(
    client: LettaClient, conversation: Conversation, beside: Awaitable[Beside]
) -> tuple[tuple[Block, ...] | LettaError, tuple[Block | LettaError, ...] | None]:
    """The shared and the isolated blocks; those that the row did not lead to are asked for now."""
    shared, blocks = await beside
    wanted = conversation.isolated_block_ids
    if wanted is None:
        return shared, None
    blocks |= await _blocks(client, [block_id for block_id in wanted if block_id not in blocks])
    return shared, tuple(blocks[block_id] for block_id in wanted)


async def _blocks(client: LettaClient, ids: Iterable[str]) -> dict[str, Block | LettaError]:
    wanted = list(dict.fromkeys(ids))
    found = await asyncio.gather(*(attempt(client.block, block_id) for block_id in wanted))
    return dict(zip(wanted, found, strict=True))
