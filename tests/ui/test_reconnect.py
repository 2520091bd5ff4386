"""Leaving a dead server: the dialog's four answers."""

from __future__ import annotations

import httpx
import pytest
from textual.widgets import Input

from tests.app_helpers import (
    NOW,
    WIDE,
    asked,
    draft_on_disk,
    focused_id,
    ids,
    key_of,
    main_screen,
    pane_text,
    press,
    press_until_held,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    until,
)
from tests.letta.servers import RawServer
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.flows.choose_server import ServerChoice
from tui.model.errors import NoResponse
from tui.ui.dialogs.connection_failed import ConnectScreen
from tui.ui.main_screen import MainScreen

pytestmark = pytest.mark.anyio


async def test_retry_connects_when_the_server_is_back() -> None:
    """Enter in the dialog tries the same address again."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        transport.clear()
        await press(pilot, "enter")
        assert "connected" in pane_text(app, "#header")
        assert main_screen(app).panes.list.has_focus
        assert "One" in screen_text(app)


async def test_a_missing_key_is_asked_for_and_then_used() -> None:
    """401: the key field has the focus; the right key opens the server, on that address alone."""
    transport = small_server("One", key="s3cret")
    async with started(transport, demo=False, base_url="https://letta.test") as (app, pilot):
        assert focused_id(app) == "key"
        assert "the API key is missing or wrong (401)" in screen_text(app)
        assert "✗ The server requires an API key" in screen_text(app)
        await type_text(pilot, "MISTYPED")
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        assert "the API key is missing or wrong (401)" in screen_text(app)
        assert "The server does not accept the key that was entered here" in screen_text(app)
        assert "MISTYPED" not in screen_text(app)
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
    ) as (
        app,
        pilot,
    ):
        app.screen.query_one("#url", Input).value = "http://127.0.0.1:9"
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        words = screen_text(app)
        assert "http://127.0.0.1:9" in words
        assert "entered here" in words
        assert app.settings.api_key is None


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SSL_CERT_FILE", "/nowhere.pem", "SSL_CERT_FILE names a file that cannot be read: /nowhere.pem"),
        ("HTTPS_PROXY", "http://robin:S3CRET@proxy:port", "HTTPS_PROXY must name a host and a port"),
    ],
)
async def test_an_environment_that_cannot_be_used_is_said_in_the_dialog(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, and the demo is still one key away."""
    monkeypatch.setenv(variable, value)
    app = LettaApp(Settings(base_url="https://letta.test"), clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ConnectScreen)
        shown = " ".join(screen_text(app).split())
        assert words in shown
        assert "Correct or unset it, then restart." in shown
        assert "S3CRET" not in shown
        await press(pilot, key_of(app, "connect.demo"))
        assert "Refactor the billing API" in screen_text(app)


async def test_a_dead_proxy_is_said_in_the_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer([]).listening() as nobody:
        pass
    monkeypatch.setenv("HTTPS_PROXY", nobody.url)
    app = LettaApp(Settings(base_url="https://letta.test"), clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ConnectScreen)
        shown = " ".join(screen_text(app).split())
        assert f"the proxy 127.0.0.1:{nobody.port} (HTTPS_PROXY) cannot be reached" in shown
        assert "To connect without it, add letta.test to NO_PROXY." in shown
        assert "Is the server running" not in shown


async def test_the_demo_is_one_key_away() -> None:
    """ctrl+e leaves the dead server for the embedded one."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, key_of(app, "connect.demo"))
        assert "Refactor the billing API" in screen_text(app)
        assert main_screen(app).panes.list.has_focus


def to_demo(app: LettaApp) -> None:
    """Leave for the demo, as the dialogs do."""
    main_screen(app).post_message(MainScreen.Reconnect(ServerChoice(demo=True)))


async def test_a_save_under_way_keeps_no_editor_open_over_another_server() -> None:
    """The text is a draft of the server it was typed for, and it is said that it may be saved there."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "e", "1")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        to_demo(app)
        await until(pilot, lambda: "Refactor the billing API" in screen_text(app))
        assert main_screen(app).edit is None
        assert "A change on localhost:8283 was still in progress when you left" in remarks(app)
        kept = draft_on_disk("http://localhost:8283", wanted)
        assert kept is not None
        assert kept["text"] == "One1"
        gate.open()
        await settle(pilot)
        await press(pilot, "j", "e", "2")
        edit = main_screen(app).edit
        assert edit is not None
        assert edit.text.endswith("2")


async def test_a_save_goes_on_when_its_server_is_left() -> None:
    """It is sent and confirmed there, which is said with the server's name; the next server's list stays its own."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "e", "1")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        to_demo(app)
        await until(pilot, lambda: "Refactor the billing API" in screen_text(app))
        gate.open()
        await settle(pilot)
        assert "localhost:8283: Saved: One1" in remarks(app)
        assert "One1" not in pane_text(app, "#list")
    assert transport.store.conversations[wanted].summary == "One1"
    assert draft_on_disk("http://localhost:8283", wanted) is None


async def test_a_write_that_does_not_end_is_cut_off_with_its_connection() -> None:
    """The wait for it is bounded, so that a server that is silent cannot keep its connections open."""
    transport = small_server("One")
    async with started(transport, demo=False) as (app, pilot):
        wire = main_screen(app).services.wire
        await press(pilot, "e", "1")
        await press_until_held(pilot, transport, "enter", method="PATCH")
        app.last_writes = 0.0
        to_demo(app)
        await until(pilot, lambda: "Refactor the billing API" in screen_text(app))
        await until(pilot, lambda: all(one.group != "closing" or one.is_finished for one in app.workers))
        with pytest.raises(NoResponse, match="this connection was closed"):
            await wire.get("/v1/health/", what="Reaching the server")


async def test_nothing_that_was_read_or_given_up_on_one_server_is_taken_for_the_next() -> None:
    """The same ids on both, as a copy of a server has: history and discarded text."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1", "escape", "enter", "H", "escape")
        assert len(asked(transport, "GET", "/v1/messages/?")) == 1
        main = main_screen(app)
        assert main.writing.edit.discarded
        main.start_over(main.services)
        await settle(pilot)
        assert not main.writing.edit.discarded
        await press(pilot, "enter", "H")
        assert len(asked(transport, "GET", "/v1/messages/?")) == 2
