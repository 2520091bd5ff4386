"""Transcripts: what Letta Code appends to `messages.jsonl`, and the messages of Letta's API that each row becomes.

A row gives a message for each of its parts. Their ids are those of Letta Code's own API view, unique in one
conversation only: `M`, `M:assistant:<part>`, `M:reasoning:<part>`, `M:tool:<call>:request`. Beside Letta's fields a
message has `row_id` (the id of its row), and the last one of an assistant's row `usage`, `model`, `provider` and
`stop_reason`. A compaction has `compaction_stats` and, as `content`, the text that the model gets.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, Signature
from tui.backends.letta_code.json_files import parse_object, read_object
from tui.backends.letta_code.layout import MANIFEST, TRANSCRIPT

MAX_BYTES = 256 * 2**20
"""Bytes of one transcript: images are in it."""

MAX_ROWS = 250_000

CACHED_BYTES = 64 * 2**20
"""Bytes of the transcripts that stay in memory; the last one does whatever its size."""

FORMATS = {(2, "pi-session-entry-jsonl"), (1, "pi-ai-message-jsonl")}
"""The formats that are read, as (schema_version, message_format)."""


class UnknownFormat(ValueError):
    """The manifest names a format that this program does not read; the text says which."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the transcript: its messages in the API view, each with its id and as JSON."""

    id: str
    role: str
    stop_reason: str
    compaction: bool
    messages: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Transcript:
    """The rows of a conversation in the order of the file; a row that was written again stands at its last place."""

    rows: dict[str, StoredRow]
    unreadable: int = 0
    """Lines that are no whole JSON object, without a last one that is being written."""
    size: int = 0
    modified: int = 0
    """When the file was written, in nanoseconds since 1970; 0 where there is none."""

    def context_rows(self, ids: Iterable[str]) -> list[str]:
        """The ids of the rows in context, each once: those of the record, or all where it names none."""
        return list(dict.fromkeys(ids)) or list(self.rows)

    def context_ids(self, ids: Iterable[str]) -> list[str]:
        """The ids of the messages in context; the id of a row that is not in the file yet stays as it is."""
        found: list[str] = []
        for row_id in self.context_rows(ids):
            row = self.rows.get(row_id)
            found += [row_id] if row is None else [message_id for message_id, _ in row.messages]
        return found

    def messages(self, row_ids: Iterable[str]) -> Iterator[bytes]:
        """The messages of these rows as JSON."""
        for row_id in row_ids:
            if row := self.rows.get(row_id):
                for _, message in row.messages:
                    yield message

    @property
    def last(self) -> StoredRow | None:
        """The last row."""
        return next(reversed(self.rows.values()), None)


NONE = Transcript({})


class Transcripts:
    """Reads transcripts; the last ones stay in memory until their file changes."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], tuple[Signature, Transcript]] = OrderedDict()

    def get(self, folder: tuple[str, ...]) -> Transcript:
        """The transcript in the folder of a conversation, empty where there is none yet.

        Raises UnknownFormat, OSError for a file that is not read, and TornFile for a manifest that is no JSON.
        """
        with self._lock:  # record and messages are requested at once: one reads, the other waits for it
            try:
                signature = self._root.signature(*folder, TRANSCRIPT)
            except FileNotFoundError:
                self._known.pop(folder, None)
                self.check_format(folder, is_there=False)
                return NONE
            known = self._known.get(folder)
            if known is None or known[0] != signature:
                self.check_format(folder, is_there=True)
                data, signature = self._root.read(*folder, TRANSCRIPT, most=MAX_BYTES)
                known = signature, read_transcript(data, modified=signature.modified)
                self._known[folder] = known
            self._known.move_to_end(folder)
            while len(self._known) > 1 and sum(one.size for _, one in self._known.values()) > CACHED_BYTES:
                self._known.popitem(last=False)
            return known[1]

    def check_format(self, folder: tuple[str, ...], *, is_there: bool) -> None:
        """Check the manifest; raises UnknownFormat, and what reading it raises."""
        try:
            manifest, _, _ = read_object(self._root, *folder, MANIFEST)
        except FileNotFoundError:
            if is_there:
                raise UnknownFormat("its transcript has no manifest that names the format") from None
            return
        found = manifest.get("schema_version"), manifest.get("message_format")
        if found[0] is True or found not in FORMATS:
            shown = " ".join(
                "".join(char if char.isprintable() else " " for char in str(found)[:100]).split()
            )
            raise UnknownFormat(f"its transcript has a format that this program does not read: {shown}")


def read_transcript(data: bytes, *, modified: int = 0) -> Transcript:
    """The rows in the bytes of a transcript; raises UnknownFormat where they are too many."""
    rows: dict[str, StoredRow] = {}
    unreadable = 0
    lines = data.split(b"\n")
    if len(lines) > MAX_ROWS:
        raise UnknownFormat(f"its transcript has more than {MAX_ROWS:,} rows")
    last = len(lines) - 1
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            entry = parse_object(line)
        except ValueError:
            unreadable += number < last  # the last line has no end yet: it is being written
            continue
        row = _row(entry, number)
        if row is not None:
            rows.pop(row.id, None)
            rows[row.id] = row
    return Transcript(rows, unreadable, sum(map(_size, rows.values())), modified)


def _size(row: StoredRow) -> int:
    return sum(len(message) for _, message in row.messages)


def _row(entry: Json, number: int) -> StoredRow | None:
    """The row of a line; None for lines that are no message."""
    kind = entry.get("type")
    if kind in ("message", "compaction"):
        message = entry.get("message")
    elif kind is None and isinstance(entry.get("role"), str):
        message = entry  # schema 1: bare messages
    else:
        return None
    if not isinstance(message, dict):
        return None
    row_id = message.get("id")
    if not isinstance(row_id, str) or not row_id:
        own = entry.get("id")
        row_id = own if isinstance(own, str) and own else f"line-{number + 1}"
    role = _text(message.get("role"))
    metadata = message.get("metadata")
    stats = metadata.get("compaction") if isinstance(metadata, dict) else None
    compaction = kind == "compaction" or bool(stats)
    if compaction:
        parts = [_summary(row_id, entry, message)]
    elif role in RENDERED:
        parts = RENDERED[role](row_id, message) or [_empty(row_id, role, message)]
    else:
        parts = [
            {"id": row_id, "message_type": f"{role or 'unknown'}_message", "content": message.get("content")}
        ]
    common = {"date": _date(message, entry), "row_id": row_id}
    if role == "assistant":
        renamed = {name: message.get(stored) for name, stored in TURN_FIELDS.items() if stored in message}
        parts[-1] = parts[-1] | renamed
    encoded = tuple((part["id"], json.dumps(part | common).encode()) for part in parts)
    return StoredRow(row_id, role, _text(message.get("stopReason")), compaction, encoded)


TURN_FIELDS = {"usage": "usage", "model": "model", "provider": "provider", "stop_reason": "stopReason"}
"""What is known of a call of the model, by its name here and in the file."""


def _user(row_id: str, message: Json) -> list[Json]:
    content = message.get("content")
    if isinstance(content, list):
        content = [_content_part(part) for part in content]
    return [{"id": row_id, "message_type": "user_message", "content": content}]


def _assistant(row_id: str, message: Json) -> list[Json]:
    content = message.get("content")
    pieces = [{"type": "text", "text": content}] if isinstance(content, str) else content
    parts: list[Json] = []
    texts = 0
    for index, piece in enumerate(pieces if isinstance(pieces, list) else []):
        kind = piece.get("type") if isinstance(piece, dict) else None
        if kind == "text":
            own = f"{row_id}:assistant:{index}" if texts else row_id
            texts += 1
            parts.append({"id": own, "message_type": "assistant_message", "content": piece.get("text")})
        elif kind == "thinking":
            parts.append(
                {
                    "id": f"{row_id}:reasoning:{index}",
                    "message_type": "reasoning_message",
                    "source": "reasoner_model",
                    "reasoning": piece.get("thinking"),
                }
            )
        elif kind == "toolCall":
            parts.append(_call(row_id, piece))
        else:
            own = f"{row_id}:unknown:{index}"
            parts.append({"id": own, "message_type": "assistant_message", "content": [piece]})
    return _unique(parts)


def _call(row_id: str, piece: Json) -> Json:
    arguments = piece.get("arguments")
    call = {
        "name": piece.get("name"),
        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
        "tool_call_id": piece.get("id"),
    }
    return {
        "id": f"{row_id}:tool:{_text(piece.get('id'))}:request",
        "message_type": "approval_request_message",
        "tool_call": call,
        "tool_calls": [call],
    }


def _tool_result(row_id: str, message: Json) -> list[Json]:
    content = message.get("content")
    pieces = content if isinstance(content, list) else []
    texts = [one["text"] for one in pieces if isinstance(one, dict) and isinstance(one.get("text"), str)]
    only_text = len(texts) == len(pieces)
    value = (
        content
        if isinstance(content, str)
        else "\n".join(texts)
        if only_text
        else list(map(_content_part, pieces))
    )
    result = {
        "tool_return": value,
        "status": "error" if message.get("isError") is True else "success",
        "tool_call_id": message.get("toolCallId"),
        "stdout": None,
        "stderr": None,
    }
    own = {"id": row_id, "message_type": "tool_return_message", "name": message.get("toolName")}
    return [own | result | {"tool_returns": [{"type": "tool"} | result]}]


def _summary(row_id: str, entry: Json, message: Json) -> Json:
    content = message.get("content")
    pieces = content if isinstance(content, list) else []
    texts = [one["text"] for one in pieces if isinstance(one, dict) and isinstance(one.get("text"), str)]
    told = content if isinstance(content, str) else "\n".join(texts)
    details = entry.get("details")
    metadata = message.get("metadata")
    found = [
        details.get("stats") if isinstance(details, dict) else None,
        metadata.get("compaction") if isinstance(metadata, dict) else None,
    ]
    stats: Json = next((one for one in found if isinstance(one, dict)), {})
    named = {"tokens_before": entry.get("tokensBefore"), "first_kept_entry_id": entry.get("firstKeptEntryId")}
    summary = entry.get("summary")
    return {
        "id": row_id,
        "message_type": "summary_message",
        "summary": summary if isinstance(summary, str) else told,
        "content": told,
        "compaction_stats": stats | {name: value for name, value in named.items() if value is not None},
    }


def _empty(row_id: str, role: str, message: Json) -> Json:
    """What stands for an assistant's row without a part, such as one that ended in an error."""
    problem = message.get("errorMessage")
    return {
        "id": row_id,
        "message_type": f"{role}_message",
        "content": problem if isinstance(problem, str) else "",
    }


RENDERED = {"user": _user, "assistant": _assistant, "toolResult": _tool_result}


def _content_part(part: Any) -> Any:
    """A part of a content as Letta's API has it: images differ."""
    if isinstance(part, dict) and part.get("type") == "image" and "source" not in part:
        source = {"type": "base64", "media_type": part.get("mimeType"), "data": part.get("data")}
        return {"type": "image", "source": source}
    return part


def _unique(parts: list[Json]) -> list[Json]:
    """The parts with ids of their own: some providers use the id of a call twice."""
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


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
