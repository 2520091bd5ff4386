"""Many conversations of an agent need its blocks at the same time: one request, and none whose answer is old."""

from __future__ import annotations

import asyncio

import pytest

from tests.app_helpers import asked
from tui.backends.demo import DemoTransport
from tui.letta.agent_blocks import AgentBlocks
from tui.letta.client import LettaClient
from tui.model.block import Block
from tui.model.errors import LettaError, NotThere, ServerTrouble, attempt

pytestmark = pytest.mark.anyio

PATH = "/core-memory/blocks"
UNKNOWN = "agent-00000000-0000-4000-8000-000000000000"


def values(blocks: tuple[Block, ...] | LettaError) -> list[str | None]:
    assert isinstance(blocks, tuple), blocks
    return [block.value for block in blocks]


async def test_those_that_need_them_at_the_same_time_share_a_request_of_each_agent(
    server: DemoTransport, client: LettaClient
) -> None:
    ada, ben = (server.store.add_agent(name, {"human": name}) for name in ("Ada", "Ben"))
    blocks = AgentBlocks(client)
    read = await asyncio.gather(*(blocks.read(agent) for agent in (ada, ben, ada, ada)))
    assert [values(one) for one in read] == [["Ada"], ["Ben"], ["Ada"], ["Ada"]]
    assert len(asked(server, "GET", PATH)) == 2


async def test_what_was_read_before_is_read_again(server: DemoTransport, client: LettaClient) -> None:
    agent = server.store.add_agent("Ada", {"human": "Sam"})
    blocks = AgentBlocks(client)
    assert values(await blocks.read(agent)) == ["Sam"]
    server.store.change_block(server.store.agents[agent].block_ids[0], value="Kim")
    assert values(await blocks.read(agent)) == ["Kim"]


async def test_one_that_fails_is_not_the_failure_of_the_others(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = server.store.add_agent("Ada", {"human": "Sam"})
    blocks = AgentBlocks(client)
    server.fail(500, path=PATH, times=1)
    first, second = await asyncio.gather(*(attempt(blocks.read, agent) for _ in range(2)))
    assert isinstance(first, ServerTrouble)
    assert values(second) == ["Sam"]
    assert isinstance(await attempt(blocks.read, UNKNOWN), NotThere)


async def test_who_stops_waiting_takes_nothing_from_the_others(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = server.store.add_agent("Ada", {"human": "Sam"})
    blocks = AgentBlocks(client)
    gate = server.hold(path=PATH)
    first, second = (asyncio.create_task(blocks.read(agent)) for _ in range(2))
    await gate.arrived()
    first.cancel()
    gate.open()
    assert values(await second) == ["Sam"]
    assert first.cancelled()
    assert len(asked(server, "GET", PATH)) == 1
