"""The list of conversations alone: it paints what is seen, and the cursor stays with its conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.app import App, ComposeResult
from textual.strip import Strip

from tests.app_helpers import NOW, flush, post_keys, strips
from tui.model.conversation import Conversation
from tui.rules.marks import Marks
from tui.ui.widgets.conversation_list import ConversationList
from tui.ui.widgets.conversation_row import Look

pytestmark = pytest.mark.anyio

SIZE = (80, 20)


class ListApp(App[None]):
    """Nothing but the list."""

    CSS_PATH = "../../../tui/ui/app.tcss"

    def compose(self) -> ComposeResult:
        """The list."""
        yield ConversationList(id="list")


def rows(count: int, start: int = 0) -> tuple[Conversation, ...]:
    """So many conversations."""
    return tuple(
        Conversation(id=f"conv-{n}", agent_id="agent", summary=f"Row {n}", created_at=NOW)
        for n in range(start, start + count)
    )


def painted(app: ListApp) -> list[str]:
    """The lines of the list."""
    return [strip.text for strip in strips(app)]


def cursor_line(app: ListApp) -> str:
    """The line that is marked as the cursor's."""
    (line,) = [line for line in painted(app) if line.startswith("▌")]
    return line


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the rows that were drawn, one for each time."""
    found: list[str] = []
    draw = ConversationList._draw

    def noted(self: ConversationList, row: Conversation, look: Look) -> Strip:
        found.append(row.id)
        return draw(self, row, look)

    monkeypatch.setattr(ConversationList, "_draw", noted)
    return found


async def test_of_ten_thousand_rows_only_the_visible_ones_are_drawn(drawn: list[str]) -> None:
    """Showing them, moving, scrolling, jumping to the end and resizing draw what was not seen before, and no more."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.focus()
        shown.show(rows(10_000))
        await flush(pilot)
        painted(app)
        assert 0 < len(drawn) <= 2 * SIZE[1]
        drawn.clear()
        await post_keys(pilot, "j")
        painted(app)
        assert sorted(drawn) == ["conv-0", "conv-1"]
        await post_keys(pilot, "pagedown")
        painted(app)
        drawn.clear()
        await post_keys(pilot, "j")
        painted(app)
        assert sorted(drawn) == ["conv-20", "conv-21"]
        drawn.clear()
        await post_keys(pilot, "G")
        assert "Row 9999" in cursor_line(app)
        assert len(drawn) <= SIZE[1] + 1
        drawn.clear()
        await pilot.resize_terminal(100, 30)
        await flush(pilot)
        assert "Row 9999" in cursor_line(app)
        assert len(drawn) <= 4 * 30


async def test_a_row_that_changes_is_drawn_alone(drawn: list[str]) -> None:
    """Whether the cursor is on it or elsewhere; one that is out of sight draws nothing."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(1_000))
        await flush(pilot)
        painted(app)
        for place, seen in ((0, ["conv-0"]), (7, ["conv-7"]), (900, [])):
            await flush(pilot)
            painted(app)
            drawn.clear()
            shown.update_row(rows(1, place)[0].changed(summary="Other words"))
            painted(app)
            assert drawn == seen
            assert shown.rows[place].summary == "Other words"
        assert len([line for line in painted(app) if "Other words" in line]) == 2


async def test_only_the_rows_of_which_other_words_come_out_are_drawn_when_time_passes(
    drawn: list[str],
) -> None:
    """One of ten is minutes old, the others are from a year before."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.now = NOW
        old = tuple(row.changed(created_at=NOW - timedelta(days=400)) for row in rows(9, 1))
        shown.show((rows(1)[0].changed(created_at=NOW - timedelta(minutes=4)), *old))
        await flush(pilot)
        painted(app)
        drawn.clear()
        shown.update_ages(NOW + timedelta(seconds=90))
        painted(app)
        assert drawn == ["conv-0"]
        assert "5 min" in cursor_line(app)


async def test_another_theme_draws_every_row_anew() -> None:
    """What was drawn before is in the colours of before."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        app.query_one(ConversationList).show(rows(3))
        await flush(pilot)
        looks = []
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await flush(pilot)
            looks.append({segment.style for segment in strips(app)[2]})
        assert not looks[0] & looks[1]


async def test_a_cursor_whose_conversation_is_gone_stays_in_its_place() -> None:
    """And tells which conversation is there now."""
    seen: list[object] = []
    app = ListApp()
    async with app.run_test(size=SIZE, message_hook=seen.append) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(10))
        shown.move_to(4)
        await flush(pilot)
        seen.clear()
        shown.show(tuple(row for row in rows(10) if row.id != "conv-4"))
        await flush(pilot)
        assert shown.cursor == 4
        told = [message for message in seen if isinstance(message, ConversationList.Highlighted)]
        assert {message.conversation.id for message in told} == {"conv-5"}


async def test_the_cursor_is_always_in_view() -> None:
    """Through every motion, at both ends, and in a window of three lines."""
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.focus()
        shown.show(rows(100))
        await flush(pilot)
        for key in ("j", "pagedown", "pagedown", "G", "k", "pageup", "g", "k", "end", "home"):
            await post_keys(pilot, key)
            assert shown.row is not None
            assert f"Row {shown.cursor} " in cursor_line(app), key
        await post_keys(pilot, "G")
        await pilot.resize_terminal(80, 3)
        await flush(pilot)
        assert "Row 99 " in cursor_line(app)


async def test_an_empty_list_takes_every_key() -> None:
    """Nothing is highlighted, nothing crashes."""
    seen: list[object] = []
    app = ListApp()
    async with app.run_test(size=SIZE, message_hook=seen.append) as pilot:
        shown = app.query_one(ConversationList)
        shown.focus()
        shown.show(())
        await post_keys(pilot, "j", "k", "G", "g", "pagedown", "pageup")
        await pilot.click(ConversationList, offset=(3, 3))
        assert shown.row is None
        assert not [message for message in seen if isinstance(message, ConversationList.Highlighted)]


async def test_a_line_is_exactly_as_wide_as_the_list_whatever_the_text() -> None:
    """Wide characters, emoji, combining marks and long titles never push the time off the line."""
    titles = ("日本語" * 40, "👩‍🔧" * 40, "e\u0301" * 90, "x" * 300, "\t\t", "", "a\nb\r\nc", "[/foo]" * 30)
    odd = tuple(
        Conversation(id=f"conv-{n}", summary=text, created_at=NOW, isolated_block_ids=("b",))
        for n, text in enumerate(titles)
    )
    app = ListApp()
    async with app.run_test(size=(40, 20)) as pilot:
        shown = app.query_one(ConversationList)
        shown.now = NOW
        shown.show(odd)
        await flush(pilot)
        for y in range(len(odd)):
            strip = shown.render_line(y)
            assert strip.cell_length == shown.size.width
            assert "▣1" in strip.text
            assert "now" in strip.text


async def test_a_mark_draws_its_row_alone(drawn: list[str]) -> None:
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(1_000))
        await flush(pilot)
        painted(app)
        drawn.clear()
        shown.marks = Marks().added(rows(1, 7))
        await flush(pilot)
        assert [line[1:3] for line in painted(app) if "●" in line] == ["● "]
        assert drawn == ["conv-7"]
