"""What a message contains: its text, what a user typed of it, the system message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Context

REMINDER = re.compile(r"<system-reminder\b[^<>]*>.*?(?:</system-reminder>|\Z)", re.DOTALL)
"""What a harness sends the model within a message of the user; Letta Code sends it as parts of their own."""


def message_text(message: Message) -> str | None:
    """Return the text of a message, joined if it comes in parts; None if its content is not text."""
    content = message.raw.get("content")
    if isinstance(content, list):
        return "".join(as_text(part.get("text")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else None


def typed_text(message: Message) -> str:
    """Return what a user typed: the text parts of a message without the reminders that a harness adds to them."""
    content = message.raw.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = (
        part.get("text") for part in parts if isinstance(part, Mapping) and part.get("type", "text") == "text"
    )
    typed = (REMINDER.sub("", text).strip() for text in texts if isinstance(text, str))
    return "\n".join(filter(None, typed))


def split_reminders(content: object) -> tuple[list[str], list[Any]]:
    """Return the reminders of a harness that are parts of a content by themselves, and the other parts."""
    if not isinstance(content, list):
        return [], []
    reminders, rest = [], []
    for part in content:
        text = part.get("text") if isinstance(part, Mapping) and part.get("type", "text") == "text" else None
        if (
            isinstance(text, str)
            and (whole := REMINDER.match(text.strip()))
            and whole.end() == len(text.strip())
        ):
            reminders.append(text)
        else:
            rest.append(part)
    return reminders, rest


def system_text(context: Context) -> str | None:
    """Return the text of the system message if that is the first message in context."""
    first = next(iter(context.messages), None)
    if first is None or first.message_type != "system_message":
        return None
    if context.ids and first.id != context.ids[0]:
        return None
    return message_text(first)
