"""The glyph, word and tone of each message type, and the item of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.model.text import one_line
from tui.presentation.item import Item, Part, Text, is_long
from tui.rules.failures import why_failed

if TYPE_CHECKING:
    from tui.model.message import Message

Style = tuple[str, str, str]
"""Glyph, word and tone."""

MESSAGE_STYLES: Mapping[str, Style] = {
    "system_message": ("⚙", "system", "system"),
    "user_message": ("▪", "user", "user"),
    "assistant_message": ("●", "assistant", "assistant"),
    "reasoning_message": ("▫", "reasoning", "reasoning"),
    "hidden_reasoning_message": ("▫", "hidden", "reasoning"),
    "tool_call_message": ("▹", "tool call", "tool"),
    "tool_return_message": ("◂", "tool return", "tool"),
    "approval_request_message": ("⚑", "needs approval", "approval"),
    "approval_response_message": ("⚐", "approval", "approval"),
    "summary_message": ("≡", "summary", "summary"),
    "event_message": ("◦", "event", "event"),
}
"""The style of each message type on the wire."""

REMINDER_STYLE: Style = ("◦", "reminder", "event")
"""The style of text that a harness adds to a user message."""

SPACED_TONES = ("user", "summary")
"""Tones of items that have an empty line above them."""


def message_style(message_type: str) -> Style:
    """Return the style of a message type, also of an unknown one."""
    return MESSAGE_STYLES.get(message_type) or ("?", one_line(message_type, 14), "warning")


def message_item(
    message: Message,
    key: str,
    style: Style,
    title: str,
    head: str,
    parts: tuple[Part, ...],
    *,
    preview: str = "",
    head_role: str = "muted",
    folded: bool = False,
) -> Item:
    """Return the item of one message, or of one call or return in it; long ones start folded."""
    glyph, word, tone = style
    parts = tuple(part for part in parts if not isinstance(part, Text) or part.source)
    if why := why_failed(message):
        head, head_role = " · ".join(filter(None, (f"✗ {why}", head))), "error"
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
        spaced=tone in SPACED_TONES,
        copy_id=message.id,
        raw=message.raw,
        kind=word,
        date=message.date,
        ids=ids_of(message),
    )


def ids_of(message: Message) -> tuple[tuple[str, str], ...]:
    """Return the ids that a message can be looked up by, each with its name."""
    named = (("id", message.id), ("step", message.step_id), ("run", message.run_id), ("otid", message.otid))
    return tuple((name, value) for name, value in named if value)
