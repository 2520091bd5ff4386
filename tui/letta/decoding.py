"""Large responses are decoded in a thread and piece by piece, so that they never delay a key press."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from mmap import mmap

T = TypeVar("T")

LARGE = 200_000
"""Size in bytes from which a list is decoded piece by piece."""

APART = 600_000
"""Size in bytes from which a response is decoded in a thread of its own: about three milliseconds of work.

The first screenful of a conversation is smaller: starting a thread for it took longer than decoding it.
"""

PIECE = 40_000
"""Bytes of a list that are decoded at once: nothing else runs while the decoder does."""

NEAR = 4
"""Borders that are tried before the size of a piece is doubled."""

BLOCK = 256_000
"""Bytes of a response that are stored, and freed, together."""

MOST_ROWS = 100_000
"""Rows of a list that are read from one response."""

MOST_VALUES = 4_000_000
"""Values that are decoded of one response: twice those of a hundred thousand messages. Each takes up to 100 bytes."""

MOST_IN_ONE = 1_000_000
"""Values of one row, or of a response that is not a list: nothing else runs while they are decoded."""

LIST = re.compile(rb"\s*\[\s*(?=\{)")
"""The start of a list of objects."""

BORDER = re.compile(rb'\}\s*,\s*(?=\{\s*["}])')
"""What separates two objects of a list, also of a nested one; it is rare inside a JSON string."""


class TooMuch(ValueError):
    """A response has more than is read; the text names it, such as `100,000 rows`."""


async def apart(size: int, call: Callable[[], T]) -> T:
    """Return the result of a call that processes `size` bytes of a response, in a thread if that takes long."""
    if size < APART:
        return call()
    return await asyncio.to_thread(call)


Look = Callable[[bytes, Any], Any]


class Body:
    """The body of a response as it was received; its memory is freed while it is decoded.

    Otherwise a long body would be in memory twice, as bytes and as values: that was the peak when a conversation was
    opened. It is stored in memory maps, which return to the system one by one: a thread that decodes cannot reuse
    memory that another thread freed.
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
        """Append a chunk."""
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

    def beginning(self, size: int) -> bytes:
        """Return the first `size` bytes, or all if there are fewer, without changing the body."""
        return self._blocks[0][:size] if self._blocks else b"".join(self._last)[:size]

    def given_up(self) -> Iterator[bytes]:
        """Yield the body block by block and free each block; afterwards the body is empty."""
        while self._blocks:
            with self._blocks.popleft() as block:
                yield block[:]
        last, self._last = b"".join(self._last), []
        self._size = self._flushed = 0
        yield last


def decoded(body: bytes | Body, look: Look = lambda _sent, value: value) -> Any:
    """Decode JSON; NaN and infinities, which JSON does not have, become None.

    A long list is decoded piece by piece; `look` gets the bytes and the value of each piece, and returns the value
    to use. Raises ValueError and RecursionError as the decoder does, and TooMuch.
    """
    chunks = iter([body]) if isinstance(body, bytes) else body.given_up()
    size, first = len(body), next(chunks)
    if size < LARGE:  # too few bytes for too many rows
        content = b"".join([first, *chunks])
        return look(content, _decoded(content))
    if start := LIST.match(first):
        return [one for piece in _pieces(first[start.end() :], chunks, look) for one in piece]
    content = b"".join([first, *chunks])
    _check(in_one=_values(content))
    value = _decoded(content)
    if isinstance(value, list):
        _check(rows=len(value))
    return look(content, value)


def _values(content: bytes) -> int:
    """An upper bound of the number of values in JSON, less one; if it is too high, texts are left out of the count."""
    values = _marks(content)
    if values <= MOST_IN_ONE or b"\0" in content[:4]:  # the decoder also takes UTF-16 and UTF-32
        return values
    values = start = in_text = 0
    while start < len(content):
        end = start + BLOCK
        while content[end - 1 : end] == b"\\":
            end += 1  # never between a backslash and what it escapes
        parts = content[start:end].replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        values += _marks(b"".join(parts[in_text::2]))
        in_text = (in_text + len(parts) - 1) % 2
        start = end
    return values


def _marks(content: bytes) -> int:
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _check(*, rows: int = 0, values: int = 0, in_one: int = 0) -> None:
    if rows > MOST_ROWS:
        raise TooMuch(f"{MOST_ROWS:,} rows")
    if values > MOST_VALUES:
        raise TooMuch(f"{MOST_VALUES:,} values")
    if in_one > MOST_IN_ONE:
        raise TooMuch(f"{MOST_IN_ONE:,} values in one object")


def _pieces(left: bytes, chunks: Iterator[bytes], look: Look) -> list[list[Any]]:
    """Split the list at borders where the part before, closed with a bracket, is valid JSON."""
    pieces: list[list[Any]] = []
    step, tries, rows, values = PIECE, 0, 0, 0

    def add(sent: bytes, count: int, piece: list[Any]) -> None:
        nonlocal rows, values
        rows, values = rows + len(piece), values + count
        _check(rows=rows, values=values)
        pieces.append(look(sent, piece))

    while True:
        start = 0
        while border := BORDER.search(left, start + step):
            sent = left[start : border.start() + 1]
            count = _values(sent)
            _check(in_one=count)
            piece = _list_of(sent)
            if piece is None:  # the border was inside a nested list
                tries += 1
                step = border.end() - start if tries % NEAR else 2 * step
            else:
                add(sent, count, piece)
                start, step, tries = border.end(), PIECE, 0
        left = left[start:]
        more = _at_least(chunks, len(left))
        if not more:
            break
        left += more
    count = _values(left)
    _check(in_one=count)
    add(left, count, _decoded(b"[" + left))
    return pieces


def _at_least(chunks: Iterator[bytes], size: int) -> bytes:
    """Return more than `size` bytes, or all that are left, so that a long object is not joined chunk by chunk."""
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
