"""An ended worker keeps nothing of what it was given or had made."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from functools import partial

import pytest
from textual.worker import Worker

from tests.app_helpers import WIDE, flush, make_app, settle, small_server

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]


class Much:
    """What a worker is given, or makes."""


@pytest.mark.parametrize("ends", ["by itself", "cancelled"])
async def test_an_ended_worker_holds_nothing_of_what_it_was_given_or_had_made(ends: str) -> None:
    """Without a look for garbage, which comes seldom."""
    started = asyncio.Event()
    made: list[weakref.ref[Much]] = []

    async def work(given: Much) -> None:
        own = Much()
        made.extend((weakref.ref(given), weakref.ref(own)))
        started.set()
        if ends == "cancelled":
            await asyncio.Event().wait()

    app = make_app(small_server("One"))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        gc.disable()
        try:
            kept: Callable[[], Coroutine[None, None, None]] = partial(work, Much())
            worker: Worker[None] = app.screen.run_worker(kept, description="work")
            del kept
            async with asyncio.timeout(60):
                await started.wait()
            worker.cancel()
            await flush(pilot)
            assert worker.is_finished
            assert [one() for one in made] == [None, None]
        finally:
            gc.enable()
