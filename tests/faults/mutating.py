"""Responses changed in any field: dropped, null, of another type, huge, hostile; and strategies that choose how."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from tests.app_helpers import HOSTILE

DROP = object()
"""Leaves the field out."""

TWICE = object()
"""Puts what stands there twice, where it stands in a list."""


def _nested(levels: int) -> object:
    found: object = "deep"
    for _ in range(levels):
        found = {"type": [found]}
    return found


REPLACEMENTS: tuple[object, ...] = (
    DROP, TWICE, None, True, 0, -1, 7, 2**63, 10**400, 1.5, "", " ", "x", "default", "true", HOSTILE,
    "half \ud800", "\0", "\x1b]52;c;aGk=\x07", "a\u0301" + "\u0301" * 300, "../../etc/passwd", "a/b c?d#e%",
    "\u202etxt.exe", "{", '{"type": "system_alert"}', '{"type": "system_alert", "message": {"a": [1]}}',
    '{"type": "login", "x": ' + "[" * 90 + "]" * 90 + "}", "[" * 2_000, "long " * 20_000, "\n" * 3_000,
    "- System prompt last recompiled: 9999-99-99 99:99:99 AM UTC+9999",
    "<memory_blocks>\n<a>\n<description>\n\n</description>\n<metadata>\n- chars_current=999999999\n"
    "- chars_limit=1\n</metadata>\n<value>\nx\n</value>\n</a>",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1e999", 1e17, -1e12, "2026-03-14",
    [], [[]], [None, 7, {}, "x"], ["x", "x"], [{"type": "text"}], [{"type": "text", "text": {"a": 1}}],
    [{"type": "image", "source": {"data": 5, "media_type": []}}], [{"name": None, "arguments": []}],
    {}, {"a": None}, {"type": "text"}, {"name": [], "arguments": {"x": [1]}, "tool_call_id": {}},
    {HOSTILE: HOSTILE}, {"\ud800": "\udfff"}, _nested(20), list(range(300)),
    "user_message", "assistant_message", "tool_call_message", "tool_return_message", "summary_message",
    "approval_request_message", "approval_response_message", "event_message", "hidden_reasoning_message",
    "a_message_of_tomorrow",
)  # fmt: skip

Bend = tuple[int, int]
"""Which place, counted through the whole answer, and which replacement."""

BENDS = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, len(REPLACEMENTS) - 1)), min_size=1, max_size=6
)


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield value, name
            yield from _places(inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield value, at
            yield from _places(inner)


def bent(answer: object, bends: list[Bend]) -> Any:
    """A copy of an answer with these changes, one after the other."""
    root = {"answer": copy.deepcopy(answer)}
    for number, choice in bends:
        places = list(_places(root))
        holder, name = places[number % len(places)]
        replacement = REPLACEMENTS[choice]
        if replacement is DROP and holder is not root:
            del holder[name]
        elif replacement is TWICE and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[name]))
        elif replacement is not DROP and replacement is not TWICE:
            holder[name] = copy.deepcopy(replacement)
    return root["answer"]


def kinds(bends: list[Bend]) -> Mapping[str, int]:
    """The changes by the name of what they put there, for the tally."""
    names: dict[str, int] = {}
    for _, choice in bends:
        value = REPLACEMENTS[choice]
        name = (
            "dropped" if value is DROP else "twice" if value is TWICE else f"bent to {type(value).__name__}"
        )
        names[name] = names.get(name, 0) + 1
    return names
