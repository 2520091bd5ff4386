"""Page down in a list of options that is not laid out yet does not end the app."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widgets import OptionList

from tui.textual_fixes import install

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]


class ListApp(App[None]):
    """Nothing but the list, which has no size at first."""

    CSS = "OptionList { display: none; height: 4; }"

    def compose(self) -> ComposeResult:
        """The list."""
        yield OptionList(*map(str, range(20)))


@pytest.mark.parametrize("action", ["page_down", "page_up"])
async def test_a_page_in_a_list_without_a_size_is_no_error(action: str) -> None:
    """In the stock list it raises KeyError, and the app ends."""
    install()
    app = ListApp()
    async with app.run_test(size=(40, 14)):
        options = app.query_one(OptionList)
        options.highlighted = 10
        await options.run_action(action)
        assert options.highlighted == 10


async def test_a_page_in_a_list_with_a_size_is_moved() -> None:
    install()
    app = ListApp()
    async with app.run_test(size=(40, 14)) as pilot:
        options = app.query_one(OptionList)
        options.display = True
        options.highlighted = 0
        await pilot.pause()
        await options.run_action("page_down")
        assert options.highlighted
