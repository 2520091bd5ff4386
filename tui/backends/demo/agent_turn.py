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
    if _awaits_approval(store.rows[ids[-1]]):
        raise errors.plain(409, errors.PENDING)
    turn = Turn(store, owner, conversation, store.new_id("run"))
    plan = _plan(inputs[-1]["content"])
    if "status" in plan:
        raise _provider_error(plan)
    rows = _play(turn, inputs, plan)
    return _answer(rows)


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
        rows.append(turn.write("assistant", _parts(turn, plan), step))
        calls = rows[-1].parts[-1].get("calls")
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


def _answer(rows: list[MessageRow]) -> Json:
    return {
        "messages": list_messages(rows),
        "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
        "usage": {
            "message_type": "usage_statistics",
            "completion_tokens": 5,
            "prompt_tokens": 700,
            "total_tokens": 705,
        },
        "logprobs": None,
        "turns": None,
    }
