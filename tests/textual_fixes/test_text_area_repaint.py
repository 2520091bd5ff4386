"""The text field of the editor: it paints what changed alone, and never leaves a line as it was before."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tests.app_helpers import flush, post_keys
from tui.textual_fixes.text_area_repaint import ChangedLinesArea

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]

TEXT = "\n".join(
    [
        "a\tbc\td and \t" * 6,
        "word (in brackets [of two kinds]) and on " * 4,
        "",
        "\ttab\tand tab 日本語 👩\u200d🔧 é",
        *["short"] * 9,
        "(end",
    ]
)
PIECES = "x", " ", "\n", "\t", "(", "]", "日本", "several words at once ", "two\nlines", "\n\n", ""


class AreaApp(App[None]):
    """Nothing but the field."""

    CSS = "ChangedLinesArea { border: none; border-left: outer red; padding: 0 1; height: 12; }"

    def compose(self) -> ComposeResult:
        """The field."""
        yield ChangedLinesArea(tab_behavior="focus", compact=True)


def lines(area: ChangedLinesArea) -> list[list[Segment]]:
    return [list(strip) for strip in area.render_lines(Region(0, 0, *area.outer_size))]


def drawn_anew(area: ChangedLinesArea) -> list[list[Segment]]:
    area.refresh()
    area._line_cache.clear()
    return lines(area)


def acts(area: ChangedLinesArea, random: Random) -> list[Callable[[], object]]:
    """What a user does to a text, anywhere in it."""

    def place() -> tuple[int, int]:
        row = random.randrange(area.document.line_count)
        return row, random.randrange(len(area.document[row]) + 1)

    many = random.random() < 0.3
    return [
        lambda: area.insert(random.choice(PIECES)),
        lambda: area.insert(random.choice(PIECES)),
        lambda: area.insert(random.choice(PIECES), place()),
        lambda: area.replace(random.choice(PIECES), *sorted((place(), place()))),
        lambda: area.move_cursor(place(), select=many),
        lambda: area.action_cursor_left(select=many),
        lambda: area.action_cursor_right(select=many),
        lambda: area.action_cursor_up(select=many),
        lambda: area.action_cursor_down(select=many),
        lambda: area.action_cursor_word_left(select=many),
        lambda: area.action_cursor_line_end(select=many),
        area.action_delete_left,
        area.action_delete_word_left,
        area.action_delete_line,
        area.action_undo,
        area.action_undo,
        area.action_redo,
        area.action_select_all,
        lambda: area.load_text(TEXT),
        lambda: setattr(area, "selection", Selection(place(), place())),
        lambda: setattr(area, "read_only", not area.read_only),
        lambda: area.scroll_to(y=random.randrange(20), animate=False, immediate=True),
    ]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_done_each_line_looks_as_if_all_were_drawn_anew(seed: int) -> None:
    random = Random(seed)
    app = AreaApp()
    async with app.run_test(size=(40, 14)) as pilot:
        area = app.query_one(ChangedLinesArea)
        area.load_text(TEXT)
        area.focus()
        await flush(pilot)
        for step in range(200):
            act = random.choice(acts(area, random))
            act()
            kept = lines(area)
            assert kept == drawn_anew(area), (step, area.text, area.selection)
            if step % 40 == 39:
                area.soft_wrap = not area.soft_wrap
                area.styles.width = random.choice((20, 31, "1fr"))
                await flush(pilot)
                area.focus()
                kept = lines(area)
                assert kept == drawn_anew(area), (step, area.text)


async def test_a_key_draws_the_line_that_it_is_typed_into_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []
    draw = TextArea.render_line

    def noted(self: TextArea, y: int) -> Strip:
        drawn.append(y)
        return draw(self, y)

    monkeypatch.setattr(TextArea, "render_line", noted)
    app = AreaApp()
    async with app.run_test(size=(40, 14)) as pilot:
        area = app.query_one(ChangedLinesArea)
        area.load_text(TEXT)
        area.focus()
        area.move_cursor((6, 2))
        await flush(pilot)
        for key in ("x", "up", "backspace"):
            app.screen._compositor.render_strips()
            drawn.clear()
            before = area.cursor_screen_offset.y
            await post_keys(pilot, key)
            app.screen._compositor.render_strips()
            assert set(drawn) == {y - area.region.y for y in (before, area.cursor_screen_offset.y)}, key


async def test_a_tab_changes_its_width_with_what_is_typed_in_the_line_above() -> None:
    app = AreaApp()
    async with app.run_test(size=(40, 14)) as pilot:
        area = app.query_one(ChangedLinesArea)
        area.load_text("word " * 6 + "behind\ttab")
        area.focus()
        await flush(pilot)
        before = lines(area)
        area.insert("x")
        assert area.wrapped_document.get_sections(0)[1] == "behind\ttab"
        after = lines(area)
        assert after[1] != before[1]
        assert after == drawn_anew(area)


async def test_another_theme_dresses_cursor_and_selection_anew() -> None:
    app = AreaApp()
    async with app.run_test(size=(40, 14)) as pilot:
        area = app.query_one(ChangedLinesArea)
        area.load_text(TEXT)
        area.focus()
        await flush(pilot)
        looks = []
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await flush(pilot)
            area.insert("x")
            looks.append({segment.style for segment in lines(area)[0] if segment.text.strip()})
        assert not looks[0] & looks[1]
