"""A scroll bar that is painted when its thumb looks otherwise, not whenever a view moves."""

from __future__ import annotations

from math import ceil

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from tui.widgets.kept import Kept

EIGHTHS = len(ScrollBarRender.VERTICAL_BARS)
"""Steps of the thumb in one cell."""


def thumb(height: int, whole: float, window: float, position: float) -> tuple[int, int] | None:
    """Where the thumb of a bar begins and how long it is, in steps; None where there is none."""
    whole = ceil(whole)
    if not height or not 0 < window < whole or height == whole:
        return None
    length = max(1, ceil(window) / (whole / height))
    begin = (height - length) * position / (whole - ceil(window))
    return int(begin * EIGHTHS), ceil(length * EIGHTHS)


def in_cell(thumb: tuple[int, int], y: int) -> tuple[int, int]:
    """Where a thumb begins and ends in a cell, in steps; that is all that the cell shows."""
    begin, length = thumb
    top = y * EIGHTHS
    return min(max(begin - top, 0), EIGHTHS), min(max(begin + length - top, 0), EIGHTHS)


class CalmBar(Kept, ScrollBar):
    """A vertical bar of which a line of many thousands moves nothing: the stock one is painted whole for each."""

    position: Reactive[float] = Reactive(0, repaint=False)
    window_size: Reactive[int] = Reactive(0, repaint=False)
    window_virtual_size: Reactive[int] = Reactive(100, repaint=False)

    _thumb: tuple[int, int] | None = None

    def _measured(self) -> tuple[int, int] | None:
        return thumb(self.size.height, self.window_virtual_size, self.window_size, self.position)

    def _look(self) -> None:
        """Paint the cells of the bar that look otherwise now."""
        before, now = self._thumb, self._measured()
        if before is None or now is None:
            if before != now:
                self.refresh()
            return
        for y in range(self.size.height):
            if in_cell(before, y) != in_cell(now, y):
                self.refresh(Region(0, y, self.size.width, 1))

    def watch_position(self) -> None:
        """The view moved."""
        self._look()

    def watch_window_size(self) -> None:
        """More or less is seen at once."""
        self._look()

    def watch_window_virtual_size(self) -> None:
        """There is more or less to move through."""
        self._look()

    def drawn_anew(self, crop: Region) -> list[Strip]:
        """The lines of a region, by where the thumb is now."""
        self._thumb = self._measured()
        return self._painted()[crop.y : crop.bottom]

    def _painted(self) -> list[Strip]:
        """Every line; those that look alike are one, where the stock bar makes each of its own."""
        under, background = self.visual_style.rich_style, self.background_colors[1]
        made: dict[int, Strip] = {}
        segments = self._segments()
        for segment in segments:
            if id(segment) not in made:
                painted = [Segment(segment.text, under + segment.style)]
                for each in self.get_line_filters():
                    painted = each.apply(painted, background)
                made[id(segment)] = Strip(painted, self.size.width)
        return [made[id(segment)] for segment in segments]

    def _segments(self) -> list[Segment]:
        """What Textual's own bar consists of, from top to bottom: a few segments, again and again."""
        bar, size = self.render(), self.size
        assert isinstance(bar, ScrollBarRender)
        style = self.app.console.get_style(bar.style)
        assert style.color is not None
        assert style.bgcolor is not None
        drawn = bar.render_bar(
            size=size.height,
            virtual_size=0 if self._thumb is None else bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=size.width,
            back_color=style.bgcolor,
            bar_color=style.color,
        )
        return drawn.segments
