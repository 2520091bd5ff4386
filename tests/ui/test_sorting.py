"""Sorting and refreshing read from the server again; the cursor stays on its conversation."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NARROW,
    WIDE,
    asked,
    ids,
    main_screen,
    only_agent,
    pane_text,
    press,
    resize,
    row_id,
    screen_text,
    started,
)
from tests.ui.stories import numbered

pytestmark = pytest.mark.anyio


async def test_the_cursor_stays_on_its_conversation_through_refresh_sort_and_resize() -> None:
    """By id: rows come above it, the order turns round, the window shrinks and grows."""
    transport = numbered(30)
    wanted = ids(transport)[11]
    async with started(transport) as (app, pilot):
        await press(pilot, *["j"] * 11)
        assert row_id(app) == wanted
        transport.store.add_conversation(only_agent(transport), "Brand new")
        await press(pilot, "r")
        assert "Brand new" in screen_text(app)
        assert row_id(app) == wanted
        for key in ("R", "s", "s", "s", "S", "S"):
            await press(pilot, key)
            assert row_id(app) == wanted, key
            assert "Number 011" in pane_text(app, "#list"), key
        await resize(pilot, NARROW)
        assert row_id(app) == wanted
        assert "Number 011" in pane_text(app, "#list")
        await resize(pilot, WIDE)
        assert row_id(app) == wanted


async def test_a_sort_is_asked_of_the_server_and_said_above_the_list() -> None:
    """Sorting what happens to be loaded would be wrong."""
    transport = numbered(30)
    async with started(transport) as (app, pilot):
        await press(pilot, "s")
        assert "last message ↓" in pane_text(app, "ListHeading")
        assert asked(transport, "GET", "order_by=last_message_at")
        await press(pilot, "s")
        assert "last run" in pane_text(app, "ListHeading")
        assert asked(transport, "GET", "order_by=last_run_completion")
        await press(pilot, "s", "S")
        assert "oldest" in pane_text(app, "ListHeading")
        assert [row.summary for row in main_screen(app).panes.list.rows[1:3]] == ["Number 029", "Number 028"]


async def test_a_conversation_deleted_meanwhile_leaves_the_list_on_refresh() -> None:
    """The cursor stays in its place, on a neighbour."""
    transport = numbered(10)
    gone = ids(transport)[3]
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "j", "j")
        assert row_id(app) == gone
        transport.store.delete_conversation(gone)
        await press(pilot, "r")
        assert "Number 003" not in pane_text(app, "#list")
        assert row_id(app) in ids(transport)[2:4]
        assert "Number 00" in pane_text(app, "#title")
