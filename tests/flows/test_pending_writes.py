"""Writes run to their end, whoever waits for them."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.fakes import FakeScreen
from tui.flows.pending_writes import finish

pytestmark = pytest.mark.anyio


async def test_what_is_pending_is_waited_for_no_longer_than_asked() -> None:
    screen, gate = FakeScreen(), asyncio.Event()

    async def write() -> None:
        await gate.wait()

    assert await screen.writes.wait(0.0)
    screen.start_write(write())
    assert screen.writes
    assert not await screen.writes.wait(0.0)
    gate.set()
    assert await screen.writes.wait(5.0)
    assert not screen.writes


@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_result_goes_to_who_waits_or_else_to_who_is_told_of_the_abandoned(cancelled: bool) -> None:
    screen, began, gate = FakeScreen(), asyncio.Event(), asyncio.Event()
    results: list[str] = []
    abandoned: list[str] = []

    async def write() -> str:
        began.set()
        await gate.wait()
        return "done"

    async def flow() -> None:
        results.append(await finish(screen, write(), abandoned.append))

    task = asyncio.create_task(flow())
    await began.wait()
    if cancelled:
        task.cancel()
        await asyncio.wait([task])
    gate.set()
    await screen.settle()
    await asyncio.wait([task])
    assert (results, abandoned) == (([], ["done"]) if cancelled else (["done"], []))


async def test_a_write_that_crashes_ends_who_waits_for_it() -> None:
    screen = FakeScreen()

    async def write() -> None:
        raise RuntimeError("a bug")

    def nobody(result: None) -> None:
        raise AssertionError(result)

    with pytest.raises(asyncio.CancelledError):
        await finish(screen, write(), nobody)
    with pytest.raises(RuntimeError, match="a bug"):
        await screen.settle()
    assert not screen.writes
