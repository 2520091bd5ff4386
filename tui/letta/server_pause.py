"""The pause that a server asked for: reads wait until it is over, unless somebody cuts it short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from tui.model.errors import LettaError

Sleep = Callable[[float], Awaitable[None]]


class ServerPause:
    """All waiting of one connection before a request is sent again, and how long it was in all.

    A server that asks one request to wait asks all of them, so later requests wait too. `changed` is
    called when a pause begins or ends.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._until = 0.0
        self._waiters: set[asyncio.Future[bool]] = set()
        self._waiting = 0
        self._since = self._waited = 0.0
        self.asked: LettaError | None = None
        """The response that asked for the pause."""
        self.changed: Callable[[], None] = lambda: None

    @property
    def left(self) -> float:
        """Seconds until the pause is over; 0 where there is none."""
        return max(0.0, self._until - self._clock())

    @property
    def waited(self) -> float:
        """Seconds in which at least one request waited, up to now."""
        return self._waited + (self._clock() - self._since if self._waiting else 0.0)

    def begin(self, seconds: float, asked: LettaError) -> None:
        """Have all reads wait from now on; of several pauses the one that ends last counts."""
        self._until = max(self._until, self._clock() + seconds)
        self.asked = asked
        self.changed()

    async def over(self) -> bool:
        """Wait until the pause is over; returns whether to send the request, which is False if it was given up."""
        with self._counted():
            while self.left:
                until = self._until
                if not await self._cut_short(self.left):
                    return False
                if self._until == until:  # nobody made it longer meanwhile
                    self._end(send=True)
        return True

    async def rest(self, seconds: float) -> None:
        """Wait for a short time before another attempt, although the server did not ask for it."""
        with self._counted():
            await self._sleep(seconds)

    def retry_now(self) -> bool:
        """End the pause and send the waiting requests; False if there is no pause."""
        return self._end(send=True)

    def give_up(self) -> bool:
        """End the pause and drop the waiting requests; False if there is no pause."""
        return self._end(send=False)

    def _end(self, *, send: bool) -> bool:
        lasted = self.left > 0
        self._until = 0.0
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(send)
        self.changed()
        return lasted

    async def _cut_short(self, seconds: float) -> bool:
        """Wait this long, or until the pause ends otherwise; returns whether to send the request."""
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        timer = asyncio.ensure_future(self._sleep(seconds))
        timer.add_done_callback(lambda _: None if waiter.done() else waiter.set_result(True))
        self._waiters.add(waiter)
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiters.discard(waiter)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count the time in here as waiting, only once for all requests that wait."""
        if not self._waiting:
            self._since = self._clock()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._waited += self._clock() - self._since
