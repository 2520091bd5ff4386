"""Closing the dialog of a new conversation while the server is at it."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    asked,
    ids,
    key_of,
    main_screen,
    pane_text,
    press,
    remarks,
    row_id,
    settle,
    small_server,
    started,
    type_text,
)
from tests.ui.stories import create_and_leave

pytestmark = pytest.mark.anyio


async def test_a_creation_goes_on_when_the_dialog_is_closed_meanwhile() -> None:
    """What was sent cannot be taken back: the new row appears with a message."""
    transport = small_server("Old")
    async with started(transport) as (app, pilot):
        gate = await create_and_leave(pilot, transport, "Slow")
        gate.open()
        await settle(pilot)
        assert main_screen(app).panes.list.has_focus
        assert "Slow" in pane_text(app, "#list")
        assert "Created" in remarks(app)


async def test_a_creation_that_fails_behind_a_closed_dialog_is_told() -> None:
    """No answer came, and nobody looks at the dialog any more: the outcome is said all the same."""
    transport = small_server("Old")
    transport.fail(httpx.ReadTimeout, method="POST", after_commit=True)
    async with started(transport) as (app, pilot):
        gate = await create_and_leave(pilot, transport, "Slow")
        gate.open()
        await settle(pilot)
        assert "probably created" in remarks(app)
        assert "Slow" in pane_text(app, "#list")
    assert len(asked(transport, "POST")) == 1


async def test_a_new_conversation_is_shown_even_where_a_filter_would_hide_it() -> None:
    """The filter is of an earlier thought; what was just made is what the user wants to see."""
    transport = small_server("Fix the parser", "Weekly report")
    async with started(transport) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "parser")
        await press(pilot, "enter", "ctrl+n")
        await type_text(pilot, "Brand new")
        await press(pilot, key_of(app, "new.create"))
        assert row_id(app) == ids(transport)[-1]
        assert "Brand new" in pane_text(app, "#list")
