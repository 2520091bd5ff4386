"""Messages as light as they can be: what they say twice or alike is held once, since there may be ten thousand."""

from __future__ import annotations

from typing import Any

SHARED = ("message_type", "step_id", "run_id")
"""What many messages of a conversation have in common."""


def lighten(rows: list[Any], held: dict[str, str]) -> None:
    """Let the messages among these objects hold once what they say twice; what they say alike is `held` for all."""
    for row in rows:
        if not isinstance(row, dict):
            continue
        for name in SHARED:
            value = row.get(name)
            if isinstance(value, str):
                row[name] = held.setdefault(value, value)
        if "tool_return" in row or "tool_calls" in row:
            _hold_once(row)


def _hold_once(data: dict[str, Any]) -> None:
    """Hold a call and a return once: servers send each a second time, for clients of older versions."""
    told, again = data.get("tool_return"), data.get("tool_returns")
    if isinstance(told, str) and isinstance(again, list):
        for one in again:
            if isinstance(one, dict) and one.get("tool_return") == told:
                one["tool_return"] = told
    call, calls = data.get("tool_call"), data.get("tool_calls")
    if isinstance(calls, list) and calls and _is_same(call, calls[0]):
        calls[0] = call


def _is_same(call: object, other: object) -> bool:
    """Whether two objects of nothing but texts say the same, in the same order."""
    if not isinstance(call, dict) or not isinstance(other, dict) or list(call) != list(other):
        return False
    return all(isinstance(value, str) and other[name] == value for name, value in call.items())
