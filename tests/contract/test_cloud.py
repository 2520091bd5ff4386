"""What the API promises after 0.16.8, as types and doc strings of the official client have it: not measured there.

Where they leave something open, the embedded server has a switch, and both ways are shown here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.contract.conftest import Json, Wire, to_cloud
from tui.backends.demo import DemoTransport

pytestmark = pytest.mark.anyio
NOBODY = "123e4567-e89b-42d3-8456-426614174000"


@pytest.fixture
async def cloud() -> AsyncIterator[tuple[Wire, DemoTransport]]:
    """A client of an embedded server of that flavour with nothing in it, and the server."""
    async with to_cloud() as (wire, transport):
        yield wire, transport


Cloud = tuple[Wire, DemoTransport]


def switches(transport: DemoTransport) -> Any:
    assert transport.cloud is not None
    return transport.cloud


async def listed(wire: Wire, agent_id: str, **params: Any) -> list[str]:
    return [row["id"] for row in await wire.listed(agent_id, **params)]


async def test_a_record_has_the_newer_fields_and_no_isolated_blocks(cloud: Cloud) -> None:
    wire, _ = cloud
    made = await wire.create(await wire.agent_id(), summary="new")
    assert set(made) == {
        "id", "agent_id", "archived", "archived_at", "context_window_limit", "created_at", "created_by_id",
        "description", "in_context_message_ids", "last_message_at", "last_updated_by_id", "model",
        "model_settings", "summary", "updated_at",
    }  # fmt: skip
    assert (made["archived"], made["archived_at"], made["description"]) == (False, None, None)


async def test_only_get_says_what_is_in_context_and_null_is_not_told(cloud: Cloud) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    (row,) = await wire.listed(agent_id)
    patched = (await wire.patch(made["id"], summary="x")).json()
    assert made["in_context_message_ids"] is row["in_context_message_ids"] is None
    assert patched["in_context_message_ids"] is None
    assert len((await wire.conversation(made["id"]))["in_context_message_ids"]) == 1
    transport.store.conversations[made["id"]].reports_context = False
    assert (await wire.conversation(made["id"]))["in_context_message_ids"] is None


async def test_an_archived_conversation_is_listed_only_where_it_is_asked_for(cloud: Cloud) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    kept, gone = [(await wire.create(agent_id, summary=text))["id"] for text in ("kept", "gone")]
    told = (await wire.patch(gone, archived=True)).json()
    assert told["archived"] is True
    assert told["archived_at"] == told["updated_at"]
    assert await listed(wire, agent_id) == await listed(wire, agent_id, archive_status="unarchived") == [kept]
    assert await listed(wire, agent_id, archive_status="archived") == [gone]
    assert await listed(wire, agent_id, archive_status="all") == [gone, kept]
    assert (await wire.conversation(gone))["archived"] is True
    again = (await wire.patch(gone, archived=True)).json()
    assert again["archived_at"] == told["archived_at"]
    assert (await wire.patch(gone, archived=None)).json()["archived"] is True
    back = (await wire.patch(gone, archived=False)).json()
    assert (back["archived"], back["archived_at"]) == (False, None)
    assert await listed(wire, agent_id) == [gone, kept]
    answer = await wire.http.get("/v1/conversations/", params={"archive_status": "nope"})
    assert answer.status_code == 422
    await wire.patch(gone, archived=True)
    switches(transport).lists = "all"
    assert await listed(wire, agent_id) == [gone, kept]


async def test_description_and_context_window_are_created_and_changed(cloud: Cloud) -> None:
    wire, _ = cloud
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, description="about", context_window_limit=32_000)
    assert (made["description"], made["context_window_limit"], made["summary"]) == ("about", 32_000, None)
    told = (await wire.patch(made["id"], description="other", context_window_limit=16_000)).json()
    assert (told["description"], told["context_window_limit"]) == ("other", 16_000)
    for body in ({"description": 1}, {"context_window_limit": "x"}, {"archived": "perhaps"}):
        assert (await wire.patch(made["id"], **body)).status_code == 422
    after = await wire.conversation(made["id"])
    assert (after["description"], after["context_window_limit"]) == ("other", 16_000)


async def test_a_hidden_conversation_is_in_no_list(cloud: Cloud) -> None:
    wire, _ = cloud
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, hidden=True)
    assert await listed(wire, agent_id, archive_status="all") == []
    assert (await wire.conversation(made["id"]))["id"] == made["id"]


@pytest.mark.parametrize("refuses", [False, True])
async def test_labels_are_ignored_or_refused_and_never_isolate(cloud: Cloud, refuses: bool) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    switches(transport).refuses_labels = refuses
    answer = await wire.http.post(
        "/v1/conversations/", params={"agent_id": agent_id}, json={"isolated_block_labels": ["human"]}
    )
    assert answer.status_code == (422 if refuses else 200)
    assert len(await wire.listed(agent_id)) == (0 if refuses else 1)
    assert len(await wire.get("/v1/blocks/")) == 2


@pytest.mark.parametrize("allowed", [{"GET", "PATCH"}, {"PATCH"}, {"GET"}, set()])
@pytest.mark.parametrize("identifier", ["default", f"conv-{NOBODY}"])
async def test_the_default_conversation_has_a_summary_as_far_as_its_calls_are_allowed(
    cloud: Cloud, allowed: set[str], identifier: str
) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    switches(transport).default_methods = frozenset(allowed)
    switches(transport).default_id = identifier
    path, whose = "/v1/conversations/default", {"agent_id": agent_id}
    got = await wire.http.get(path, params=whose)
    patched = await wire.http.patch(path, params=whose, json={"summary": "Direct"})
    assert (got.status_code, patched.status_code) == tuple(
        200 if method in allowed else 422 for method in ("GET", "PATCH")
    )
    if "PATCH" in allowed:
        assert (patched.json()["id"], patched.json()["summary"]) == (identifier, "Direct")
    if "GET" in allowed:
        told = (await wire.http.get(path, params=whose)).json()
        assert told["summary"] == ("Direct" if "PATCH" in allowed else None)
        assert told["in_context_message_ids"] == (await wire.get(f"/v1/agents/{agent_id}"))["message_ids"]
        assert (await wire.http.get(path)).status_code == 422
        nobody = await wire.http.get(path, params={"agent_id": f"agent-{NOBODY}"})
        assert nobody.status_code == 404
    assert await wire.listed(agent_id) == []
    assert (await wire.http.delete(path, params=whose)).status_code == 422


async def fork(wire: Wire, conversation_id: str, **params: Any) -> httpx.Response:
    return await wire.http.post(f"/v1/conversations/{conversation_id}/fork", params=params)


async def test_a_fork_can_end_at_a_message_in_context(cloud: Cloud) -> None:
    wire, _ = cloud
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    await wire.say(made["id"], "one", "two")
    ids = (await wire.conversation(made["id"]))["in_context_message_ids"]
    answer = await fork(wire, made["id"], message_id=ids[2])
    assert answer.status_code == 200
    forked = (await wire.conversation(answer.json()["id"]))["in_context_message_ids"]
    assert forked[1:] == ids[1:3]
    assert (await fork(wire, made["id"], message_id=f"message-{NOBODY}")).status_code == 400
    hidden = (await fork(wire, made["id"], hidden="true")).json()["id"]
    assert hidden not in await listed(wire, agent_id)
    direct = await fork(wire, "default", agent_id=agent_id)
    assert direct.status_code == 200


@pytest.mark.parametrize("of", ["conversation", "agent", "server"])
async def test_cursors_of_messages_are_relative_to_the_order(cloud: Cloud, of: str) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    home = agent_id if of == "agent" else (await wire.create(agent_id))["id"]
    await wire.say(home, "one", "two", "three")
    path, params = {
        "conversation": (f"/v1/conversations/{home}/messages", {}),
        "agent": (f"/v1/agents/{agent_id}/messages", {"conversation_id": "default"}),
        "server": ("/v1/messages/", {"conversation_id": home}),
    }[of]
    oldest_first = [m["id"] for m in await wire.get(path, **params, order="asc")]
    assert len(oldest_first) == 7

    async def walk(**more: Any) -> list[str]:
        seen: list[str] = []
        while page := await wire.get(path, **params, **more, **({"after": seen[-1]} if seen else {})):
            seen += [m["id"] for m in page]
        return seen

    assert await walk(order="asc", limit=2) == oldest_first
    assert await walk(order="desc", limit=2) == oldest_first[::-1]
    newer = await wire.get(path, **params, order="desc", before=oldest_first[4])
    assert [m["id"] for m in newer] == oldest_first[:4:-1]
    switches(transport).relative_cursors = False
    newer = await wire.get(path, **params, order="desc", after=oldest_first[4])
    assert {m["id"] for m in newer} == set(oldest_first[5:])


async def test_messages_are_searched_unless_the_server_cannot(cloud: Cloud) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    await wire.say(made["id"], "where is the needle")
    await wire.say(agent_id, "no such thing here")

    async def found(**body: Any) -> list[Json]:
        answer = await wire.http.post("/v1/messages/search", json=body)
        assert answer.status_code == 200, answer.text
        rows: list[Json] = answer.json()
        return rows

    rows = [row for row in await found(query="NEEDLE the") if row["message_type"] == "user_message"]
    assert [(row["content"], row["agent_id"], row["conversation_id"]) for row in rows] == [
        ("where is the needle", agent_id, made["id"])
    ]
    assert {"message_id", "created_at"} <= set(rows[0])
    assert await found(query="needle", conversation_id=f"conv-{NOBODY}") == []
    assert await found(query="needle", agent_id=f"agent-{NOBODY}") == []
    assert await found(query="needle", end_date="2020-01-01T00:00:00Z") == []
    assert len(await found(query="needle", limit=1, search_mode="fts", start_date="2020-01-01")) == 1
    assert {row["conversation_id"] for row in await found(query="thing", conversation_id="default")} == {
        "default"
    }
    for body in (
        {},
        {"query": 1},
        {"query": "x", "search_mode": "nope"},
        {"query": "x", "end_date": "never"},
    ):
        assert (await wire.http.post("/v1/messages/search", json=body)).status_code == 422
    switches(transport).searches = False
    for path in ("/v1/messages/search", "/v1/conversations/search"):
        assert (await wire.http.post(path, json={"query": "x"})).status_code in (404, 405)


async def test_conversations_are_searched_by_summary_and_description(cloud: Cloud) -> None:
    wire, _ = cloud
    agent_id = await wire.agent_id()
    made = [
        await wire.create(agent_id, summary="Billing"),
        await wire.create(agent_id, description="billing"),
    ]
    await wire.create(agent_id, summary="Other")
    answer = await wire.http.post("/v1/conversations/search", json={"query": "BILLING"})
    assert [row["id"] for row in answer.json()] == [one["id"] for one in made]


async def test_agents_come_without_blocks_and_tags_unless_asked_whoever_asks(cloud: Cloud) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id()
    transport.store.agents[agent_id].tags.append("git-memory-enabled")
    for headers in ({}, {"user-agent": "python-httpx"}, {"user-agent": "letta-client/1.12.1"}):
        for path in ("/v1/agents/", f"/v1/agents/{agent_id}"):
            for include in ([], ["agent.blocks"], ["agent.tags"], ["agent.blocks", "agent.tags"]):
                answer = await wire.http.get(path, params={"include": include}, headers=headers)
                told = answer.json()
                agent = told[0] if isinstance(told, list) else told
                assert len(agent["blocks"]) == (2 if "agent.blocks" in include else 0)
                assert len(agent["memory"]["blocks"]) == len(agent["blocks"])
                assert agent["tags"] == (["git-memory-enabled"] if "agent.tags" in include else [])


async def test_agents_are_not_counted(cloud: Cloud) -> None:
    wire, _ = cloud
    answer = await wire.http.get("/v1/agents/count")
    assert answer.status_code == 422
    assert "'loc': ('path', 'agent_id')" in answer.json()["detail"]


async def test_health_may_be_absent(cloud: Cloud) -> None:
    wire, transport = cloud
    assert (await wire.get("/v1/health/"))["status"] == "ok"
    switches(transport).has_health = False
    answer = await wire.http.get("/v1/health/")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


async def test_a_recompile_writes_the_values_of_now_under_its_own_id(cloud: Cloud) -> None:
    wire, transport = cloud
    agent_id = await wire.agent_id(human="Name: Sam")
    made = await wire.create(agent_id)
    (block_id,) = transport.store.agents[agent_id].block_ids
    await wire.http.patch(f"/v1/blocks/{block_id}", json={"value": "Name: Kim"})
    assert "Name: Sam" in await wire.system_text(made["id"])
    answer = await wire.http.post(f"/v1/conversations/{made['id']}/recompile")
    assert "Name: Kim" in answer.json()
    assert f"- CONVERSATION_ID: {made['id']}\n" in answer.json()
    assert await wire.system_text(made["id"]) == answer.json()


@pytest.mark.parametrize(
    ("status", "body", "wait"),
    [
        (401, {"error"}, None),
        (402, {"error", "reasons", "reason_text"}, None),
        (403, {"error", "message"}, None),
        (404, {"message"}, None),
        (429, {"error", "reasons", "timeToQuotaResetMs"}, "30"),
        (503, {"errorCode", "retryable"}, "1"),
    ],
)
async def test_refusals_of_the_gateway_have_its_shapes(
    cloud: Cloud, status: int, body: set[str], wait: str | None
) -> None:
    wire, transport = cloud
    transport.fail(status)
    answer = await wire.http.get("/v1/agents/")
    assert answer.status_code == status
    assert set(answer.json()) == body
    assert answer.headers.get("retry-after") == wait


async def test_a_key_that_is_wrong_is_refused_in_the_shape_of_the_gateway() -> None:
    transport = DemoTransport(flavour="cloud", key="right")
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        answer = await http.get("/v1/agents/")
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
        answer = await http.get("/v1/agents/", headers={"authorization": "Bearer right"})
        assert answer.status_code == 200
