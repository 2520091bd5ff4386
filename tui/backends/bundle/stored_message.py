"""Stored messages of an agent file as the lists of a server render them.

Read in the sources of 0.6.47, 0.12.1 and 0.16.8 (`to_letta_messages` in `letta/schemas/message.py`, `unpack_message`
in `letta/system.py`). One difference is on purpose: lists show a call of `send_message` as assistant text and leave
its return out; here both stay what they are, a call and a return with its id, so that they can be paired.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from tui.backends.bundle.recording import required_id, text_field
from tui.backends.demo.message_rendering import list_messages
from tui.backends.demo.records import Json, MessageRow

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
SOME_ID = "message-00000000-0000-4000-8000-000000000000"
AS_USER = ("user", "summary")
"""Roles that lists show as a user's message: the note of a compaction is one since 0.16.2, with a role of its own."""

RESULTS = ("tool", "function")
STATUSES = {"OK": "success", "Failed": "error"}
"""What the package of a result calls its status."""

CLIENT_RESULT = ("func_response", "tool_return", "status")
"""Fields of an approval that is not a verdict but the result of a tool that ran at the client."""


def render_message(message: Json, *, text_is_answer: bool = True) -> list[Json]:
    """One stored message as API messages; unknown parts are shown as they are, and an empty message is none.

    `text_is_answer` is False for an agent that answers by `send_message`, whose text is reasoning.
    """
    role, message_id = text_field(message, "role") or "unknown", required_id(message, "message")
    row = MessageRow(
        SOME_ID,
        "",
        None,
        "user" if role in AS_USER else role,
        list(_parts(message, role, text_is_answer=text_is_answer)),
        NO_TIME,
        0,
        name=text_field(message, "name"),
        otid=text_field(message, "otid"),
        sender_id=text_field(message, "sender_id"),
    )
    date = text_field(message, "created_at")
    shown = list_messages([row]) if row.parts else []
    return [one | {"id": message_id, "date": date, "otid": row.otid} for one in shown]


def _parts(message: Json, role: str, *, text_is_answer: bool) -> Iterator[Json]:
    pieces = list(_pieces(message.get("content")))
    calls = list(_calls(message.get("tool_calls")))
    if role in RESULTS:
        yield {"type": "returns", "returns": _returns(message, pieces)}
    elif role in (*AS_USER, "system"):
        yield from map(_listed, pieces)
    else:
        if calls:  # some providers repeat the calls among the parts
            pieces = [piece for piece in pieces if piece.get("type") != "tool_call"]
        yield from _merged(part for piece in pieces for part in _said(piece, text_is_answer=text_is_answer))
    if calls:
        yield {"type": "calls", "calls": calls, "approval": role == "approval"}
    elif role == "approval":
        yield {"type": "approvals", "approvals": _approvals(message)}


def _pieces(content: Any) -> Iterator[Json]:
    """The parts of a content; a text is one part."""
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    for piece in content if isinstance(content, list) else []:
        if isinstance(piece, dict):
            yield piece


def _listed(piece: Json) -> Json:
    """A part of a user's or system message, which lists repeat as it is."""
    kind, text = piece.get("type"), piece.get("text")
    if kind == "text" and isinstance(text, str):
        return {"type": "text", "text": text}
    return piece if isinstance(kind, str) and kind != "text" else piece | {"type": "unknown"}


def _said(piece: Json, *, text_is_answer: bool) -> Iterator[Json]:
    """A part of what the model wrote; summarized reasoning without text is left out."""
    kind, text = piece.get("type"), piece.get("text")
    if kind == "text" and isinstance(text, str):
        answer: Json = {"type": "text", "text": text}
        thought: Json = {"type": "reasoning", "text": text, "source": "non_reasoner_model"}
        yield answer if text_is_answer else thought
    elif kind == "reasoning":
        yield {"type": "reasoning", "text": piece.get("reasoning"), "signature": piece.get("signature")}
    elif kind == "summarized_reasoning":
        texts = [one["text"] for one in _pieces(piece.get("summary")) if isinstance(one.get("text"), str)]
        signature = {"source": "reasoner_model", "signature": piece.get("encrypted_content")}
        if any(texts):
            yield {"type": "reasoning", "text": "\n\n".join(filter(None, texts)), **signature}
    elif kind in ("redacted_reasoning", "omitted_reasoning"):
        yield {"type": "hidden", "state": str(kind).split("_")[0], "text": piece.get("data")}
    else:
        # A name that no part of a row has, so that it is shown as an unknown message with all of its fields.
        yield {"type": f"{kind}_content", "fields": {"content": piece}}


def _merged(parts: Iterable[Json]) -> Iterator[Json]:
    """The parts, with texts that follow each other as one, and native reasoning added to reasoning before it."""
    merged: list[Json] = []
    for part in parts:
        joins = part["type"] in ("text", "reasoning") and "source" not in part
        if joins and merged and merged[-1]["type"] == part["type"]:
            merged[-1] |= {"text": f"{merged[-1]['text'] or ''}{part['text'] or ''}"}
        else:
            merged.append(part)
    return iter(merged)


def _calls(tool_calls: Any) -> Iterator[Json]:
    for call in tool_calls if isinstance(tool_calls, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            yield {
                "name": function.get("name"),
                "arguments": function.get("arguments"),
                "tool_call_id": call.get("id"),
            }


def _returns(message: Json, pieces: list[Json]) -> list[Json]:
    """The results in a tool message: a list since 0.11, before that a single one as the text for the model.

    Before 0.11 the list has status and output of that one result, which may lack the id that the message has.
    """
    stored = message.get("tool_returns")
    results = [one for one in stored if isinstance(one, dict)] if isinstance(stored, list) else []
    call_id = message.get("tool_call_id")
    answered = [one for one in results if one.get("func_response") is not None]
    if not answered:
        texts = [piece["text"] for piece in pieces if isinstance(piece.get("text"), str)]
        first = results[0] if results else {}
        return [_result(first, "\n".join(texts), first.get("tool_call_id") or call_id)]
    own = call_id if len(answered) == 1 else None
    return [_result(one, one["func_response"], one.get("tool_call_id") or own) for one in answered]


def _result(one: Json, response: Any, call_id: Any) -> Json:
    """A result as lists show it: what is in its package, with the status stored with it, if any."""
    value, status = _unpacked(response)
    return {
        "type": "tool",
        "tool_call_id": call_id,
        "status": one.get("status") if one.get("status") in STATUSES.values() else status,
        "stdout": one.get("stdout"),
        "stderr": one.get("stderr"),
        "tool_return": value,
    }


def _unpacked(response: Any) -> tuple[Any, str | None]:
    """The message in `{"status": "OK", "message": ...}`, and its status; anything else as it is.

    A message that is not text becomes text as Python prints it: "None" for the null that `send_message` returns.
    """
    if not isinstance(response, str):
        parts = response if isinstance(response, list) else [None]
        fits = all(isinstance(part, dict) and isinstance(part.get("text", ""), str) for part in parts)
        return (response if fits else json.dumps(response)), "success"
    try:
        package = json.loads(response, strict=False)
    except (ValueError, RecursionError):
        return response, "success" if response else None
    if not isinstance(package, dict):
        return response, "success"
    status = STATUSES.get(str(package.get("status", "OK")), "error")
    return str(package.get("message", response)), status


def _approvals(message: Json) -> list[Json]:
    """Verdicts on calls and results of tools that ran at the client; before 0.13 one verdict in three columns."""
    stored = message.get("approvals")
    answers = [_approval(one) for one in stored if isinstance(one, dict)] if isinstance(stored, list) else []
    return answers or [
        {
            "type": "approval",
            "tool_call_id": message.get("approval_request_id"),
            "approve": message.get("approve"),
            "reason": message.get("denial_reason"),
        }
    ]


def _approval(one: Json) -> Json:
    if one.get("type") == "approval" or not any(name in one for name in CLIENT_RESULT):
        kind = "approval" if "approve" in one else None
        return {"type": kind, "tool_call_id": None, "approve": None, "reason": None, **one}
    response = one.get("func_response")
    return _result(one, one.get("tool_return") if response is None else response, one.get("tool_call_id"))
