"""What is said of a server that does not answer: which one, and for how long it is waited for at most."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.flows.reading import NOW
from tui.backends.demo import DemoTransport, Store
from tui.flows.slow_response import SlowResponse
from tui.letta.request_log import RequestLog
from tui.letta.retry import Patience
from tui.letta.transport import Wire

pytestmark = pytest.mark.anyio


class Clock:
    """A time that a test moves on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Panes:
    """Notes what is shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def show_waiting(self, text: str) -> None:
        self.shown.append(text)


async def test_the_seconds_that_are_left_are_counted_until_the_answer_is_there() -> None:
    clock, panes = Clock(), Panes()
    transport = DemoTransport(Store.empty(NOW), now=NOW)
    gate = transport.hold()
    log = RequestLog(clock)
    wire = Wire("http://letta.test", None, transport=transport, log=log, patience=Patience(read=30.0))
    slow = SlowResponse(wire, clock, panes)
    slow.tick()
    reading = asyncio.create_task(wire.get("/v1/agents/", what="Listing agents"))
    await gate.arrived()
    for seconds in (0, 1.5, 0.5, 1, 27, 5):
        clock.pass_by(seconds)
        slow.tick()
    words = "letta.test has not responded yet · giving up in {} s"
    assert panes.shown == [words.format(28), words.format(27), words.format(1)]
    gate.open()
    await reading
    slow.tick()
    assert panes.shown[-1] == ""
    await wire.close()


async def test_a_request_to_the_server_before_is_not_waited_for() -> None:
    clock, panes = Clock(), Panes()
    transport = DemoTransport(Store.empty(NOW), now=NOW)
    gate = transport.hold()
    log = RequestLog(clock)
    old = Wire("http://old.test", None, transport=transport, log=log)
    new = Wire("http://new.test", None, transport=transport, log=log)
    reading = asyncio.create_task(old.get("/v1/agents/", what="Listing agents"))
    await gate.arrived()
    clock.pass_by(10)
    SlowResponse(new, clock, panes).tick()
    assert panes.shown == []
    gate.open()
    await reading
    await old.close()
    await new.close()
