"""What a message carries: its text, the JSON envelopes that Letta stores as user text, the system message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text, parse_json

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Context

ENVELOPE_TYPES = ("system_alert", "login", "heartbeat")


def message_text(message: Message) -> str | None:
    """Return the text of a message, joined if it comes in parts; None if its content is not text."""
    content = message.raw.get("content")
    if isinstance(content, list):
        return "".join(as_text(part.get("text")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else None


def system_text(context: Context) -> str | None:
    """Return the text of the system message if that is the first message in context."""
    first = next(iter(context.messages), None)
    if first is None or first.message_type != "system_message":
        return None
    if context.ids and first.id != context.ids[0]:
        return None
    return message_text(first)


def envelope_of(content: object) -> Mapping[str, Any] | None:
    """Parse the JSON envelope that Letta stores as user text for summaries of a compaction, logins and heartbeats."""
    if not isinstance(content, str) or not content.startswith("{") or '"type"' not in content[:40]:
        return None
    parsed = parse_json(content)
    return parsed if isinstance(parsed, Mapping) and parsed.get("type") in ENVELOPE_TYPES else None


def is_summary(message: Message) -> bool:
    """Whether a message summarizes earlier ones that a compaction took out of the context."""
    if message.message_type == "summary_message":
        return True
    envelope = envelope_of(message.raw.get("content")) if message.message_type == "user_message" else None
    return envelope is not None and envelope.get("type") == "system_alert"
