"""While the server asks to wait, the seconds are counted, and the user decides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.flows.reading import Screen
from tui.flows.connect import Connection, ServerStatus
from tui.flows.wait_for_server import WaitForServer
from tui.letta.server_pause import ServerPause
from tui.letta.supported import SupportLearner
from tui.model.errors import RateLimited

pytestmark = pytest.mark.anyio

ASKED = RateLimited(
    "Asking: busy", status=429, detail="exceeded-quota", server="letta.test", retry_after=30.0
)


@dataclass
class Counted(Screen):
    """A screen that keeps every number of seconds it was shown."""

    seconds: list[int] = field(default_factory=list)

    def show_connection(self, connection: Connection) -> None:
        super().show_connection(connection)
        self.seconds.append(connection.waiting)


class Desk:
    """The flow with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.screen = Counted()
        self.pause = ServerPause(clock=lambda: self.now, sleep=self.sleep)
        self.flow = WaitForServer(self.pause, ServerStatus(self.screen, SupportLearner()), self.screen)

    async def sleep(self, _: float) -> None:
        """Sleep until the test cuts it short."""
        await asyncio.Event().wait()

    async def look(self, now: float) -> None:
        """Let the flow see the time."""
        self.now = now
        self.pause.changed()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_the_seconds_that_are_left_are_counted_down() -> None:
    desk = Desk()
    desk.pause.begin(30, ASKED)
    await desk.look(0.0)
    assert desk.screen.messages == ["letta.test asks to wait 30 s · r retries now, escape gives up"]
    for now in (1.0, 1.5, 29.9, 30.0):
        await desk.look(now)
    assert desk.screen.seconds == [30, 29, 29, 1, 0]
    await desk.screen.settle("waiting")
    assert len(desk.screen.messages) == 1


@pytest.mark.parametrize("retry", [True, False])
async def test_the_user_ends_it(retry: bool) -> None:
    desk = Desk()
    assert not desk.flow.retry_now()
    assert not desk.flow.give_up()
    desk.pause.begin(30, ASKED)
    waiting = asyncio.ensure_future(desk.pause.over())
    await desk.look(0.0)
    assert desk.flow.retry_now() if retry else desk.flow.give_up()
    assert await waiting is retry
    await desk.screen.settle("waiting")
    assert desk.screen.connection.waiting == 0


async def test_a_later_pause_is_counted_again() -> None:
    desk = Desk()
    desk.pause.begin(3, ASKED)
    await desk.look(0.0)
    await desk.look(3.0)
    await desk.screen.settle("waiting")
    desk.pause.begin(5, ASKED)
    await desk.look(3.0)
    assert desk.screen.connection.waiting == 5
    desk.flow.give_up()
    await desk.screen.settle("waiting")
    assert len(desk.screen.messages) == 2


async def test_a_server_that_was_left_shows_nothing() -> None:
    screen = Counted()
    status = ServerStatus(screen, SupportLearner())
    pause = ServerPause(clock=lambda: 0.0)
    flow = WaitForServer(pause, status, screen)
    status.close()
    pause.begin(30, ASKED)
    flow.give_up()
    await screen.settle("waiting")
    assert screen.seconds == []


async def test_a_pause_that_begins_after_its_server_was_left_says_nothing() -> None:
    """A write that is still under way reads back; neither `r` nor escape would reach its pause."""
    desk = Desk()
    desk.flow.close()
    desk.pause.begin(30, ASKED)
    await desk.look(0.0)
    assert desk.screen.messages == []
    assert not desk.screen.is_working("waiting")
