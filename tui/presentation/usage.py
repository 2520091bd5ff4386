"""The usage of a model call, as Letta Code stores it with the response: tokens and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.model.text import size

if TYPE_CHECKING:
    from tui.model.message import Message

LARGEST = 1e12
"""Upper bound of counts and costs; anything above is ignored."""

CACHED = ("cacheRead", "cacheWrite")


def usage_text(message: Message) -> str:
    """ "4.1 k tokens in, 12 out · $0.0123"; "" if the message does not report it."""
    usage = message.raw.get("usage")
    if not isinstance(usage, Mapping):
        return ""
    sent = [_number(usage, name) for name in ("input", *CACHED)]
    answered = _number(usage, "output")
    pieces = []
    if any(count is not None for count in (*sent, answered)):
        pieces.append(f"{size(int(sum(filter(None, sent))))} tokens in, {size(int(answered or 0))} out")
    cost = usage.get("cost")
    total = _number(cost, "total") if isinstance(cost, Mapping) else _number(usage, "cost")
    if total:
        pieces.append(f"${total:.4f}")
    return " · ".join(pieces)


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < LARGEST else None
