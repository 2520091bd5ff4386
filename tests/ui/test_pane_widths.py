"""The width of the list: dragged, by keys, never so that a pane is of no use."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    NARROW,
    WIDE,
    main_screen,
    press,
    resize,
    settle,
    small_server,
    started,
)
from tui.app import LettaApp
from tui.ui.widgets.panes import LEAST_DETAIL, LEAST_LIST, STEP

pytestmark = pytest.mark.anyio


def width(app: LettaApp) -> int:
    return main_screen(app).panes.left.outer_size.width


async def drag(pilot: Pilot[None], start: int, end: int) -> None:
    await pilot.mouse_down(offset=(start, 10))
    await pilot.hover(offset=(end, 10))
    await pilot.mouse_up(offset=(end, 10))
    await settle(pilot)


async def test_the_border_is_dragged_and_a_double_click_puts_it_back() -> None:
    async with started(small_server("One")) as (app, pilot):
        designed = width(app)
        await drag(pilot, designed - 1, 59)
        assert width(app) == 60
        await drag(pilot, 30, 70)
        assert width(app) == 60, "only the border is a handle"
        await pilot.click(offset=(59, 20), times=2)
        await settle(pilot)
        assert width(app) == designed


async def test_neither_pane_gets_too_narrow() -> None:
    async with started(small_server("One")) as (app, pilot):
        await drag(pilot, width(app) - 1, 2)
        assert width(app) == LEAST_LIST
        await drag(pilot, width(app) - 1, WIDE[0] - 1)
        assert width(app) == WIDE[0] - LEAST_DETAIL


async def test_keys_share_too_and_a_narrow_window_shares_nothing() -> None:
    async with started(small_server("One")) as (app, pilot):
        designed = width(app)
        await press(pilot, "greater_than_sign", "greater_than_sign", "less_than_sign")
        assert width(app) == designed + STEP
        await resize(pilot, NARROW)
        assert width(app) == NARROW[0]
        await resize(pilot, WIDE)
        assert width(app) == designed
