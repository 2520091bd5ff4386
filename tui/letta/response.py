"""One answer, read whole and within bounds: of size, of speed and of depth, whatever a server sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tui.letta.decoding import Body, decoded

LARGEST = 40_000_000
"""Bytes, unpacked, that are read of one answer: ten times what ten thousand conversations take."""

LARGEST_REFUSAL = 1_000_000
"""Bytes that are read of an answer that refuses: a reason is one line."""

DEEPEST = 100
"""Levels of lists and objects; what real servers send has about ten, and what draws them would give up later."""

HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of half a surrogate pair."""


class Unanswered(Exception):
    """No whole answer came, for this reason; `sent` if the request may have left, `silent` if it was waited for."""

    def __init__(self, reason: str, *, sent: bool = True, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.silent = silent


class Unsendable(Exception):
    """The address, the key or what was asked for cannot stand in a request."""


class Answer(NamedTuple):
    """A status, its headers, looked up in small letters, and the body; `cut` where there was more than is read.

    A body that is no bytes can be parsed once.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | Body
    target: str = ""
    """Where it redirects to, as it says."""
    cut: bool = False


def parsed(content: bytes | Body) -> tuple[str, Any]:
    """What is wrong with a body, "" where nothing is, and what it says; an empty one says null.

    NaN and infinities, which JSON does not have, read as null.
    """
    if not len(content):
        return "", None
    deep = False

    def look(sent: bytes, value: Any) -> Any:
        """A piece that opens few lists and objects needs no look at each of them."""
        nonlocal deep
        deep = deep or (sent.count(b"[") + sent.count(b"{") >= DEEPEST and _deep(value))
        return _renamed(value) if not deep and HALF.search(sent) else value

    try:
        body = decoded(content, look)
    except (ValueError, RecursionError):
        return "is not whole JSON", None
    return (f"is nested more than {DEEPEST} levels deep", None) if deep else ("", body)


def _renamed(value: Any) -> Any:
    """The same with field names that can be written as UTF-8; texts keep what they hold."""
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
