"""The list of conversations alone: it paints what is seen, and the cursor stays with its conversation."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from tests.app_helpers import NOW
from tui.api.models import Conversation
from tui.widgets.conversation_list import ConversationList

pytestmark = pytest.mark.anyio

SIZE = (80, 20)


class ListApp(App[None]):
    """Nothing but the list."""

    CSS_PATH = "../../tui/app.tcss"

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
    return [strip.text for strip in app.screen._compositor.render_strips()]


def cursor_line(app: ListApp) -> str:
    """The line that is marked as the cursor's."""
    (line,) = [line for line in painted(app) if line.startswith("▌")]
    return line


async def test_of_ten_thousand_rows_only_the_visible_ones_are_painted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Showing them, paging, jumping to the end and resizing lay out a few screens of rows."""
    laid = 0
    whole = ConversationList._line

    def counted(self: ConversationList, row: Conversation, width: int) -> Content:
        nonlocal laid
        laid += 1
        return whole(self, row, width)

    monkeypatch.setattr(ConversationList, "_line", counted)
    app = ListApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.focus()
        shown.show(rows(10_000))
        await pilot.pause()
        first, laid = laid, 0
        assert 0 < first <= 4 * SIZE[1]
        await pilot.press("j")
        assert laid <= 2 * SIZE[1]
        laid = 0
        await pilot.press("G")
        assert "Row 9999" in cursor_line(app)
        assert laid <= 4 * SIZE[1]
        laid = 0
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert "Row 9999" in cursor_line(app)
        assert laid <= 8 * 30


async def test_a_cursor_whose_conversation_is_gone_stays_in_its_place() -> None:
    """And tells which conversation is there now."""
    seen: list[object] = []
    app = ListApp()
    async with app.run_test(size=SIZE, message_hook=seen.append) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(10))
        shown.move_to(4)
        await pilot.pause()
        seen.clear()
        shown.show(tuple(row for row in rows(10) if row.id != "conv-4"))
        await pilot.pause()
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
        await pilot.pause()
        for key in ("j", "pagedown", "pagedown", "G", "k", "pageup", "g", "k", "end", "home"):
            await pilot.press(key)
            assert shown.row is not None
            assert f"Row {shown.cursor} " in cursor_line(app), key
        await pilot.press("G")
        await pilot.resize_terminal(80, 3)
        await pilot.pause()
        assert "Row 99 " in cursor_line(app)


async def test_an_empty_list_takes_every_key() -> None:
    """Nothing is highlighted, nothing crashes."""
    seen: list[object] = []
    app = ListApp()
    async with app.run_test(size=SIZE, message_hook=seen.append) as pilot:
        shown = app.query_one(ConversationList)
        shown.focus()
        shown.show(())
        await pilot.press("j", "k", "G", "g", "pagedown", "pageup")
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
        await pilot.pause()
        for y in range(len(odd)):
            strip = shown.render_line(y)
            assert strip.cell_length == shown.size.width
            assert "▣1" in strip.text
            assert "now" in strip.text
