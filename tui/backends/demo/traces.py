"""Handlers of what the model is sent: the stored request of each step, and a preview of the next one."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

from tui.backends.demo import errors
from tui.backends.demo.message_rendering import flat
from tui.backends.demo.records import USER_ID, Json, MessageRow, timestamp
from tui.backends.demo.request import Request
from tui.backends.demo.system_message import format_time

ORGANIZATION = "org-00000000-0000-4000-8000-000000000000"
STEP_NOT_SET = (
    "origin", "provider_id", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens",
    "completion_tokens_details", "prompt_tokens_details", "tid", "trace_id", "request_id", "feedback",
    "project_id", "error_type", "error_data",
)  # fmt: skip
METRICS_NOT_SET = (
    "provider_id", "step_start_ns", "llm_request_start_ns", "base_template_id", "template_id", "project_id",
)  # fmt: skip
TOOLS: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "conversation_search": ("Search what was said before.", {"query": "What to look for."}, []),
    "memory_insert": (
        "Insert text into a memory block.",
        {"label": "The block to be edited.", "new_string": "The text to insert.", "insert_line": "Where."},
        ["label", "new_string"],
    ),
    "memory_replace": (
        "Replace text in a memory block.",
        {"label": "The block to be edited.", "old_string": "What stands there.", "new_string": "What shall."},
        ["label", "old_string", "new_string"],
    ),
}


def step(request: Request) -> Json:
    """GET /v1/steps/{id} -> the step: model, tokens, why it ended; its messages are left out, as by Letta."""
    step_id = request.ids["step_id"]
    rows = _rows_of(request, "Step")
    agent = request.store.agents[rows[0].agent_id]
    reasons = {"approval": "requires_approval", "assistant": "end_turn"}
    return {
        **dict.fromkeys(STEP_NOT_SET),
        "id": step_id,
        "organization_id": ORGANIZATION,
        "provider_name": agent.model.partition("/")[0],
        "provider_category": "base",
        "run_id": rows[0].run_id,
        "agent_id": agent.id,
        "model": agent.model.partition("/")[2],
        "model_handle": agent.model,
        "model_endpoint": "https://api.openai.com/v1",
        "context_window_limit": 128_000,
        "completion_tokens": 20,
        "prompt_tokens": 800,
        "total_tokens": 820,
        "stop_reason": reasons.get(rows[-1].role),
        "tags": [],
        "messages": [],
        "status": "success",
    }


def metrics(request: Request) -> Json:
    """GET /v1/steps/{id}/metrics -> how long the model and its tools took, in nanoseconds; null if there was none."""
    step_id = request.ids["step_id"]
    rows = _rows_of(request, "StepMetrics")
    dice = random.Random(step_id)  # noqa: S311
    model = dice.randrange(100_000_000, 4_000_000_000)
    tools = dice.randrange(1_000_000, 900_000_000) if any(row.role == "tool" for row in rows) else None
    return {
        **dict.fromkeys(METRICS_NOT_SET),
        "id": step_id,
        "organization_id": ORGANIZATION,
        "run_id": rows[0].run_id,
        "agent_id": rows[0].agent_id,
        "llm_request_ns": model,
        "tool_execution_ns": tools,
        "step_ns": model + (tools or 0) + 25_000_000,
    }


def _rows_of(request: Request, record: str) -> list[MessageRow]:
    """The rows of the step that was asked for; without any it is no `record`."""
    step_id = request.ids["step_id"]
    if step_id not in request.store.traces:
        request.store.write_all()
    rows = [row for row in request.store.rows.values() if row.step_id == step_id and not row.deleted]
    if not rows:
        raise errors.no_record(record, step_id)
    return rows


def trace(request: Request) -> Json | None:
    """GET /v1/steps/{id}/trace -> what was sent at that step; null where nothing was stored, also for no step."""
    step_id = request.ids["step_id"]
    if step_id not in request.store.traces:
        request.store.write_all()
    sent = request.store.traces.get(step_id)
    if sent is None:
        return None
    rows = [
        request.store.rows[message_id] for message_id in sent.message_ids if message_id in request.store.rows
    ]
    agent = request.store.agents[sent.agent_id]
    identifier = request.store.new_id("provider_trace", random.Random(step_id))  # noqa: S311
    return {
        "created_by_id": USER_ID,
        "last_updated_by_id": USER_ID,
        "created_at": timestamp(sent.at),
        "updated_at": timestamp(sent.at),
        "id": identifier,
        "request_json": _request(agent.model, sent.system, rows),
        "response_json": {"object": "chat.completion", "model": agent.model.partition("/")[2]},
        "step_id": step_id,
        "agent_id": agent.id,
        "agent_tags": list(agent.tags),
        "call_type": "agent_step",
        "run_id": sent.run_id,
        "source": None,
        "org_id": ORGANIZATION,
        "user_id": USER_ID,
        "compaction_settings": None,
        "llm_config": {"model": agent.model.partition("/")[2], "handle": agent.model},
        "billing_context": None,
    }


def preview(request: Request) -> Json:
    """POST /v1/agents/{id}/messages/preview-raw-payload -> the default conversation's next request, not sent."""
    body = request.body()
    agent = request.store.agents.get(request.ids["agent_id"])
    if agent is None:
        raise errors.plain(404, f"Agent with ID {request.ids['agent_id']} not found")
    messages = body.get("messages") or (
        [{"role": "user", "content": body["input"]}] if "input" in body else []
    )
    if not messages:
        if "messages" in body:
            raise errors.plain(500, "An unknown error occurred")
        msg = "Value error, Must specify either 'input' or 'messages'."
        raise errors.invalid({"type": "value_error", "loc": ("body",), "msg": msg, "input": body})
    rows = [request.store.rows[message_id] for message_id in agent.message_ids]
    system = str(rows[0].parts[0]["text"]) if rows else agent.system
    payload = _request(agent.model, system, rows[1:])
    payload["messages"] += [{"content": one["content"], "role": one["role"]} for one in messages]
    return payload


def _request(model: str, system: str, rows: Iterable[MessageRow]) -> Json:
    """A request as the provider of OpenAI models gets it."""
    messages = [{"content": system, "role": "system"}]
    return {
        "model": model.partition("/")[2],
        "messages": [*messages, *(message for row in rows for message in _messages(row))],
        "max_completion_tokens": 16384,
        "temperature": 1.0,
        "user": USER_ID,
        "parallel_tool_calls": False,
        "tools": [_tool(name) for name in TOOLS],
        "tool_choice": "auto",
    }


def _tool(name: str) -> Json:
    description, properties, required = TOOLS[name]
    typed = {key: {"type": "string", "description": words} for key, words in properties.items()}
    parameters = {"type": "object", "properties": typed, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _messages(row: MessageRow) -> list[Json]:
    if row.role in ("user", "system"):
        text = [part["text"] for part in row.parts if part["type"] == "text"]
        return [{"content": "\n".join(text), "role": row.role}]
    if row.role == "assistant" or (row.role == "approval" and row.parts[-1]["type"] == "calls"):
        return [_answer(row)]
    returns = [one for part in row.parts for one in part.get("returns", [])]
    return [
        {"content": _package(row, one), "role": "tool", "tool_call_id": one["tool_call_id"]}
        for one in returns
    ]


def _answer(row: MessageRow) -> Json:
    """What the model said: no text beside calls (measured), and never its reasoning."""
    texts = [part["text"] for part in row.parts if part["type"] == "text"]
    calls: list[Any] = [call for part in row.parts for call in part.get("calls", [])]
    if not calls:
        return {"content": "\n".join(texts), "role": "assistant"}
    tool_calls = [
        {
            "id": call["tool_call_id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in calls
    ]
    return {"content": None, "role": "assistant", "tool_calls": tool_calls}


def _package(row: MessageRow, one: Json) -> str:
    status = "OK" if one["status"] == "success" else "Failed"
    package = {"status": status, "message": flat(one["tool_return"]), "time": format_time(row.created_at)}
    return json.dumps(package, indent=2, ensure_ascii=False)
