"""Embedded servers that interrupt a run at one of its requests, or make it wait."""

from __future__ import annotations

import signal
from collections.abc import Callable

import httpx

from tui.backends.demo.transport import DemoTransport


class Killed(BaseException):
    """Simulates the end of the process: nothing in the program catches it."""


def interrupt() -> None:
    """Interrupt the run as ctrl+c does."""
    signal.raise_signal(signal.SIGINT)


def kill() -> None:
    """End the run at once."""
    raise Killed


def lose() -> None:
    """Break the connection, for this request and all later ones."""
    raise httpx.ConnectError("told to fail")


class Interrupting(DemoTransport):
    """Shares the store of a server; at one of its requests something happens, and a lost connection stays lost."""

    def __init__(self, server: DemoTransport, at: int, what: Callable[[], None]) -> None:
        super().__init__(server.store, flavour="cloud" if server.cloud else "self-hosted")
        self._at, self._what = at, what

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request, unless something happens."""
        if len(self.requests) == self._at or (len(self.requests) > self._at and self._what is lose):
            self._what()
        return await super().handle_async_request(request)


class EveryThird(DemoTransport):
    """Refuses every third request and asks to wait for a second."""

    def __init__(self, server: DemoTransport) -> None:
        super().__init__(server.store)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if len(self.requests) % 3 == 2:
            self.requests.append(request)
            return httpx.Response(429, json={"detail": "Too many"}, headers={"Retry-After": "1"})
        return await super().handle_async_request(request)
