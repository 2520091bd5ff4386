"""Servers for the client's tests: one that reads its answers from a script, one that speaks raw bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tui.letta.retry import Patience
from tui.letta.server_pause import ServerPause
from tui.letta.transport import Wire

FIXTURES = Path(__file__).parents[1] / "fixtures"
AT_ONCE = Patience(backoff=0.0)
"""Asks again without a pause, so that no test waits."""

Answer = httpx.Response | Exception


def real(name: str) -> list[Any]:
    """What a real server answered, by the name of its file."""
    found: list[Any] = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return found


def page(status: int, body: object = None, **headers: str) -> httpx.Response:
    """An answer with a JSON body."""
    return httpx.Response(
        status, json=body, headers={name.replace("_", "-"): headers[name] for name in headers}
    )


class Scripted(httpx.AsyncBaseTransport):
    """Gives these answers in turn, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def only(self) -> httpx.Request:
        """The one request that came."""
        (request,) = self.requests
        return request


@asynccontextmanager
async def wired(
    transport: httpx.AsyncBaseTransport | None,
    base_url: str = "http://letta.test",
    key: str | None = None,
    patience: Patience = AT_ONCE,
    pause: ServerPause | None = None,
) -> AsyncIterator[Wire]:
    """A wire that is closed afterwards; without a transport it uses the network."""
    wire = Wire(base_url, key, transport=transport, patience=patience, pause=pause)
    try:
        yield wire
    finally:
        await wire.close()


class Timer:
    """A clock that only goes on while somebody sleeps, and then jumps to the end of it at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now = max(self.now, end)

    def pause(self) -> ServerPause:
        return ServerPause(clock=lambda: self.now, sleep=self.sleep)


class RawServer:
    """A listener on this machine that answers each connection with the next bytes, then cuts it."""

    def __init__(self, answers: Iterable[bytes]) -> None:
        self._answers = list(answers)
        self.heard: list[bytes] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()  # whoever connected asks nothing, which shows here from Python 3.12 on
            return
        self.heard.append(head)
        writer.write(self._answers.pop(0))
        writer.close()
        await writer.wait_closed()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[RawServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield self


def http_answer(body: bytes, *, status: str = "200 OK", claims: int | None = None, head: str = "") -> bytes:
    """A whole HTTP answer in bytes, which may claim a longer body than it has."""
    size = len(body) if claims is None else claims
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{head}\r\n".encode() + body
