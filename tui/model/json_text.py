"""JSON of the server as text, and text as JSON; what cannot be read never raises."""

from __future__ import annotations

import json
from typing import Any

TOO_DEEP = "(nested too deeply to format)"


def pretty_json(value: object, *, indent: int | None = 2) -> str:
    """Return a value as indented JSON; a string is returned as it is."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    except RecursionError:
        return TOO_DEEP


def parse_json(text: str) -> Any:
    """Return the value of a JSON text, or None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def as_text(value: object) -> str:
    """Return a value that should be a string as one; None is empty, anything else is shown as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else pretty_json(value)
