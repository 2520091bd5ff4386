"""The bottom line: it derives from the active bindings, cuts no word, presses what is clicked."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.widgets import Input

from tests.app_helpers import flush, strips
from tui.ui.widgets.footer import KeyLine

pytestmark = pytest.mark.anyio

PANES = Binding.Group("Panes", compact=True)


class Bottom(App[None]):
    """A field above the line."""

    CSS_PATH = "../../../tui/ui/app.tcss"
    BINDINGS = [
        Binding("f1", "note('help')", "[/foo] help", id="help", key_display="?", tooltip="At length"),
        Binding("f2", "note('left')", "Left", key_display="a", group=PANES),
        Binding("f3", "note('right')", "Right", key_display="b", group=PANES),
        Binding("f4", "never", "Never", key_display="x"),
        Binding("f5", "dim", "Dim", key_display="d"),
        Binding("f6", "note('hidden')", "Hidden", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []
        self.dim: bool | None = True

    def compose(self) -> ComposeResult:
        yield Input()
        yield KeyLine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return {"never": False, "dim": self.dim}.get(action, True)

    def action_note(self, what: str) -> None:
        self.noted.append(what)

    def action_dim(self) -> None:
        self.noted.append("dim")

    def action_never(self) -> None:
        raise AssertionError

    @property
    def line(self) -> str:
        return strips(self)[-1].text.rstrip()


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (60, "? [/foo] help  ab Panes  d Dim"),
        (30, "? [/foo] help  ab Panes  d Dim"),
        (29, "? [/foo] help ab Panes d Dim"),
        (28, "? [/foo] help ab Panes d Dim"),
        (27, "? [/foo] help ab Panes"),
        (14, "? [/foo] help"),
        (3, ""),
    ],
)
async def test_it_says_what_does_something_now_and_cuts_no_word(width: int, line: str) -> None:
    """Closer together before anything is left out, and then from the right."""
    app = Bottom()
    async with app.run_test(size=(width, 4)) as pilot:
        await flush(pilot)
        assert app.line == line


async def test_a_click_presses_the_key_that_is_under_it_unless_that_is_dimmed() -> None:
    """A click between two keys presses none."""
    app = Bottom()
    async with app.run_test(size=(60, 4)) as pilot:
        await flush(pilot)
        places = ("help", "ab", "b Panes", "Panes", "Dim", "  ab")
        for sought in places:
            await pilot.click(KeyLine, offset=(app.line.index(sought), 0))
        await flush(pilot)
        assert app.noted == ["help", "left", "right", "right", "dim"]
        app.dim = None
        app.refresh_bindings()
        await flush(pilot)
        await pilot.click(KeyLine, offset=(app.line.index("Dim"), 0))
        await flush(pilot)
        assert app.noted[5:] == []


async def test_the_pointer_shows_what_a_key_does_at_length() -> None:
    """And nothing once it is elsewhere."""
    app = Bottom()
    async with app.run_test(size=(60, 4)) as pilot:
        await flush(pilot)
        line = app.query_one(KeyLine)
        await pilot.hover(KeyLine, offset=(1, 0))
        assert line.tooltip == "At length"
        await pilot.hover(KeyLine, offset=(50, 0))
        assert line.tooltip is None


async def test_it_is_painted_anew_only_where_its_words_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the bindings are looked at."""
    painted = 0
    render = KeyLine.render

    def counted(self: KeyLine) -> Content:
        nonlocal painted
        painted += 1
        return render(self)

    monkeypatch.setattr(KeyLine, "render", counted)
    app = Bottom()
    async with app.run_test(size=(60, 4)) as pilot:
        await flush(pilot)
        painted = 0
        for _ in range(5):
            app.refresh_bindings()
            await flush(pilot)
        assert painted == 0
        app.dim = False
        app.refresh_bindings()
        await flush(pilot)
        assert painted == 1
        assert "Dim" not in app.line


async def test_where_not_all_fit_the_spare_ones_go_first_and_what_is_named_stands() -> None:
    class Spare(Bottom):
        def compose(self) -> ComposeResult:
            yield Input()
            yield KeyLine(self.named, ("help",))

        def named(self) -> list[ActiveBinding]:
            return [
                active
                for active in self.screen.active_bindings.values()
                if active.binding.action == "note('hidden')"
                or (active.binding.show and active.binding.action != "dim")
            ]

    for width, line in (
        (60, "? [/foo] help  ab Panes  f6 Hidden"),
        (31, "ab Panes f6 Hidden"),
        (17, "ab Panes"),
    ):
        app = Spare()
        async with app.run_test(size=(width, 4)) as pilot:
            await flush(pilot)
            assert app.line == line
