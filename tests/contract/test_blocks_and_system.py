"""Blocks, shared and isolated, and the system message that falls behind them."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.contract.conftest import Json, Wire

pytestmark = pytest.mark.anyio


def rendered(label: str, value: str) -> str:
    """How the model reads a block; a value that is not found like this is one that it does not know."""
    return f"<value>\n{value}\n</value>\n</{label}>"


async def isolated(wire: Wire) -> tuple[Json, Json, str]:
    """An agent, its conversation with `human` isolated, and the id of the isolated block."""
    agent = await wire.agent(human="Name: Sam", persona="I am terse.")
    made = await wire.create(agent["id"], isolated_block_labels=["human"])
    return agent, made, made["isolated_block_ids"][0]


async def plain(wire: Wire) -> tuple[Json, Json]:
    """An agent and its conversation, with nothing isolated."""
    agent = await wire.agent(human="Name: Sam", persona="I am terse.")
    return agent, await wire.create(agent["id"])


def shared_id(agent: Json, label: str) -> str:
    return str(next(block["id"] for block in agent["blocks"] if block["label"] == label))


async def edit(wire: Wire, block_id: str, **changes: object) -> Json:
    answer = await wire.http.patch(f"/v1/blocks/{block_id}", json=changes)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def insert(text: str) -> str:
    arguments = {"label": "human", "new_string": text, "insert_line": -1}
    return "@@" + json.dumps(
        {"tool_calls": [{"name": "memory_insert", "arguments": arguments}], "then": "Noted."}
    )


async def test_system_message_holds_every_block_with_its_size_and_the_conversations_id(wire: Wire) -> None:
    agent, made = await plain(wire)
    text = await wire.system_text(made["id"])
    assert rendered("human", "Name: Sam") in text
    assert rendered("persona", "I am terse.") in text
    assert "<metadata>\n- chars_current=9\n- chars_limit=100000\n</metadata>\n" in text
    assert f"\n<memory_metadata>\n- AGENT_ID: {agent['id']}\n- CONVERSATION_ID: {made['id']}\n" in text
    assert "- System prompt last recompiled: " in text
    assert text.startswith(agent["system"])


async def test_read_only_and_empty_blocks_in_the_system_message(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam", scratch="")
    await edit(wire, shared_id(agent, "human"), read_only=True)
    text = await wire.system_text((await wire.create(agent["id"]))["id"])
    assert "<metadata>\n- read_only=true\n- chars_current=9\n" in text
    assert "<scratch>\n<description>\n\n</description>\n" in text
    assert rendered("scratch", "") in text


async def test_an_edit_of_a_block_leaves_named_conversations_stale(wire: Wire) -> None:
    agent, made, block_id = await isolated(wire)
    before = await wire.system_text(made["id"])
    record = await wire.conversation(made["id"])
    await edit(wire, block_id, value="Name: Kim")
    await edit(wire, shared_id(agent, "persona"), value="I ramble.")
    assert await wire.system_text(made["id"]) == before
    assert await wire.conversation(made["id"]) == record
    await wire.say(made["id"], "hello")
    assert await wire.system_text(made["id"]) == before


async def test_an_edit_of_a_shared_block_rewrites_the_default_conversation_at_once(wire: Wire) -> None:
    agent, _, block_id = await isolated(wire)
    (system_id,) = agent["message_ids"]
    await edit(wire, shared_id(agent, "human"), value="Name: Kim")
    (message,) = await wire.get(f"/v1/messages/{system_id}")
    assert rendered("human", "Name: Kim") in message["content"]
    assert "- CONVERSATION_ID: default\n" in message["content"]
    assert (await wire.get(f"/v1/agents/{agent['id']}"))["message_ids"] == [system_id]
    await edit(wire, block_id, value="Name: Ola")
    assert (await wire.get(f"/v1/messages/{system_id}")) == [message]


async def test_a_new_conversation_is_compiled_with_the_values_of_now(wire: Wire) -> None:
    agent, _ = await plain(wire)
    await edit(wire, shared_id(agent, "human"), value="Name: Kim")
    made = await wire.create(agent["id"])
    assert rendered("human", "Name: Kim") in await wire.system_text(made["id"])


async def test_a_turn_edits_the_isolated_block_not_the_shared_one(wire: Wire) -> None:
    agent, made, block_id = await isolated(wire)
    answer = await wire.send(made["id"], insert("Likes tea"))
    back = next(m for m in answer.json()["messages"] if m["message_type"] == "tool_return_message")
    assert (back["status"], back["tool_return"]) == ("success", "Name: Sam\nLikes tea")
    assert (await wire.get(f"/v1/blocks/{block_id}"))["value"] == "Name: Sam\nLikes tea"
    assert (await wire.get(f"/v1/blocks/{shared_id(agent, 'human')}"))["value"] == "Name: Sam"
    assert rendered("human", "Name: Sam") in await wire.system_text(made["id"])


async def test_an_edit_that_equals_the_shared_value_is_reported_and_lost(wire: Wire) -> None:
    agent, made, block_id = await isolated(wire)
    await edit(wire, shared_id(agent, "human"), value="Name: Sam\nLikes tea")
    answer = await wire.send(made["id"], insert("Likes tea"))
    back = next(m for m in answer.json()["messages"] if m["message_type"] == "tool_return_message")
    assert (back["status"], back["tool_return"]) == ("success", "Name: Sam\nLikes tea")
    assert (await wire.get(f"/v1/blocks/{block_id}"))["value"] == "Name: Sam"


async def recompile(wire: Wire, conversation_id: str, **params: str) -> str:
    answer = await wire.http.post(f"/v1/conversations/{conversation_id}/recompile", params=params)
    assert answer.status_code == 200, answer.text
    return str(answer.json())


async def test_recompile_writes_the_shared_values_and_the_id_default_even_where_blocks_are_isolated(
    wire: Wire,
) -> None:
    _, made, block_id = await isolated(wire)
    await edit(wire, block_id, value="Name: Kim")
    before = await wire.conversation(made["id"])
    text = await recompile(wire, made["id"])
    assert rendered("human", "Name: Sam") in text
    assert rendered("human", "Name: Kim") not in text
    assert "- CONVERSATION_ID: default\n" in text
    assert await wire.system_text(made["id"]) == text
    assert await wire.conversation(made["id"]) == before


async def test_dry_recompile_stores_nothing(wire: Wire) -> None:
    agent, made = await plain(wire)
    before = await wire.system_text(made["id"])
    await edit(wire, shared_id(agent, "persona"), value="I ramble.")
    assert rendered("persona", "I ramble.") in await recompile(wire, made["id"], dry_run="true")
    assert await wire.system_text(made["id"]) == before


async def test_blocks_of_an_agent_are_the_shared_ones_whatever_conversation_is_named(wire: Wire) -> None:
    agent, made, _ = await isolated(wire)
    path = f"/v1/agents/{agent['id']}/core-memory/blocks"
    told = await wire.get(path, conversation_id=made["id"])
    assert {block["id"] for block in told} == {block["id"] for block in agent["blocks"]}


async def test_blocks_of_an_agent_come_page_by_page_in_the_order_of_their_ids(wire: Wire) -> None:
    agent = await wire.agent(**{label: label for label in "abcde"})
    path = f"/v1/agents/{agent['id']}/core-memory/blocks"
    falling = sorted((block["id"] for block in agent["blocks"]), reverse=True)

    async def ids(**params: object) -> list[str]:
        return [block["id"] for block in await wire.get(path, **params)]

    assert await ids() == await ids(order="desc") == await ids(limit=0) == falling
    assert await ids(order="asc") == falling[::-1]
    assert await ids(limit=2) == falling[:2]
    assert await ids(limit=2, after=falling[1]) == falling[2:4]
    assert await ids(limit=2, before=falling[1]) == falling[:1]
    assert await ids(after=falling[-1]) == []
    assert await ids(order="asc", after=falling[1]) == falling[:1]
    assert await ids(order="asc", before=falling[1]) == falling[:1:-1]
    assert await ids(after="nope") == falling  # by the letter: no cursor is looked up
    assert (await wire.http.get(path, params={"limit": -1})).status_code == 500
    assert (await wire.http.get(path, params={"order": "up"})).status_code == 422


async def test_a_block_of_an_agent_can_be_read_by_its_label(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam")
    path = f"/v1/agents/{agent['id']}/core-memory/blocks"
    block = await wire.get(f"{path}/human")
    assert [block] == await wire.get(path)
    answer = await wire.http.get(f"{path}/nope")
    detail = f"No block with label 'nope' found for agent '{agent['id']}'"
    assert (answer.status_code, answer.json()) == (404, {"detail": detail})


async def test_a_detached_label_leaves_its_isolated_block_readable_and_dead(wire: Wire) -> None:
    agent, made, block_id = await isolated(wire)
    path = f"/v1/agents/{agent['id']}/core-memory/blocks"
    assert (await wire.http.patch(f"{path}/detach/{shared_id(agent, 'human')}")).status_code == 200
    assert [block["label"] for block in await wire.get(path)] == ["persona"]
    assert (await wire.get(f"/v1/blocks/{block_id}"))["value"] == "Name: Sam"
    assert (await wire.conversation(made["id"]))["isolated_block_ids"] == [block_id]
    assert (await wire.get(f"/v1/blocks/{shared_id(agent, 'human')}"))["value"] == "Name: Sam"


async def test_patch_of_a_block_ignores_null_and_unknown_keys_and_does_not_enforce_the_limit(
    wire: Wire,
) -> None:
    block_id = shared_id((await plain(wire))[0], "human")
    assert (await edit(wire, block_id, value=None, nobody_knows=1))["value"] == "Name: Sam"
    assert (await edit(wire, block_id, limit=3))["limit"] == 3
    assert (await edit(wire, block_id, value="far too long"))["value"] == "far too long"
    assert (await edit(wire, block_id, value=""))["value"] == ""
    assert (await edit(wire, block_id, description="new"))["description"] == "new"


async def test_nul_in_a_block_is_cut_out_not_refused(wire: Wire) -> None:
    block_id = shared_id((await plain(wire))[0], "human")
    assert (await edit(wire, block_id, value="a\0b"))["value"] == "ab"


async def test_isolated_blocks_hide_among_the_blocks_without_agents(wire: Wire) -> None:
    agent, _, block_id = await isolated(wire)
    orphans = await wire.get("/v1/blocks/", connected_to_agents_count_eq=0, label="human", limit=10_000)
    assert block_id in {block["id"] for block in orphans}
    attached = await wire.get("/v1/blocks/", connected_to_agents_count_eq=1, label="human", limit=10_000)
    assert shared_id(agent, "human") in {block["id"] for block in attached}
    assert block_id not in {block["id"] for block in attached}


async def test_a_block_has_no_dates(wire: Wire) -> None:
    block_id = shared_id((await plain(wire))[0], "human")
    block = await wire.get(f"/v1/blocks/{block_id}")
    assert not {"created_at", "updated_at", "agent_id", "conversation_id"} & set(block)
    assert {"id", "label", "value", "limit", "description", "read_only", "metadata", "tags"} <= set(block)


async def test_a_block_that_was_deleted_vanishes_from_its_conversation(wire: Wire) -> None:
    _, made, block_id = await isolated(wire)
    assert (await wire.http.delete(f"/v1/blocks/{block_id}")).status_code == 200
    assert (await wire.conversation(made["id"]))["isolated_block_ids"] == []


async def test_an_unknown_block_is_a_404_in_two_wordings(wire: Wire) -> None:
    unknown = "block-123e4567-e89b-42d3-8456-426614174000"
    answer = await wire.http.get(f"/v1/blocks/{unknown}")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"Block with id '{unknown}' not found"})
    answer = await wire.http.patch(f"/v1/blocks/{unknown}", json={"value": "x"})
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Block not found with id='['{unknown}']', access level in")


async def two_agents(wire: Wire) -> tuple[Json, Json, str]:
    """An agent, another one that has its `human` block too, and the id of that block."""
    agent = await wire.agent(human="Name: Sam", persona="I am terse.")
    block_id = shared_id({"blocks": await wire.get(f"/v1/agents/{agent['id']}/core-memory/blocks")}, "human")
    body = {"name": "other", "model": wire.model, "embedding": wire.embedding, "block_ids": [block_id]}
    answer = await wire.http.post("/v1/agents/", json=body)
    assert answer.status_code == 200, answer.text
    other: Json = answer.json()
    wire.made.append(other["id"])
    return agent, other, block_id


async def default_text(wire: Wire, agent: Json) -> str:
    (message,) = await wire.get(f"/v1/messages/{agent['message_ids'][0]}")
    return str(message["content"])


async def test_a_shared_block_is_compiled_into_the_default_conversations_of_all_its_agents(
    wire: Wire,
) -> None:
    agent, other, block_id = await two_agents(wire)
    named = await wire.create(agent["id"])
    before = await wire.system_text(named["id"])
    await edit(wire, block_id, value="Name: Kim")
    for one in (agent, other):
        assert rendered("human", "Name: Kim") in await default_text(wire, one)
    assert await wire.system_text(named["id"]) == before


async def test_an_edit_by_label_reaches_one_agents_default_conversation_and_no_isolated_block(
    wire: Wire,
) -> None:
    agent, other, block_id = await two_agents(wire)
    made = await wire.create(agent["id"], isolated_block_labels=["human"])
    path = f"/v1/agents/{agent['id']}/core-memory/blocks"
    answer = await wire.http.patch(
        f"{path}/human", params={"conversation_id": made["id"]}, json={"value": "Name: Kim"}
    )
    assert (answer.status_code, answer.json()["id"]) == (200, block_id)
    assert (await wire.get(f"/v1/blocks/{block_id}"))["value"] == "Name: Kim"
    assert rendered("human", "Name: Kim") in await default_text(wire, agent)
    assert rendered("human", "Name: Sam") in await default_text(wire, other)
    for isolated_id in made.get("isolated_block_ids") or []:
        assert (await wire.get(f"/v1/blocks/{isolated_id}"))["value"] == "Name: Sam"
    refused = await wire.http.patch(f"{path}/nope", json={"value": "x"})
    detail = f"No block with label 'nope' found for agent '{agent['id']}'"
    assert (refused.status_code, refused.json()) == (404, {"detail": detail})


async def test_who_has_a_block_is_listed_newest_first_and_nobody_has_an_isolated_or_an_unknown_one(
    wire: Wire,
) -> None:
    agent, other, block_id = await two_agents(wire)
    made = await wire.create(agent["id"], isolated_block_labels=["human"])

    async def having(id: str, **params: object) -> list[str]:
        return [one["id"] for one in await wire.get(f"/v1/blocks/{id}/agents", **params)]

    assert await having(block_id) == await having(block_id, limit=0) == [other["id"], agent["id"]]
    assert await having(block_id, order="asc") == [agent["id"], other["id"]]
    assert await having(block_id, limit=1) == [other["id"]]
    assert await having(block_id, after=other["id"]) == [agent["id"]]
    unknown = f"block-{uuid.uuid4()}"
    for id in (*(made.get("isolated_block_ids") or []), unknown):
        assert await having(id) == []


async def test_a_blocks_value_is_checked_by_type_alone(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam")
    (block,) = await wire.get(f"/v1/agents/{agent['id']}/core-memory/blocks")
    for body in ({}, {"value": None}, {"nonsense": 1}):
        assert (await edit(wire, block["id"], **body))["value"] == "Name: Sam"
    answer = await wire.http.patch(f"/v1/blocks/{block['id']}", json={"value": 3})
    assert answer.status_code == 422
    content = b'{"value": "\\ud800"}'
    headers = {"content-type": "application/json"}
    answer = await wire.http.patch(f"/v1/blocks/{block['id']}", content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (500, {"detail": "A database error occurred."})
    assert (await edit(wire, block["id"], value="Na\0me"))["value"] == "Name"
    assert (await edit(wire, block["id"], value=""))["value"] == ""
    answer = await wire.http.patch(f"/v1/blocks/block-{uuid.uuid4()}", json={"value": "x"})
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("Block not found with id=")


async def test_neither_read_only_nor_the_limit_stops_an_edit_by_its_id(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam")
    (block,) = await wire.get(f"/v1/agents/{agent['id']}/core-memory/blocks")
    changed = await edit(wire, block["id"], read_only=True, limit=4)
    assert (changed["read_only"], changed["limit"]) == (True, 4)
    assert (await edit(wire, block["id"], value="Name: Kim"))["value"] == "Name: Kim"
