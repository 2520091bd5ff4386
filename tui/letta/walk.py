"""Reading a list page by page always ends: at a maximum of rows, or if no new row arrives for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from tui.model.errors import NoResponse, TooLarge

if TYPE_CHECKING:
    from tui.letta.transport import Wire

T = TypeVar("T")

MOST_ROWS = 1_000_000
"""Rows of one list that are read page by page: they take about a gigabyte."""

PATIENCE = 60.0
"""Seconds of requests that may bring no new row; twice the read timeout if that is longer."""


class Walk:
    """One list while it is read page by page; only the time of its requests counts, not what is done in between."""

    def __init__(self, noun: str, wire: Wire, *, patience: float | None = None) -> None:
        self._noun, self._server = noun, wire.server
        self._patience = self._left = patience or max(PATIENCE, 2 * wire.patience.read)
        self._pause = wire.pause
        self._rows = 0

    async def page(self, request: Awaitable[T]) -> T:
        """The response to a request for a page; raises NoResponse when no new row has arrived for too long.

        The pauses that the server asks for meanwhile do not count: they are shown, and have limits of their own.
        """
        now, pause = asyncio.get_running_loop().time, self._pause
        began, waited = now(), pause.waited

        def left() -> float:
            return self._left - (now() - began) + (pause.waited - waited)

        response = asyncio.ensure_future(request)
        try:
            while not response.done() and left() > 0:
                await asyncio.wait({response}, timeout=left())
            if response.done():
                return response.result()
        finally:
            if not response.done():
                response.cancel()
                await asyncio.wait({response})
            elif not response.cancelled():
                response.exception()  # of a walk that was cancelled just now, nobody else asks for it
            self._left = left()
        words = f"no new row within {self._patience:g} seconds"
        raise NoResponse(f"Listing {self._noun}: {words} ({self._server})", server=self._server)

    def reached(self, rows: int) -> None:
        """Note how many rows have been read; more than before is progress."""
        if rows > self._rows:
            self._rows, self._left = rows, self._patience

    def too_large(self, rows: int) -> TooLarge:
        """The error of a list that has no end."""
        return TooLarge(f"Listing {self._noun}: no end after {rows:,} rows", server=self._server)
