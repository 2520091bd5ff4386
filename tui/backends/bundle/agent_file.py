"""Letta's own agent file: agents with their blocks and messages, which become default conversations here.

Read in the source of 0.16.8 (`letta/schemas/agent_file.py`): ids are `agent-0`, `message-3`; messages stand as
they are stored, not as lists render them; conversations are not in it, only what is in context of each agent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tui.backends.bundle.recording import NotReadable, Recording, Talk, many, named, text, texts
from tui.backends.demo.message_rendering import list_messages
from tui.backends.demo.records import Json, Row

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
SOME_ID = "message-00000000-0000-4000-8000-000000000000"


def agent_file(held: Json) -> Recording:
    """What an agent file holds; raises NotReadable."""
    if "core_memory" in held:
        return _older(held)
    found = Recording()
    found.blocks = {named(block, "block"): block for block in many(held, "blocks")}
    for agent in many(held, "agents"):
        ids = texts(agent.get("block_ids") or [], "block_ids")
        shared = [found.blocks[block_id] for block_id in ids if block_id in found.blocks]
        told = texts(agent.get("in_context_message_ids") or [], "in_context_message_ids")
        _put(found, agent, named(agent, "agent"), shared, told)
    if not found.agents:
        raise NotReadable("it holds no agent")
    return found


def _older(held: Json) -> Recording:
    """The format before 0.10: one agent, its blocks inside, its messages without ids."""
    found = Recording(letta=text(held, "version"))
    shared = [block | {"id": f"block-{place}"} for place, block in enumerate(many(held, "core_memory"))]
    rows = [message | {"id": f"message-{place}"} for place, message in enumerate(many(held, "messages"))]
    places = held.get("in_context_message_indices") or []
    if not isinstance(places, list):
        raise NotReadable("its “in_context_message_indices” is no list")
    told = [f"message-{place}" for place in places if isinstance(place, int)]
    found.blocks = {block["id"]: block for block in shared}
    _put(found, held | {"messages": rows}, "agent-0", shared, told)
    return found


def _put(found: Recording, agent: Json, agent_id: str, shared: list[Json], told: list[str]) -> None:
    told_all = [message for row in many(agent, "messages") for message in rendered(row)]
    config = agent.get("llm_config")
    model = agent.get("model") or (
        config.get("handle") or config.get("model") if isinstance(config, dict) else None
    )
    kept = ("name", "description", "agent_type", "created_at", "updated_at", "tags", "system")
    facts = {key: agent[key] for key in kept if key in agent}
    found.agents[agent_id] = facts | {"id": agent_id, "model": model, "message_ids": told}
    found.shared[agent_id] = shared
    found.add(Talk({"id": "default", "agent_id": agent_id}, told_all, told))


def rendered(message: Json) -> list[Json]:
    """One stored message as lists of a server render it; parts that are unknown are shown as they came."""
    role, message_id = text(message, "role") or "unknown", named(message, "message")
    date = text(message, "created_at")
    row = Row(
        SOME_ID,
        "",
        None,
        "user" if role == "user" else "system" if role == "system" else role,
        list(_parts(message, role)),
        NO_TIME,
        0,
        name=text(message, "name"),
        otid=text(message, "otid"),
    )
    shown = list_messages([row]) if row.parts or role not in ("user", "system") else []
    return [told | {"id": message_id, "date": date, "otid": row.otid} for told in shown]


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
    return {"type": f"{kind}_content", "told": {"content": piece}}


def _calls(held: Any) -> Iterator[Json]:
    for call in held if isinstance(held, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield {
                "name": function.get("name"),
                "arguments": function.get("arguments"),
                "tool_call_id": call.get("id"),
            }


def _returns(message: Json) -> Iterator[Json]:
    held = message.get("tool_returns")
    for told in held if isinstance(held, list) else []:
        if isinstance(told, dict) and told.get("func_response") is not None:
            result = told["func_response"]
            yield {
                "type": "tool",
                "tool_call_id": told.get("tool_call_id") or message.get("tool_call_id"),
                "status": told.get("status"),
                "stdout": told.get("stdout"),
                "stderr": told.get("stderr"),
                "tool_return": _result(result),
            }


def _result(held: Any) -> Any:
    """A text, or the parts of one with pictures; anything else as JSON."""
    if isinstance(held, str):
        return _message_in(held)[0]
    parts = held if isinstance(held, list) else [None]
    fits = all(isinstance(part, dict) and isinstance(part.get("text", ""), str) for part in parts)
    return held if fits else json.dumps(held)


def _packaged(message: Json, packed: str) -> Json:
    """A result that stands only in the text which the model got: `{"status": "OK", "message": ...}`."""
    result, status = _message_in(packed)
    told = {"stdout": None, "stderr": None, "tool_return": result, "status": status}
    return {"type": "tool", "tool_call_id": message.get("tool_call_id"), **told}


def _message_in(packed: str) -> tuple[str, str]:
    try:
        held = json.loads(packed)
    except (ValueError, RecursionError):
        return packed, "success"
    if not isinstance(held, dict) or not isinstance(held.get("message"), str):
        return packed, "success"
    return held["message"], "success" if held.get("status") == "OK" else "error"


def _approvals(held: Any) -> Iterator[Json]:
    """Answers to calls that waited, and results of tools that ran at the client."""
    for told in held if isinstance(held, list) else []:
        if isinstance(told, dict):
            yield {"type": None, "tool_call_id": None, "approve": None, "reason": None, **told}
