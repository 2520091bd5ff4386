"""Watching conversations: on each kind of server, each change is found once, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server
from tests.flows.test_write import client_of
from tests.local_store import LocalStore, assistant, forgetful_store, said, user
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows.follow import ALL_ROWS_EVERY, FIRST_ROWS
from tui.flows.watch import Watch
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.errors import NoResponse, ServerTrouble

pytestmark = pytest.mark.anyio

Seen = list[tuple[str, str | None, dict[str, Any]]]


async def seen(watch: Watch) -> Seen:
    """What a look finds, without the agent."""
    return [(one.kind, one.conversation, dict(one.details)) async for one in watch.look()]


async def kinds(watch: Watch) -> list[tuple[str, str | None]]:
    return [(kind, conversation) for kind, conversation, _ in await seen(watch)]


class Dying(httpx.AsyncBaseTransport):
    """Answers this many requests, then none until it is alive again."""

    def __init__(self, server: DemoTransport, answers: int) -> None:
        self._server, self._answers = server, answers
        self.alive = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.alive and self._answers <= 0:
            raise httpx.ConnectError("it is gone")
        self._answers -= 1
        return await self._server.handle_async_request(request)


async def begun(client: LettaClient, agent: str | None = None) -> Watch:
    watch = Watch(client, lambda: NOW, agent)
    await watch.begin()
    return watch


@pytest.fixture(params=["self-hosted", "cloud"])
def server(request: pytest.FixtureRequest) -> DemoTransport:
    return small_server("One", "Two", flavour=request.param)


@pytest.mark.parametrize("all_agents", [True, False])
async def test_nothing_is_seen_where_nothing_changed(server: DemoTransport, all_agents: bool) -> None:
    watch = await begun(client_of(server), None if all_agents else "Ada")
    assert watch.count == 2
    for _ in range(2 * ALL_ROWS_EVERY + 1):
        assert await seen(watch) == []


@pytest.mark.parametrize("all_agents", [True, False])
async def test_each_change_is_seen_once(server: DemoTransport, all_agents: bool) -> None:
    client, (one, two) = client_of(server), ids(server)
    watch = await begun(client, None if all_agents else "Ada")
    made = server.store.add_conversation(only_agent(server), "Three")
    await client.update_summary(one, "First")
    await client.delete_conversation(two)
    found = await seen(watch)
    assert sorted(found, key=lambda event: event[0]) == [
        ("created", made, {"summary": "Three"}),
        ("deleted", two, {"summary": "Two"}),
        ("summary", one, {"before": "One", "after": "First"}),
    ]
    assert await seen(watch) == []


async def test_archiving_is_seen_and_is_no_deletion() -> None:
    server = small_server("One", "Two", flavour="cloud")
    client, (one, _) = client_of(server), ids(server)
    watch = await begun(client, "Ada")
    await client.archive(one, True)
    assert await kinds(watch) == [("archived", one)]
    await client.archive(one, False)
    assert await kinds(watch) == [("unarchived", one)]


async def test_messages_are_seen_with_their_texts(server: DemoTransport) -> None:
    client, (one, _) = client_of(server), ids(server)
    watch = await begun(client)
    message = server.store.add_message(one, "user", "Hello [/foo]\x1b[2J")
    ((kind, conversation, details),) = await seen(watch)
    assert (kind, conversation) == ("messages", one)
    assert [(row["id"], row["type"], row["text"]) for row in details["messages"]] == [
        (message, "user_message", "Hello [/foo]\x1b[2J")
    ]
    second = server.store.add_message(one, "assistant", "Hi.")
    ((_, _, details),) = await seen(watch)
    assert [row["id"] for row in details["messages"]] == [second]
    for _ in range(5):
        assert await seen(watch) == []


async def test_a_turn_that_goes_on_without_a_change_of_its_row_is_seen_too() -> None:
    """A row changes at the start of a turn, and not with the messages that follow (measured)."""
    server = small_server("One")
    (one,) = ids(server)
    watch = await begun(client_of(server), "Ada")
    server.store.add_message(one, "user", "Hello")
    row = server.store.conversations[one]
    assert await kinds(watch) == [("messages", one)]
    at = row.last_message_at, row.updated_at
    server.store.add_message(one, "assistant", "Hi.")
    row.last_message_at, row.updated_at = at
    assert await kinds(watch) == [("messages", one)]


async def test_messages_of_the_default_conversation(server: DemoTransport) -> None:
    agent = only_agent(server)
    server.store.add_message(agent, "user", "Before")
    watch = await begun(client_of(server), "Ada")
    message = server.store.add_message(agent, "user", "Hello")
    found = await seen(watch)
    if found or server.cloud is None:
        ((kind, conversation, details),) = found
        assert (kind, conversation) == ("messages", "default")
        assert [row["id"] for row in details["messages"]] == [message]


async def test_a_new_conversation_comes_with_its_messages(server: DemoTransport) -> None:
    watch = await begun(client_of(server))
    made = server.store.add_conversation(only_agent(server), "Three")
    server.store.add_message(made, "user", "Hello")
    assert await kinds(watch) == [("created", made), ("messages", made)]


async def test_shared_memory_of_an_agent(server: DemoTransport) -> None:
    agent = server.store.agents[only_agent(server)]
    watch = await begun(client_of(server), "Ada")
    server.store.change_block(agent.block_ids[0], value="Kim")
    assert await seen(watch) == [("memory", None, {"label": "human", "before": "Robin", "after": "Kim"})]
    assert await seen(watch) == []


async def test_isolated_memory_of_a_conversation_in_which_something_is_said() -> None:
    server = small_server("One")
    made = server.store.add_conversation(only_agent(server), "Mine", ["project"])
    watch = await begun(client_of(server), "Ada")
    server.store.add_message(made, "user", "Hello")
    assert await kinds(watch) == [("messages", made)]
    (block,) = server.store.conversations[made].isolated
    server.store.change_block(block, value="another")
    ((kind, conversation, details),) = await seen(watch)
    assert (kind, conversation) == ("memory", made)
    assert (details["label"], details["isolated"], details["state"]) == ("project", "another", "stale")


async def test_of_many_rows_the_first_are_read_each_time_and_all_at_times() -> None:
    store = Store.empty(NOW)
    agent = store.add_agent("Ada", {"human": "Robin"}, at=NOW - timedelta(days=9))
    for number in range(3 * FIRST_ROWS):
        store.open_conversation(agent, f"Number {number}", NOW - timedelta(minutes=number))
    server = DemoTransport(store, now=NOW)
    client = client_of(server)
    read = await client.conversations(agent, limit=FIRST_ROWS, order_by="last_message_at")
    old, another = [
        one for one in list(store.conversations)[FIRST_ROWS:] if one not in {row.id for row in read.rows}
    ][:2]
    watch = await begun(client, "Ada")
    server.requests.clear()
    store.conversations[old].summary = "Renamed"
    assert await seen(watch) == []
    limits = [
        request.url.params["limit"] for request in server.requests if request.url.path == "/v1/conversations/"
    ]
    assert limits == [str(FIRST_ROWS)] * 2
    store.add_message(old, "user", "Hello")
    assert await kinds(watch) == [("summary", old), ("messages", old)], "those with new messages are read too"
    await client.delete_conversation(another)
    looks = [await kinds(watch) for _ in range(ALL_ROWS_EVERY)]
    assert [events for events in looks if events] == [[("deleted", another)]]


@pytest.mark.parametrize("version", ["0.16.2", "0.16.5", "0.16.6", "0.16.7"])
@pytest.mark.parametrize("all_agents", [True, False])
async def test_older_servers(version: str, all_agents: bool) -> None:
    server = small_server("One", "Two", version=version)
    client, (one, _) = client_of(server), ids(server)
    watch = await begun(client, None if all_agents else "Ada")
    made = server.store.add_conversation(only_agent(server), "Three")
    server.store.conversations[one].summary = "First"
    assert sorted(await kinds(watch)) == [("created", made), ("summary", one)]


async def test_after_a_failure_nothing_is_lost_and_nothing_comes_twice(server: DemoTransport) -> None:
    client, (one, two) = client_of(server), ids(server)
    watch = await begun(client)
    await client.update_summary(two, "Second")
    server.store.add_message(one, "user", "Hello")
    server.fail(500, path=f"/v1/conversations/{one}$")
    found: list[str] = []

    async def look() -> None:
        async for event in watch.look():
            found.append(event.kind)

    with pytest.raises(ServerTrouble):
        await look()
    server.clear()
    await look()
    assert sorted(found) == ["messages", "summary"]
    assert await seen(watch) == []


async def test_messages_of_a_default_conversation_are_not_lost_when_reading_them_fails() -> None:
    server = small_server("One")
    watch = await begun(client_of(server), "Ada")
    server.store.add_message(only_agent(server), "user", "hello")
    server.fail(500, path=f"/v1/agents/{only_agent(server)}/messages")
    with pytest.raises(ServerTrouble):
        await seen(watch)
    server.clear()
    ((kind, conversation, details),) = await seen(watch)
    assert (kind, conversation) == ("messages", "default")
    assert [message["text"] for message in details["messages"]] == ["hello"]
    assert await seen(watch) == []


@pytest.mark.parametrize("at", range(7))
async def test_a_server_that_dies_in_the_middle_of_a_look_loses_and_repeats_nothing(at: int) -> None:
    """Wherever it dies, both looks together see each change once."""
    server = small_server("One", "Two")
    one, _ = ids(server)
    watch = await begun(client_of(server), "Ada")
    human = next(block for block in server.store.blocks.values() if block.label == "human")
    server.store.conversations[one].summary = "First"
    server.store.set_block(human.id, "Kim")
    server.store.add_message(only_agent(server), "user", "hello")
    server.store.add_message(one, "user", "there")
    made = server.store.add_conversation(only_agent(server), "Three")
    found: list[tuple[str, str | None]] = []

    async def look() -> None:
        async for event in watch.look():
            found.append((event.kind, event.conversation))

    dying = Dying(server, at)
    watch._client = client_of(dying)  # type: ignore[arg-type]
    try:
        await look()
    except NoResponse:
        dying.alive = True
        await look()
    await look()
    assert sorted(found, key=str) == sorted(
        [
            ("created", made),
            ("memory", None),
            ("messages", "default"),
            ("messages", one),
            ("summary", one),
        ],
        key=str,
    )


async def test_what_a_list_leaves_out_is_not_deleted(server: DemoTransport) -> None:
    watch = await begun(client_of(server), "Ada")
    server.fail(httpx.Response(200, json=[]), path="/v1/conversations/$", times=2)
    assert await seen(watch) == []
    assert watch.count == 2


# Letta Code's files


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return forgetful_store(tmp_path / "lc")


@pytest.mark.parametrize("all_agents", [True, False])
async def test_local_agents(store: LocalStore, all_agents: bool) -> None:
    client = LettaClient(Wire("http://store", transport=LettaCodeTransport(store.path)))
    watch = await begun(client, None if all_agents else "Ada")
    assert await seen(watch) == []
    ada = store.agents["Ada"]
    store.add_conversation("local-conv-8", ada, summary="New", created_at="2026-03-14T08:30:00.000Z")
    rows = user(1, "hello"), assistant(2, said("Hi.")), user(3, "again")
    later = "2026-03-14T08:40:00.000Z"
    store.add_conversation(
        "local-conv-2", ada, *rows, summary="Healthy, still", last_message_at=later, updated_at=later
    )
    found = await seen(watch)
    assert ("created", "local-conv-8", {"summary": "New"}) in found
    assert ("summary", "local-conv-2", {"before": "Healthy", "after": "Healthy, still"}) in found
    store.edit(ada, "human", "Name: Kim", commit="Another name")
    looks = [await seen(watch) for _ in range(ALL_ROWS_EVERY)]
    memory = [details for events in looks for kind, _, details in events if kind == "memory"]
    assert {"label": "human", "before": "Name: Sam", "after": "Name: Kim"} in memory
    await client.close()
