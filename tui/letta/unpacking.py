"""Content-Encoding: only gzip is requested, and only gzip is unpacked, in pieces of a bounded size.

httpx unpacks whatever a server names, also several encodings one inside the other, and each chunk at once: a response
of 3.5 kB could take 4 GB before any limit was checked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip"
"""The header Accept-Encoding."""

PIECE = 256 * 1024
"""Bytes that are unpacked at once: less than a millisecond of work."""


class Unpacker:
    """Unpacks the chunks of one response; one that is not packed passes through."""

    def __init__(self, *, packed: bool) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed else None
        self._begun = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield a chunk unpacked, at most `PIECE` bytes at a time; raises zlib.error."""
        if self._stream is None:
            yield chunk
            return
        self._begun = self._begun or bool(chunk)
        piece = b""
        while chunk or len(piece) == PIECE:
            piece = self._stream.decompress(chunk, PIECE)
            if self._stream.unused_data:
                raise zlib.error("data after the end")
            chunk = self._stream.unconsumed_tail
            yield piece

    def check_end(self) -> None:
        """Check that the response was whole; raises zlib.error."""
        if self._stream is not None and self._begun and not self._stream.eof:
            raise zlib.error("the end is missing")


def unpacker(encoding: str) -> Unpacker | None:
    """Return an unpacker for a response with this Content-Encoding; None if it is not the requested one."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return Unpacker(packed=False)
    return Unpacker(packed=True) if name in ("gzip", "x-gzip") else None
