"""Drawn lines are bounded by their number, whatever a chunk holds, and what is in view stays."""

from __future__ import annotations

import pytest

from tests.app_helpers import WIDE, ids, main_screen, make_app, press, settle, small_server
from tui.ui.widgets.line_cache import LEAST, DrawnChunks, Line
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


def lines(count: int) -> list[Line]:
    return [() for _ in range(count)]


def test_what_was_not_looked_at_for_the_longest_time_makes_room() -> None:
    drawn = DrawnChunks(lines=60)
    for index in range(6):
        drawn.keep(index, 0, lines(10))
    assert drawn.find(0, 0) is not None
    drawn.keep(6, 0, lines(10))
    assert [drawn.find(index, 0) is not None for index in range(7)] == [True, False, *[True] * 5]
    assert (len(drawn), drawn.lines) == (6, 60)


def test_a_few_are_kept_however_long_they_are() -> None:
    drawn = DrawnChunks(lines=60)
    for index in range(9):
        drawn.keep(index, 0, lines(4_000))
    assert (len(drawn), drawn.lines) == (LEAST, LEAST * 4_000)
    drawn.clear()
    assert (len(drawn), drawn.lines, drawn.find(8, 0)) == (0, 0, None)


async def test_paging_through_long_texts_keeps_no_more_lines_than_that() -> None:
    """Eight unfolded messages of 100 lines each, and room for 500."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    for number in range(8):
        transport.store.add_message(wanted, "user", "\n".join(f"{number}, line {n}" for n in range(100)))
    app = make_app(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        reader = main_screen(app).query_one("#messages", Reader)
        reader._chunks = drawn = DrawnChunks(lines=500)
        await press(pilot, "j", "enter", "z")
        most = 0
        while not reader.at_end:
            await press(pilot, "pagedown")
            most = max(most, drawn.lines)
        assert reader._chunks is drawn
        assert 400 < most <= 500
