"""What is sent to the model: stored requests, a preview of the next one, and blocks without agents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import Json, Wire
from tests.contract.test_blocks_and_system import edit, isolated, plain, recompile, rendered, shared_id

pytestmark = pytest.mark.anyio

UNKNOWN = "123e4567-e89b-42d3-8456-426614174000"
DUMMY = {"messages": [{"role": "user", "content": "(preview)"}]}


async def steps(wire: Wire, conversation_id: str) -> list[str]:
    found = [message["step_id"] for message in await wire.messages(conversation_id, order="asc")]
    return list(dict.fromkeys(step for step in found if step))


async def trace(wire: Wire, step_id: str) -> Any:
    return await wire.get(f"/v1/steps/{step_id}/trace")


def roles(request: Json) -> list[str]:
    return [message["role"] for message in request["messages"]]


async def test_a_trace_holds_the_request_of_its_step_and_stays_what_it_was(wire: Wire) -> None:
    agent, made = await plain(wire)
    await wire.say(made["id"], "hello")
    await edit(wire, shared_id(agent, "persona"), value="I ramble.")
    await recompile(wire, made["id"])
    await wire.say(made["id"], "and now?")
    first, second = await steps(wire, made["id"])
    told = await trace(wire, first)
    assert told["step_id"] == first
    assert told["call_type"] == "agent_step"
    assert told["created_at"].endswith("Z")
    assert roles(told["request_json"]) == ["system", "user"]
    assert rendered("persona", "I am terse.") in told["request_json"]["messages"][0]["content"]
    later = (await trace(wire, second))["request_json"]
    assert roles(later) == ["system", "user", "assistant", "user"]
    assert rendered("persona", "I ramble.") in later["messages"][0]["content"]
    assert {"model", "messages", "tools", "tool_choice", "temperature"} <= set(later)


async def test_a_turn_with_a_tool_has_two_steps_and_the_second_was_sent_the_result(wire: Wire) -> None:
    _, made = await plain(wire)
    await wire.say(made["id"], "please remember tea")
    asked, answered = await steps(wire, made["id"])
    assert roles((await trace(wire, asked))["request_json"]) == ["system", "user"]
    told = (await trace(wire, answered))["request_json"]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "tool"]
    (call,) = told[2]["tool_calls"]
    assert told[2]["content"] is None
    assert call["function"]["name"] == "memory_insert"
    assert told[3]["tool_call_id"] == call["id"]


async def test_a_step_that_nobody_knows_has_no_trace_and_a_malformed_id_is_refused(wire: Wire) -> None:
    assert await trace(wire, f"step-{UNKNOWN}") is None
    answer = await wire.http.get("/v1/steps/nope/trace")
    assert answer.status_code == 422
    assert (await wire.http.post(f"/v1/steps/step-{UNKNOWN}/trace")).status_code == 405


async def test_the_preview_is_the_default_conversations_next_request_and_changes_nothing(wire: Wire) -> None:
    agent, made, block_id = await isolated(wire)
    await edit(wire, block_id, value="Name: Kim")
    path = f"/v1/agents/{agent['id']}"
    before = await wire.get(path), await wire.conversation(made["id"])
    for _ in range(2):
        answer = await wire.http.post(f"{path}/messages/preview-raw-payload", json=DUMMY)
        assert answer.status_code == 200, answer.text
        payload = answer.json()
        assert roles(payload) == ["system", "user"]
        system, last = payload["messages"]
        assert rendered("human", "Name: Sam") in system["content"]  # the shared value: it knows no isolation
        assert last["content"] == "(preview)"
        assert all(tool["function"]["name"] for tool in payload["tools"])
    after = await wire.get(path), await wire.conversation(made["id"])
    assert after[0]["message_ids"] == before[0]["message_ids"]
    assert after[1] == before[1]


async def test_a_preview_needs_a_message_and_an_agent(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    answer = await wire.http.post(f"/v1/agents/{agent_id}/messages/preview-raw-payload", json={})
    assert answer.status_code == 422
    answer = await wire.http.post(f"/v1/agents/agent-{UNKNOWN}/messages/preview-raw-payload", json=DUMMY)
    assert (answer.status_code, answer.json()) == (
        404,
        {"detail": f"Agent with ID agent-{UNKNOWN} not found"},
    )


async def test_blocks_come_newest_first_page_by_page_unless_they_are_counted(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = [await wire.create(agent_id, isolated_block_labels=["human"]) for _ in range(4)]
    newest = [one["isolated_block_ids"][0] for one in reversed(made)]
    told = await wire.get("/v1/blocks/", order="desc", limit=2)
    assert [block["id"] for block in told] == newest[:2]
    told = await wire.get("/v1/blocks/", order="desc", limit=2, after=newest[1])
    assert [block["id"] for block in told] == newest[2:]
    counted = await wire.get("/v1/blocks/", connected_to_agents_count_eq=0, order="desc", limit=100)
    ids = [block["id"] for block in counted]
    assert ids == sorted(ids, reverse=True)


async def test_a_step_says_its_model_and_why_it_ended(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam")
    made = await wire.create(agent["id"])
    await wire.say(made["id"], "please remember tea")
    asked, answered = [await wire.get(f"/v1/steps/{one}") for one in await steps(wire, made["id"])]
    assert (asked["stop_reason"], answered["stop_reason"]) == (None, "end_turn")
    for one in (asked, answered):
        assert one["agent_id"] == agent["id"]
        assert one["model_handle"].endswith("/gpt-4o-mini")
        assert one["total_tokens"] == one["prompt_tokens"] + one["completion_tokens"]
        assert (one["status"], one["messages"], one["tags"]) == ("success", [], [])
    assert asked["run_id"] == answered["run_id"]


async def test_a_step_that_nobody_knows_is_a_404_and_a_malformed_id_a_422(wire: Wire) -> None:
    answer = await wire.http.get(f"/v1/steps/step-{UNKNOWN}")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Step not found with id='['step-{UNKNOWN}']', access level in")
    assert (await wire.http.get("/v1/steps/nope")).status_code == 422
    assert (await wire.http.post(f"/v1/steps/step-{UNKNOWN}")).status_code == 405


async def test_the_metrics_of_a_step_are_nanoseconds_and_of_tools_only_where_one_ran(wire: Wire) -> None:
    """A real server stores none of them for some steps, and for some no run: two writers of the row race."""
    agent = await wire.agent(human="Name: Sam")
    made = await wire.create(agent["id"])
    await wire.say(made["id"], *("please remember tea" for _ in range(4)))
    all_steps = await steps(wire, made["id"])
    found = [await wire.get(f"/v1/steps/{one}/metrics") for one in all_steps]
    assert [(one["id"], one["agent_id"]) for one in found] == [(one, agent["id"]) for one in all_steps]
    stored = [one for one in found if one["step_ns"] is not None]
    asked = [one for one in stored if one["id"] in all_steps[::2]]
    answered = [one for one in stored if one["id"] in all_steps[1::2]]
    assert asked
    assert answered
    for one in asked:
        assert 0 < one["llm_request_ns"] + one["tool_execution_ns"] <= one["step_ns"]
    for one in answered:
        assert 0 < one["llm_request_ns"] <= one["step_ns"]
        assert one["tool_execution_ns"] is None
    for one in found:
        assert {one[name] for name in ("step_start_ns", "llm_request_start_ns", "project_id")} == {None}


async def test_metrics_of_a_step_that_nobody_knows_are_a_404_and_of_a_malformed_id_a_422(wire: Wire) -> None:
    answer = await wire.http.get(f"/v1/steps/step-{UNKNOWN}/metrics")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"StepMetrics not found with id='['step-{UNKNOWN}']', access")
    assert (await wire.http.get("/v1/steps/nope/metrics")).status_code == 422
    assert (await wire.http.post(f"/v1/steps/step-{UNKNOWN}/metrics")).status_code == 405
