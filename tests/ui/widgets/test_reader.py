"""The reading pane alone: it lays out what is seen, and the reader's place survives every change."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.app_helpers import flush, post_keys, strips
from tui.presentation.item import Item, SideBySide, Text
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.virtual_items import Place

pytestmark = pytest.mark.anyio

SIZE = (80, 20)


class ReaderApp(App[None]):
    """Nothing but the reader."""

    CSS_PATH = "../../../tui/ui/app.tcss"

    def compose(self) -> ComposeResult:
        """The reader."""
        yield Reader(id="messages")


def items(count: int, start: int = 0, *, lines: int = 1, folded: bool = False) -> tuple[Item, ...]:
    """So many messages."""
    return tuple(
        Item(
            f"message-{n}", "▪", "user", "user",
            parts=(Text("\n".join(f"words of {n}, line {line}" for line in range(lines))),), folded=folded,
            preview=f"preview {n}", copy_id=f"id-{n}",
        )
        for n in range(start, start + count)
    )  # fmt: skip


def painted(app: ReaderApp) -> str:
    """What is on the screen, without the scroll bar."""
    width = app.query_one(Reader).scrollable_content_region.width
    return "\n".join(strip.crop(0, width).text for strip in strips(app))


async def test_of_five_thousand_items_only_the_visible_ones_are_laid_out() -> None:
    """Showing, paging and jumping to the end lay out a few screens."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        laid: list[str] = []
        whole = reader._layout.lines

        def counted(item: Item, *args: object, **kwargs: object) -> object:
            laid.append(item.key)
            return whole(item, *args, **kwargs)  # type: ignore[arg-type]

        reader._layout.lines = counted  # type: ignore[method-assign,assignment]
        reader.show(items(5_000), reset=True)
        await flush(pilot)
        assert 0 < len(laid) <= 3 * SIZE[1]
        laid.clear()
        await post_keys(pilot, "pagedown")
        assert len(laid) <= 3 * SIZE[1]
        laid.clear()
        await post_keys(pilot, "G")
        assert "words of 4999" in painted(app)
        assert len(laid) <= 6 * SIZE[1]


async def test_g_reaches_the_true_end_and_the_true_beginning() -> None:
    """Estimated heights of what was never seen do not stop it short."""
    long_lines = tuple(
        Item(f"message-{n}", "▪", "user", parts=(Text(f"{n} " + "long words " * (n % 90)),))
        for n in range(400)
    )
    last = Item("last", "▪", "user", parts=(Text("word " * 3_000 + "\nTHE END"),))
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show((*long_lines, last), reset=True)
        await flush(pilot)
        await post_keys(pilot, "G")
        assert "THE END" in painted(app).rstrip().splitlines()[-1]
        await post_keys(pilot, "g")
        assert reader.scroll_y == 0
        assert reader.selected == 0


async def test_a_message_taller_than_the_view_is_read_line_by_line() -> None:
    """j goes through it before it goes on to the next one."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show((*items(1, lines=60), *items(3, start=1)), reset=True)
        await flush(pilot)
        await post_keys(pilot, "j")
        assert reader.selected == 0
        assert reader.scroll_y == 1
        await post_keys(pilot, *["j"] * 39)
        assert reader.selected == 0
        assert "line 59" in painted(app)
        await post_keys(pilot, "j")
        assert reader.selected == 1


async def test_the_selected_item_stays_selected_when_others_come_before_it() -> None:
    """By key, with the view on the same text."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show(items(100), reset=True)
        reader.select(50)
        await flush(pilot)
        before = painted(app)
        reader.show((*items(30, start=1000, lines=3), *items(100)))
        await flush(pilot)
        assert reader.item is not None
        assert reader.item.key == "message-50"
        assert painted(app) == before


async def test_items_that_are_shown_already_are_not_laid_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        told = items(50)
        reader.show(told, reset=True)
        await post_keys(pilot, "j", "j", "space")
        before = painted(app), reader.selected, reader.scroll_y
        laid_out: list[object] = []
        whole = reader._relayout

        def counted(place: Place | None) -> None:
            laid_out.append(place)
            whole(place)

        monkeypatch.setattr(reader, "_relayout", counted)
        reader.show((*told[:1], *told[1:]))
        await flush(pilot)
        assert laid_out == []
        assert (painted(app), reader.selected, reader.scroll_y) == before
        reader.show(items(50))
        assert len(laid_out) == 1


async def test_folding_keeps_the_first_line_of_the_item_where_it_is() -> None:
    """Unfolding moves what stands below, never what is being read."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show(items(50, lines=8, folded=True), reset=True)
        reader.select(10)
        await flush(pilot)

        def place() -> int:
            return next(y for y, line in enumerate(painted(app).splitlines()) if line.startswith("▌"))

        before = place()
        reader.toggle_fold()
        await flush(pilot)
        assert place() == before
        assert "words of 10, line 7" in painted(app)
        reader.toggle_fold()
        await flush(pilot)
        assert place() == before
        assert "words of 10, line 7" not in painted(app)


async def test_a_fold_survives_a_refresh_and_ends_with_the_conversation() -> None:
    """The user's choice is stored by item; another conversation starts without one."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.show(items(5, folded=True), reset=True)
        reader.toggle_fold()
        reader.show(items(6, folded=True))
        await flush(pilot)
        assert not reader.is_folded(reader.items[0])
        reader.show(items(6, folded=True), reset=True)
        assert reader.is_folded(reader.items[0])


@pytest.mark.parametrize("width", [120, 60, 30])
async def test_the_item_at_the_top_stays_there_through_a_resize(width: int) -> None:
    """Lines are wrapped again; what was in view stays in view."""
    wordy = tuple(
        Item(f"message-{n}", "▪", "user", parts=(Text(f"begin {n} " + "some words " * 40),))
        for n in range(200)
    )
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show(wordy, reset=True)
        reader.select(100)
        await flush(pilot)
        place = reader._place()
        assert place is not None
        await pilot.resize_terminal(width, 20)
        await flush(pilot)
        after = reader._place()
        assert after is not None
        assert after[0] == place[0]


async def test_an_empty_reader_takes_every_key() -> None:
    """Nothing is there to move in."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show((), reset=True)
        await post_keys(pilot, "j", "k", "G", "g", "pagedown", "pageup")
        await pilot.click(Reader, offset=(3, 3))
        assert reader.item is None


async def test_every_line_is_exactly_as_wide_as_the_view() -> None:
    """Wide characters, emoji and tabs, from 12 columns to 200."""
    odd = ("日本語" * 60, "👩‍🔧" * 50, "e\u0301" * 200, "\tx\t" * 30, "[/foo] " * 40, "\x1b[31m" * 30, "")
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.show(
            tuple(
                Item(f"m{n}", "▪", "user", parts=(Text(text, markdown=True),)) for n, text in enumerate(odd)
            ),
            reset=True,
        )
        for width in (12, 41, 57, 80, 200):
            await pilot.resize_terminal(width, 60)
            await flush(pilot)
            for y in range(reader.size.height):
                assert reader.render_line(y).cell_length == reader.size.width, (width, y)


async def test_the_caption_of_two_texts_is_never_cut_without_a_sign() -> None:
    pair = SideBySide(
        Text("old"), Text("new"), ("this conversation's copy", "the agent's shared block"), marked=True
    )
    app = ReaderApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.query_one(Reader).show((Item("label", "▣", "isolated", parts=(pair,)),), reset=True)
        await flush(pilot)
        words = " ".join(painted(app).split())
        assert "+ the agent's shared block" in words.replace("▌ ", "")
        assert "1 of 1 line differs" in words.replace("▌ ", "")
