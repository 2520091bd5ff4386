"""To undo more lines than are left in view leaves the app running."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tui.textual_fixes import text_area

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]


class AreaApp(App[None]):
    """Nothing but the field."""

    CSS = "TextArea { height: 12; }"

    def compose(self) -> ComposeResult:
        """The field."""
        yield text_area()(id="area")


async def test_undoing_so_many_lines_that_the_scroll_bar_goes_is_no_error() -> None:
    """In the stock field it ends the app: it looks for the cursor where there is no text any more."""
    app = AreaApp()
    async with app.run_test(size=(40, 14)) as pilot:
        area = app.query_one("#area", text_area())
        area.load_text("one")
        area.focus()
        area.insert("line\n" * 30)
        area.move_cursor(area.document.end)
        await pilot.press("ctrl+z")
        assert area.text == "one"
        await pilot.press("ctrl+y")
        assert area.document.line_count == 31
        area.replace("two", area.document.start, area.document.end)
        await pilot.press("ctrl+z", "ctrl+y")
        assert area.text == "two"
