"""The API key: a text that spells itself nowhere but in the header that carries it."""

from __future__ import annotations

from collections.abc import Generator
from typing import SupportsIndex

import httpx


class Key(str):
    """An API key that no repr, traceback or log spells out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Key('…')"

    def __getitem__(self, index: SupportsIndex | slice) -> Key:
        """A part of a key is as secret: tracebacks cut long strings before they print them."""
        return Key(super().__getitem__(index))


class Bearer(httpx.Auth):
    """Puts the key on the request itself, whose headers httpx masks when it prints them."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header; httpx asks for it with every request."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request
