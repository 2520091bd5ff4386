"""A store, and requests to it as the client sends them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.letta_code_store import QUIET, StoreMaker
from tui.backends.letta_code.transport import LettaCodeTransport


class Asked:
    """Sends requests to a transport and returns what it answers."""

    def __init__(self, transport: LettaCodeTransport) -> None:
        self.transport = transport

    def get(self, path: str, /, **query: Any) -> Any:
        """The body of an answer that has to be a success."""
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, /, **query: Any) -> tuple[int, str]:
        """Status and reason of an answer that has to be a refusal."""
        answer = self.send("GET", path, **query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["detail"]

    def send(self, method: str, path: str, /, *, body: Any = None, **query: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            request = httpx.Request(method, f"http://store{path}", params=query, json=body)
            answer = await self.transport.handle_async_request(request)
            await answer.aread()
            return answer

        return asyncio.run(exchange())


@pytest.fixture
def store(tmp_path: Path) -> StoreMaker:
    return StoreMaker(tmp_path / "store")


@pytest.fixture
def ask(store: StoreMaker) -> Iterator[Asked]:
    asked = Asked(LettaCodeTransport(store.root, clock=lambda: float(QUIET)))
    yield asked
    asyncio.run(asked.transport.aclose())


_OPENED: list[list[str]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _OPENED:
        _OPENED[-1].append(str(arguments[0]))


sys.addaudithook(_note)  # for good: hooks cannot be removed


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The name of every file that is opened during a test, as it was given."""
    _OPENED.append([])
    yield _OPENED[-1]
    _OPENED.pop()
