"""Keys and focus: panes, narrow windows, help and palette."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette

from tests.app_helpers import (
    NARROW,
    WIDE,
    focused_id,
    ids,
    main_screen,
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
        for part in ("Filter the conversations", "Choose another agent", "Next row or message"):
            assert part in words
        assert "Save the summary" not in words
        await press(pilot, "escape", "enter", "question_mark")
        assert "Fold or unfold" in screen_text(app)
        await press(pilot, "question_mark", "escape", "e", "f1")
        words = screen_text(app)
        assert "Save the summary" in words
        assert "Leave without saving" in words
        await press(pilot, "escape")
        assert focused_id(app) == "summary-text"


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
        assert "Restore" in footer
        assert "Filter" not in footer
        await press(pilot, "escape", "slash")
        assert "First match" in pane_text(app, "KeyLine")


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
