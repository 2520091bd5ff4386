"""Agents, health, and the exact shape of what a server says when it says no."""

from __future__ import annotations

import uuid

import pytest

from tests.contract.conftest import Wire

pytestmark = pytest.mark.anyio
AGENT = "agent-123e4567-e89b-42d3-8456-426614174000"
SDK = {"user-agent": "letta-client/1.11.0"}


async def named(wire: Wire, *endings: str) -> tuple[str, list[str]]:
    """Agents that share a beginning of their names; answers it and their ids, oldest first."""
    start = f"contract-{uuid.uuid4().hex[:12]}"
    return start, [(await wire.agent(f"{start}-{ending}", human="x"))["id"] for ending in endings]


async def test_health_and_readiness_tell_the_version(wire: Wire) -> None:
    for path in ("/v1/health/", "/v1/ready/"):
        assert await wire.get(path) == {"version": "0.16.8", "status": "ok"}


async def test_agents_newest_first_and_paged_by_after_and_before(wire: Wire) -> None:
    start, made = await named(wire, "a", "b", "c")

    async def ids(**params: object) -> list[str]:
        return [agent["id"] for agent in await wire.get("/v1/agents/", query_text=start, **params)]

    assert await ids() == made[::-1]
    assert await ids(order="asc") == made
    assert await ids(after=made[2], limit=1) == [made[1]]
    assert await ids(before=made[1]) == [made[2]]


async def test_unknown_cursor_of_agents_is_page_one_again(wire: Wire) -> None:
    start, made = await named(wire, "a", "b")
    told = await wire.get("/v1/agents/", query_text=start, after=AGENT)
    assert [agent["id"] for agent in told] == made[::-1]


async def test_agents_by_part_of_the_name_in_any_case_or_by_the_exact_name(wire: Wire) -> None:
    start, made = await named(wire, "Ada", "adalbert")
    told = await wire.get("/v1/agents/", query_text=f"{start}-ADA".upper())
    assert {agent["id"] for agent in told} == set(made)
    told = await wire.get("/v1/agents/", name=f"{start}-Ada")
    assert [agent["id"] for agent in told] == [made[0]]
    assert await wire.get("/v1/agents/", name=f"{start}-ada") == []


async def test_agents_come_without_blocks_for_an_sdk_or_when_no_relationships_are_asked(wire: Wire) -> None:
    start, made = await named(wire, "a")
    told = {"query_text": start}
    for answer in (
        await wire.http.get("/v1/agents/", params=told, headers=SDK),
        await wire.http.get("/v1/agents/", params=told | {"include_relationships": ""}),
        await wire.http.get(f"/v1/agents/{made[0]}", headers=SDK),
        await wire.http.get("/v1/agents/", params=told, headers={"x-stainless-package-version": "1.11.0"}),
    ):
        agent = answer.json()[0] if isinstance(answer.json(), list) else answer.json()
        assert agent["blocks"] == agent["memory"]["blocks"] == []
        assert len(agent["message_ids"]) == 1
        assert agent["system"]
    (agent,) = await wire.get("/v1/agents/", query_text=start)
    assert [block["label"] for block in agent["blocks"]] == ["human"]
    answer = await wire.http.get("/v1/agents/", params=told | {"include": "agent.blocks"}, headers=SDK)
    assert [block["label"] for block in answer.json()[0]["blocks"]] == ["human"]


async def test_an_agent_has_every_key_that_a_client_may_look_for(wire: Wire) -> None:
    agent = await wire.agent(human="x")
    wanted = {
        "id", "name", "model", "embedding", "system", "message_ids", "blocks", "memory", "tools", "tags",
        "description", "agent_type", "llm_config", "created_at", "updated_at", "last_run_completion", "timezone",
        "metadata", "hidden", "pending_approval", "identities", "tool_rules", "sources",
    }  # fmt: skip
    assert wanted <= set(agent)
    assert agent["agent_type"] == "letta_v1_agent"
    assert agent["llm_config"]["context_window"] > 0


async def test_count_of_agents_is_a_bare_number(wire: Wire) -> None:
    await wire.agent(human="x")
    count = await wire.get("/v1/agents/count")
    assert isinstance(count, int)
    assert count > 0


async def test_limit_zero_of_agents_is_no_limit_and_negative_is_a_500(wire: Wire) -> None:
    start, _ = await named(wire, "a", "b")
    assert len(await wire.get("/v1/agents/", query_text=start, limit=0)) == 2
    assert (await wire.http.get("/v1/agents/", params={"limit": -1})).status_code == 500


async def test_deleting_an_agent_hard_deletes_its_conversations_and_keeps_its_blocks(wire: Wire) -> None:
    agent = await wire.agent(human="x")
    made = await wire.create(agent["id"], isolated_block_labels=["human"])
    answer = await wire.http.delete(f"/v1/agents/{agent['id']}")
    assert answer.json() == {"message": f"Agent id={agent['id']} successfully deleted"}
    assert (await wire.http.get(f"/v1/agents/{agent['id']}")).status_code == 404
    assert (await wire.http.get(f"/v1/conversations/{made['id']}")).status_code == 404
    assert (await wire.http.get("/v1/conversations/", params={"after": made["id"]})).status_code == 404
    for block_id in (agent["blocks"][0]["id"], *made["isolated_block_ids"]):
        assert (await wire.http.get(f"/v1/blocks/{block_id}")).status_code == 200
    assert await wire.listed(agent["id"]) == []


async def test_an_unknown_agent_is_a_404_in_three_wordings(wire: Wire) -> None:
    answer = await wire.http.get(f"/v1/agents/{AGENT}")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"Agent with ID {AGENT} not found"})
    answer = await wire.http.get(f"/v1/agents/{AGENT}/core-memory/blocks")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Agent not found with id='['{AGENT}']', access level in")
    answer = await wire.http.get(f"/v1/agents/{AGENT}/messages")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Agent not found"})


UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("path", "name", "prefix"),
    [
        ("agents/agent-1", "agent_id", "agent"),
        ("agents/agent-123e4567-e89b-12d3-8456-426614174000", "agent_id", "agent"),
        ("blocks/x", "block_id", "block"),
        ("messages/x", "message_id", "message"),
    ],
)
async def test_a_malformed_id_is_a_422_whose_detail_is_a_python_repr(
    wire: Wire, path: str, name: str, prefix: str
) -> None:
    answer = await wire.http.get(f"/v1/{path}")
    pattern = f"^{prefix}-{UUID4}$"
    problem = {
        "type": "string_pattern_mismatch",
        "loc": ("path", name),
        "msg": f"String should match pattern '{prefix}-{{uuid4}}'",
        "input": path.partition("/")[2],
        "ctx": {"pattern": pattern},
    }
    body = {
        "trace_id": "",
        "detail": repr([problem]),
        "examples": [f"{prefix}-123e4567-e89b-42d3-8456-426614174000"],
    }
    assert (answer.status_code, answer.json()) == (422, body)


@pytest.mark.parametrize(
    ("identifier", "fragment"),
    [
        ("conv-1", "'type': 'string_too_short'"),
        ("conv-123e4567-e89b-42d3-8456-4266141740001", "'type': 'string_too_long'"),
        ("conv-123e4567-e89b-12d3-8456-426614174000", f"String should match pattern '^conv-{UUID4}$'"),
    ],
)
async def test_a_malformed_conversation_id_is_a_422_by_length_first(
    wire: Wire, identifier: str, fragment: str
) -> None:
    answer = await wire.http.get(f"/v1/conversations/{identifier}")
    assert answer.status_code == 422
    assert set(answer.json()) == {"trace_id", "detail"}
    assert fragment in answer.json()["detail"]


async def test_a_malformed_id_where_default_is_allowed_names_all_three_forms(wire: Wire) -> None:
    answer = await wire.http.get("/v1/conversations/conv-1/messages")
    assert answer.status_code == 422
    assert f"'^(default|conv-{UUID4}|agent-{UUID4})$'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "params", "detail"),
    [
        (
            "conversations/",
            {"order_by": "updated_at"},
            "[{'type': 'literal_error', 'loc': ('query', 'order_by'), 'msg': \"Input should be 'created_at', "
            "'last_run_completion' or 'last_message_at'\", 'input': 'updated_at', 'ctx': {'expected': "
            "\"'created_at', 'last_run_completion' or 'last_message_at'\"}}]",
        ),
        (
            "conversations/",
            {"limit": "x"},
            "[{'type': 'int_parsing', 'loc': ('query', 'limit'), 'msg': 'Input should be a valid integer, unable to "
            "parse string as an integer', 'input': 'x'}]",
        ),
        (
            "agents/",
            {"order": "up"},
            "[{'type': 'literal_error', 'loc': ('query', 'order'), 'msg': \"Input should be 'asc' or 'desc'\", "
            "'input': 'up', 'ctx': {'expected': \"'asc' or 'desc'\"}}]",
        ),
    ],
)
async def test_bad_parameters_are_a_422(wire: Wire, path: str, params: dict[str, str], detail: str) -> None:
    answer = await wire.http.get(f"/v1/{path}", params=params)
    assert (answer.status_code, answer.json()) == (422, {"trace_id": "", "detail": detail})


async def test_unknown_parameters_are_ignored(wire: Wire) -> None:
    assert (
        await wire.http.get("/v1/conversations/", params={"nobody_knows": "1", "limit": 1})
    ).status_code == 200


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/v1/conversations?limit=1&order=asc", "/v1/conversations/?limit=1&order=asc"),
        ("/v1/health", "/v1/health/"),
        ("/v1/agents/count/", "/v1/agents/count"),
        (f"/v1/agents/{AGENT}/", f"/v1/agents/{AGENT}"),
    ],
)
async def test_a_missing_or_extra_slash_is_a_redirect_without_a_body(
    wire: Wire, path: str, location: str
) -> None:
    answer = await wire.http.get(path)
    assert (answer.status_code, answer.content) == (307, b"")
    base = str(wire.http.base_url).rstrip("/")
    assert answer.headers["location"] == base + location


@pytest.mark.parametrize("path", ["/v1/nope", "//v1/health/", "/v1/agents/x/y/z"])
async def test_an_unknown_route_is_not_found(wire: Wire, path: str) -> None:
    base = str(wire.http.base_url).rstrip("/")
    answer = await wire.http.get(base + path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/conversations/"),
        ("DELETE", "/v1/conversations/"),
        ("PUT", f"/v1/conversations/conv-{'0' * 36}"),
    ],
)
async def test_a_method_that_is_not_there_is_not_allowed(wire: Wire, method: str, path: str) -> None:
    answer = await wire.http.request(method, path)
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})


async def test_the_context_is_counted_by_parts_that_add_up_and_compiled_from_the_shared_blocks(
    wire: Wire,
) -> None:
    agent_id = await wire.agent_id(human="Name: Sam", persona="I am terse.")
    made = await wire.create(agent_id)
    before = await wire.get(f"/v1/agents/{agent_id}/context", conversation_id=made["id"])
    await wire.say(made["id"], "How much is in context?")
    told = await wire.get(f"/v1/agents/{agent_id}/context", conversation_id=made["id"])
    counts = {name: count for name, count in told.items() if name.startswith("num_tokens_")}
    assert set(counts) == {
        *("num_tokens_system", "num_tokens_core_memory", "num_tokens_memory_filesystem"),
        *("num_tokens_tool_usage_rules", "num_tokens_directories", "num_tokens_external_memory_summary"),
        *("num_tokens_summary_memory", "num_tokens_functions_definitions", "num_tokens_messages"),
    }
    assert sum(counts.values()) == told["context_window_size_current"]
    assert 0 < told["context_window_size_current"] < told["context_window_size_max"]
    assert told["num_tokens_messages"] > before["num_tokens_messages"]
    assert told["num_tokens_summary_memory"] == 0
    assert "Name: Sam" in told["core_memory"]
