"""One GET over a connection of its own: as much of HTTP as an early request needs, without a library to load first.

Whatever is not plainly a whole answer raises OSError or ValueError, and is asked again in the usual way.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from ssl import SSLContext

LONGEST_LINE = 1 << 16
MOST_LINES = 100


def request(host: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of a GET; raises ValueError where a name, a path or a value could be read as more than one line."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if " " in path or not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("cannot stand in a request")
    return "\r\n".join([*lines, "", ""]).encode()


def connected(host: str, port: int, timeout: float, context: SSLContext | None) -> socket.socket:
    """A connection to the first address that takes one, proved by the context; raises OSError."""
    # As bytes: Python loads tables of all the letters there are for a name that is text, and these are none.
    name = host.encode() if host.isascii() else host
    trouble = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(timeout)
            made.connect(address)
            return made if context is None else context.wrap_socket(made, server_hostname=host)
        except OSError as error:
            made.close()
            trouble = error
    raise trouble


def head(stream: BinaryIO) -> tuple[int, dict[str, str]]:
    """Status and headers, these in small letters."""
    words = _line(stream).split(None, 2)
    if len(words) < 2 or words[0] not in ("HTTP/1.1", "HTTP/1.0") or not words[1].isdigit():
        raise ValueError("not an answer")
    if int(words[1]) < 200:
        raise ValueError("an answer to come")
    headers: dict[str, str] = {}
    for _ in range(MOST_LINES):
        line = _line(stream)
        if not line:
            return int(words[1]), headers
        name, colon, value = line.partition(":")
        if not colon or not name.isprintable() or name != name.strip():
            raise ValueError("not a header")
        if headers.setdefault(name.lower(), value.strip()) != value.strip() and name.lower() in SIZES:
            raise ValueError("two sizes")
    raise ValueError("too many headers")


SIZES = ("content-length", "transfer-encoding", "content-encoding")


def body(stream: BinaryIO, headers: Mapping[str, str], most: int) -> bytes:
    """The body; of one that is larger than `most`, the first byte more than that."""
    length, coding, packed = map(headers.get, SIZES)
    if packed not in (None, "identity"):
        raise ValueError("packed, which was not asked for")
    if coding is None and length is None:
        return stream.read(most + 1)
    if coding is None and length is not None:
        size = _size(length, 10)
        return _exactly(stream, min(size, most + 1))
    if coding is None or coding.lower() != "chunked" or length is not None:
        raise ValueError("sent in an unknown way")
    found: list[bytes] = []
    room = most + 1
    while room and (size := _size(_line(stream).partition(";")[0].strip(), 16)):
        found.append(_exactly(stream, min(size, room)))
        room -= len(found[-1])
        if room and _line(stream):
            raise ValueError("no end of a piece")
    return b"".join(found)


def _line(stream: BinaryIO) -> str:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("cut in the head of an answer")
    return line.rstrip(b"\r\n").decode("latin-1")


def _size(digits: str, base: int) -> int:
    if not digits.isascii() or not digits.isalnum():
        raise ValueError("not a size")
    return int(digits, base)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise ConnectionError("cut before the answer was whole")
    return found
