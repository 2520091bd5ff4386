"""Rows of a transcript as messages of Letta's API.

A row gives a message for each of its parts. Their ids are those of Letta Code's own API view, unique in one
conversation only: `M` for the first text if nothing comes before it, `M:assistant:<part>` for later ones,
`M:reasoning:<part>`, `M:tool:<call>:request` (measured on 0.34.12); a call id that is used twice gets a number.

Beside Letta's fields a message has `row_id`, the id of its row, and the last one of an assistant's row `usage`,
`model`, `provider`, `stop_reason` and `error_message`. A compaction has, as `content`, the text that the model gets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from tui.backends.demo.records import Json

TURN_FIELDS = {
    "usage": "usage",
    "model": "model",
    "provider": "provider",
    "stop_reason": "stopReason",
    "error_message": "errorMessage",
}
"""What is known of a call of the model, by its name here and in the file."""


def api_messages(row_id: str, entry: Json, message: Json) -> list[Json]:
    """The messages of a row, at least one; `entry` is its line, and `message` what the line is about."""
    role = message.get("role")
    compaction = compaction_of(entry, message)
    if compaction is not None:
        parts = [_summary(row_id, entry, message, compaction)]
    elif isinstance(role, str) and role in RENDERED:
        parts = RENDERED[role](row_id, message)
    else:
        kind = role if isinstance(role, str) and role else "unknown"
        parts = [{"id": row_id, "message_type": f"{kind}_message", "content": message.get("content")}]
    if role == "assistant":
        known = {
            name: message[stored] for name, stored in TURN_FIELDS.items() if message.get(stored) is not None
        }
        parts[-1] |= known
    common = {"date": _date(message, entry), "row_id": row_id}
    return [part | common for part in parts]


def message_ids(row_id: str, entry: Json, message: Json) -> tuple[str, ...]:
    """The ids of the messages of a row, in their order."""
    if message.get("role") != "assistant" or compaction_of(entry, message) is not None:
        return (row_id,)
    return tuple(part["id"] for part in _assistant(row_id, message))


def compaction_of(entry: Json, message: Json) -> Json | None:
    """What is known of the compaction that a row is; None for any other row.

    Written by a compaction itself, it is an entry of its own; in a fork it is a message like any other.
    """
    metadata = message.get("metadata")
    known = metadata.get("compaction") if isinstance(metadata, dict) else None
    if isinstance(known, dict):
        return known
    if entry.get("type") != "compaction":
        return None
    details = entry.get("details")
    return details if isinstance(details, dict) else {}


def _user(row_id: str, message: Json) -> list[Json]:
    content = message.get("content")
    if isinstance(content, list):
        content = list(map(_content_part, content))
    return [{"id": row_id, "message_type": "user_message", "content": content}]


def _assistant(row_id: str, message: Json) -> list[Json]:
    """A message for each thought and call, and one for texts that follow each other."""
    content = message.get("content")
    pieces = [{"type": "text", "text": content}] if isinstance(content, str) else content
    parts: list[Json] = []
    begun = False  # only the first message of a row in Letta Code's view gets the id of the row
    for kind, index, same in _grouped(pieces if isinstance(pieces, list) else []):
        if kind == "text":
            own = f"{row_id}:assistant:{index}" if begun else row_id
            parts.append({"id": own, "message_type": "assistant_message", "content": _plain(same)})
        elif kind == "thinking":
            parts += _thought(f"{row_id}:reasoning:{index}", same[0])
        elif kind == "toolCall":
            parts.append(_call(row_id, same[0]))
        else:
            parts.append(
                {"id": f"{row_id}:unknown:{index}", "message_type": "assistant_message", "content": same}
            )
        begun = begun or (kind in ("text", "thinking", "toolCall") and _is_shown(parts))
    if not parts:  # as one that ended in an error
        problem = message.get("errorMessage")
        said = problem if isinstance(problem, str) else ""
        parts.append({"id": row_id, "message_type": "assistant_message", "content": said})
    return _unique(parts)


def _grouped(pieces: list[Any]) -> Iterator[tuple[str, int, list[Any]]]:
    """Each part with its type and index; texts that follow each other come together."""

    def kind_of(numbered: tuple[int, Any]) -> tuple[str, int]:
        index, piece = numbered
        kind = piece.get("type") if isinstance(piece, dict) else None
        return ("text", -1) if kind == "text" else (kind if isinstance(kind, str) else "", index)

    for (kind, _), group in groupby(enumerate(pieces), kind_of):
        numbered = list(group)
        yield kind, numbered[0][0], [piece for _, piece in numbered]


def _is_shown(parts: list[Json]) -> bool:
    """Return whether Letta Code shows the last message too: it does not show thoughts without a text."""
    return bool(parts) and parts[-1]["message_type"] != "hidden_reasoning_message"


def _thought(message_id: str, piece: Json) -> list[Json]:
    """A thought; one that the provider hides has a signature and no text."""
    text = piece.get("thinking")
    if text:
        kind = {"message_type": "reasoning_message", "source": "reasoner_model", "reasoning": text}
        return [{"id": message_id} | kind]
    is_redacted = piece.get("redacted") is True
    if is_redacted or piece.get("thinkingSignature"):
        state = "redacted" if is_redacted else "omitted"
        return [{"id": message_id, "message_type": "hidden_reasoning_message", "state": state}]
    return []


def _call(row_id: str, piece: Json) -> Json:
    arguments, call_id = piece.get("arguments"), piece.get("id")
    call = {
        "name": piece.get("name"),
        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
        "tool_call_id": call_id,
    }
    return {
        "id": f"{row_id}:tool:{call_id if isinstance(call_id, str) else ''}:request",
        "message_type": "approval_request_message",
        "tool_call": call,
        "tool_calls": [call],
    }


def _tool_result(row_id: str, message: Json) -> list[Json]:
    result = {
        "tool_return": _plain(message.get("content")),
        "status": "error" if message.get("isError") is True else "success",
        "tool_call_id": message.get("toolCallId"),
        "stdout": None,
        "stderr": None,
    }
    own = {"id": row_id, "message_type": "tool_return_message", "name": message.get("toolName")}
    return [own | result | {"tool_returns": [{"type": "tool"} | result]}]


def _summary(row_id: str, entry: Json, message: Json, compaction: Json) -> Json:
    content, stats = _plain(message.get("content")), compaction.get("stats")
    named = {"tokens_before": entry.get("tokensBefore"), "first_kept_entry_id": entry.get("firstKeptEntryId")}
    known = {name: value for name, value in named.items() if value is not None}
    summaries = entry.get("summary"), compaction.get("summary"), content
    return {
        "id": row_id,
        "message_type": "summary_message",
        "summary": next((one for one in summaries if isinstance(one, str)), ""),
        "content": content,
        "compaction_stats": (stats if isinstance(stats, dict) else {}) | known,
    }


RENDERED: dict[str, Callable[[str, Json], list[Json]]] = {
    "user": _user,
    "assistant": _assistant,
    "toolResult": _tool_result,
}
"""How a row is rendered, by the role of its message."""


def _plain(content: Any) -> Any:
    """A content as a text where it is a single one, else as a list of parts."""
    if not isinstance(content, list):
        return content
    match content:
        case [{"type": "text", "text": str(text)}]:
            return text
    return list(map(_content_part, content))


def _content_part(part: Any) -> Any:
    """A part of a content as Letta's API has it: images differ."""
    if isinstance(part, dict) and part.get("type") == "image" and "source" not in part:
        source = {"type": "base64", "media_type": part.get("mimeType"), "data": part.get("data")}
        return {"type": "image", "source": source}
    return part


def _unique(parts: list[Json]) -> list[Json]:
    """Give each part an id of its own, since some providers use the id of a call twice."""
    seen: set[str] = set()
    for index, part in enumerate(parts):
        if part["id"] in seen:
            part["id"] = f"{part['id']}:{index}"
        seen.add(part["id"])
    return parts


def _date(message: Json, entry: Json) -> str | None:
    """When a row was written, as ISO 8601."""
    metadata = message.get("metadata")
    created = metadata.get("created_at") if isinstance(metadata, dict) else None
    if isinstance(created, str) and created:
        return created
    milliseconds = message.get("timestamp")
    if isinstance(milliseconds, int | float) and 0 <= milliseconds < 2.5e14:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    written = entry.get("timestamp")
    return written if isinstance(written, str) else None
