"""Keys that arrive together, as a slow line and a fast typist bring them."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.app_helpers import (
    flush,
    focused_id,
    main_screen,
    pane_text,
    post_keys,
    press,
    press_until_held,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
)
from tui.app import LettaApp
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.conflict import ConflictScreen
from tui.ui.dialogs.help import HelpScreen
from tui.ui.dialogs.new_conversation import NewConversationScreen

pytestmark = pytest.mark.anyio


def burst(app: LettaApp, keys: str) -> None:
    """Send keys at once, without waiting for anything between them."""
    for key in keys:
        app.post_message(events.Key(key, key))


async def test_letters_typed_right_after_e_are_not_lost_and_do_not_act() -> None:
    """e and a word in one burst: the editor is not open yet when q arrives, and q must not quit."""
    async with started(small_server("One")) as (app, pilot):
        burst(app, "eqDx")
        await settle(pilot)
        assert app.is_running
        assert main_screen(app).panes.detail.editor.area.text == "OneqDx"


@pytest.mark.parametrize(
    ("first", "line"), [((), "#filter"), (("enter",), "#find-words")], ids=["list", "detail"]
)
async def test_letters_typed_right_after_a_slash_are_looked_for_and_do_not_act(
    first: tuple[str, ...], line: str
) -> None:
    """The line is made when it is first asked for, and q must not quit meanwhile."""
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, *first)
        app.post_message(events.Key("slash", "/"))
        burst(app, "qe")
        await settle(pilot)
        assert app.is_running
        assert main_screen(app).query_one(line, Input).value == "qe"


async def test_r_after_a_failure_repairs_the_pane_whoever_has_the_keys() -> None:
    """The error says "r retries"; the list has the keys, as it does from the start."""
    transport = small_server("One")
    transport.fail(500, path="/v1/conversations/conv-")
    async with started(transport) as (app, pilot):
        assert "r retries" in pane_text(app, "#messages")
        transport.clear()
        await press(pilot, "r")
        assert "the server failed" not in screen_text(app)


async def test_f1_in_the_filter_says_what_the_filter_is() -> None:
    """Its own words of help, as list, reader and editor have."""
    async with started(small_server("One"), size=(120, 60)) as (app, pilot):
        await press(pilot, "slash", "f1")
        assert "in any order" in screen_text(app)


async def test_the_palette_saves_from_the_editor() -> None:
    """What the palette offers while editing, it does."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        offered = {command.title: command for command in app.get_system_commands(app.screen)}
        offered["Save"].callback()
        await settle(pilot)
        assert [row.summary for row in transport.store.conversations.values()] == ["OneX"]


async def test_a_save_that_fails_after_the_cursor_moved_on_does_not_stand_over_another_conversation() -> None:
    """The text belongs to One; Two is under the cursor: a message and a marked draft, no editor over Two."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        transport.fail(500, method="PATCH")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        main_screen(app).panes.list.focus()
        await post_keys(pilot, "j")
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert "not saved" in remarks(app)
        assert "✎ One" in pane_text(app, "#list")
        assert "Two" in pane_text(app, "#title")


async def test_enter_on_a_restored_draft_equal_to_the_old_text_does_not_close_in_silence() -> None:
    """The draft began from "Before", the server now has "Newer", and the text was typed back to "Before"."""
    from tests.ui.test_drafts import keep

    transport = small_server("Newer")
    (wanted,) = transport.store.conversations
    keep(transport, wanted, "Before!", "Before")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "backspace")
        assert "● changed" in pane_text(app, "#editor")
        await press(pilot, "enter")
        assert isinstance(app.screen, ConflictScreen) or focused_id(app) == "summary-text"


async def test_d_right_after_e_is_text_and_never_asks_to_delete() -> None:
    """The editor is not open yet when D arrives."""
    async with started(small_server("One")) as (app, pilot):
        burst(app, "eD")
        await settle(pilot)
        assert app.screen is main_screen(app)
        assert main_screen(app).panes.detail.editor.area.text == "OneD"


async def test_d_right_after_e_is_dropped_where_a_slow_server_lets_no_editor_open() -> None:
    """The default conversation is read first, and has no summary to edit."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "g")
        transport.fail(404, path="/v1/conversations/default")
        gate = transport.hold(method="GET", path="/v1/conversations/default")
        burst(app, "eD")
        await gate.arrived()
        await flush(pilot)
        assert app.screen is main_screen(app)
        gate.open()
        await settle(pilot)
        assert app.screen is main_screen(app)
        assert main_screen(app).edit is None
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)


async def test_text_right_after_ctrl_n_is_typed_into_the_dialog_of_a_slow_server() -> None:
    """q must not quit and D must not ask to delete while the agent's blocks are read."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        gate = transport.hold(method="GET", path="/core-memory/blocks$")
        app.post_message(events.Key("ctrl+n", None))
        burst(app, "Dqe")
        await gate.arrived()
        await flush(pilot)
        assert isinstance(app.screen, NewConversationScreen)
        assert app.screen.query_one("#new-summary", Input).value == "Dqe"
        gate.open()
        await settle(pilot)


async def test_text_right_after_a_is_typed_into_the_agent_picker_of_a_slow_server() -> None:
    """q must not quit and D must not ask to delete while the agents are read."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        gate = transport.hold(method="GET", path="/v1/agents/")
        burst(app, "aqD")
        await gate.arrived()
        await flush(pilot)
        assert isinstance(app.screen, AgentPicker)
        assert app.screen.query_one(Input).value == "qD"
        gate.open()
        await settle(pilot)


async def test_an_answer_right_after_the_key_that_asks_does_nothing_unseen() -> None:
    """D and y in one burst: what would be lost was not shown yet, so nothing is deleted, and no id is copied."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        burst(app, "Dy")
        await settle(pilot)
        assert isinstance(app.screen, AskScreen)
        assert "Copied" not in remarks(app)
        await press(pilot, "y")
        assert "Deleted" in remarks(app)
