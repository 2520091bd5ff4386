"""A server whose answers come in whatever order a test lets them go."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import httpx
from textual.pilot import Pilot

from tests.app_helpers import PATIENT, flush, settle
from tests.faults.tally import TALLY
from tui.backends.demo.transport import DemoTransport


@dataclass
class Shuffled(httpx.AsyncBaseTransport):
    """The embedded server with a gate before each answer: the work is done when the request comes."""

    inner: DemoTransport
    holding: bool = False
    held: list[tuple[httpx.Request, asyncio.Event]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer at once, or when the gate of this request is opened."""
        answer = await self.inner.handle_async_request(request)
        if self.holding:
            gate = asyncio.Event()
            entry = (request, gate)
            self.held.append(entry)
            try:
                await gate.wait()
            finally:
                if entry in self.held:
                    self.held.remove(entry)
        return answer

    async def arrived(self, pilot: Pilot[None], wanted: int = 1) -> None:
        """Wait until this many responses are pending and no more arrive."""
        async with asyncio.timeout(PATIENT):
            before = -1
            while len(self.held) < wanted or len(self.held) != before:
                before = len(self.held)
                await flush(pilot)

    def release(self, place: int = 0) -> None:
        """Let one answer go."""
        TALLY.fault("answer out of order", place > 0)
        _, gate = self.held.pop(place)
        gate.set()

    async def drain(self, pilot: Pilot[None], chance: random.Random) -> None:
        """Let everything go in an order that chance makes, what is asked meanwhile too."""
        while self.held:
            self.release(chance.randrange(len(self.held)))
            await flush(pilot)
        self.holding = False
        for _, gate in self.held:
            gate.set()
        await settle(pilot)
