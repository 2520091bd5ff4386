"""The server's count of a context: the tokens of its parts, with memory recompiled from the shared blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tui.backends.demo import errors
from tui.backends.demo.message_rendering import flat
from tui.backends.demo.records import Json, MessageRow
from tui.backends.demo.request import Request
from tui.backends.demo.traces import TOOLS

LIMIT = 128_000
SUMMARY = "The following is a summary of the previous "


def retrieve(request: Request) -> Json:
    """GET /v1/agents/{id}/context?conversation_id= -> tokens in all and by part, which add up (deprecated)."""
    store = request.store
    agent = store.agents.get(request.ids["agent_id"])
    if agent is None:
        raise errors.plain(404, f"Agent with ID {request.ids['agent_id']} not found")
    conversation_id = request.query.get("conversation_id")
    if conversation_id is not None and conversation_id not in store.conversations:
        raise errors.no_record("Conversation", conversation_id)
    store.write_all(lambda one: one.id == conversation_id)
    ids = agent.message_ids if conversation_id is None else store.in_context(conversation_id)
    rows = [store.rows[message_id] for message_id in ids[1:]]
    text = store.compile(agent, store.shared(agent), "default", at=store.now())
    start, end = text.index("<memory_blocks>"), text.index("<memory_metadata>")
    summary = next((part for part in map(_text, rows[:1]) if SUMMARY in part), None)
    counts = {
        "num_tokens_system": _tokens(text[:start]),
        "num_tokens_core_memory": _tokens(text[start:end]),
        "num_tokens_memory_filesystem": 0,
        "num_tokens_tool_usage_rules": 0,
        "num_tokens_directories": 0,
        "num_tokens_external_memory_summary": _tokens(text[end:]),
        "num_tokens_summary_memory": _tokens(summary or ""),
        "num_tokens_functions_definitions": _tokens(json.dumps(TOOLS)),
        "num_tokens_messages": sum(map(_message_tokens, rows[1:] if summary else rows)),
    }
    return {
        "context_window_size_max": LIMIT,
        "context_window_size_current": sum(counts.values()),
        "num_messages": len(ids),
        "num_archival_memory": 0,
        "num_recall_memory": len(ids),
        **counts,
        "system_prompt": text[:start].strip(),
        "core_memory": text[start:end].strip(),
        "memory_filesystem": None,
        "tool_usage_rules": None,
        "directories": None,
        "external_memory_summary": text[end:],
        "summary_memory": summary,
        "functions_definitions": [],
        "messages": [{"id": message_id} for message_id in ids],
    }


def _tokens(text: str) -> int:
    """A rough count, as the server's for models whose tokenizer it lacks."""
    return (len(text.encode()) + 3) // 4


def _text(row: MessageRow) -> str:
    return "".join(part["text"] for part in row.parts if part["type"] == "text")


def _message_tokens(row: MessageRow) -> int:
    return _tokens("".join(_texts(row))) + 4


def _texts(row: MessageRow) -> Iterable[str]:
    for part in row.parts:
        if part["type"] == "text":
            yield part["text"]
        for call in part.get("calls", []):
            yield str(call["name"])
            yield str(call["arguments"])
        for one in part.get("returns", []):
            yield str(flat(one["tool_return"]))
