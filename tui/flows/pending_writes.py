"""Pending writes, which run to their end even if nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tui.flows.protocols import Workers

Result = TypeVar("Result")
Run = Callable[[], Coroutine[Any, Any, None]]


class PendingWrites:
    """Starts writes and waits for them, within a limit; `run` starts a worker that only the end of the app cancels."""

    def __init__(self, run: Callable[[Run], object]) -> None:
        self._run = run
        self._pending: set[asyncio.Future[None]] = set()

    def __bool__(self) -> bool:
        """Return whether any is pending."""
        return bool(self._pending)

    def start(self, write: Coroutine[Any, Any, None]) -> None:
        """Run a write to its end."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.add(ended)

        async def run() -> None:
            try:
                await write
            finally:
                self._pending.discard(ended)
                ended.cancel()

        self._run(run)

    async def wait(self, seconds: float) -> bool:
        """Wait for the pending ones; False if one isn't done in time."""
        if not self._pending:
            return True
        _, late = await asyncio.wait(set(self._pending), timeout=seconds)
        return not late


async def finish(
    workers: Workers, write: Coroutine[Any, Any, Result], abandoned: Callable[[Result], None]
) -> Result:
    """Return the result of a write; if the caller is cancelled, the write goes on and `abandoned` gets its result."""
    result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        try:
            value = await write
        except BaseException:
            result.cancel()
            raise
        if result.cancelled():
            abandoned(value)
        else:
            result.set_result(value)

    workers.start_write(run())
    return await result
