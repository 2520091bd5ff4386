"""A real Letta server behind the synthetic one's socket, so that requests to it are counted and delayed as well."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

ENDS = b"\r\n"
Answer = tuple[int, bytes]
BUSY: Answer = 429, b'{"detail":"too many requests"}'
REFUSED: Answer = 405, b'{"detail":"this server is read only"}'


class Upstream:
    """Passes GET requests on, each over a connection of its own, and changes of a row if it is `writable`."""

    def __init__(self, url: str, *, writable: bool = False) -> None:
        self._methods = ("GET", "PATCH") if writable else ("GET",)
        split = urlsplit(url)
        self._host = split.hostname or "127.0.0.1"
        self._port = split.port or 80
        self._prefix = split.path.rstrip("/")

    async def ask(self, method: str, target: str, sent: bytes = b"") -> Answer:
        """Status and body of what the real server answers."""
        if method not in self._methods:
            return REFUSED
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            about = f"Host: {self._host}", "Connection: close", "Content-Type: application/json"
            lines = (
                f"{method} {self._prefix}{target} HTTP/1.1",
                *about,
                f"Content-Length: {len(sent)}",
                "",
                "",
            )
            writer.write("\r\n".join(lines).encode() + sent)
            return parsed(await reader.read())
        finally:
            writer.close()


def parsed(data: bytes) -> Answer:
    """Status and body of a whole answer, also of one that came in chunks."""
    head, _, body = data.partition(ENDS * 2)
    status = int(head.split(b" ", 2)[1])
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
        body = b"".join(_chunks(body))
    return status, body


def _chunks(body: bytes) -> list[bytes]:
    found: list[bytes] = []
    while body:
        size, _, rest = body.partition(ENDS)
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        found.append(rest[:length])
        body = rest[length + len(ENDS) :]
    return found
