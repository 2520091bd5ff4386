"""The usage of a model call, as Letta Code stores it with the response: plausible numbers, or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.model.message import Message

LARGEST = 1e12
"""Upper bound of counts and costs; anything above is ignored."""

CACHED = ("cacheRead", "cacheWrite")


def usage_of(message: Message) -> Mapping[str, Any] | None:
    """Return the usage that a message reports; None without one."""
    usage = message.raw.get("usage")
    return usage if isinstance(usage, dict) else None


def usage_number(values: Mapping[str, Any], name: str) -> float | None:
    """Return one number of a usage; None if it is not reported or not plausible."""
    value = values.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < LARGEST else None


def tokens_after(message: Message) -> int | None:
    """Return the tokens in context after a model call: what it read and what it answered; None if unknown."""
    usage = usage_of(message)
    if usage is None or usage_number(usage, "input") is None:
        return None
    counts = (usage_number(usage, name) for name in ("input", *CACHED, "output"))
    return round(sum(filter(None, counts)))
