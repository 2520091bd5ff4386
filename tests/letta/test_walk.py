"""Reading a list page by page ends when nothing new comes, however the server delays it."""

from __future__ import annotations

import asyncio
import gc

import pytest

from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.letta.walk import Walk
from tui.model.errors import NoResponse, TooLarge

pytestmark = pytest.mark.anyio


WIRE = Wire("http://letta.test")


async def value(number: int) -> int:
    return number


async def test_a_page_passes_through() -> None:
    assert await Walk("agents", WIRE).page(value(7)) == 7


async def test_a_request_that_brings_nothing_is_given_up() -> None:
    given_up = False

    async def endless() -> None:
        nonlocal given_up
        try:
            await asyncio.Event().wait()
        finally:
            given_up = True

    with pytest.raises(NoResponse, match=r"Listing agents: no new row within 0.01 seconds \(letta.test\)"):
        await Walk("agents", WIRE, patience=0.01).page(endless())
    assert given_up


async def test_pages_without_a_new_row_share_the_patience_and_a_new_row_renews_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    time = loop.time()
    monkeypatch.setattr(loop, "time", lambda: time)

    async def takes(seconds: float) -> None:
        nonlocal time
        time += seconds

    walk = Walk("conversations", WIRE, patience=60)
    await walk.page(takes(50))
    walk.reached(200)
    time += 3_600  # what is done between two pages does not count
    await walk.page(takes(40))
    walk.reached(200)
    await walk.page(takes(15))
    with pytest.raises(NoResponse, match="no new row within 60 seconds"):
        await walk.page(takes_until_cancelled(takes, 10))


async def takes_until_cancelled(takes: object, seconds: float) -> None:
    await takes(seconds)  # type: ignore[operator]
    await asyncio.Event().wait()


async def test_a_list_without_end_is_said() -> None:
    error = Walk("agents", WIRE).too_large(1_000_000)
    assert isinstance(error, TooLarge)
    assert str(error).startswith("Listing agents: no end after 1,000,000 rows — the rest is not read")


@pytest.mark.parametrize(("read", "seconds"), [(30.0, 60), (5.0, 60), (300.0, 600)])
async def test_whoever_waits_longer_for_a_response_waits_longer_for_a_row(
    monkeypatch: pytest.MonkeyPatch, read: float, seconds: int
) -> None:
    loop = asyncio.get_running_loop()
    time = loop.time()
    monkeypatch.setattr(loop, "time", lambda: time)

    async def takes(seconds: float) -> None:
        nonlocal time
        time += seconds

    walk = Walk("agents", Wire("http://letta.test", patience=Patience(read=read)))
    await walk.page(takes(seconds - 1))
    with pytest.raises(NoResponse, match=f"no new row within {seconds} seconds"):
        await walk.page(takes_until_cancelled(takes, 2))


async def test_a_page_that_fails_while_its_walk_is_cancelled_is_not_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fail = asyncio.Event()

    async def failing() -> None:
        await fail.wait()
        raise ValueError("nobody asks for it")

    task = asyncio.create_task(Walk("agents", WIRE).page(failing()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    fail.set()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, ValueError)):
        await task
    del task
    gc.collect()
    assert not caplog.records
