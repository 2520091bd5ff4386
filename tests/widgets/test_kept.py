"""Lines that are kept: what was refreshed is drawn anew, what was not is given again, and nothing old stays."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.color import Color
from textual.filter import DimFilter, Monochrome
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from tests.app_helpers import NOW, flush, main_screen, screen_lines, settle, started, until
from tui.model.conversation import Conversation
from tui.widgets.conversation_list import ConversationList
from tui.widgets.kept import Panes
from tui.widgets.line_view import in_turn

pytestmark = pytest.mark.anyio

SIZE = (80, 20)


class PanesApp(App[None]):
    """A list and a text beside each other."""

    CSS_PATH = "../../tui/app.tcss"
    CSS = "#list { width: 1fr; } Static { width: 20; }"

    def compose(self) -> ComposeResult:
        """Both, in a container that keeps its lines."""
        with Panes():
            yield ConversationList(id="list")
            yield Static("beside")


def rows(count: int) -> tuple[Conversation, ...]:
    return tuple(Conversation(id=f"conv-{n}", summary=f"Row {n}", created_at=NOW) for n in range(count))


def painted(app: PanesApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_a_key_asks_for_the_lines_that_changed_and_for_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    draw = ConversationList.render_line

    def noted(self: ConversationList, y: int) -> Strip:
        asked.append(y)
        return draw(self, y)

    monkeypatch.setattr(ConversationList, "render_line", noted)
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(1000))
        shown.focus()
        await flush(pilot)
        painted(app)
        asked.clear()
        await pilot.press("j")
        painted(app)
        assert sorted(asked) == [0, 1]
        asked.clear()
        await pilot.press("pagedown")
        painted(app)
        assert sorted(asked) == [0, SIZE[1] - 1]  # the view went down a row: the others moved along
        asked.clear()
        await pilot.press("G")
        painted(app)
        assert sorted(asked) == list(range(SIZE[1]))


async def test_lines_that_moved_with_the_view_are_those_that_would_be_drawn() -> None:
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(100))
        shown.focus()
        await pilot.pause()
        for keys in (["G"], ["k"] * 25, ["pageup"], ["j"] * 30, ["g"], ["pagedown"] * 3):
            await pilot.press(*keys)
            moved = painted(app)
            shown.refresh()
            assert moved == painted(app), keys


async def test_whatever_a_line_is_drawn_from_draws_it_anew() -> None:
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(3))
        await flush(pilot)
        assert "✎" not in painted(app)[1]
        shown.drafts = frozenset({"conv-1"})
        assert "✎" in painted(app)[1]
        shown.update_row(rows(3)[2].changed(summary="Other"))
        assert "Other" in painted(app)[2]
        shown.rows = []
        shown.empty = "nothing here"
        assert "nothing here" in painted(app)[1]


async def test_a_container_gives_its_lines_again_until_it_is_refreshed_or_resized() -> None:
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        await flush(pilot)
        panes = app.query_one(Panes)
        whole = Region(0, 0, *SIZE)
        first = panes.render_lines(whole)
        assert panes.render_lines(whole) is first
        panes.styles.background = "red"
        await flush(pilot)
        assert panes.render_lines(whole) is not first
        await pilot.resize_terminal(60, 10)
        await until(pilot, lambda: panes.size == (60, 10))
        await flush(pilot)
        assert {len(line) for line in painted(app)} == {60}
        assert len(panes.render_lines(Region(0, 0, 60, 10))) == 10


async def test_another_theme_paints_every_pane_anew() -> None:
    async with started(size=(120, 30)) as (app, pilot):
        before = main_screen(app)._compositor.render_strips()
        app.theme = "textual-light"
        await settle(pilot)
        after = main_screen(app)._compositor.render_strips()
        assert [strip.text for strip in after] == screen_lines(app)
        kept = [
            segment
            for one, other in zip(before, after, strict=True)
            for segment in set(one) & set(other)
            if segment.style is not None and segment.style.bgcolor is not None
        ]
        assert not kept


async def test_a_key_goes_past_the_panes_and_keys_typed_at_once_act_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: list[events.Event] = []
    see = Panes.on_event

    async def noted(self: Panes, event: events.Event) -> None:
        passed.append(event)
        await see(self, event)

    monkeypatch.setattr(Panes, "on_event", noted)
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        shown.show(rows(100))
        shown.focus()
        await flush(pilot)
        for key in ("j", "G", "k", "escape", "k", "q", "k"):
            app.post_message(events.Key(key, None))
        await until(pilot, lambda: shown.cursor == 96)
        assert not [event for event in passed if isinstance(event, events.Key)]


def test_filters_in_turn_are_one_that_a_strip_can_keep_by() -> None:
    red = Segment("a\x1bb", Style(color="#ff0000", bgcolor="#0000ff", dim=True))
    background = Color.parse("#102030")
    dim, mono = DimFilter(), Monochrome()
    one_by_one = Strip([red]).apply_filter(dim, background).apply_filter(mono, background)
    strip = Strip([red])
    found = strip.apply_filter(in_turn(dim, mono), background)
    assert found == one_by_one
    assert strip.apply_filter(in_turn(dim, mono), background) is found
    assert Strip([red]).apply_filter(in_turn(mono, dim), background) != Strip([red])


async def test_a_key_for_a_view_that_is_gone_is_no_error() -> None:
    app = PanesApp()
    async with app.run_test(size=SIZE) as pilot:
        shown = app.query_one(ConversationList)
        await shown.remove()
        await shown._on_key(events.Key("j", "j"))
        await flush(pilot)
