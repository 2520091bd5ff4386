"""A server that asks to wait: the seconds stand in the header, r retries now, escape gives up."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    NARROW,
    WIDE,
    asked,
    ids,
    main_screen,
    make_app,
    pane_text,
    post_keys,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    until,
    writes,
)
from tui.backends.demo.transport import DemoTransport

pytestmark = pytest.mark.anyio

BUSY = {"reasons": ["exceeded-quota"], "timeToQuotaResetMs": 45_000}


def busy(transport: DemoTransport, path: str, method: str = "GET") -> None:
    """Have the server ask for 45 seconds, once."""
    transport.fail(httpx.Response(429, json=BUSY), path=path, method=method, times=1)


def reads(transport: DemoTransport, conversation_id: str) -> int:
    """How often this conversation was asked for, without its messages."""
    line = f"GET /v1/conversations/{conversation_id}"
    return asked(transport, "GET", line).count(line)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_r_sends_at_once_what_waits(size: tuple[int, int]) -> None:
    transport = small_server("One", "Two")
    second = ids(transport)[1]
    async with started(transport, size=size) as (app, pilot):
        busy(transport, f"/v1/conversations/{second}$")
        await post_keys(pilot, "j")
        await until(pilot, lambda: "waiting 45 s" in pane_text(app, "#header"))
        assert "asks to wait 45 s · r retries now, escape gives up" in remarks(app)
        before = reads(transport, second)
        await press(pilot, "r")
        assert "connected" in pane_text(app, "#header")
        assert reads(transport, second) == before + 1
        await press(pilot, "enter")
        assert "⚙ system" in pane_text(app, "#messages")


async def test_escape_gives_up_and_says_what_was_asked_for() -> None:
    transport = small_server("One", "Two")
    second = ids(transport)[1]
    async with started(transport) as (app, pilot):
        busy(transport, f"/v1/conversations/{second}$")
        await post_keys(pilot, "j")
        await until(pilot, lambda: "waiting" in pane_text(app, "#header"))
        await press(pilot, "escape")
        assert "the server asks to wait 45 s (429: exceeded-quota)" in pane_text(app, "#messages")
        assert "r retries" in pane_text(app, "#messages")
        assert row_id(app) == second
        await press(pilot, "enter", "r")
        assert "⚙ system" in pane_text(app, "#messages")


async def test_the_first_list_waits_too_and_takes_keys_meanwhile() -> None:
    transport = small_server("One")
    busy(transport, "/v1/agents/$")
    app = make_app(transport)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "waiting 45 s" in pane_text(app, "#header"))
        assert "Refresh" in pane_text(app, "KeyLine")
        await press(pilot, "r")
        assert "One" in screen_text(app)
        assert "waiting" not in pane_text(app, "#header")


async def test_other_reads_wait_meanwhile_and_nothing_is_sent() -> None:
    transport = small_server("One", "Two", "Three")
    second, third = ids(transport)[1:]
    async with started(transport) as (app, pilot):
        busy(transport, f"/v1/conversations/{second}$")
        await post_keys(pilot, "j")
        await until(pilot, lambda: "waiting" in pane_text(app, "#header"))
        await post_keys(pilot, "j")
        await until(pilot, lambda: row_id(app) == third and main_screen(app).is_working("open"))
        assert not asked(transport, "GET", f"/v1/conversations/{third}")
        await press(pilot, "r")
        assert asked(transport, "GET", f"/v1/conversations/{third}")


async def test_a_write_is_not_sent_again_and_says_the_seconds() -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        busy(transport, "/v1/conversations/", method="PATCH")
        await press(pilot, "e", "x", "enter")
        words = " ".join(pane_text(app, "SummaryEditor").split())
        assert (
            "the server asks to wait 45 s (429: exceeded-quota); this is not retried automatically" in words
        )
        assert len(writes(transport)) == 1
        assert "waiting" not in pane_text(app, "#header")
        await press(pilot, "enter")
        await settle(pilot)
        assert "Saved" in remarks(app)
