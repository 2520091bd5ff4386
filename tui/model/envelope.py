"""The JSON envelopes that Letta stores as user text: summaries of a compaction, logins, heartbeats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.model.json_text import parse_json

if TYPE_CHECKING:
    from tui.model.message import Message

ENVELOPE_TYPES = ("system_alert", "login", "heartbeat")


def envelope_of(content: object) -> Mapping[str, Any] | None:
    """Parse a content that is an envelope; None if it is anything else."""
    if not isinstance(content, str) or not content.startswith("{") or '"type"' not in content[:40]:
        return None
    parsed = parse_json(content)
    return parsed if isinstance(parsed, Mapping) and parsed.get("type") in ENVELOPE_TYPES else None


def is_summary(message: Message) -> bool:
    """Return whether a message summarizes earlier ones that a compaction took out of the context."""
    if message.message_type == "summary_message":
        return True
    envelope = envelope_of(message.raw.get("content")) if message.message_type == "user_message" else None
    return envelope is not None and envelope.get("type") == "system_alert"
