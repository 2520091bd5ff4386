"""A turn of an agent with a canned model: enough to grow a conversation, its memory and its tool calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tui.backends.demo import errors
from tui.backends.demo.conversations import direct_agent, find_conversation
from tui.backends.demo.message_rendering import list_messages
from tui.backends.demo.records import Agent, Conversation, Json, MessageRow
from tui.backends.demo.request import Request
from tui.backends.demo.store import Store

TOOLS = ["conversation_search", "memory_insert", "memory_replace"]
PING = "<system-alert>Automated keep-alive ping. Ignore this message and continue.</system-alert>"
CANCELLED = "The user cancelled the request, so the tool call was denied."
NOTHING_PENDING = (
    "Cannot process approval response: No tool call is currently awaiting approval. "
    "Please send a regular message to interact with the agent."
)


@dataclass
class Turn:
    """One request to an agent: where its rows go and which blocks it may edit."""

    store: Store
    agent: Agent
    conversation: Conversation | None
    run_id: str

    def write(self, role: str, parts: list[Json], step_id: str | None, **fields: Any) -> MessageRow:
        """Store a row of this turn."""
        home = self.conversation.id if self.conversation else None
        return self.store.write(
            self.agent.id, home, role, parts, step_id=step_id, run_id=self.run_id, **fields
        )

    def use_tool(self, call: Json) -> Json:
        """Run one tool call; only memory_insert does something, and to the isolated block if there is one."""
        name, answer = (
            call["name"],
            {"type": "tool", "tool_call_id": call["tool_call_id"], "stdout": None, "stderr": None},
        )
        if name not in TOOLS:
            text = f"[ToolConstraintError] Cannot call {name}, valid tools include: {TOOLS}."
            return answer | {"tool_return": text, "status": "error"}
        if name != "memory_insert":
            return answer | {"tool_return": "None", "status": "success"}
        arguments = json.loads(call["arguments"])
        home = self.conversation
        blocks = self.store.effective(home) if home else self.store.shared(self.agent)
        block = next((b for b in blocks if b.label == arguments["label"]), None)
        if block is None:
            return answer | {"tool_return": f"Error: no block {arguments['label']!r}", "status": "error"}
        value = f"{block.value}\n{arguments['new_string']}"
        shared = {
            b.value for b in self.store.shared(self.agent) if b.label == block.label and b.id != block.id
        }
        if value not in shared:
            self.store.change_block(block.id, value=value)
        return answer | {"tool_return": value, "status": "success"}


def send(request: Request) -> Json:
    """POST /v1/conversations/{id}/messages -> {messages, stop_reason, usage}; bumps `updated_at` first."""
    body = request.body()
    inputs = body.get("messages") or []
    if not inputs:
        raise errors.plain(422, "Messages must not be empty")
    agent = direct_agent(request, body.get("agent_id"))
    conversation = None if agent else find_conversation(request)
    store = request.store
    owner = agent or store.agents[conversation.agent_id if conversation else ""]
    if conversation:
        store.links(conversation.id)
        conversation.last_message_at = conversation.updated_at = store.now()
    ids = store.in_context(conversation.id) if conversation else owner.message_ids
    waiting = _waiting(store, ids)
    turn = Turn(store, owner, conversation, store.new_id("run"))
    if inputs[0].get("type") == "approval":
        return _answer_approval(turn, waiting, inputs[0], body)
    if waiting is not None:
        raise errors.plain(409, errors.PENDING)
    plan = _plan(inputs[-1]["content"])
    if "status" in plan:
        raise _provider_error(plan)
    rows = _play(turn, inputs, plan)
    return _answer(rows, "requires_approval" if _awaits_approval(rows[-1]) else "end_turn")


def _answer_approval(turn: Turn, waiting: MessageRow | None, given: Json, body: Json) -> Json:
    """Answer a pending request: a limit of one step ends there; one that was answered before is a ping (measured)."""
    answers = {one["tool_call_id"]: one for one in given.get("approvals") or []}
    if waiting is None:
        if not answers.keys() & _answered_calls(turn):
            raise errors.plain(400, NOTHING_PENDING)
        return _answer(_play(turn, [{"role": "user", "content": PING}], {"content": f"Noted: {PING}"}))
    calls = waiting.parts[-1]["calls"]
    expected = [call["tool_call_id"] for call in calls]
    if set(expected) != set(answers):
        text = f"Invalid tool call IDs. Expected '{expected}', but received '{list(answers)}'."
        raise errors.plain(400, text)
    verdicts = [
        {
            "type": "approval",
            "tool_call_id": call_id,
            "approve": bool(one["approve"]),
            "reason": one.get("reason"),
        }
        for call_id, one in answers.items()
    ]
    turn.write("approval", [{"type": "approvals", "approvals": verdicts}], None)
    returns = [
        turn.use_tool(call)
        if answers[call["tool_call_id"]]["approve"]
        else _denied(call, answers[call["tool_call_id"]].get("reason"))
        for call in calls
    ]
    others = _waiting_with(turn, waiting)
    returns += [turn.use_tool(call) for call in others]
    name = others[0]["name"] if others else None
    rows = [turn.write("tool", [{"type": "returns", "returns": returns}], waiting.step_id, name=name)]
    if body.get("max_steps") == 1:
        return _answer(rows, "max_steps")
    return _answer([*rows, *_play(turn, [], {"content": "Noted."})])


def _waiting_with(turn: Turn, waiting: MessageRow) -> list[Json]:
    """The calls of the same step that need no approval, which run with the answer to those that do (measured)."""
    ids = turn.store.in_context(turn.conversation.id) if turn.conversation else turn.agent.message_ids
    place = ids.index(waiting.id)
    before = turn.store.rows.get(ids[place - 1]) if place else None
    if before is None or before.step_id != waiting.step_id or before.role != "assistant":
        return []
    return list(before.parts[-1].get("calls", []))


def _answered_calls(turn: Turn) -> set[str]:
    ids = turn.store.in_context(turn.conversation.id) if turn.conversation else turn.agent.message_ids
    rows = (turn.store.rows[one] for one in ids if one in turn.store.rows)
    parts = (part for row in rows for part in row.parts if part["type"] == "returns")
    return {one["tool_call_id"] for part in parts for one in part["returns"]}


def _denied(call: Json, reason: str | None) -> Json:
    text = f"Error: request to call tool denied. User reason: {reason}"
    fields = {"type": "tool", "tool_call_id": call["tool_call_id"], "stdout": None, "stderr": None}
    return fields | {"tool_return": text, "status": "error"}


def cancel_runs(request: Request) -> Json:
    """POST /v1/agents/{id}/messages/cancel -> results by run; denies what its default conversation waits for."""
    store, agent_id = request.store, request.ids["agent_id"]
    wanted = request.body(optional=True).get("run_ids")
    if not wanted:
        raise errors.plain(409, f"CONFLICT: No active runs to cancel for agent {agent_id}")
    agent = store.agents.get(agent_id)
    runs = {row.run_id for row in store.rows.values() if row.run_id and row.agent_id == agent_id}
    if agent is None:
        return dict.fromkeys(wanted, "failed")
    for run_id in wanted:
        waiting = _waiting(store, agent.message_ids)
        if run_id not in runs or waiting is None:
            continue
        turn = Turn(store, agent, None, run_id)
        calls = waiting.parts[-1]["calls"]
        verdicts = [
            {"type": "approval", "tool_call_id": call["tool_call_id"], "approve": False, "reason": CANCELLED}
            for call in calls
        ]
        turn.write("approval", [{"type": "approvals", "approvals": verdicts}], None)
        returns = [_denied(call, CANCELLED) for call in [*calls, *_waiting_with(turn, waiting)]]
        turn.write("tool", [{"type": "returns", "returns": returns}], waiting.step_id)
    return {run_id: "cancelled" if run_id in runs else "failed" for run_id in wanted}


def _waiting(store: Store, ids: list[str]) -> MessageRow | None:
    """The approval request at the end of a context; an id in it may have no message."""
    last = store.rows.get(ids[-1]) if ids else None
    return last if last is not None and _awaits_approval(last) else None


def _awaits_approval(row: MessageRow) -> bool:
    return any(part.get("approval") for part in row.parts)


def _plan(content: Any) -> Json:
    """What the canned model does: `@@{json}` is obeyed, `remember` edits the human block, the rest echoed."""
    text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
    if text.startswith("@@"):
        plan: Json = json.loads(text[2:])
        return plan
    if "remember" in text:
        arguments = {"label": "human", "new_string": f"Fact: {text}", "insert_line": -1}
        return {"tool_calls": [{"name": "memory_insert", "arguments": arguments}], "then": "Noted."}
    return {"content": f"Noted: {text}"}


def _provider_error(plan: Json) -> errors.ErrorResponse:
    detail = f"INVALID_ARGUMENT: Bad request to OpenAI-compatible endpoint: {plan.get('error')}"
    message = "The request to the LLM model provider was invalid."
    return errors.ErrorResponse(
        400, {"error": {"type": "llm_bad_request", "message": message, "detail": detail}}
    )


def _play(turn: Turn, inputs: list[Json], plan: Json) -> list[MessageRow]:
    """Store the inputs and the steps of the model; answers the rows of the steps."""
    step = turn.store.new_id("step")
    for message in inputs:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        turn.write(
            message["role"],
            parts,
            step,
            otid=message.get("otid") or turn.store.new_uuid(),
            name=message.get("name"),
        )
    rows = []
    while plan:
        parts = _parts(turn, plan)
        calls: Any = parts[-1].get("calls", []) if parts else []
        pending = [call for call in calls if call["name"] in turn.agent.need_approval]
        if pending:
            others = [call for call in calls if call not in pending]
            if others:
                rows.append(turn.write("assistant", [{"type": "calls", "calls": others}], step))
            parts[-1] = {"type": "calls", "calls": pending, "approval": True}
            rows.append(turn.write("approval", parts, step))
            break
        rows.append(turn.write("assistant", parts, step))
        if not calls:
            break
        returns = [turn.use_tool(call) for call in calls]
        rows.append(
            turn.write("tool", [{"type": "returns", "returns": returns}], step, name=calls[0]["name"])
        )
        then = plan.get("then", "Done.")
        plan, step = ({"content": then} if isinstance(then, str) else then), turn.store.new_id("step")
    return rows


def _parts(turn: Turn, plan: Json) -> list[Json]:
    parts: list[Json] = []
    if "reasoning" in plan:
        parts.append({"type": "reasoning", "text": plan["reasoning"]})
    if plan.get("content"):
        parts.append({"type": "text", "text": plan["content"]})
    calls = [
        {
            "name": c["name"],
            "arguments": json.dumps(c["arguments"]),
            "tool_call_id": f"call_{turn.store.new_uuid()[:12]}",
        }
        for c in plan.get("tool_calls", [])
    ]
    if calls:
        parts.append({"type": "calls", "calls": calls})
    return parts


def _answer(rows: list[MessageRow], stop_reason: str = "end_turn") -> Json:
    return {
        "messages": list_messages(rows),
        "stop_reason": {"message_type": "stop_reason", "stop_reason": stop_reason},
        "usage": {
            "message_type": "usage_statistics",
            "completion_tokens": 5,
            "prompt_tokens": 700,
            "total_tokens": 705,
        },
        "logprobs": None,
        "turns": None,
    }
