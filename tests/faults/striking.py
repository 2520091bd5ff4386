"""A server that fails at one step of a flow: before the request, instead of the answer, or after the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.tally import TALLY
from tui.backends.demo.transport import DemoTransport

READ, WRITE, READ_BACK = "read", "write", "read back"
Strike = type[httpx.RequestError] | httpx.Response
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Fault:
    """What comes instead of the answer, and whether the server had done the work by then."""

    name: str
    strike: Strike
    done: bool = False

    def __str__(self) -> str:
        return self.name


def status(code: int, detail: str = "told to fail") -> httpx.Response:
    """An error in the shape of Letta's."""
    return httpx.Response(code, json={"detail": detail})


SILENCE: tuple[tuple[str, Strike], ...] = (
    ("reset", httpx.ReadError),
    ("silence", httpx.ReadTimeout),
    ("slow sending", httpx.WriteTimeout),
    ("reset while sending", httpx.WriteError),
    ("cut", httpx.RemoteProtocolError),
    ("502", status(502)),
    ("504", httpx.Response(504, html="<h1>504</h1>")),
    ("500 as a page", httpx.Response(500, html="<h1>500</h1>")),
)
GARBLED: tuple[tuple[str, Strike], ...] = (
    ("half of it", httpx.Response(200, content=b'{"id": "con', headers=JSON)),
    ("a page", httpx.Response(200, html="<h1>hello</h1>")),
    ("bad UTF-8", httpx.Response(200, content=b'"\xff\xfe', headers=JSON)),
    ("broken encoding", httpx.DecodingError),
)
FAILURE: tuple[tuple[str, Strike], ...] = (
    ("500", status(500)),
    ("503", httpx.Response(503, json={"detail": "busy"}, headers={"Retry-After": "0"})),
)

UNSENT = tuple(
    Fault(f"unsent: {kind.__name__}", kind)
    for kind in (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
)
REFUSED = tuple(
    Fault(f"refused: {code}", status(code, "Not Found" if code == 404 else "no"))
    for code in (400, 401, 403, 404, 405, 409, 413, 422, 501)
)
FAILED = tuple(Fault(f"failed: {name}", strike) for name, strike in FAILURE)
PATIENCE = (Fault("failed: 429", status(429)),)
LOST = tuple(Fault(f"sent and lost: {name}", strike) for name, strike in SILENCE)
DONE_AND_LOST = tuple(
    Fault(f"done and lost: {name}", strike, done=True) for name, strike in (*SILENCE, *GARBLED)
)
DONE_AND_FAILED = tuple(Fault(f"done and failed: {name}", strike, done=True) for name, strike in FAILURE)
UNREADABLE = (*UNSENT[:2], *LOST[:2], *FAILED[:1], Fault("garbled", GARBLED[0][1]))


@dataclass
class Striking(httpx.AsyncBaseTransport):
    """The embedded server behind faults: `at` says which strikes every request of which step."""

    inner: DemoTransport
    at: Mapping[str, Fault] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    archives: bool = False
    archived: set[str] = field(default_factory=set)

    def strike(self, **at: Fault) -> None:
        """From now on, with nothing written so far."""
        self.at, self.sent, self.done = {name.replace("_", " "): one for name, one in at.items()}, [], []

    def step_of(self, request: httpx.Request) -> str:
        """A write, or a read before or after it; asking what a write would do reads."""
        if request.method != "GET" and "dry_run" not in request.url.query.decode():
            return WRITE
        return READ_BACK if self.sent else READ

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Strike, or let the server answer."""
        step = self.step_of(request)
        line = f"{request.method} {request.url.path}"
        if step == WRITE:
            self.sent.append(line)
        fault = self.at.get(step)
        if fault is None or fault.done:
            answer = await self._answered(request)
            if step == WRITE and answer.is_success:
                self.done.append(line)
        if fault is None:
            return answer
        TALLY.fault(fault.name)
        strike = fault.strike
        if isinstance(strike, httpx.Response):
            return httpx.Response(strike.status_code, headers=strike.headers, content=strike.content)
        raise strike("told to fail", request=request)

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        """The server's answer; one that archives says so of every conversation, which 0.16.x does not."""
        answer = await self.inner.handle_async_request(request)
        if not self.archives or not answer.is_success or "/v1/conversations/" not in request.url.path:
            return answer
        told = answer.json()
        if request.method == "PATCH" and b'"archived"' in request.content:
            wanted = b"true" in request.content
            (self.archived.add if wanted else self.archived.discard)(told["id"])
        for row in told if isinstance(told, list) else [told]:
            _say_archived(row, self.archived)
        return httpx.Response(200, json=told)


def _say_archived(row: Any, archived: set[str]) -> None:
    if isinstance(row, dict) and str(row.get("id", "")).startswith("conv-"):
        row["archived"] = row["id"] in archived
