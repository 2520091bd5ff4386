"""The pause that a server asked for: whoever comes meanwhile waits too, and it can be cut short."""

from __future__ import annotations

import asyncio

import pytest

from tests.letta.servers import Scripted, page, wired
from tui.letta.retry import Patience
from tui.letta.server_pause import ServerPause
from tui.model.errors import LettaError, RateLimited, attempt

pytestmark = pytest.mark.anyio

ASKED = RateLimited("Asking: busy", status=429, detail="exceeded-quota", retry_after=30.0)


class Asleep:
    """A clock that stands still until a test moves it; who sleeps is woken by nothing else."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()

    def pause(self) -> ServerPause:
        return ServerPause(clock=lambda: self.now, sleep=self.sleep)


async def a_few_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_without_a_pause_nothing_waits() -> None:
    pause = Asleep().pause()
    assert await pause.over()
    assert (pause.left, pause.waited) == (0, 0)
    assert not pause.retry_now()
    assert not pause.give_up()


async def test_of_several_pauses_the_one_that_ends_last_counts() -> None:
    pause = Asleep().pause()
    pause.begin(30, ASKED)
    pause.begin(5, ASKED)
    assert pause.left == 30


@pytest.mark.parametrize("send", [True, False])
async def test_a_pause_is_cut_short_for_all_that_wait(send: bool) -> None:
    clock = Asleep()
    pause = clock.pause()
    pause.begin(30, ASKED)
    waiting = [asyncio.ensure_future(pause.over()) for _ in range(3)]
    await a_few_turns()
    assert not any(one.done() for one in waiting)
    clock.now = 4.0
    assert pause.left == 26
    assert pause.retry_now() if send else pause.give_up()
    assert await asyncio.gather(*waiting) == [send] * 3
    assert pause.waited == 4.0
    assert await pause.over()


async def test_who_waits_goes_on_waiting_where_the_pause_becomes_longer() -> None:
    woken: list[asyncio.Event] = []

    async def sleep(_: float) -> None:
        woken.append(asyncio.Event())
        await woken[-1].wait()

    now = 0.0
    pause = ServerPause(clock=lambda: now, sleep=sleep)
    pause.begin(5, ASKED)
    waiting = asyncio.ensure_future(pause.over())
    await a_few_turns()
    now = 5.0
    pause.begin(30, ASKED)
    woken[0].set()
    await a_few_turns()
    assert not waiting.done()
    woken[1].set()
    assert await waiting


async def test_who_is_cancelled_waits_no_more_and_the_pause_goes_on() -> None:
    clock = Asleep()
    pause = clock.pause()
    pause.begin(30, ASKED)
    waiting = asyncio.ensure_future(pause.over())
    await a_few_turns()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    clock.now = 10.0
    assert (pause.left, pause.waited) == (20, 0)


async def test_each_change_is_said() -> None:
    pause, lengths = Asleep().pause(), list[float]()
    pause.changed = lambda: lengths.append(pause.left)
    pause.begin(30, ASKED)
    pause.retry_now()
    assert lengths == [30, 0]


async def test_what_is_given_up_says_what_the_server_asked_for_and_is_not_sent() -> None:
    server = Scripted(page(429, {"reasons": ["exceeded-quota"]}, retry_after="30"), page(200, {}))
    pause = Asleep().pause()
    async with wired(server, patience=Patience(longest_wait=600), pause=pause) as wire:
        first = asyncio.ensure_future(attempt(wire.get, "/v1/x", what="Asking"))
        await a_few_turns()
        other = asyncio.ensure_future(attempt(wire.get, "/v1/y", what="Listing"))
        await a_few_turns()
        assert len(server.requests) == 1
        pause.give_up()
        for error, what in ((await first, "Asking"), (await other, "Listing")):
            assert isinstance(error, LettaError)
            words = f"{what}: not sent, the server asks to wait 30 s (429: exceeded-quota)"
            assert (type(error), error.what, error.retry_after) == (RateLimited, words, 30.0)
        assert len(server.requests) == 1
        assert await wire.get("/v1/x", what="Asking") == {}


async def test_what_waits_is_sent_at_once_where_the_user_wants_it() -> None:
    server = Scripted(page(429, retry_after="30"), page(200, {"fine": True}))
    pause = Asleep().pause()
    async with wired(server, patience=Patience(longest_wait=600), pause=pause) as wire:
        waiting = asyncio.ensure_future(wire.get("/v1/x", what="Asking"))
        await a_few_turns()
        pause.retry_now()
        assert await waiting == {"fine": True}
