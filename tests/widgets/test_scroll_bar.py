"""The scroll bar of the views: as Textual draws it, and painted only where it looks different."""

from __future__ import annotations

from random import Random

import pytest
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from tests.app_helpers import flush, post_keys
from tests.widgets.test_conversation_list import SIZE, ListApp, rows
from tests.widgets.test_reader import ReaderApp, items
from tui.widgets.conversation_list import ConversationList
from tui.widgets.reader import Reader
from tui.widgets.scroll_bar import CalmBar

pytestmark = pytest.mark.anyio


def bar_of(app: ListApp) -> CalmBar:
    """The bar of the list."""
    bar = app.query_one(ConversationList).vertical_scrollbar
    assert isinstance(bar, CalmBar)
    return bar


def has_thumb(lines: list[Strip]) -> bool:
    """Whether any line shows where one is."""
    return any(segment.style is not None and segment.style.reverse for strip in lines for segment in strip)


@pytest.mark.parametrize("count", [21, 50, 1_000, 100_000])
@pytest.mark.parametrize("hovered", [False, True])
async def test_it_looks_like_the_one_that_textual_draws(count: int, hovered: bool) -> None:
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(count))
        shown.focus()
        await flush(pilot)
        bar, whole = bar_of(app), Region(0, 0, 1, SIZE[1])
        bar.mouse_over = hovered
        for key in ("g", "j", "pagedown", "pagedown", "G", "k", "pageup", "pageup"):
            await post_keys(pilot, key)
            await flush(pilot)
            shown_lines = [list(strip) for strip in bar.render_lines(whole)]
            bar._set_dirty()
            assert shown_lines == [list(strip) for strip in ScrollBar.render_lines(bar, whole)], key


async def test_a_move_that_shows_no_change_in_it_does_not_paint_it() -> None:
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(10_000))
        shown.focus()
        await flush(pilot)
        bar, whole = bar_of(app), Region(0, 0, 1, SIZE[1])
        await post_keys(pilot, "pagedown")
        first = bar.render_lines(whole)
        await post_keys(pilot, "j", "j", "j")
        assert shown.scroll_y > 0
        assert all(map(lambda one, other: one is other, first, bar.render_lines(whole)))
        await post_keys(pilot, "G")
        assert bar.render_lines(whole) != first


async def test_another_theme_paints_it_anew() -> None:
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        app.query_one(ConversationList).show(rows(100))
        await flush(pilot)
        bar, whole = bar_of(app), Region(0, 0, 1, SIZE[1])
        before = [list(strip) for strip in bar.render_lines(whole)]
        app.theme = "textual-light"
        await flush(pilot)
        assert before != [list(strip) for strip in bar.render_lines(whole)]


async def test_a_reader_keeps_room_for_it_so_that_more_to_read_lays_nothing_out_anew() -> None:
    """An empty bar shows nothing, and a longer conversation after a short one moves no other pane."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.show(items(2), anew=True)
        await flush(pilot)
        bar, whole = reader.vertical_scrollbar, Region(0, 0, 1, SIZE[1])
        assert not has_thumb(bar.render_lines(whole))
        layouts: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(reader, layouts.append)
        reader.show(items(200), anew=True)
        await flush(pilot)
        assert has_thumb(bar.render_lines(whole))
        assert layouts == []


def look(lines: list[Strip]) -> list[object]:
    """What is seen of each line: where a click leads is not."""
    return [
        [(text, style.clear_meta_and_links() if style else None) for text, style, _ in line] for line in lines
    ]


@pytest.mark.parametrize("count", [21, 50, 1_000, 100_000])
async def test_only_the_cells_that_look_otherwise_are_painted(count: int) -> None:
    random = Random(count)
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(count))
        await flush(pilot)
        bar, whole = bar_of(app), Region(0, 0, 1, SIZE[1])
        few = 0
        for _ in range(200):
            before = look(bar.render_lines(whole))
            bar._repaint_regions.clear()
            far = random.random() < 0.5
            bar.position = (
                random.uniform(0, count - SIZE[1]) if far else bar.position + random.choice((-1, 1))
            )
            painted = {y for region in bar._repaint_regions for y in region.line_range}
            after = look(bar.render_lines(whole))
            assert {y for y in range(SIZE[1]) if before[y] != after[y]} <= painted
            few += len(painted) < SIZE[1] / 2
        assert few > 80
