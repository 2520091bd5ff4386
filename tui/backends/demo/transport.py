"""The embedded server as an httpx transport: can be slowed down, made to fail, and made to wait."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from tui.backends.demo import cloud, errors, older_versions
from tui.backends.demo.cloud import CLOUD, SELF_HOSTED, Cloud
from tui.backends.demo.request import Request
from tui.backends.demo.routes import find_handler
from tui.backends.demo.store import Store

OPEN_PATHS = ("/v1/health/", "/v1/ready/")
Fault = int | type[Exception] | httpx.Response | bytes


@dataclass
class Match:
    """Which requests a fault or a gate is about: a method and a regex searched in the path, None for any."""

    method: str | None = None
    path: str | None = None

    def __call__(self, request: httpx.Request) -> bool:
        """Return whether the request matches."""
        if self.method is not None and request.method != self.method.upper():
            return False
        return self.path is None or re.search(self.path, request.url.path) is not None


@dataclass
class Rule:
    """A fault: the requests it applies to, how often it still does, and whether the request is handled first."""

    fault: Fault
    match: Match
    times: int | None
    after_commit: bool


@dataclass
class Gate:
    """Makes matching requests wait until it is opened."""

    match: Match
    waiting: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _arrival: asyncio.Condition = field(default_factory=asyncio.Condition)

    def open(self) -> None:
        """Let everything through, now and later."""
        self._open.set()

    async def arrived(self, count: int = 1) -> None:
        """Wait until this many requests are waiting."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: self.waiting >= count)

    async def _pass(self) -> None:
        if self._open.is_set():
            return
        self.waiting += 1
        try:
            async with self._arrival:
                self._arrival.notify_all()
            await self._open.wait()
        finally:
            self.waiting -= 1

    async def admit(self, request: httpx.Request) -> None:
        """Make a matching request wait here."""
        if self.match(request):
            await self._pass()


class DemoTransport(httpx.AsyncBaseTransport):
    """Letta 0.16.8 in a transport, or Letta Cloud: give it to an `httpx.AsyncClient` with any base URL.

    With an older `version`, whatever that one lacks is missing here too. `cloud` has switches for what the description
    of the flavour "cloud" leaves open. With `recording`, every request is stored for tests.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        now: datetime | None = None,
        flavour: str = SELF_HOSTED,
        version: str = "0.16.8",
        key: str | None = None,
        recording: bool = True,
    ) -> None:
        self.cloud = Cloud() if flavour == CLOUD else None
        if store is None:
            from tui.backends.demo.data import build_demo_store

            store = build_demo_store(now, isolates=self.cloud is None)
        store.isolates = self.cloud is None
        self.store = store
        self.version = version if self.cloud is None else "Cloud"
        self.requests: list[httpx.Request] = []
        self.latency = 0.0
        self._key = key
        self._recording = recording
        self._rules: list[Rule] = []
        self._gates: list[Gate] = []

    def fail(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int | None = None,
        after_commit: bool = False,
    ) -> None:
        """Answer what matches with a status, an exception or a raw answer, `times` times or until clear()."""
        self._rules.append(Rule(fault, Match(method, path), times, after_commit))

    def hold(self, *, method: str | None = None, path: str | None = None) -> Gate:
        """Make matching requests wait, before the server does anything, until the gate is opened."""
        gate = Gate(Match(method, path))
        self._gates.append(gate)
        return gate

    def clear(self) -> None:
        """Forget all faults and open all gates."""
        self._rules.clear()
        for gate in self._gates:
            gate.open()
        self._gates.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; it is handled without an await, so no other request can come between."""
        await request.aread()
        if self._recording:
            self.requests.append(request)
        for gate in list(self._gates):
            await gate.admit(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        rule = next(self._striking(request), None)
        if rule is None:
            return self._answer(request)
        if rule.after_commit:
            self._answer(request)
        return self._strike(rule.fault, request)

    def _striking(self, request: httpx.Request) -> Iterator[Rule]:
        for rule in self._rules:
            if rule.times != 0 and rule.match(request):
                if rule.times is not None:
                    rule.times -= 1
                yield rule

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            return _respond(200, self._work(request), request)
        except errors.ErrorResponse as refused:
            refusal = cloud.as_of_gateway(refused) if self.cloud else refused
            headers = dict(refusal.headers)
            if "Location" in headers:
                headers["Location"] = _location(request.url, headers["Location"])
            return _respond(refusal.status, refusal.body, request, headers)

    def _work(self, request: httpx.Request) -> Any:
        path = request.url.path
        if self._key is not None and path not in OPEN_PATHS and not self._authorized(request.headers):
            raise errors.by_status(401)
        handler, ids = find_handler(request.method, path, self.cloud)
        params, content = older_versions.adapt_request(self.version, request)
        body = handler(Request(self.store, ids, params, request.headers, content, self.cloud))
        body = older_versions.adapt_response(self.version, path, body)
        return body | {"version": self.version} if path in OPEN_PATHS else body

    def _strike(self, fault: Fault, request: httpx.Request) -> httpx.Response:
        if not isinstance(fault, int):
            return _strike(fault, request)
        refusal = cloud.by_status(fault) if self.cloud else errors.by_status(fault)
        return _respond(refusal.status, refusal.body, request, refusal.headers)

    def _authorized(self, headers: httpx.Headers) -> bool:
        return bool(
            headers.get("authorization") == f"Bearer {self._key}"
            or headers.get("x-bare-password") == f"password {self._key}"
        )


def _location(url: httpx.URL, path: str) -> str:
    query = url.query.decode()
    origin = f"{url.scheme}://{url.netloc.decode()}"
    return f"{origin}{path}?{query}" if query else origin + path


def _strike(fault: type[Exception] | httpx.Response | bytes, request: httpx.Request) -> httpx.Response:
    if isinstance(fault, bytes):
        return httpx.Response(200, content=fault, request=request)
    if isinstance(fault, httpx.Response):
        return httpx.Response(
            fault.status_code, headers=fault.headers, content=fault.content, request=request
        )
    if issubclass(fault, httpx.RequestError):
        raise fault("told to fail", request=request)
    raise fault("told to fail")


def _respond(
    status: int, body: Any, request: httpx.Request, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Write JSON bytes; a string is a page only where the headers say so, and 307 has no body."""
    all_headers = {"content-type": "application/json", **(headers or {})}
    if status == 307:
        all_headers.pop("content-type")
        return httpx.Response(status, headers=all_headers, request=request)
    text = (
        body
        if all_headers["content-type"] == "text/html"
        else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    )
    return httpx.Response(status, headers=all_headers, content=text.encode(), request=request)
