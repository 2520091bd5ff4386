"""Letta's own agent file: agents with their blocks and messages, which become default conversations here.

Read in the source of 0.16.8 (`letta/schemas/agent_file.py`): ids are `agent-0`, `message-3`; messages stand as
they are stored, not as lists render them; conversations are not in it, only what is in context of each agent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tui.backends.bundle.recording import (
    RecordedConversation,
    Recording,
    UnreadableFile,
    object_list,
    required_id,
    text_field,
    text_list,
)
from tui.backends.demo.message_rendering import list_messages
from tui.backends.demo.records import Json, MessageRow

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
SOME_ID = "message-00000000-0000-4000-8000-000000000000"


def is_agent_file(file: Json) -> bool:
    """Whether the file has the shape of an agent file, of either format."""
    return isinstance(file.get("agents"), list) or "core_memory" in file


def read_agent_file(file: Json) -> Recording:
    """The recording that an agent file holds; raises UnreadableFile."""
    if "core_memory" in file:
        return _read_old_format(file)
    recording = Recording()
    recording.blocks = {required_id(block, "block"): block for block in object_list(file, "blocks")}
    for agent in object_list(file, "agents"):
        block_ids = text_list(agent.get("block_ids") or [], "block_ids")
        shared = [recording.blocks[block_id] for block_id in block_ids if block_id in recording.blocks]
        in_context = text_list(agent.get("in_context_message_ids") or [], "in_context_message_ids")
        _add_agent(recording, agent, required_id(agent, "agent"), shared, in_context)
    if not recording.agents:
        raise UnreadableFile("it holds no agent")
    return recording


def _read_old_format(file: Json) -> Recording:
    """The format before 0.10: one agent, its blocks inside, its messages without ids."""
    recording = Recording(version=text_field(file, "version"))
    blocks = [block | {"id": f"block-{n}"} for n, block in enumerate(object_list(file, "core_memory"))]
    messages = [message | {"id": f"message-{n}"} for n, message in enumerate(object_list(file, "messages"))]
    indices = file.get("in_context_message_indices") or []
    if not isinstance(indices, list):
        raise UnreadableFile("its “in_context_message_indices” is no list")
    in_context = [f"message-{index}" for index in indices if isinstance(index, int)]
    recording.blocks = {block["id"]: block for block in blocks}
    _add_agent(recording, file | {"messages": messages}, "agent-0", blocks, in_context)
    return recording


def _add_agent(
    recording: Recording, agent: Json, agent_id: str, blocks: list[Json], in_context: list[str]
) -> None:
    messages = [message for stored in object_list(agent, "messages") for message in render_message(stored)]
    config = agent.get("llm_config")
    model = agent.get("model") or (
        config.get("handle") or config.get("model") if isinstance(config, dict) else None
    )
    fields = ("name", "description", "agent_type", "created_at", "updated_at", "tags", "system")
    record = {name: agent[name] for name in fields if name in agent}
    recording.agents[agent_id] = record | {"id": agent_id, "model": model, "message_ids": in_context}
    recording.shared_blocks[agent_id] = blocks
    recording.add(RecordedConversation({"id": "default", "agent_id": agent_id}, messages, in_context))


def render_message(message: Json) -> list[Json]:
    """One stored message as lists of a server render it; parts that are unknown are shown as they came."""
    role, message_id = text_field(message, "role") or "unknown", required_id(message, "message")
    date = text_field(message, "created_at")
    row = MessageRow(
        SOME_ID,
        "",
        None,
        "user" if role == "user" else "system" if role == "system" else role,
        list(_parts(message, role)),
        NO_TIME,
        0,
        name=text_field(message, "name"),
        otid=text_field(message, "otid"),
    )
    messages = list_messages([row]) if row.parts or role not in ("user", "system") else []
    return [shown | {"id": message_id, "date": date, "otid": row.otid} for shown in messages]


def _parts(message: Json, role: str) -> Iterator[Json]:
    content = message.get("content")
    pieces = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    returns = list(_returns(message)) if role in ("tool", "function") else []
    for piece in pieces if isinstance(pieces, list) else []:
        if isinstance(piece, dict) and not returns and role in ("tool", "function"):
            returns = [_packaged(message, str(piece.get("text") or ""))]
        elif isinstance(piece, dict) and not returns:
            yield _part(piece, stored=role in ("user", "system"))
    calls = list(_calls(message.get("tool_calls")))
    if calls:
        yield {"type": "calls", "calls": calls, "approval": role == "approval"}
    if returns:
        yield {"type": "returns", "returns": returns}
    approvals = list(_approvals(message.get("approvals")))
    if approvals:
        yield {"type": "approvals", "approvals": approvals}


def _part(piece: Json, *, stored: bool) -> Json:
    kind = piece.get("type")
    if kind == "text" and isinstance(piece.get("text"), str):
        return {"type": "text", "text": piece["text"]}
    if stored:
        return piece if isinstance(kind, str) and kind != "text" else piece | {"type": "unknown"}
    if kind == "reasoning":
        return {"type": "reasoning", "text": piece.get("reasoning"), "signature": piece.get("signature")}
    if kind in ("redacted_reasoning", "omitted_reasoning"):
        return {"type": "hidden", "state": str(kind).split("_")[0], "text": piece.get("data")}
    # A name that no part of a row has, so that it is shown as an unknown message with all that it holds.
    return {"type": f"{kind}_content", "fields": {"content": piece}}


def _calls(tool_calls: Any) -> Iterator[Json]:
    for call in tool_calls if isinstance(tool_calls, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield {
                "name": function.get("name"),
                "arguments": function.get("arguments"),
                "tool_call_id": call.get("id"),
            }


def _returns(message: Json) -> Iterator[Json]:
    returns = message.get("tool_returns")
    for one in returns if isinstance(returns, list) else []:
        if isinstance(one, dict) and one.get("func_response") is not None:
            result = one["func_response"]
            yield {
                "type": "tool",
                "tool_call_id": one.get("tool_call_id") or message.get("tool_call_id"),
                "status": one.get("status"),
                "stdout": one.get("stdout"),
                "stderr": one.get("stderr"),
                "tool_return": _result(result),
            }


def _result(response: Any) -> Any:
    """A text, or the parts of one with pictures; anything else as JSON."""
    if isinstance(response, str):
        return _message_in(response)[0]
    parts = response if isinstance(response, list) else [None]
    fits = all(isinstance(part, dict) and isinstance(part.get("text", ""), str) for part in parts)
    return response if fits else json.dumps(response)


def _packaged(message: Json, packed: str) -> Json:
    """A result that only the text for the model has: `{"status": "OK", "message": ...}`."""
    result, status = _message_in(packed)
    fields = {"stdout": None, "stderr": None, "tool_return": result, "status": status}
    return {"type": "tool", "tool_call_id": message.get("tool_call_id"), **fields}


def _message_in(packed: str) -> tuple[str, str]:
    try:
        package = json.loads(packed)
    except (ValueError, RecursionError):
        return packed, "success"
    if not isinstance(package, dict) or not isinstance(package.get("message"), str):
        return packed, "success"
    return package["message"], "success" if package.get("status") == "OK" else "error"


def _approvals(approvals: Any) -> Iterator[Json]:
    """Answers to pending calls, and results of tools that ran at the client."""
    for approval in approvals if isinstance(approvals, list) else []:
        if isinstance(approval, dict):
            yield {"type": None, "tool_call_id": None, "approve": None, "reason": None, **approval}
