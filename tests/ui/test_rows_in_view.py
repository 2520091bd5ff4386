"""The row under the cursor is on the screen, also where the list grew from a page to many in one go."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    flush,
    ids,
    pane_text,
    press,
    row_id,
    screen_lines,
    small_server,
    started,
    type_text,
)
from tests.ui.widgets.test_conversation_list import SIZE, ListApp, cursor_line, painted, rows
from tui.ui.widgets.conversation_list import ConversationList

pytestmark = pytest.mark.anyio


async def test_the_conversation_asked_for_is_in_view() -> None:
    """`--conversation` of the 150th of 300 rows."""
    transport = small_server(*(f"Number {n:03}" for n in range(300)))
    async with started(transport, conversation=ids(transport)[150], page_size=300) as (app, _):
        assert "Number 150" in pane_text(app, "#list")


async def test_taking_the_filter_away_keeps_the_cursor_in_view() -> None:
    """From two matches back to 300 rows."""
    transport = small_server(*(f"Number {n:03}" for n in range(300)))
    async with started(transport, page_size=300) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "r 150")
        await press(pilot, "enter", "escape")
        assert row_id(app) == ids(transport)[150]
        assert "Number 150" in pane_text(app, "#list")


async def test_rows_in_front_of_the_cursor_do_not_move_it() -> None:
    """A refresh brings newer rows: same conversation, same line of the screen."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(500))
        shown.move_to(250)
        await flush(pilot)
        before = painted(app).index(cursor_line(app))
        shown.show((*rows(7, start=1000), *rows(500)))
        await flush(pilot)
        assert shown.row is not None
        assert shown.row.id == "conv-250"
        assert painted(app).index(cursor_line(app)) == before


async def test_changing_the_agent_in_the_middle_of_a_list_shows_the_new_cursor() -> None:
    """The scroll position of the old list is not that of the new one."""
    async with started() as (app, pilot):
        await press(pilot, "G", "a")
        await type_text(pilot, "batch")
        await press(pilot, "enter")
        assert "▌" in "".join(screen_lines(app))
        assert "Ticket" in pane_text(app, "#list")
