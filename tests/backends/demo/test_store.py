"""What somebody else does on the server, and what follows from it."""

from __future__ import annotations

import httpx
import pytest

from tests.backends.demo.conftest import NOW
from tui.backends.demo import DemoTransport, Store

pytestmark = pytest.mark.anyio


@pytest.fixture
def store() -> Store:
    return Store.empty(NOW)


def client(store: Store) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=DemoTransport(store), base_url="http://demo")


async def test_a_summary_set_by_somebody_else_is_seen(store: Store) -> None:
    made = store.add_conversation(store.add_agent("A"), "mine")
    store.set_summary(made, "theirs")
    async with client(store) as http:
        told = (await http.get(f"/v1/conversations/{made}")).json()
    assert told["summary"] == "theirs"
    assert told["updated_at"] > told["created_at"]


async def test_a_block_set_by_somebody_else_changes_value_and_not_the_named_system_message(
    store: Store,
) -> None:
    made = store.add_conversation(store.add_agent("A", {"human": "Sam"}), None, ["human"])
    (block_id,) = store.conversations[made].isolated
    store.set_block(block_id, "Kim")
    async with client(store) as http:
        assert (await http.get(f"/v1/blocks/{block_id}")).json()["value"] == "Kim"
        (message,) = (await http.get(f"/v1/conversations/{made}/messages")).json()
    assert "<value>\nSam\n</value>" in message["content"]


async def test_messages_added_by_somebody_else_are_in_context(store: Store) -> None:
    agent_id = store.add_agent("A")
    made = store.add_conversation(agent_id)
    wanted = store.add_message(made, "user", "hello")
    direct = store.add_message(agent_id, "assistant", "hi")
    async with client(store) as http:
        told = (await http.get(f"/v1/conversations/{made}")).json()
        agent = (await http.get(f"/v1/agents/{agent_id}")).json()
    assert told["in_context_message_ids"][-1] == wanted
    assert told["last_message_at"] == told["updated_at"]
    assert agent["message_ids"][-1] == direct


def test_an_unknown_label_cannot_be_isolated(store: Store) -> None:
    agent_id = store.add_agent("A", {"human": "Sam"})
    with pytest.raises(KeyError, match="nope"):
        store.add_conversation(agent_id, None, ["nope"])


async def test_a_deleted_conversation_is_gone(store: Store) -> None:
    made = store.add_conversation(store.add_agent("A", {"human": "Sam"}), None, ["human"])
    (block_id,) = store.conversations[made].isolated
    store.delete_conversation(made)
    async with client(store) as http:
        assert (await http.get(f"/v1/conversations/{made}")).status_code == 404
        assert (await http.get(f"/v1/blocks/{block_id}")).status_code == 404


async def test_a_detached_label_leaves_the_agent_and_its_default_system_message(store: Store) -> None:
    agent_id = store.add_agent("A", {"human": "Sam", "persona": "I"})
    store.detach(agent_id, "human")
    async with client(store) as http:
        told = (await http.get(f"/v1/agents/{agent_id}/core-memory/blocks")).json()
        (message,) = (await http.get(f"/v1/agents/{agent_id}/messages")).json()
    assert [block["label"] for block in told] == ["persona"]
    assert "<human>" not in message["content"]


async def test_equal_creation_times_make_a_walk_by_created_at_lose_rows(store: Store) -> None:
    agent_id = store.add_agent("A")
    made = {store.open_conversation(agent_id, at=NOW).id for _ in range(25)}
    for order_by, expected in (("created_at", 10), ("last_message_at", 25), ("last_run_completion", 25)):
        assert len(await walk(store, order_by, "desc", 10)) == expected
    assert len(await walk(store, "created_at", "asc", 10)) == 10
    assert await walk(store, "created_at", "desc", 25) == made


async def walk(store: Store, order_by: str, order: str, limit: int) -> set[str]:
    seen: set[str] = set()
    told: dict[str, str | int] = {"order_by": order_by, "order": order, "limit": limit}
    async with client(store) as http:
        for _ in range(9):
            page = (await http.get("/v1/conversations/", params=told)).json()
            seen |= {row["id"] for row in page}
            if len(page) < limit:
                break
            told["after"] = page[-1]["id"]
    return seen


def test_the_clock_of_a_fixed_store_goes_on_by_itself(store: Store) -> None:
    first, second = store.now(), store.now()
    assert first < second
    assert first.tzinfo is not None


def test_the_clock_of_a_live_store_is_the_real_one() -> None:
    assert Store.empty().now().tzinfo is not None
