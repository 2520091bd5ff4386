"""What is sent of a frame shows what the whole screen would, where it changed and nowhere else."""

from __future__ import annotations

from random import Random

import pytest
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.widgets import Static

from tests.app_helpers import flush
from tests.bench.emulator import Emulator
from tui.widgets.foremost import Foremost, Pieces

pytestmark = pytest.mark.anyio

SIZE = (60, 16)


class Layers(App[None]):
    """Widgets beside, in, above and below each other."""

    CSS = """
    Screen { layers: below above; }
    #left { width: 20; border: round red; }
    #long { height: 40; }
    #right { width: 1fr; background: green; }
    .over { layer: above; width: 14; height: 3; background: blue; offset: 11 4; }
    #far { offset: 50 14; border: solid white; }
    """

    def compose(self) -> ComposeResult:
        """Some text in each."""
        with Horizontal():
            with VerticalScroll(id="left"):
                yield Static("wide 日本語 words " * 20, id="long")
            yield Static("right " * 90, id="right")
        yield Static("over all 日本", classes="over")
        yield Static("beyond the edge", classes="over", id="far")


def terminal(app: App[None], *sent: str) -> list[list[object]]:
    """The cells of a terminal that got these sequences."""
    emulator = Emulator(*SIZE)
    for each in sent:
        emulator.feed(each.encode())
    return [[emulator.screen.buffer[y][x] for x in range(SIZE[0])] for y in range(SIZE[1])]


def covered(*regions: Region) -> str:
    """Another letter in every cell of some regions."""
    lines = [(x, y, width) for x, top, width, height in regions for y in range(top, top + height)]
    return "".join(f"\x1b[0m\x1b[{y + 1};{x + 1}H{'#' * width}" for x, y, width in lines)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_refreshed_the_screen_is_as_if_it_was_painted_whole(seed: int) -> None:
    random = Random(seed)
    app = Layers()
    async with app.run_test(size=SIZE) as pilot:
        app.console._color_system = ColorSystem.TRUECOLOR
        app.screen._compositor = compositor = Foremost()
        app.screen._refresh_layout()
        for step in range(60):
            app.query_one("#left").scroll_to(y=step % 30, animate=False, immediate=True)
            await flush(pilot)
            whole = compositor.render_full_update().render_segments(app.console)
            regions = []
            for _ in range(random.randrange(1, 4)):
                x, y = random.randrange(SIZE[0]), random.randrange(SIZE[1])
                wide, high = random.randrange(1, SIZE[0] - x + 1), random.randrange(1, SIZE[1] - y + 1)
                regions.append(Region(x, y, wide, high))
            compositor._dirty_regions = {*regions}
            sent = compositor.render_partial_update()
            assert isinstance(sent, Pieces)
            assert not compositor._dirty_regions
            again = terminal(app, whole, covered(*regions), sent.render_segments(app.console))
            assert again == terminal(app, whole), (step, regions)


async def test_what_is_behind_others_or_elsewhere_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Layers()
    async with app.run_test(size=SIZE) as pilot:
        app.screen._compositor = compositor = Foremost()
        app.screen._refresh_layout()
        await flush(pilot)
        asked: list[str] = []
        for widget in compositor.visible_widgets:
            draw = widget.render_lines

            def noted(crop: Region, name: str = f"{widget.id}", draw: object = draw) -> object:
                asked.append(name)
                return draw(crop)  # type: ignore[operator]

            monkeypatch.setattr(widget, "render_lines", noted)
        compositor._dirty_regions = {Region(25, 1, 10, 2)}
        compositor.render_partial_update()
        assert asked == ["right"]


async def test_nothing_is_sent_where_nothing_changed() -> None:
    app = Layers()
    async with app.run_test(size=SIZE) as pilot:
        await flush(pilot)
        app.screen._compositor = compositor = Foremost()
        app.screen._refresh_layout()
        compositor._dirty_regions = set()
        assert compositor.render_partial_update() is None


async def test_where_a_widget_has_too_few_lines_what_is_behind_it_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with Textual's own: a view may have been told of its new size a frame later."""
    app = Layers()
    async with app.run_test(size=SIZE) as pilot:
        app.screen._compositor = compositor = Foremost()
        app.screen._refresh_layout()
        await flush(pilot)
        over = app.query_one(".over")
        monkeypatch.setattr(over, "render_lines", lambda _: [])
        compositor._dirty_regions = {over.region}
        sent = compositor.render_partial_update()
        assert sent is not None
        assert {piece.y for piece in sent.pieces} == set(over.region.line_range)
        assert "right" in "".join(piece.strip.text for piece in sent.pieces)
