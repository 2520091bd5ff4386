"""Stored rows as API messages: the lists' rendering, and the different one of `GET /v1/messages/{id}`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tui.backends.demo.records import Json, MessageRow

TYPES = (
    "system_message",
    "user_message",
    "assistant_message",
    "reasoning_message",
    "hidden_reasoning_message",
    "tool_call_message",
    "tool_return_message",
    "approval_request_message",
    "approval_response_message",
    "summary_message",
    "event_message",
)


def list_messages(rows: Iterable[MessageRow], types: Iterable[str] = ()) -> list[Json]:
    """Render rows as every list does: parts of one id in natural order, filtered by type if asked."""
    wanted = set(types)
    messages = [message for row in rows for message in _messages(row)]
    return [m for m in messages if not wanted or m["message_type"] in wanted]


def one_by_id(row: MessageRow) -> list[Json]:
    """Render a row as `GET /v1/messages/{id}` does: parts reversed, text shown as reasoning (measured)."""
    return [_as_reasoning(message) for message in reversed(_messages(row))]


def _as_reasoning(message: Json) -> Json:
    if message["message_type"] != "assistant_message":
        return message
    fields = {key: value for key, value in message.items() if key != "content"}
    text = message["content"]
    return {
        **fields,
        "message_type": "reasoning_message",
        "source": "non_reasoner_model",
        "reasoning": text,
        "signature": None,
    }


def _messages(row: MessageRow) -> list[Json]:
    if row.role in ("system", "user"):
        return [_base(row, f"{row.role}_message", row.otid) | {"content": _content(row)}]
    return [_part(row, index, part) for index, part in enumerate(row.parts)]


def _base(row: MessageRow, message_type: str, otid: str | None) -> Json:
    return {
        "id": row.id,
        "date": row.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "name": row.name,
        "message_type": message_type,
        "otid": otid,
        "sender_id": row.sender_id,
        "step_id": row.step_id,
        "is_err": row.is_err,
        "seq_id": None,
        "run_id": row.run_id,
    }


def _otid(row: MessageRow, index: int) -> str:
    """The id of the row with its low seven bits replaced by the index of the part."""
    plain = row.id.removeprefix("message-")
    return f"{plain[:-2]}{(int(plain[-2:], 16) & 0x80) | (index & 0x7F):02x}"


def _content(row: MessageRow) -> Any:
    if len(row.parts) == 1 and row.parts[0]["type"] == "text":
        return _unwrap(row.parts[0]["text"]) if row.role == "user" else row.parts[0]["text"]
    return [part | {"signature": None} if part["type"] == "text" else part for part in row.parts]


def _unwrap(text: str) -> str:
    """Take the message out of `{"type": "user_message", "message": ...}`, also when a user typed that."""
    if not text.startswith("{"):
        return text
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(envelope, dict) and envelope.get("type") == "user_message" and "message" in envelope:
        return str(envelope["message"])
    return text


def flat(content: Any) -> Any:
    """A tool's result as text: images in a list become a placeholder, as at the top of a tool_return_message."""
    if not isinstance(content, list):
        return content
    return " ".join(part.get("text", "[Image omitted]") for part in content)


def _part(row: MessageRow, index: int, part: Json) -> Json:
    otid = _otid(row, index)
    match part["type"]:
        case "text":
            return _base(row, "assistant_message", otid) | {"content": part["text"]}
        case "reasoning":
            fields = {
                "source": part.get("source", "reasoner_model"),
                "reasoning": part["text"],
                "signature": part.get("signature"),
            }
            return _base(row, "reasoning_message", otid) | fields
        case "hidden":
            fields = {"state": part["state"], "hidden_reasoning": part.get("text")}
            return _base(row, "hidden_reasoning_message", otid) | fields
        case "calls":
            calls = part["calls"]
            fields = {"tool_call": calls[0], "tool_calls": calls}
            if part.get("approval"):
                return _base(row, "approval_request_message", row.id) | fields
            return _base(row, "tool_call_message", otid) | fields
        case "returns":
            one: Json = part["returns"][0]
            fields = {key: one[key] for key in ("status", "tool_call_id", "stdout", "stderr")}
            fields |= {"tool_return": flat(one["tool_return"])}
            return _base(row, "tool_return_message", otid) | fields | {"tool_returns": part["returns"]}
        case "approvals":
            # The others are results of tools that ran at the client.
            verdicts = [one for one in part["approvals"] if one["type"] == "approval"]
            first = verdicts[0] if verdicts else {}
            fields = {
                "approve": first.get("approve"),
                "approval_request_id": first.get("tool_call_id"),
                "reason": first.get("reason"),
            }
            return _base(row, "approval_response_message", None) | {"approvals": part["approvals"]} | fields
        case _:
            unknown: Json = part["fields"]
            return _base(row, part["type"], otid) | unknown
