"""A hostile server: every fault as bytes on a real socket, and the same one as a transport."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

import httpx

from tests.letta.servers import real
from tui.model.errors import (
    BadResponse,
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotOffered,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServerTrouble,
    WebPage,
)

ELSEWHERE = "http://elsewhere.invalid:1/v1/x"
MEGABYTE = b" " * 2**20


class Line(Enum):
    """What happens to the connection: the answer comes whole, or something else does."""

    WHOLE = "whole"
    REFUSED = "refused"
    RESET = "reset"
    CLOSED = "closed"
    SILENT = "silent"
    DRIPPING = "dripping"
    CUT = "cut"
    BYTES = "bytes"


BROKEN_BY: dict[Line, type[httpx.TransportError]] = {
    Line.REFUSED: httpx.ConnectError,
    Line.RESET: httpx.ReadError,
    Line.CLOSED: httpx.RemoteProtocolError,
    Line.SILENT: httpx.ReadTimeout,
    Line.CUT: httpx.RemoteProtocolError,
}


@dataclass(frozen=True)
class Fault:
    """One way to answer; `words` are in what the user sees, `read` and `written` are the kinds of error."""

    name: str
    words: str
    read: type[LettaError] = BadResponse
    written: type[LettaError] = OutcomeUnknown
    line: Line = Line.WHOLE
    status: int = 200
    body: bytes = b""
    megabytes: int = 0
    headers: tuple[tuple[str, str], ...] = field(default=())

    @property
    def large(self) -> bool:
        """Whether each try costs time."""
        long = len(self.body) > 500_000 and self.status == 200
        return bool(self.megabytes) or self.name == BOMB or long

    @property
    def slow(self) -> bool:
        """Whether the client has to lose its patience."""
        return self.line in (Line.SILENT, Line.DRIPPING)


CUT = "was closed before the response was complete"
"""What the error of a response that ends too early, or is none, has to say."""


def _broken(name: str, words: str, line: Line, **more: object) -> Fault:
    return Fault(name, words, NoResponse, line=line, **more)  # type: ignore[arg-type]


LINES = [
    Fault("nobody listens", "cannot connect", NoResponse, NoResponse, Line.REFUSED),
    _broken("reset", "the connection broke", Line.RESET),
    _broken("closed without a word", CUT, Line.CLOSED),
    _broken("silent before the headers", "no response within the timeout", Line.SILENT),
    _broken("one byte at a time", "the response is too slow", Line.DRIPPING, body=b"[]"),
    _broken("cut in the body", CUT, Line.CUT, body=b'[{"id": "conv-'),
    _broken("garbage", CUT, Line.BYTES, body=b"\x00\xff garbage \x1b[2J\r\n\r\n"),
    _broken("another protocol", CUT, Line.BYTES, body=b"SSH-2.0-OpenSSH_9.6\r\n"),
    _broken("a header without end", CUT, Line.BYTES, body=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
    _broken(
        "a length that is none",
        CUT,
        Line.BYTES,
        body=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n[]",
    ),
    _broken(
        "two lengths",
        CUT,
        Line.BYTES,
        body=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n[]",
    ),
    _broken(
        "a piece of no size",
        CUT,
        Line.BYTES,
        body=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n",
    ),
    _broken("interim answers", CUT, Line.BYTES, body=b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
]
"""What goes wrong on the line."""


def _said(name: str, words: str, body: bytes, *, kind: str = "application/json", **more: str) -> Fault:
    headers = (("Content-Type", kind), *((key.replace("_", "-"), value) for key, value in more.items()))
    return Fault(name, words, body=body, headers=headers)


WHOLE = "is not complete JSON"
A_PAGE = "answered with a web page (200"
NOT_ASKED = "but only gzip was requested"
BOMB = "a bomb: 70 MiB in 70 KB"
LARGE = "has more than 64 MiB"


def _packed(levels: int) -> bytes:
    """A body of 70 MiB, packed so many times."""
    body = b"[" + MEGABYTE * 70 + b"]"
    for _ in range(levels):
        body = gzip.compress(body, compresslevel=9)
    return body


BODIES = [
    _said("HTML", A_PAGE, b"<html><body>It works!</body></html>", kind="text/html"),
    _said("HTML that says it is JSON", A_PAGE, b"<html>[/foo]</html>"),
    _said("HTML with a hostile title", A_PAGE, b"<html><title>[/foo]\x1b[2J\x9b31m\xe2\x80\xae</title>"),
    _said("HTML with a title without end", A_PAGE, b"<html>" + b"<title>" * 200_000),
    _said("no UTF-8", WHOLE, b'[{"id": "\xff\xfe"}]'),
    _said("UTF-16 by halves", WHOLE, '[{"id": "x"}]'.encode("utf-16") + b"\0"),
    _said("a length too short", WHOLE, b'[{"id": "x"'),
    _said("two answers", WHOLE, b"[][]"),
    _said("a number of 5,000 digits", WHOLE, b'[{"id": "x", "limit": ' + b"9" * 5000 + b"}]"),
    _said("a hundred thousand levels", WHOLE, b"[" * 100_000),
    _said("101 levels", "nested more than 100 levels", b'[{"id":' * 51 + b'"x"' + b"}]" * 51),
    Fault(
        "not packed as it says",
        "has a broken encoding",
        NoResponse,
        body=b"[]",
        headers=(("Content-Encoding", "gzip"),),
    ),
    Fault(
        "packed, and cut",
        "has a broken encoding",
        NoResponse,
        body=gzip.compress(b"[]")[:-1],
        headers=(("Content-Encoding", "gzip"),),
    ),
    Fault(
        "packed, and more behind it",
        "has a broken encoding",
        NoResponse,
        body=gzip.compress(b"[]") + b"[]" * 50_000,
        headers=(("Content-Encoding", "gzip"),),
    ),
    _said("packed by nobody knows what", NOT_ASKED, b"\x1b[31m\x00", content_encoding="x-hostile"),
    _said("packed by a control", NOT_ASKED, b"[]", content_encoding="[/foo]\x9b31m"),
    _said("packed as nobody asked", NOT_ASKED, zlib.compress(b"[]"), content_encoding="deflate"),
    _said("packed twice", NOT_ASKED, _packed(2), content_encoding="gzip, gzip"),
    Fault(
        "packed twice in two headers",
        NOT_ASKED,
        body=_packed(2),
        headers=(("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")),
    ),
    _said(BOMB, LARGE, _packed(1), content_encoding="gzip"),
    Fault("70 MiB", LARGE, megabytes=70),
    Fault("endless", LARGE, megabytes=10_000),
    _said("200,001 rows that are empty", "has more than 100,000 rows", b"[" + b"{}," * 200_000 + b"{}]"),
    _said("100,001 rows", "has more than 100,000 rows", b"[" + b'{"id":"x"},' * 100_000 + b'{"id":"x"}]'),
    _said("100,001 numbers", "has more than 100,000 rows", b"[" + b"1," * 100_000 + b"1]"),
    _said("a million values", "1,000,000 values in one object", b'{"id":[' + b"[]," * 500_000 + b"[]]}"),
    _said("a control for a type", WHOLE, b"\x07", kind="text/\x85\x9b31mplain"),
]
"""Bodies that are no answer to anything."""


def _kind_of(status: int, body: object) -> type[LettaError]:
    if isinstance(body, bytes) and body.startswith(b"<html>"):
        return WebPage
    if status == 403 and isinstance(body, dict):
        return NotAllowed
    if status in (401, 403):
        return KeyRefused
    if status == 429:
        return RateLimited
    if status in (405, 501) or (status == 404 and body == {"detail": "Not Found"}):
        return NotOffered
    if status == 404:
        return NotThere
    return ServerTrouble if status >= 500 else Rejected


def _refused(name: str, status: int, body: object, **headers: str) -> Fault:
    kind = _kind_of(status, body)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = tuple((key.replace("_", "-"), value) for key, value in headers.items())
    lost = status in (502, 504) or (kind is WebPage and status >= 500)
    written = OutcomeUnknown if lost else kind
    return Fault(f"{status} {name}", f"({status}", kind, written, status=status, body=content, headers=told)


LONG = "'msg': '" * 200_000
REFUSALS = [
    *(
        _refused(f"as a real server says it, {n}", e["status"], e["body"])
        for n, e in enumerate(real("errors"))
        if e["status"] >= 400
    ),
    *(
        _refused(name, status, body)
        for status in (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 501, 502, 503, 504)
        for name, body in (
            ("in HTML", b"<html><h1>nginx</h1></html>"),
            ("without a word", b""),
            ("in no UTF-8", b'{"detail": "\xff"}'),
            (
                "with markup and controls",
                {"detail": "[/foo] [@click=app.quit]x[/] \x1b[2J\x9b31m\u202e\ud800"},
            ),
            (
                "of the provider",
                {"error": {"type": "llm_bad_request", "message": "no such model", "detail": "x"}},
            ),
            ("in a list", {"detail": [{"msg": "a"}, 5, None, {"loc": [["x"]]}]}),
            ("in an odd shape", {"detail": {"a": {"b": [1, None, 1e999]}}, "error": 7}),
            ("as a bare text", "no"),
        )
    ),
    _refused("that takes hours to search", 422, {"detail": LONG}),
    _refused("of 50 MB", 500, b"x" * 3_000_000),
    _refused("for an hour", 429, {"detail": "RATE_LIMIT"}, Retry_After="3600"),
    _refused("until a clock 10 years ahead", 503, {}, Retry_After="Sat, 22 Nov 2036 00:00:00 GMT"),
    _refused("until no time", 429, {}, Retry_After="Mon, 99 Nov 99999999999999 00:00:00 GMT"),
    _refused("for ever", 503, {}, Retry_After="9" * 500),
    _refused("at a clock 10 years back", 500, {}, Date="Sun, 22 Nov 2016 00:00:00 GMT"),
]
"""Statuses with every body that is known of them, and some that are not."""

REDIRECTS = [
    Fault(
        f"{status} to {target or 'nowhere'}",
        "redirects to",
        written=BadResponse,
        status=status,
        headers=(("Location", target),) if target else (),
    )
    for status in (301, 302, 303, 307, 308)
    for target in (
        ELSEWHERE,
        "//elsewhere.invalid/",
        "/login",
        "",
        "javascript:[/foo]",
        "http://[",
        "http://x:99999999/",
    )
]


class Pieces(httpx.AsyncByteStream):
    """A body that is made while it is read; `taken` counts its megabytes."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"["
        if self._fault.line is Line.DRIPPING:
            while True:
                await asyncio.sleep(0.005)
                yield b" "
        for _ in range(self._fault.megabytes):
            self.taken += 1
            yield MEGABYTE
        yield b"]"


class HostileTransport(httpx.AsyncBaseTransport):
    """Answers everything with one fault, or well where there is none."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        self.requests: list[httpx.Request] = []
        self.taken = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.fault
        if fault is None:
            return httpx.Response(200, json=[], request=request)
        if fault.line is Line.BYTES:
            raise httpx.RemoteProtocolError("illegal", request=request)
        if fault.line in BROKEN_BY:
            raise BROKEN_BY[fault.line]("told to", request=request)
        headers = [(key.encode(), value.encode("latin-1")) for key, value in fault.headers]
        if fault.megabytes or fault.line is Line.DRIPPING:
            pieces = Pieces(fault)
            return httpx.Response(fault.status, headers=headers, stream=pieces, request=request)
        body = httpx.ByteStream(fault.body)
        return httpx.Response(fault.status, headers=headers, stream=body, request=request)


class HostileServer:
    """Listens on this machine and does to every connection what the fault says; `heard` are the requests."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        self.heard: list[bytes] = []
        self.url = ""
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[HostileServer]:
        """Until the end of the block; connections that still hang are dropped then."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if self.fault is not None and self.fault.line is Line.REFUSED:
            server.close()
            await server.wait_closed()
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            self.heard.append(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        fault = self.fault
        if fault is None:
            await self._send(writer, head(200, (), 2) + b"[]")
        elif fault.line is Line.RESET:
            found: socket.socket = writer.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif fault.line is Line.SILENT:
            await asyncio.Event().wait()
        elif fault.line is Line.BYTES:
            await self._send(writer, fault.body)
        elif fault.line in (Line.WHOLE, Line.CUT, Line.DRIPPING):
            await self._body(writer, fault)

    async def _body(self, writer: asyncio.StreamWriter, fault: Fault) -> None:
        claimed = fault.megabytes * 2**20 + 2 if fault.megabytes else len(fault.body)
        more = 10_000 if fault.line in (Line.CUT, Line.DRIPPING) else 0
        await self._send(writer, head(fault.status, fault.headers, claimed + more))
        if fault.megabytes:
            async for piece in Pieces(fault):
                await self._send(writer, piece)
            return
        await self._send(writer, fault.body)
        while fault.line is Line.DRIPPING:
            await asyncio.sleep(0.005)
            await self._send(writer, b" ")

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()


def head(status: int, headers: tuple[tuple[str, str], ...], length: int) -> bytes:
    """The first lines of an answer."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{key}: {value}" for key, value in headers)]
    lines += [f"Content-Length: {length}", "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
