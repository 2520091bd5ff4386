"""How each message type looks: its glyph, its word, and the item that one message becomes."""

from __future__ import annotations

from collections.abc import Mapping

from tui.api.models import Message
from tui.model.text import one_line
from tui.presentation.content_parts import string
from tui.presentation.item import Item, Part, Text, is_long

LOOKS: Mapping[str, tuple[str, str, str]] = {
    "system_message": ("⚙", "system", "system"),
    "user_message": ("▪", "user", "user"),
    "assistant_message": ("●", "assistant", "assistant"),
    "reasoning_message": ("▫", "reasoning", "reasoning"),
    "hidden_reasoning_message": ("▫", "hidden", "reasoning"),
    "tool_call_message": ("▹", "tool call", "tool"),
    "tool_return_message": ("◂", "tool return", "tool"),
    "approval_request_message": ("⚑", "asks approval", "approval"),
    "approval_response_message": ("⚐", "approval", "approval"),
    "summary_message": ("≡", "summary", "summary"),
    "event_message": ("◦", "event", "event"),
}
"""Glyph, word and tone of each message type on the wire."""

SPACED = ("user", "summary")
"""Tones of items with an empty line above them."""


def look(kind: str) -> tuple[str, str, str]:
    """Glyph, word and tone of a type, also of one that nobody knows."""
    return LOOKS.get(kind) or ("?", one_line(kind, 14), "warning")


def item(
    message: Message,
    key: str,
    look: tuple[str, str, str],
    title: str,
    head: str,
    parts: tuple[Part, ...],
    *,
    preview: str = "",
    head_role: str = "muted",
    folded: bool = False,
) -> Item:
    """One message, or one call or return of it, as an item; long ones start folded."""
    glyph, word, tone = look
    parts = tuple(part for part in parts if not isinstance(part, Text) or part.source)
    if not parts and not head and not title:
        head = "empty"
    return Item(
        key=key,
        glyph=glyph,
        word=word,
        tone=tone,
        title=one_line(title, 80),
        head=one_line(head, 200),
        head_role=head_role,
        preview=preview,
        parts=parts,
        folded=folded or is_long(*parts),
        spaced=tone in SPACED,
        copy_id=message.id,
        raw=message.raw,
        kind=word,
        date=message.date,
        ids=ids_of(message),
    )


def message_text(message: Message) -> str | None:
    """The text of a message, whole where it comes in parts."""
    content = message.raw.get("content")
    if isinstance(content, list):
        return "".join(string(part.get("text")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else None


def ids_of(message: Message) -> tuple[tuple[str, str], ...]:
    """What a message can be looked up by, with the name of each id."""
    named = (("id", message.id), ("step", message.step_id), ("run", message.run_id), ("otid", message.otid))
    return tuple((name, value) for name, value in named if value)
