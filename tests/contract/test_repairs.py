"""What repairs a conversation: denials, the cancelling of runs, compaction of everything, ids in context, blocks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.conftest import Json, Wire, shape

pytestmark = pytest.mark.anyio
NOBODY = "00000000-0000-4000-8000-000000000001"
INSERT = {"name": "memory_insert", "arguments": {"label": "human", "new_string": "F", "insert_line": -1}}
SEARCH = {"name": "conversation_search", "arguments": {"query": "hello"}}
DENIED = "Error: request to call tool denied. User reason: no"
CANCELLED = "The user cancelled the request, so the tool call was denied."


async def waiting(wire: Wire, *calls: Json, default: bool = False) -> tuple[str, str, Json]:
    """An agent, its conversation that waits for approval of memory_insert, and the request."""
    agent_id = await wire.agent_id(human="Name: Sam")
    path = f"/v1/agents/{agent_id}/tools/approval/memory_insert"
    assert (await wire.http.patch(path, json={"requires_approval": True})).status_code == 200
    text = f"@@{json.dumps({'tool_calls': list(calls or (INSERT,)), 'then': 'done'})}"
    if default:
        answer = await wire.send("default", text, agent_id=agent_id)
        return agent_id, "default", answer.json()["messages"][-1]
    made = await wire.create(agent_id)
    answer = await wire.send(made["id"], text)
    assert answer.json()["stop_reason"]["stop_reason"] == "requires_approval"
    return agent_id, made["id"], answer.json()["messages"][-1]


async def deny(wire: Wire, conversation_id: str, request: Json, **more: Any) -> Any:
    approvals = [
        {"type": "approval", "tool_call_id": call["tool_call_id"], "approve": False, "reason": "no"}
        for call in request["tool_calls"]
    ]
    message = {"type": "approval", "approvals": approvals, "approval_request_id": request["id"]}
    body = {"messages": [message], "streaming": False, **more}
    return await wire.http.post(f"/v1/conversations/{conversation_id}/messages", json=body)


async def human(wire: Wire, agent_id: str) -> str:
    (block,) = await wire.get(f"/v1/agents/{agent_id}/core-memory/blocks")
    return str(block["value"])


async def test_a_denial_with_a_limit_of_one_step_stores_it_and_ends(wire: Wire) -> None:
    agent_id, conversation_id, request = await waiting(wire)
    assert shape([request]) == ["approval_request"]
    answer = (await deny(wire, conversation_id, request, max_steps=1)).json()
    assert shape(answer["messages"]) == ["tool_return"]
    assert answer["stop_reason"]["stop_reason"] == "max_steps"
    *_, verdict, result = await wire.messages(conversation_id, order="asc")
    assert shape([verdict, result]) == ["approval_response", "tool_return"]
    call_id = request["tool_calls"][0]["tool_call_id"]
    assert verdict["approvals"] == [
        {"type": "approval", "tool_call_id": call_id, "approve": False, "reason": "no"}
    ]
    assert (result["tool_return"], result["status"], result["tool_call_id"]) == (DENIED, "error", call_id)
    assert result["step_id"] == request["step_id"]
    assert await human(wire, agent_id) == "Name: Sam"


async def test_a_plain_denial_lets_the_agent_go_on(wire: Wire) -> None:
    _, conversation_id, request = await waiting(wire)
    answer = (await deny(wire, conversation_id, request)).json()
    assert shape(answer["messages"]) == ["tool_return", "assistant"]


async def test_a_denial_that_comes_late_runs_the_agent(wire: Wire) -> None:
    _, conversation_id, request = await waiting(wire)
    await deny(wire, conversation_id, request, max_steps=1)
    answer = await deny(wire, conversation_id, request, max_steps=1)
    assert shape(answer.json()["messages"]) == ["assistant"]
    ping, _ = (await wire.messages(conversation_id, order="asc"))[-2:]
    assert "keep-alive ping" in ping["content"]


async def test_a_denial_of_what_never_waited_is_refused(wire: Wire) -> None:
    agent_id, conversation_id, request = await waiting(wire)
    other = await wire.create(agent_id)
    await wire.say(other["id"], "hello")
    answer = await deny(wire, other["id"], request, max_steps=1)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Cannot process approval response: No tool call is currently")
    wrong = {**request, "tool_calls": [{"tool_call_id": "call_nope"}]}
    answer = await deny(wire, conversation_id, wrong, max_steps=1)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Invalid tool call IDs. Expected ")


async def test_a_denial_runs_a_tool_that_was_called_in_the_same_step(wire: Wire) -> None:
    _, conversation_id, request = await waiting(wire, SEARCH, INSERT)
    assert shape(await wire.messages(conversation_id, order="asc"))[-2:] == ["tool_call", "approval_request"]
    answer = (await deny(wire, conversation_id, request, max_steps=1)).json()
    (result,) = answer["messages"]
    assert [one["status"] for one in result["tool_returns"]] == ["error", "success"]


async def test_cancelling_its_run_denies_what_a_default_conversation_waits_for(wire: Wire) -> None:
    agent_id, _, request = await waiting(wire, SEARCH, INSERT, default=True)
    path, run_id = f"/v1/agents/{agent_id}/messages/cancel", request["run_id"]
    answer = await wire.http.post(path, json={"run_ids": [run_id]})
    assert (answer.status_code, answer.json()) == (200, {run_id: "cancelled"})
    told = await wire.get(f"/v1/agents/{agent_id}/messages", conversation_id="default", order="asc")
    assert shape(told)[-2:] == ["approval_response", "tool_return"]
    assert told[-2]["reason"] == CANCELLED
    assert [one["status"] for one in told[-1]["tool_returns"]] == ["error", "error"]  # nothing was run
    assert (await wire.http.post(path, json={"run_ids": [run_id]})).json() == {run_id: "cancelled"}
    again = await wire.get(f"/v1/agents/{agent_id}/messages", conversation_id="default", order="asc")
    assert len(again) == len(told)


async def test_cancelling_the_run_of_a_named_conversation_leaves_it_waiting(wire: Wire) -> None:
    agent_id, conversation_id, request = await waiting(wire)
    path = f"/v1/agents/{agent_id}/messages/cancel"
    assert (await wire.http.post(path, json={"run_ids": [request["run_id"]]})).status_code == 200
    assert shape(await wire.messages(conversation_id, order="asc"))[-1] == "approval_request"
    unknown = f"run-{NOBODY}"
    assert (await wire.http.post(path, json={"run_ids": [unknown]})).json() == {unknown: "failed"}


async def test_compacting_all_leaves_the_system_message_and_a_summary(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id())
    path, all_of_it = f"/v1/conversations/{made['id']}/compact", {"compaction_settings": {"mode": "all"}}
    assert (await wire.http.post(path, json=all_of_it)).status_code == 400
    await wire.say(made["id"], "one")
    before = (await wire.conversation(made["id"]))["in_context_message_ids"]
    told = (await wire.http.post(path, json=all_of_it)).json()
    assert (told["num_messages_before"], told["num_messages_after"]) == (3, 2)
    after = (await wire.conversation(made["id"]))["in_context_message_ids"]
    assert after[0] == before[0]
    assert after[1] not in before
    assert len(after) == 2
    answer = await wire.http.post(path, json=all_of_it)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Summarization failed to reduce the number of messages.")
    answer = await wire.http.post(path, json={"compaction_settings": {"mode": "nope"}})
    assert answer.status_code == 422
    assert "sliding_window" in answer.json()["detail"]


async def test_compacting_all_keeps_what_waits_for_approval(wire: Wire) -> None:
    _, conversation_id, request = await waiting(wire)
    await wire.http.post(
        f"/v1/conversations/{conversation_id}/compact", json={"compaction_settings": {"mode": "all"}}
    )
    ids = (await wire.conversation(conversation_id))["in_context_message_ids"]
    assert ids[-1] == request["id"]


async def test_a_default_conversation_is_compacted_by_the_id_of_its_agent(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    for text in ("one", "two"):
        assert (await wire.send("default", text, agent_id=agent_id)).status_code == 200
    body = {"agent_id": agent_id, "compaction_settings": {"mode": "all"}}
    answer = await wire.http.post("/v1/conversations/default/compact", json=body)
    assert answer.status_code == 200
    assert len((await wire.get(f"/v1/agents/{agent_id}"))["message_ids"]) == 2


async def test_the_ids_in_context_of_a_default_conversation_can_be_set(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    await wire.send("default", "one", agent_id=agent_id)
    path = f"/v1/agents/{agent_id}"
    ids = (await wire.get(path))["message_ids"]
    for wanted in ([*ids, ids[-1]], [*ids, f"message-{NOBODY}"], ids):
        answer = await wire.http.patch(path, json={"message_ids": wanted})
        assert (answer.status_code, answer.json()["message_ids"]) == (200, wanted)
        assert (await wire.get(path))["message_ids"] == wanted
    answer = await wire.http.patch(f"/v1/agents/agent-{NOBODY}", json={"message_ids": ids})
    assert answer.status_code == 404


async def test_an_empty_block_can_be_made_and_attached_once_per_label(wire: Wire) -> None:
    agent_id = await wire.agent_id(human="Name: Sam")
    made = (await wire.http.post("/v1/blocks/", json={"label": "runbook", "value": ""})).json()
    assert (made["label"], made["value"]) == ("runbook", "")
    attach = f"/v1/agents/{agent_id}/core-memory/blocks/attach"
    answer = await wire.http.patch(f"{attach}/{made['id']}")
    assert (answer.status_code, answer.json()["id"]) == (200, agent_id)
    labels = {block["label"] for block in await wire.get(f"/v1/agents/{agent_id}/core-memory/blocks")}
    assert labels == {"human", "runbook"}
    second = (await wire.http.post("/v1/blocks/", json={"label": "runbook", "value": "x"})).json()
    assert (await wire.http.patch(f"{attach}/{second['id']}")).status_code == 409
    assert (await wire.http.patch(f"{attach}/block-{NOBODY}")).status_code == 404
    for block in (made, second):
        await wire.http.delete(f"/v1/blocks/{block['id']}")


async def test_a_block_needs_a_label_and_no_value(wire: Wire) -> None:
    assert (await wire.http.post("/v1/blocks/", json={"value": "x"})).status_code == 422
    made = (await wire.http.post("/v1/blocks/", json={"label": "runbook"})).json()
    assert made["value"] == ""
    await wire.http.delete(f"/v1/blocks/{made['id']}")
