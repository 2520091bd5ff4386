"""Rows of the last visit: shown at once and marked as old, replaced by fresh ones, never somebody else's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    asked,
    flush,
    ids,
    main_screen,
    make_app,
    only_agent,
    pane_text,
    post_keys,
    press,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
)
from tui.backends.demo.transport import DemoTransport
from tui.storage.paths import state_dir

pytestmark = pytest.mark.anyio
HERE: dict[str, Any] = {"demo": False, "base_url": "http://letta.test"}


async def visited(transport: DemoTransport, **settings: Any) -> None:
    """One run of the app, three hours ago."""
    app = make_app(transport, **HERE, **settings)
    app._clock = lambda: NOW - timedelta(hours=3)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)


def kept() -> list[Path]:
    """The files of last visits."""
    return sorted((state_dir() / "visits").glob("*"))


async def test_old_rows_stand_there_marked_until_fresh_ones_come_and_the_cursor_stays() -> None:
    transport = small_server("One", "Two", "Three")
    await visited(transport)
    second = ids(transport)[1]
    agent = transport.store.agents[only_agent(transport)]
    transport.store.open_conversation(agent.id, "Made since", NOW)
    gate = transport.hold()
    app = make_app(transport, **HERE)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await flush(pilot)
        words = screen_text(app)
        assert "as of 3 h ago" in words
        assert "Two" in words
        assert "Made since" not in words
        assert "Ada" in pane_text(app, "#header")
        await post_keys(pilot, "down")
        await flush(pilot)
        assert row_id(app) == second
        gate.open()
        await settle(pilot)
        assert "as of" not in screen_text(app)
        assert "Made since" in screen_text(app)
        assert row_id(app) == second
        view = main_screen(app).opened.view
        assert view is not None
        assert view.conversation.id == second


async def test_nothing_is_read_for_an_old_row_before_its_list_is_fresh() -> None:
    transport = small_server("One", "Two")
    await visited(transport)
    transport.requests.clear()
    gate = transport.hold()
    app = make_app(transport, **HERE)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await post_keys(pilot, "down", "up")
        await flush(pilot)
        assert not asked(transport, path="/messages")
        gate.open()
        await settle(pilot)
        assert asked(transport, path="/messages")


async def test_a_start_with_a_known_agent_asks_for_all_at_once() -> None:
    """Version, agent and rows: one round trip, and nothing twice."""
    transport = small_server("One")
    await visited(transport)
    transport.requests.clear()
    gate = transport.hold()
    app = make_app(transport, **HERE)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived(3)
        first = [line.split("?")[0] for line in asked(transport)]
        agent = only_agent(transport)
        assert sorted(first) == ["GET /v1/agents/" + agent, "GET /v1/conversations/", "GET /v1/health/"]
        gate.open()
        await settle(pilot)
        again = [line.split("?")[0] for line in asked(transport)]
        assert again.count("GET /v1/conversations/") == 1


async def test_without_a_server_old_rows_stay_and_say_how_old_they_are() -> None:
    transport = small_server("One", "Two")
    await visited(transport)
    transport.fail(httpx.ConnectError)
    async with started(transport, **HERE) as (app, pilot):
        await press(pilot, "escape")
        assert "cannot connect" in screen_text(app)
        assert "these rows are as of 3 h ago" in screen_text(app)
        transport.clear()
        await press(pilot, "r")
        assert "as of" not in screen_text(app)
        assert "2, all" in screen_text(app)


async def test_another_key_does_not_see_the_rows() -> None:
    transport = small_server("Secret plan")
    await visited(transport, api_key="mine")
    gate = transport.hold()
    app = make_app(transport, **HERE, api_key="theirs")
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await flush(pilot)
        assert "Secret plan" not in screen_text(app)
        gate.open()
        await settle(pilot)


async def test_a_damaged_file_is_no_reason_to_stop() -> None:
    transport = small_server("One")
    await visited(transport)
    (path,) = kept()
    path.write_bytes(b'{"version": 1, "rows": [')
    async with started(transport, **HERE) as (app, _):
        assert "One" in screen_text(app)


async def test_rows_that_make_no_sense_are_left_out() -> None:
    transport = small_server("One", "Two")
    await visited(transport)
    (path,) = kept()
    path.write_text(path.read_text().replace(f'"id": "{ids(transport)[0]}"', '"id": 5'))
    gate = transport.hold()
    app = make_app(transport, **HERE)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await flush(pilot)
        assert "Two" in pane_text(app, "#list")
        assert "One" not in pane_text(app, "#list")
        gate.open()
        await settle(pilot)


async def test_an_agent_that_is_gone_takes_its_old_rows_with_it() -> None:
    transport = small_server("One")
    await visited(transport)
    other = small_server("Another", name="Grace")
    async with started(other, **HERE) as (app, _):
        assert "Grace" in pane_text(app, "#header")
        assert "Another" in screen_text(app)
        assert "as of" not in screen_text(app)


@pytest.mark.parametrize("settings", [{**HERE, "last_visit": False}, {"demo": "self-hosted"}])
async def test_nothing_is_kept_of_the_demo_or_where_it_is_not_wanted(settings: dict[str, Any]) -> None:
    app = make_app(small_server("One"), **settings)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
    assert not kept()


async def test_rows_that_were_kept_are_not_shown_where_it_is_not_wanted() -> None:
    transport = small_server("One")
    await visited(transport)
    gate = transport.hold()
    app = make_app(transport, **HERE, last_visit=False)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await flush(pilot)
        assert "One" not in pane_text(app, "#list")
        gate.open()
        await settle(pilot)
