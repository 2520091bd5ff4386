"""Keys and focus: panes, narrow windows, help and palette."""

from __future__ import annotations

import pytest
from textual import events
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from tests.app_helpers import (
    NARROW,
    NOW,
    WIDE,
    flush,
    focused_id,
    ids,
    main_screen,
    make_app,
    pane_text,
    post_keys,
    press,
    remarks,
    resize,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.rules.sort_order import Sort
from tui.ui.dialogs.findings import FindingsScreen
from tui.ui.dialogs.help import HelpScreen

pytestmark = pytest.mark.anyio


def shown(app: LettaApp, selector: str) -> bool:
    """Whether a widget takes room on the screen."""
    return app.screen.query_one(selector).region.area > 0


@pytest.mark.parametrize(("forth", "back"), [("tab", "shift+tab"), ("l", "h")])
async def test_panes_are_reached_by_tab_and_by_letters(forth: str, back: str) -> None:
    """List, reader, list."""
    async with started(small_server("One")) as (app, pilot):
        assert focused_id(app) == "list"
        await press(pilot, forth)
        assert focused_id(app) == "messages"
        await press(pilot, back)
        assert focused_id(app) == "list"
        await press(pilot, "b", "enter")
        assert focused_id(app) == "memory"
        await press(pilot, "i")
        assert focused_id(app) == "info"
        await press(pilot, "escape")
        assert focused_id(app) == "list"


async def test_a_narrow_window_shows_one_pane_at_a_time() -> None:
    """enter goes in, escape goes out, letters choose the pane; the list keeps its place."""
    async with started(small_server(*(f"Row {n}" for n in range(30))), size=NARROW) as (app, pilot):
        await press(pilot, *["j"] * 4)
        assert shown(app, "#list")
        assert not shown(app, "#detail")
        await press(pilot, "enter")
        assert shown(app, "#detail")
        assert not shown(app, "#list")
        assert focused_id(app) == "messages"
        assert "Row 4" in pane_text(app, "#title")
        await press(pilot, "b")
        assert focused_id(app) == "memory"
        await press(pilot, "escape")
        assert shown(app, "#list")
        assert not shown(app, "#detail")
        assert focused_id(app) == "list"
        assert "Row 4" in pane_text(app, "#list")
        await press(pilot, "i")
        assert shown(app, "#info")


async def test_an_edit_in_a_narrow_window_shows_the_editor_and_comes_back() -> None:
    """From the list to the editor and back to the list; from the reader back to the reader."""
    async with started(small_server("One"), size=NARROW) as (app, pilot):
        await press(pilot, "e")
        assert shown(app, "#summary-text")
        assert not shown(app, "#list")
        await press(pilot, "X", "enter")
        assert shown(app, "#list")
        assert focused_id(app) == "list"
        await press(pilot, "enter", "e", "Y", "enter")
        assert shown(app, "#messages")
        assert focused_id(app) == "messages"
        assert "OneXY" in pane_text(app, "#title")


async def test_resizing_across_the_border_keeps_the_focus_and_an_open_editor() -> None:
    """The window shrinks in the middle of an edit and grows again."""
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "enter")
        await resize(pilot, NARROW)
        assert focused_id(app) == "messages"
        assert shown(app, "#messages")
        await press(pilot, "e", "X")
        await resize(pilot, WIDE)
        assert focused_id(app) == "summary-text"
        assert main_screen(app).panes.detail.editor.area.text == "OneX"
        await resize(pilot, NARROW)
        assert focused_id(app) == "summary-text"
        assert shown(app, "#summary-text")


async def test_escape_goes_back_and_never_quits() -> None:
    """From anywhere, as often as one likes."""
    async with started(small_server("One"), size=NARROW) as (app, pilot):
        for way_in in ("enter", "slash", "e", "a", "ctrl+n", "question_mark", "x", "ctrl+p"):
            await press(pilot, way_in)
            await press(pilot, *["escape"] * 3)
            assert app.is_running, way_in
            assert app.screen is main_screen(app), way_in
            assert focused_id(app) == "list", way_in


async def test_q_quits_from_list_and_reader() -> None:
    """And from nowhere else."""
    async with started(small_server("One")) as (app, pilot):
        await post_keys(pilot, "enter", "q")
        assert app.return_code == 0


async def test_letters_typed_into_the_filter_are_words() -> None:
    """No key of the list acts while the filter has the keys."""
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "qeabims?xjkG")
        assert main_screen(app).panes.left.filter_line.value == "qeabims?xjkG"
        assert app.screen is main_screen(app)
        assert app.is_running


async def test_help_lists_the_keys_of_the_pane_that_had_the_focus() -> None:
    """The list's, the reader's, the editor's: what works here and nothing else."""
    async with started(small_server("One"), size=(120, 60)) as (app, pilot):
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        words = screen_text(app)
        for part in (
            "Filter the conversations",
            "Choose another agent, or all of them",
            "Next row or message",
        ):
            assert part in words
        assert "Save the summary" not in words
        await press(pilot, "escape", "enter", "question_mark")
        assert "Fold or unfold" in screen_text(app)
        await press(pilot, "question_mark", "escape", "escape", "e", "f1")
        words = screen_text(app)
        assert "Save the summary" in words
        assert "Close without saving" in words
        await press(pilot, "escape")
        assert focused_id(app) == "summary-text"


async def test_the_help_is_searched_and_does_what_is_chosen() -> None:
    """A few letters, enter; or the key itself; the cursor chooses among several."""
    async with started(small_server("One"), size=(120, 60)) as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, "oldest")
        assert "no action with that name" in screen_text(app)
        await press(pilot, "ctrl+u")
        await type_text(pilot, "reverse")
        assert "1 action" in screen_text(app)
        await press(pilot, "enter")
        assert app.screen is main_screen(app)
        assert main_screen(app).conversations.order.oldest_first
        await press(pilot, "question_mark")
        await type_text(pilot, "b")
        await press(pilot, "enter")
        assert main_screen(app).panes.detail.tabs.active == "memory"
        await press(pilot, "question_mark", "down", "up", "question_mark")
        assert app.screen is main_screen(app)


@pytest.mark.parametrize(
    ("words", "name"), [("archive", "Archive"), ("archived", "Archived"), ("rename", "Edit")]
)
async def test_the_help_lists_the_action_of_that_very_name_first(words: str, name: str) -> None:
    async with started(small_server("One", flavour="cloud"), size=(120, 60)) as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, words)
        first = app.screen.query_one("#actions", OptionList).get_option_at_index(0)
        assert str(first.prompt).split()[1] == name


async def test_help_and_palette_say_why_an_action_cannot_be_done_if_it_is_searched() -> None:
    reason = "Archiving isn't supported by this server"
    async with started(small_server("One")) as (app, pilot):
        commands = {one.title: one for one in app.get_system_commands(app.screen)}
        assert reason in commands["Archive"].help
        assert not commands["Archive"].discover
        await press(pilot, "question_mark")
        assert reason not in screen_text(app)
        await type_text(pilot, "unarchive")
        assert reason in screen_text(app)
        await press(pilot, "enter")
        assert app.screen is main_screen(app)
        assert remarks(app) == reason


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((80, 40), True)])
async def test_the_help_leaves_a_low_window_to_the_actions(size: tuple[int, int], shown: bool) -> None:
    async with started(small_server("One"), size=size) as (app, pilot):
        await press(pilot, "question_mark")
        assert ("The conversations of the agent" in screen_text(app)) is shown


async def test_what_is_typed_right_after_the_key_is_searched_for() -> None:
    """`?` or `:` and a name in one burst: no letter of it acts on the list."""
    for key in ("question_mark", "colon"):
        async with started(small_server("One")) as (app, pilot):
            await post_keys(pilot, key, *"Delete")
            await settle(pilot)
            assert app.screen.query_one(Input).value == "Delete"


async def test_the_palette_offers_what_the_keys_do_and_does_it() -> None:
    """ctrl+p, a part of a name, enter."""
    async with started(small_server("One")) as (app, pilot):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Filter", "Edit", "New", "Agents", "Memory", "Sort", "Refresh", "Help"} <= titles
        await press(pilot, "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await type_text(pilot, "memory")
        await press(pilot, "enter")
        await settle(pilot)
        assert main_screen(app).panes.detail.tabs.active == "memory"


async def test_the_footer_shows_keys_that_work_where_the_focus_is() -> None:
    """The editor's while editing, the list's in the list."""
    async with started(small_server("One")) as (app, pilot):
        assert "Filter" in pane_text(app, "KeyLine")
        await press(pilot, "e")
        footer = pane_text(app, "KeyLine")
        assert "Save" in footer
        assert "Cancel" in footer
        assert "Filter" not in footer
        await press(pilot, "escape", "slash")
        assert pane_text(app, "KeyLine") == "⏎ First match esc Clear f1 Manual"


async def test_the_find_line_has_a_footer_of_its_own_and_n_is_named_after_a_search() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "tea and tea")
    async with started(transport) as (app, pilot):
        await press(pilot, "enter")
        assert "Matches" not in pane_text(app, "KeyLine")
        await press(pilot, "slash")
        assert pane_text(app, "KeyLine") == "⏎ First match esc Clear f1 Manual"
        await type_text(pilot, "tea")
        await press(pilot, "enter")
        assert "nN Matches" in pane_text(app, "KeyLine")
        await press(pilot, "escape")
        assert "Matches" not in pane_text(app, "KeyLine")


async def test_the_footer_follows_while_another_window_has_the_focus() -> None:
    """A page that opens in a browser, or a pane beside the one that is typed into, is looked at too."""
    transport = small_server("One")
    gate = transport.hold(method="GET", path="/v1/conversations/$")
    app = make_app(transport)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        app.post_message(events.AppBlur())
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert "⏎ Read" in pane_text(app, "KeyLine")
        assert focused_id(app) == "list"


@pytest.mark.parametrize("place", [(), ("e",), ("enter",), ("P",), ("x",), ("slash",)])
async def test_ctrl_c_copies_nothing_that_is_not_selected_and_says_how_to_quit(
    place: tuple[str, ...],
) -> None:
    async with started(small_server("One")) as (app, pilot):
        app.copy_to_clipboard("what was there")
        await press(pilot, *place, "ctrl+c")
        assert app.clipboard == "what was there"
        assert remarks(app).endswith(" quits")
        assert app.is_running


async def test_ctrl_c_copies_what_is_selected_in_the_editor() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "e", "shift+home", "ctrl+c")
        assert app.clipboard == "One"
        assert not remarks(app)


async def test_ctrl_s_saves_the_summary() -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X", "ctrl+s")
        assert transport.store.conversations[ids(transport)[0]].summary == "OneX"
        assert main_screen(app).edit is None


async def test_a_click_on_the_findings_lists_them_and_one_on_the_order_sorts() -> None:
    """What looks like a button is one."""
    async with started(DemoTransport(now=NOW)) as (app, pilot):
        header = app.screen.query_one("#header")
        assert main_screen(app).header.findings[0]
        await pilot.click("#header", offset=(header.size.width - 3, 0))
        await settle(pilot)
        assert isinstance(app.screen, FindingsScreen)
        await press(pilot, "escape")
        await pilot.click("ListHeading", offset=(3, 0))
        await settle(pilot)
        assert main_screen(app).conversations.order.sort is Sort.LAST_MESSAGE


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_footer_names_the_way_in_and_the_way_out(size: tuple[int, int]) -> None:
    """And of marks, what they are for."""
    async with started(small_server("One", "Two"), size=size) as (app, pilot):
        assert "⏎ Read" in pane_text(app, "KeyLine")
        assert "Back" not in pane_text(app, "KeyLine")
        await press(pilot, "enter")
        assert "esc Back" in pane_text(app, "KeyLine")
        assert "Read" not in pane_text(app, "KeyLine")
        await press(pilot, "escape", "space")
        for words in ("esc Back", "D Delete", "w Export", "q Quit"):
            assert words in pane_text(app, "KeyLine")
        await press(pilot, "escape")
        assert "Export" not in pane_text(app, "KeyLine")


async def test_escape_takes_remarks_away_where_there_is_nothing_else_to_leave() -> None:
    async with started(small_server("One"), size=NARROW) as (app, pilot):
        await press(pilot, "u", "enter", "escape")
        assert remarks(app)
        await press(pilot, "escape")
        assert not remarks(app)


async def test_a_click_on_a_row_opens_it_and_a_click_on_a_tab_shows_it() -> None:
    """The mouse can do what it promises, and no more is needed."""
    transport = small_server("One", "Two", "Three")
    async with started(transport) as (app, pilot):
        await pilot.click("#list", offset=(5, 3))
        await settle(pilot)
        assert "Three" in pane_text(app, "#title")
        assert row_id(app) == ids(transport)[2]
        await pilot.click("TabBar", offset=(13, 0))
        await settle(pilot)
        assert main_screen(app).panes.detail.tabs.active == "memory"
