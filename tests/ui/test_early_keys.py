"""Keys typed before the first rows are shown: done later, in order, or dropped; text is never taken for a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app_helpers import (
    NOW,
    WIDE,
    flush,
    focused_id,
    ids,
    key_event,
    main_screen,
    make_app,
    only_agent,
    post_keys,
    press,
    remarks,
    row_id,
    settle,
    small_server,
    type_text,
    until,
    writes,
)
from tests.ui.test_last_visit import HERE, visited
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport, Gate
from tui.flows.availability import READ_ONLY, ROWS_LOADING
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.connection_failed import ConnectScreen
from tui.ui.dialogs.connections import ConnectionsScreen
from tui.ui.dialogs.help import HelpScreen
from tui.ui.dialogs.new_conversation import NewConversationScreen

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def starting(
    transport: DemoTransport, *, path: str | None = None, **settings: Any
) -> AsyncIterator[tuple[LettaApp, Pilot[None], Gate]]:
    """The app while the first response is awaited, or the one from that path."""
    gate = transport.hold(path=path)
    app = make_app(transport, **settings)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await flush(pilot)
        yield app, pilot, gate
        gate.open()


async def type_early(pilot: Pilot[None], gate: Gate, *keys: str, burst: bool = False) -> None:
    """Type these keys, then let the server answer."""
    if burst:
        for key in keys:
            pilot.app.post_message(key_event(key))
    else:
        await post_keys(pilot, *keys)
    gate.open()
    await settle(pilot)


def editor_text(app: LettaApp) -> str:
    main = main_screen(app)
    assert main.edit is not None
    assert focused_id(app) == "summary-text"
    return main.panes.detail.editor.area.text


# done later


@pytest.mark.parametrize("burst", [False, True])
async def test_e_and_text_are_typed_into_the_editor(burst: bool) -> None:
    """q does not quit, D does not ask to delete."""
    async with starting(small_server("One", "Two")) as (app, pilot, gate):
        await type_early(pilot, gate, "e", *"qD x", burst=burst)
        assert app.screen is main_screen(app)
        assert editor_text(app) == "OneqD x"


async def test_e_is_done_on_the_row_that_the_cursor_was_moved_to() -> None:
    async with starting(small_server("One", "Two", "Three")) as (app, pilot, gate):
        await type_early(pilot, gate, "j", "j", "e", *"qD")
        assert editor_text(app) == "ThreeqD"


async def test_no_row_that_was_not_seen_is_written() -> None:
    """Enter would save: what follows the text is dropped, and a letter behind it is no command."""
    transport = small_server("One")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, "e", *"new", "enter", "D", "y")
        assert editor_text(app) == "Onenew"
        assert not writes(transport)


@pytest.mark.parametrize("keys", [("u",), ("ctrl+y",), ("j", "u"), ("w",)])
async def test_what_acts_without_a_question_is_refused(keys: tuple[str, ...]) -> None:
    transport = small_server("One", "Two")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, *keys)
        assert remarks(app) == ROWS_LOADING
        assert not writes(transport)


async def test_a_slash_and_text_are_typed_into_the_filter() -> None:
    async with starting(small_server("One", "Two qe")) as (app, pilot, gate):
        await type_early(pilot, gate, "/", *"qe")
        assert main_screen(app).query_one("#filter", Input).value == "qe"
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["Two qe"]


async def test_ctrl_n_and_text_are_typed_into_the_new_conversation() -> None:
    transport = small_server("One")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, "ctrl+n", *"Dq", "enter", "enter")
        assert isinstance(app.screen, NewConversationScreen)
        assert app.screen.query_one("#new-summary", Input).value == "Dq"
        assert not writes(transport)


async def test_d_asks_and_is_not_answered_by_a_key_typed_before() -> None:
    transport = small_server("One")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, "D", "y")
        assert isinstance(app.screen, AskScreen)
        assert not writes(transport)
        assert "Copied" not in remarks(app)


async def test_marks_are_set_on_the_rows() -> None:
    transport = small_server("One", "Two", "Three")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, "space", "space")
        assert set(main_screen(app).marks.rows) == set(ids(transport)[:2])


async def test_y_copies_nothing() -> None:
    async with starting(small_server("One")) as (app, pilot, gate):
        await type_early(pilot, gate, "y")
        assert app.screen is main_screen(app)
        assert "Copied" not in remarks(app)


async def test_keys_typed_while_the_rows_of_a_chosen_agent_are_read_are_done_later() -> None:
    """The agents are known, and of the chosen one the rows are still to come."""
    transport = DemoTransport(now=NOW)
    app = make_app(transport, demo=False)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, AgentPicker)
        gate = transport.hold(path="/v1/conversations/")
        await type_text(pilot, "grace")
        app.post_message(key_event("enter"))
        await gate.arrived()
        await flush(pilot)
        await type_early(pilot, gate, "e", *"qD")
        assert editor_text(app).endswith("qD")


# done at once


async def test_q_quits() -> None:
    async with starting(small_server("One")) as (app, pilot, _):
        app.post_message(key_event("q"))
        await until(pilot, lambda: not app.is_running)


async def test_q_quits_after_keys_that_only_move() -> None:
    """A server that hangs keeps nobody from quitting."""
    async with starting(small_server("One")) as (app, pilot, _):
        await post_keys(pilot, "j", "j")
        app.post_message(key_event("q"))
        await until(pilot, lambda: not app.is_running)


@pytest.mark.parametrize(("key", "dialog"), [("?", HelpScreen), ("ctrl+o", ConnectionsScreen)])
async def test_help_and_connections_open(key: str, dialog: type) -> None:
    async with starting(small_server("One")) as (app, pilot, _):
        await post_keys(pilot, "j", key)
        await until(pilot, lambda: isinstance(app.screen, dialog))


async def test_a_and_text_are_typed_into_the_agent_picker() -> None:
    async with starting(small_server("One")) as (app, pilot, gate):
        await type_early(pilot, gate, "a", *"qD")
        assert isinstance(app.screen, AgentPicker)
        assert app.screen.query_one(Input).value == "qD"


async def test_escape_drops_what_was_put_off() -> None:
    transport = small_server("One", "Two")
    async with starting(transport) as (app, pilot, gate):
        await type_early(pilot, gate, "j", "e", *"qD", "escape")
        assert main_screen(app).edit is None
        assert app.screen is main_screen(app)
        assert row_id(app) == ids(transport)[0]


async def test_after_escape_q_quits() -> None:
    async with starting(small_server("One")) as (app, pilot, _):
        await post_keys(pilot, "e", "q", "escape")
        assert app.is_running
        app.post_message(key_event("q"))
        await until(pilot, lambda: not app.is_running)


# dropped


async def test_where_the_summary_cannot_be_edited_text_for_it_is_dropped() -> None:
    async with starting(small_server("One"), readonly=True) as (app, pilot, gate):
        await type_early(pilot, gate, "e", *"qD!")
        assert app.screen is main_screen(app)
        assert main_screen(app).edit is None
        assert remarks(app) == READ_ONLY


@pytest.mark.parametrize("keys", [("e", *"qD"), ("/", *"qD"), ("ctrl+n", *"qD"), ("D", "y"), ("j", "j")])
async def test_a_connection_that_fails_drops_them(keys: tuple[str, ...]) -> None:
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with starting(transport, **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, *keys)
        assert isinstance(app.screen, ConnectScreen)
        assert app.screen.query_one("#url", Input).value == HERE["base_url"]
        transport.clear()
        await press(pilot, "escape", "r")
        assert focused_id(app) == "list"
        assert main_screen(app).edit is None
        assert row_id(app) == ids(transport)[0]


@pytest.mark.parametrize("keys", [("e", *"qD"), ("/", *"qD"), ("D", "y")])
async def test_an_agent_picker_that_opens_instead_takes_none_of_them(keys: tuple[str, ...]) -> None:
    async with starting(DemoTransport(now=NOW), demo=False) as (app, pilot, gate):
        await type_early(pilot, gate, *keys)
        assert isinstance(app.screen, AgentPicker)
        assert app.screen.query_one(Input).value == ""


async def test_without_any_agent_they_are_refused() -> None:
    transport = small_server()
    transport.store.agents.clear()
    async with starting(transport, demo=False) as (app, pilot, gate):
        await type_early(pilot, gate, "e", *"qD")
        assert app.screen is main_screen(app)
        assert remarks(app) == "No agent is chosen"


@pytest.mark.parametrize("keys", [("e", *"qD"), ("D", "y")])
async def test_rows_that_cannot_be_read_leave_nothing_to_do(keys: tuple[str, ...]) -> None:
    transport = small_server("One")
    transport.fail(500, path="/v1/conversations/")
    async with starting(transport, path="/v1/conversations/", **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, *keys)
        assert app.screen is main_screen(app)
        assert remarks(app) == "No conversation is selected"
        transport.clear()
        await press(pilot, "r")
        assert row_id(app) == ids(transport)[0]
        assert main_screen(app).edit is None


# with rows of the last visit


async def test_e_and_text_edit_a_row_of_the_last_visit() -> None:
    transport = small_server("One", "Two")
    await visited(transport)
    async with starting(transport, **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, "j", "e", *"qD")
        assert editor_text(app) == "TwoqD"


async def test_d_asks_about_the_row_of_the_last_visit_that_was_seen() -> None:
    """Another one was made meanwhile, and stands where the cursor stood."""
    transport = small_server("One", "Two")
    await visited(transport)
    transport.store.open_conversation(only_agent(transport), "Made since", NOW)
    async with starting(transport, **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, "D", "y")
        assert isinstance(app.screen, AskScreen)
        assert "“One”" in app.screen._title
        assert not writes(transport)


@pytest.mark.parametrize("keys", [("e", *"qD"), ("D", "y")])
async def test_a_connection_that_fails_over_rows_of_the_last_visit_takes_no_text_for_a_command(
    keys: tuple[str, ...],
) -> None:
    transport = small_server("One", "Two")
    await visited(transport)
    transport.fail(httpx.ConnectError)
    async with starting(transport, **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, *keys)
        assert app.is_running
        assert not writes(transport)
        fields = [screen.query_one("#url", Input) for screen in app.screen_stack if screen.query("#url")]
        assert [field.value for field in fields] == [HERE["base_url"]]


async def test_text_for_a_row_whose_agent_is_gone_is_not_typed_into_the_picker() -> None:
    transport = small_server("One")
    await visited(transport)
    async with starting(DemoTransport(now=NOW), **HERE) as (app, pilot, gate):
        await type_early(pilot, gate, "e", *"qD")
        assert isinstance(app.screen, AgentPicker)
        assert app.screen.query_one(Input).value == ""
