"""Large answers become values beside the loop and piece by piece, so that no key waits for one."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from tui.api.garbage import set_aside, unsought

T = TypeVar("T")

LARGE = 200_000
"""Bytes from which on a list is decoded piece by piece."""

APART = 600_000
"""Bytes from which on an answer is decoded in a thread of its own: three milliseconds' work.

The first screenful of a conversation has less: to begin a thread for it took longer than to decode it.
"""

PIECE = 40_000
"""Bytes of a list that are decoded in one go: the decoder lets nothing else run meanwhile."""

BORDER = b'},{"'
"""What stands between two objects of a list, and of the lists inside them; a text can only end with it."""


async def apart(size: int, call: Callable[[], T]) -> T:
    """What a call gives that goes through so many bytes of an answer; a long one does not hold up the loop."""
    if size < APART:
        return call()
    with unsought():
        found = await asyncio.to_thread(call)
        set_aside()
        return found


def decoded(content: bytes, look: Callable[[bytes, Any], None] = lambda _sent, _value: None) -> Any:
    """What JSON says, where NaN and infinities, which it does not have, read as null.

    A long list is decoded piece by piece; `look` is given each piece as it was sent, and the list that it is. Raises
    ValueError and RecursionError as the decoder does.
    """
    if len(content) >= LARGE and content.startswith(b"[{"):
        return [one for piece in _pieces(content, look) for one in piece]
    body = _decoded(content)
    look(content, body)
    return body


def _pieces(content: bytes, look: Callable[[bytes, Any], None]) -> list[list[Any]]:
    """The list in pieces: what reads as a list when it is closed at a border is the list up to there."""
    found = []
    start, step = 1, PIECE
    while (border := content.find(BORDER, start + step)) >= 0:
        sent = content[start : border + 1]
        piece = _list_of(sent)
        if piece is None:
            step *= 2  # the border was that of an inner list
        else:
            look(sent, piece)
            found.append(piece)
            start, step = border + 2, PIECE
    last = _decoded(b"[" + content[start:])
    look(content[start:], last)
    found.append(last)
    return found


def _list_of(inside: bytes) -> list[Any] | None:
    try:
        return list(_decoded(b"[" + inside + b"]"))
    except (ValueError, RecursionError):
        return None


def _decoded(content: bytes) -> Any:
    return json.loads(content, parse_constant=_unsaid, parse_float=_finite)


def _unsaid(_name: str) -> None:
    return None


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
