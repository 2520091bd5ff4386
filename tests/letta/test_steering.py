"""How many requests of a long run are sent at the same time, depending on the responses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.letta.servers import Scripted, Timer, page, wired
from tui.letta.response import Response, Unanswered
from tui.letta.retry import RETRIED, Patience
from tui.letta.server_pause import ServerPause
from tui.letta.steering import LEAST, MOST, START, STEERING, Steering
from tui.model.errors import NoResponse, RateLimited, ServerTrouble

pytestmark = pytest.mark.anyio

PAUSE = ServerPause()
OK = page(200, {"fine": True})


def request(status: int) -> Callable[[], Awaitable[Response]]:
    async def answered() -> Response:
        return Response(status, {}, b"")

    return answered


async def silent() -> Response:
    raise Unanswered("no response within the timeout", silent=True)


async def answers(steering: Steering, *statuses: int) -> list[int]:
    """Return the limit after each response."""
    limits = []
    for status in statuses:
        await steering.send(request(status), PAUSE)
        limits.append(steering.limit)
    return limits


class Held:
    """Requests that are answered when a test says so."""

    def __init__(self, steering: Steering) -> None:
        self.steering = steering
        self.under_way: list[asyncio.Future[int]] = []
        self.tasks: list[asyncio.Task[Response]] = []

    async def _request(self) -> Response:
        self.under_way.append(asyncio.get_running_loop().create_future())
        return Response(await self.under_way[-1], {}, b"")

    async def send(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self.steering.send(self._request, PAUSE)) for _ in range(count)]
        await self.turns()

    async def answer(self, status: int, count: int = 1) -> None:
        for future in [one for one in self.under_way if not one.done()][:count]:
            future.set_result(status)
        await self.turns()

    @property
    def count(self) -> int:
        return sum(not one.done() for one in self.under_way)

    async def turns(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_the_limit_rises_by_one_after_as_many_answers_as_it_allows() -> None:
    steering = Steering(start=2)
    assert await answers(steering, *[200] * 9) == [2, 3, 3, 3, 4, 4, 4, 4, 5]
    assert (await answers(steering, *[200] * 60))[-1] == MOST
    assert Steering().limit == START


@pytest.mark.parametrize("status", sorted(RETRIED))
async def test_a_server_that_is_too_busy_halves_it(status: int) -> None:
    assert await answers(Steering(start=8), status, status, status, status) == [4, 2, 1, LEAST]


async def test_a_response_that_does_not_come_in_time_halves_it() -> None:
    steering = Steering(start=8)
    with pytest.raises(Unanswered):
        await steering.send(silent, PAUSE)
    assert (steering.limit, steering.slowed) == (4, 1)


@pytest.mark.parametrize("status", [200, 400, 404, 500, 501])
async def test_any_other_answer_is_one(status: int) -> None:
    steering = Steering(start=1)
    assert await answers(steering, status) == [2]
    assert steering.slowed == 0


async def test_a_third_of_429_leaves_one_or_two_at_a_time() -> None:
    limits = await answers(Steering(), *[200, 200, 429] * 20)
    assert set(limits[12:]) <= {1, 2}


async def test_of_requests_that_were_sent_together_only_the_first_refusal_counts() -> None:
    steering = Steering(start=8)
    held = Held(steering)
    await held.send(8)
    await held.answer(429, 8)
    assert (steering.limit, steering.slowed) == (4, 1)
    await held.send(1)
    await held.answer(429)
    assert (steering.limit, steering.slowed) == (2, 2)


async def test_never_more_than_the_limit_are_under_way_and_turns_come_in_order() -> None:
    steering = Steering(start=2, most=2)
    held = Held(steering)
    await held.send(5)
    assert held.count == 2
    await held.answer(200)
    assert (held.count, held.tasks[0].done(), held.tasks[1].done()) == (2, True, False)
    await held.answer(200, 2)
    await held.answer(200, 2)
    assert [one.result().status for one in held.tasks] == [200] * 5


async def test_after_a_refusal_those_under_way_end_and_fewer_follow() -> None:
    held = Held(Steering(start=4))
    await held.send(8)
    await held.answer(503)
    assert held.count == 3
    await held.answer(200)
    assert held.count == 2
    await held.answer(200)
    assert held.count == 2


async def test_all_can_be_given_up_at_once() -> None:
    """Cancel requests as ctrl+c does: some are sent, some wait, and each that ends lets another one start."""
    held = Held(Steering(start=2))
    await held.send(9)
    for future in held.under_way:
        future.set_result(200)
    for task in reversed(held.tasks):
        task.cancel()
    ended = await asyncio.gather(*held.tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    again = Held(held.steering)
    await again.send(3)
    assert again.count == 2


async def test_a_request_that_is_given_up_leaves_its_turn_to_the_next() -> None:
    held = Held(Steering(start=1))
    await held.send(3)
    held.tasks[1].cancel()  # waits
    held.tasks[0].cancel()  # is under way
    await held.turns()
    assert held.under_way[0].cancelled()
    assert not held.tasks[2].done()
    await held.answer(200)
    assert held.tasks[2].result().status == 200


@given(st.lists(st.sampled_from([200, 404, 429, 503]), max_size=200))
def test_it_never_leaves_its_bounds(statuses: list[int]) -> None:
    async def run() -> None:
        for limit in await answers(Steering(), *statuses):
            assert LEAST <= limit <= MOST

    asyncio.run(run())


async def test_it_applies_to_what_is_sent_inside_and_to_nothing_else() -> None:
    steering = Steering(start=1)
    async with wired(Scripted(OK)) as wire:
        await wire.get("/v1/x", what="Asking")
        assert steering.limit == 1
        with steering.applied():
            await asyncio.create_task(wire.get("/v1/x", what="Asking"))
        assert steering.limit == 2
        assert STEERING.get() is None


class EveryThird(httpx.AsyncBaseTransport):
    """Refuses every third request."""

    def __init__(self, refusal: httpx.Response) -> None:
        self._refusal = refusal
        self.count = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        return self._refusal if self.count % 3 == 0 else OK


@pytest.mark.parametrize(
    "refusal", [page(429), page(429, retry_after="1"), page(429, retry_after="0"), page(503, retry_after="7")]
)
async def test_a_server_that_refuses_every_third_request_is_asked_until_all_is_read(
    refusal: httpx.Response,
) -> None:
    """A command would stop after 10 seconds of waiting, and a read after its third attempt."""
    server, timer = EveryThird(refusal), Timer()
    patience = Patience(all_waits=10.0)
    async with wired(server, patience=patience, pause=timer.pause()) as wire:
        with Steering().applied():
            reads = [wire.get("/v1/x", what="Asking") for _ in range(100)]
            assert await asyncio.gather(*reads) == [{"fine": True}] * 100
    assert server.count == 149
    assert timer.slept


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (page(429), RateLimited),
        (page(503, retry_after="0"), ServerTrouble),
        (page(429, retry_after="20"), RateLimited),
    ],
)
async def test_without_any_answer_it_waits_for_a_minute_in_all(
    answer: httpx.Response, kind: type[Exception]
) -> None:
    timer = Timer()
    async with wired(Scripted(OK, answer), patience=Patience(), pause=timer.pause()) as wire:
        with Steering().applied():
            await wire.get("/v1/x", what="Asking")
            with pytest.raises(kind):
                await wire.get("/v1/x", what="Asking")
    assert 30 < timer.now <= 60


async def test_a_server_that_is_gone_is_waited_for_ten_seconds() -> None:
    timer = Timer()
    server = Scripted(OK, httpx.ReadError("reset"))
    async with wired(server, patience=Patience(), pause=timer.pause()) as wire:
        with Steering().applied():
            await wire.get("/v1/x", what="Asking")
            with pytest.raises(NoResponse):
                await wire.get("/v1/x", what="Asking")
    assert 4 < timer.now <= 10


async def test_a_longer_wait_than_that_is_not_begun() -> None:
    timer = Timer()
    async with wired(Scripted(OK, page(429, retry_after="61")), pause=timer.pause()) as wire:
        with Steering().applied():
            await wire.get("/v1/x", what="Asking")
            with pytest.raises(RateLimited):
                await wire.get("/v1/x", what="Asking")
    assert timer.now == 0


async def test_before_the_first_answer_it_fails_as_early_as_any_command() -> None:
    server, timer = Scripted(page(503)), Timer()
    async with wired(server, patience=Patience(), pause=timer.pause()) as wire:
        with Steering().applied(), pytest.raises(ServerTrouble):
            await wire.get("/v1/x", what="Asking")
    assert len(server.requests) == 4
    assert timer.now < 5


async def test_a_silent_server_is_asked_again_as_often_as_any_other_failure() -> None:
    server = Scripted(OK, httpx.ReadTimeout("slow"), httpx.ReadTimeout("slow"), OK)
    steering = Steering(start=8)
    async with wired(server) as wire:
        with steering.applied():
            for _ in range(2):
                assert await wire.get("/v1/x", what="Asking") == {"fine": True}
    assert (len(server.requests), steering.slowed) == (4, 2)
