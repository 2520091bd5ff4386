"""The conversation that is not in the list: its messages, its ids in context, its order."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Wire, shape

pytestmark = pytest.mark.anyio


async def test_default_conversation_descending_is_ascending_inside_the_page(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    await wire.say(agent_id, "one", "two")
    told = {"conversation_id": "default"}
    everything = await wire.get(f"/v1/agents/{agent_id}/messages", **told, order="asc")
    assert shape(everything) == ["system", "user", "assistant", "user", "assistant"]
    assert await wire.get(f"/v1/agents/{agent_id}/messages", **told) == everything
    newest = await wire.get(f"/v1/agents/{agent_id}/messages", **told, order="desc", limit=2)
    assert newest == everything[-2:]
    older = await wire.get(f"/v1/agents/{agent_id}/messages", **told, limit=2, before=newest[0]["id"])
    assert older == everything[1:3]


async def test_ids_in_context_of_the_default_conversation_come_from_the_agent(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    await wire.say(agent_id, "one")
    everything = await wire.get(f"/v1/agents/{agent_id}/messages", conversation_id="default", order="asc")
    assert (await wire.get(f"/v1/agents/{agent_id}"))["message_ids"] == [m["id"] for m in everything]


async def test_three_ways_to_the_default_conversation_agree_and_one_is_silently_empty(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    await wire.say(agent_id, "one")
    everything = await wire.get(f"/v1/agents/{agent_id}/messages", conversation_id="default")
    assert await wire.messages("default", agent_id=agent_id) == everything
    assert await wire.messages(agent_id) == everything
    assert await wire.messages("default") == []


async def test_messages_of_an_agent_mix_all_conversations(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    await wire.say(agent_id, "direct")
    await wire.say(made["id"], "named")
    everything = await wire.get(f"/v1/agents/{agent_id}/messages", order="asc")
    assert shape(everything) == ["system", "system", "user", "assistant", "user", "assistant"]
    named = await wire.get(f"/v1/agents/{agent_id}/messages", conversation_id=made["id"], order="asc")
    assert named == await wire.messages(made["id"], order="asc")


async def test_messages_of_an_unknown_agent_are_a_404(wire: Wire) -> None:
    unknown = "agent-123e4567-e89b-42d3-8456-426614174000"
    for path, told in (
        (f"agents/{unknown}/messages", {}),
        ("conversations/default/messages", {"agent_id": unknown}),
    ):
        answer = await wire.http.get(f"/v1/{path}", params=told)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Agent not found"})
