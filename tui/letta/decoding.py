"""Large answers become values beside the loop and piece by piece, so that no key waits for one."""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from mmap import mmap

T = TypeVar("T")

LARGE = 200_000
"""Bytes from which on a list is decoded piece by piece."""

APART = 600_000
"""Bytes from which on an answer is decoded in a thread of its own: three milliseconds' work.

The first screenful of a conversation has less: to begin a thread for it took longer than to decode it.
"""

PIECE = 40_000
"""Bytes of a list that are decoded in one go: the decoder lets nothing else run meanwhile."""

BLOCK = 256_000
"""Bytes of an answer that are kept, and given up, together."""

BORDER = b'},{"'
"""What stands between two objects of a list, and of the lists inside them; a text can only end with it."""


async def apart(size: int, call: Callable[[], T]) -> T:
    """What a call gives that goes through so many bytes of an answer; a long one does not hold up the loop."""
    if size < APART:
        return call()
    return await asyncio.to_thread(call)


Look = Callable[[bytes, Any], Any]


class Body:
    """What an answer consists of, as it came; it is given up while it is decoded.

    A long one would else be held twice, as it was sent and as what it says: that was the most that an opening took. It
    waits in pages of its own, which go back to the system one by one: what a thread decodes takes no room that another
    thread left.
    """

    def __init__(self, chunks: Iterable[bytes] = ()) -> None:
        self._blocks: deque[mmap] = deque()
        self._last: list[bytes] = []
        self._size = self._flushed = 0
        for chunk in chunks:
            self.add(chunk)

    def __len__(self) -> int:
        return self._size

    def add(self, chunk: bytes) -> None:
        """One more chunk of it."""
        self._last.append(chunk)
        self._size += len(chunk)
        if self._size - self._flushed >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        from mmap import mmap

        block = mmap(-1, self._size - self._flushed)
        for chunk in self._last:
            block.write(chunk)
        self._blocks.append(block)
        self._last = []
        self._flushed = self._size

    def given_up(self) -> Iterator[bytes]:
        """Block by block, and then there is nothing left."""
        while self._blocks:
            with self._blocks.popleft() as block:
                yield block[:]
        last, self._last = b"".join(self._last), []
        self._size = self._flushed = 0
        yield last


def decoded(body: bytes | Body, look: Look = lambda _sent, value: value) -> Any:
    """What JSON says, where NaN and infinities, which it does not have, read as null.

    A long list is decoded piece by piece; `look` is given each piece as it was sent, and the list that it is, and
    gives what is to be taken for it. Raises ValueError and RecursionError as the decoder does.
    """
    chunks = iter([body]) if isinstance(body, bytes) else body.given_up()
    size, first = len(body), next(chunks)
    if size >= LARGE and first.startswith(b"[{"):
        return [one for piece in _pieces(first[1:], chunks, look) for one in piece]
    content = b"".join([first, *chunks])
    return look(content, _decoded(content))


def _pieces(left: bytes, chunks: Iterator[bytes], look: Look) -> list[list[Any]]:
    """The list in pieces: what reads as a list when it is closed at a border is the list up to there."""
    pieces, step = [], PIECE
    while True:
        start = 0
        while (border := left.find(BORDER, start + step)) >= 0:
            sent = left[start : border + 1]
            piece = _list_of(sent)
            if piece is None:
                step *= 2  # the border was that of an inner list
            else:
                pieces.append(look(sent, piece))
                start, step = border + 2, PIECE
        left = left[start:]
        more = _at_least(chunks, len(left))
        if not more:
            break
        left += more
    pieces.append(look(left, _decoded(b"[" + left)))
    return pieces


def _at_least(chunks: Iterator[bytes], size: int) -> bytes:
    """So many bytes more, or all that there are: an object that is longer than a chunk is not joined with each."""
    more: list[bytes] = []
    count = 0
    while count <= size and (chunk := next(chunks, b"")):
        more.append(chunk)
        count += len(chunk)
    return b"".join(more)


def _list_of(inside: bytes) -> list[Any] | None:
    try:
        return list(_decoded(b"[" + inside + b"]"))
    except (ValueError, RecursionError):
        return None


def _decoded(content: bytes) -> Any:
    return json.loads(content, parse_constant=_as_null, parse_float=_finite)


def _as_null(_name: str) -> None:
    return None


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
