"""Leaving a dead server: the dialog's four answers."""

from __future__ import annotations

import httpx
import pytest
from textual.widgets import Input

from tests.app_helpers import (
    focused_id,
    key_of,
    main_screen,
    pane_text,
    press,
    screen_text,
    small_server,
    started,
    type_text,
)
from tui.screens.connect import ConnectScreen

pytestmark = pytest.mark.anyio


async def test_retry_connects_when_the_server_is_back() -> None:
    """Enter in the dialog tries the same address again."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        transport.clear()
        await press(pilot, "enter")
        assert "connected" in pane_text(app, "#header")
        assert main_screen(app).list.has_focus
        assert "One" in screen_text(app)


async def test_a_missing_key_is_asked_for_and_then_used() -> None:
    """401: the key field has the focus; the right key opens the server, on that address alone."""
    transport = small_server("One", key="s3cret")
    async with started(transport, demo=False, base_url="https://letta.test") as (app, pilot):
        assert focused_id(app) == "key"
        assert "the key was refused (401)" in screen_text(app)
        await type_text(pilot, "wrong")
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        assert "the key was refused (401)" in screen_text(app)
        assert "the key that was entered here is not the one" in screen_text(app)
        assert "wrong" not in screen_text(app)
        await type_text(pilot, "s3cret")
        await press(pilot, "enter")
        assert "One" in screen_text(app)
        assert "s3cret" not in screen_text(app)


async def test_another_address_is_tried_and_its_own_failure_told() -> None:
    """The dialog comes back with the new address and says that it was entered here."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(
        transport, demo=False, base_url="http://letta.test", api_key="for letta.test only"
    ) as (app, pilot):
        app.screen.query_one("#url", Input).value = "http://127.0.0.1:9"
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        words = screen_text(app)
        assert "http://127.0.0.1:9" in words
        assert "entered here" in words
        assert app.settings.api_key is None


async def test_the_demo_is_one_key_away() -> None:
    """ctrl+e leaves the dead server for the embedded one."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, key_of(app, "connect.demo"))
        assert "Refactor the billing API" in screen_text(app)
        assert main_screen(app).list.has_focus
