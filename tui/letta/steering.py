"""How many requests a long run sends at a time: one more while the server responds, half as many when it is busy."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tui.letta.response import Response, Unanswered
from tui.letta.retry import RETRIED
from tui.letta.server_pause import ServerPause

LEAST, START, MOST = 1, 4, 8
"""Concurrent requests; a Letta server is one process, in which more than a few only queue."""

LONGEST_OUTAGE = 10.0
"""Total seconds that a long run waits while no request gets a response: a server may restart, or be gone."""

LONGEST_RUN_WAIT = 60.0
"""Total seconds that a long run waits without a single response; each response resets them."""


class Steering:
    """The limit on the concurrent requests of one long run, such as a check of every conversation.

    It rises by one after as many responses as the limit. A status that asks to come again later (429, 502, 503, 504) or
    a response that does not come in time halves it; requests that were sent before then do not change it again.
    Requests wait in the order in which they were made.
    """

    def __init__(
        self,
        *,
        least: int = LEAST,
        start: int = START,
        most: int = MOST,
        longest_wait: float = LONGEST_RUN_WAIT,
    ) -> None:
        self.limit = start
        """Requests that may be pending at the same time."""
        self.most = most
        self.longest_wait = longest_wait
        self.slowed = 0
        """How often the server was too busy, so that the limit was halved."""
        self.has_answer = False
        """Whether the server has responded; before that, a run fails as early as any command."""
        self._least = least
        self._running = self._sent = 0
        self._answers = 0
        self._ignored = 0
        self._waited = 0.0
        self._waiters: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Steer all reads that are sent within this context, and by tasks created in it, of any client.

        Only in a coroutine that runs to its end: an asynchronous generator would apply it to its caller too.
        """
        token = STEERING.set(self)
        try:
            yield
        finally:
            STEERING.reset(token)

    async def send(self, request: Callable[[], Awaitable[Response]], pause: ServerPause) -> Response:
        """Send a request when its turn comes; the response, or the lack of one, moves the limit."""
        number = await self._take_turn()
        try:
            answer = await request()
        except Unanswered as error:
            if error.silent:
                self._slow_down(number)
            raise
        else:
            if answer.status in RETRIED:
                self._slow_down(number)
            else:
                self._waited, self.has_answer = pause.waited, True
                self._speed_up(number)
            return answer
        finally:
            self._end_turn()

    def may_wait(self, seconds: float, pause: ServerPause, *, gone: bool = False) -> bool:
        """Return whether to wait this long before the next attempt: progress since the last wait allows for new ones.

        `gone` says that no response came at all.
        """
        most = min(self.longest_wait, LONGEST_OUTAGE) if gone else self.longest_wait
        return seconds + pause.waited - self._waited <= most

    def _slow_down(self, number: int) -> None:
        if number > self._ignored:
            self._ignored, self._answers = self._sent, 0
            self.limit = max(self._least, self.limit // 2)
            self.slowed += 1

    def _speed_up(self, number: int) -> None:
        if number > self._ignored:
            self._answers += 1
        if self._answers >= self.limit:
            self._answers = 0
            self.limit = min(self.most, self.limit + 1)

    async def _take_turn(self) -> int:
        """Wait until fewer requests than the limit are under way; returns the number of this one, from 1."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._admit()
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self._end_turn()
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise
        self._sent += 1
        return self._sent

    def _end_turn(self) -> None:
        self._running -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiters and self._running < self.limit:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._running += 1
                waiter.set_result(None)


STEERING: ContextVar[Steering | None] = ContextVar("STEERING", default=None)
"""The steering of the run that a request belongs to; None for requests that a user waits for."""
