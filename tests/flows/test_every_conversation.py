"""Every conversation of every agent, page by page; results in order, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.app_helpers import NOW
from tests.flows.test_write import client_of
from tests.local_store import forgetful_store
from tui.backends.demo import DemoTransport, Store
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows.every_conversation import each_in_order, every_conversation
from tui.flows.find_by_id import all_agents
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.rules.archive_status import ArchiveStatus
from tui.rules.row_walk import Position

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> DemoTransport:
    """Three agents with 5, 0 and 12 conversations, the newest agent first."""
    store = Store.empty(NOW)
    for age, (name, count) in enumerate((("Ada", 5), ("Ben", 0), ("Cleo", 12))):
        agent = store.add_agent(name, {"human": "Robin"}, at=NOW - timedelta(days=9 + age))
        for number in range(count):
            made = store.open_conversation(agent, f"{name} {number}", NOW - timedelta(minutes=number))
            store.add_system(made)
    return DemoTransport(store, now=NOW)


async def names(client: LettaClient, position: Position | None = None) -> list[str]:
    """The summaries of all, read three at a time."""
    found = every_conversation(client, all_agents(client), position=position, page_size=3)
    return [row.summary or f"{agent.name} {row.id}" async for row, agent in found]


ALL = [
    "Ada default",
    *(f"Ada {number}" for number in range(5)),
    "Ben default",
    "Cleo default",
    *(f"Cleo {number}" for number in range(12)),
]


async def test_all_conversations_of_all_agents_come_in_the_order_of_the_lists(server: DemoTransport) -> None:
    assert await names(client_of(server)) == ALL


async def test_a_page_is_requested_when_it_is_due(server: DemoTransport) -> None:
    client = client_of(server)
    async with aclosing(every_conversation(client, all_agents(client), page_size=2)) as found:
        asked = []
        async for row, agent in found:
            asked.append((row.summary or agent.name, len(server.requests)))
            if len(asked) == 5:
                break
    assert asked == [("Ada", 1), ("Ada 0", 2), ("Ada 1", 2), ("Ada 2", 3), ("Ada 3", 3)]


async def test_it_continues_behind_any_position(server: DemoTransport) -> None:
    client, position = client_of(server), Position()
    assert await names(client, position) == ALL
    number = 0
    async for row, agent in every_conversation(client, all_agents(client)):
        number += 1
        position = position.moved(row, agent.id)
        assert await names(client, position) == ALL[number:]


async def test_a_run_goes_on_where_conversations_were_deleted(server: DemoTransport) -> None:
    """A cursor that is not known is refused here (404), and the one before it is not known either."""
    client, position = client_of(server), Position()
    number = 0
    async for row, agent in every_conversation(client, all_agents(client), page_size=3):
        number += 1
        position = position.moved(row, agent.id)
        if number == 12:
            break
    for name in ("Cleo 2", "Cleo 3", "Cleo 4"):
        one = next(one for one in server.store.conversations.values() if one.summary == name)
        del server.store.conversations[one.id]
    assert ALL[number - 1] == "Cleo 3"
    assert await names(client, position) == [one for one in ALL[number:] if one != "Cleo 4"]


async def test_archived_conversations_are_listed_only_where_they_are_wanted() -> None:
    server = DemoTransport(flavour="cloud")
    client = client_of(server)
    archived = {row.id for row in server.store.conversations.values() if row.archived_at}
    assert archived
    for status, expected in ((ArchiveStatus.UNARCHIVED, set()), (ArchiveStatus.ALL, archived)):
        found = every_conversation(client, all_agents(client), archive_status=status)
        assert {row.id async for row, _ in found if row.archived} == expected


async def test_of_local_agents_all_come(tmp_path: Path) -> None:
    store = forgetful_store(tmp_path / "lc")
    client = LettaClient(Wire("http://store", transport=LettaCodeTransport(store.path)))
    found = [(agent.name, row.id) async for row, agent in every_conversation(client, all_agents(client))]
    of_ada = {f"local-conv-{number}" for number in range(1, 7)}
    assert {one for name, one in found if name == "Ada"} == {"default", *of_ada}
    assert {one for name, one in found if name == "Ben"} == {"default", "local-conv-7"}
    await client.close()


# results in order


class Work:
    """Work that ends when a test says so."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.taken = 0
        self.ends = {number: asyncio.Event() for number in range(100)}
        self.cancelled: list[int] = []

    async def items(self) -> AsyncIterator[int]:
        for number in range(100):
            self.taken += 1
            yield number

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        try:
            await self.ends[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return number

    async def turns(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_a_few_are_worked_on_and_results_come_in_order() -> None:
    work, results = Work(), []

    async def collect() -> None:
        async for one in each_in_order(work.items(), work, at_once=3, ahead=6):
            results.append(one)

    task = asyncio.create_task(collect())
    await work.turns()
    assert (work.begun, work.taken) == ([0, 1, 2], 6)
    for number in (1, 2, 3):
        work.ends[number].set()
        await work.turns()
    assert (work.begun, results) == ([0, 1, 2, 3, 4, 5], [])
    work.ends[0].set()
    await work.turns()
    assert results == [0, 1, 2, 3]
    for end in work.ends.values():
        end.set()
    await task
    assert results == list(range(100))


async def test_closed_early_it_cancels_what_is_under_way() -> None:
    work = Work()
    work.ends[0].set()
    async with aclosing(each_in_order(work.items(), work, at_once=3, ahead=6)) as found:
        assert await anext(found) == 0
        await work.turns()
    assert work.cancelled == [1, 2, 3]
