"""One response, read completely and within limits of size, speed and depth, whatever a server sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tui.letta.decoding import Body, decoded

LARGEST = 40_000_000
"""Bytes, uncompressed, that are read of one response: ten times what ten thousand conversations take."""

LARGEST_REFUSAL = 1_000_000
"""Bytes that are read of an error response: a reason is one line."""

DEEPEST = 100
"""Levels of lists and objects; real servers send about ten, and much deeper ones could not be rendered."""

HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of half a surrogate pair."""


class Unanswered(Exception):
    """No complete response arrived; `sent` if the request may have been sent, `silent` if the wait timed out."""

    def __init__(self, reason: str, *, sent: bool = True, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.silent = silent


class Unsendable(Exception):
    """The address, the key or the parameters cannot be sent in a request."""


class Answer(NamedTuple):
    """A status, headers (looked up in lower case) and the body; `cut` if the body exceeds the size limit.

    A `Body` can be parsed only once.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | Body
    target: str = ""
    """The address that a redirect names."""
    cut: bool = False


def parsed(content: bytes | Body) -> tuple[str, Any]:
    """Return what is wrong with a body ("" for nothing) and its value; an empty body is None.

    NaN and infinities, which JSON does not have, become None.
    """
    if not len(content):
        return "", None
    deep = False

    def look(sent: bytes, value: Any) -> Any:
        """Check the depth only of a piece that has enough brackets to be too deep."""
        nonlocal deep
        deep = deep or (sent.count(b"[") + sent.count(b"{") >= DEEPEST and _deep(value))
        return _renamed(value) if not deep and HALF.search(sent) else value

    try:
        body = decoded(content, look)
    except (ValueError, RecursionError):
        return "is not whole JSON", None
    return (f"is nested more than {DEEPEST} levels deep", None) if deep else ("", body)


def _renamed(value: Any) -> Any:
    """The same value with field names that can be encoded as UTF-8; other strings stay as they are."""
    if isinstance(value, list):
        return [_renamed(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name.encode(errors="replace").decode(): _renamed(one) for name, one in value.items()}


def _deep(body: object) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inner = [value.values() if isinstance(value, dict) else value for value in level]
        level = [value for values in inner for value in values if isinstance(value, (dict, list))]
        if not level:
            return False
    return True
