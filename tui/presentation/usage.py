"""The usage of a model call, tokens and cost, as Letta Code stores it with the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.model.text import size
from tui.rules.usage import CACHED, usage_number, usage_of

if TYPE_CHECKING:
    from tui.model.message import Message


def usage_text(message: Message) -> str:
    """ "4.1 k tokens in, 12 out · $0.0123"; "" if the message does not report it."""
    usage = usage_of(message)
    if usage is None:
        return ""
    sent = [usage_number(usage, name) for name in ("input", *CACHED)]
    answered = usage_number(usage, "output")
    pieces = []
    if any(count is not None for count in (*sent, answered)):
        pieces.append(f"{size(int(sum(filter(None, sent))))} tokens in, {size(int(answered or 0))} out")
    cost = usage.get("cost")
    total = usage_number(cost, "total") if isinstance(cost, Mapping) else usage_number(usage, "cost")
    if total:
        pieces.append(f"${total:.4f}")
    return " · ".join(pieces)
