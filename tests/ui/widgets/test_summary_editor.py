"""The summary editor alone: what it knows without adding it up, and a status that moves nothing."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from tests.app_helpers import flush, post_keys
from tui.ui.widgets.summary_editor import SummaryEditor

pytestmark = pytest.mark.anyio


class EditorApp(App[None]):
    """Nothing but the editor."""

    def compose(self) -> ComposeResult:
        """The editor."""
        yield SummaryEditor()


async def test_the_field_knows_its_height_through_typing_breaking_deleting_undo_and_resize() -> None:
    app = EditorApp()
    async with app.run_test(size=(40, 20)) as pilot:
        editor = app.query_one(SummaryEditor)
        editor.begin("word " * 60 + "\n" + "second line\n" * 4)
        editor.take_focus()
        area = editor.area

        def sections() -> int:
            lines = range(area.document.line_count)
            return sum(len(area.wrapped_document.get_sections(line)) for line in lines)

        for keys in ("x", "ctrl+j", "y", "up", "up", "ctrl+k", "backspace", "ctrl+z", "ctrl+z", "ctrl+y"):
            await post_keys(pilot, keys)
            assert area.wrapped_document.height == sections()
        await pilot.resize_terminal(60, 20)
        await flush(pilot)
        assert area.wrapped_document.height == sections() > 5


async def test_typing_lays_out_anew_only_where_the_status_may_need_another_height() -> None:
    app = EditorApp()
    async with app.run_test(size=(100, 20)) as pilot:
        editor = app.query_one(SummaryEditor)
        editor.begin("a" * 20)
        editor.take_focus()
        await post_keys(pilot, "b")
        await flush(pilot)
        laid_out: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(editor, laid_out.append)
        await post_keys(pilot, *"cdefg")
        await flush(pilot)
        assert editor.text.endswith("bcdefg")
        assert laid_out == []
        await post_keys(pilot, *["x"] * 80)
        await flush(pilot)
        assert laid_out, "100 characters are one digit more"


async def test_the_status_is_said_with_the_change_itself_so_that_one_frame_shows_both() -> None:
    app = EditorApp()
    async with app.run_test(size=(100, 20)):
        editor = app.query_one(SummaryEditor)
        editor.begin("abc")
        status = app.query_one("#summary-status", Static)
        assert "unchanged · 3 characters" in str(status.content)
        editor.area.insert("d")
        assert "● changed · 4 characters" in str(status.content)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\u2028", "\x0b", "\x85"])
async def test_lines_that_are_pasted_are_lines_and_no_characters_that_do_not_show(end: str) -> None:
    """Terminals send a CR for each line end of a paste."""
    app = EditorApp()
    async with app.run_test(size=(100, 20)) as pilot:
        editor = app.query_one(SummaryEditor)
        editor.begin("")
        editor.take_focus()
        await flush(pilot)
        status = app.query_one("#summary-status", Static)
        app.post_message(events.Paste(f"one{end}two{end}three"))
        await flush(pilot)
        assert editor.text == "one\ntwo\nthree"
        assert "3 lines" in str(status.content)
        assert "invisible characters" not in str(status.content)
        app.post_message(events.Paste("a\u202eb"))
        await flush(pilot)
        assert "invisible characters" in str(status.content)
