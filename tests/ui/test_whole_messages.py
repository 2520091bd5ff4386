"""Failures that are reported incompletely, or not at all."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NARROW,
    WIDE,
    pane_text,
    press,
    screen_text,
    small_server,
    started,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_failed_page_is_told_to_the_end_with_what_to_do(size: tuple[int, int]) -> None:
    """Reason and "r retries" fit above the list."""
    transport = small_server(*(f"Number {number}" for number in range(45)))
    async with started(transport, page_size=20, size=size) as (app, pilot):
        transport.fail(500, path="/v1/conversations/$")
        await press(pilot, "G")
        assert "the server failed (500" in pane_text(app, "ListHeading")
        assert "r retries" in pane_text(app, "ListHeading")


async def test_a_server_that_fails_meanwhile_is_quoted_in_the_picker() -> None:
    """The dialog says why it is empty; it does not say that nobody has that name."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        transport.fail(500, path="/v1/agents/")
        await press(pilot, "a")
        assert "the server failed (500" in screen_text(app)
