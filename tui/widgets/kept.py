"""Lines that are kept until they are refreshed: at each change Textual asks for every line of every pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.widget import Widget

    Mixed = Widget
else:
    Mixed = object  # a widget takes its look from its first base that is one


class Kept(Mixed):
    """A container that gives the lines behind its children as they were, unless it was refreshed."""

    _kept: tuple[Region, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, super().render_lines(crop)
        return self._kept[1]

    def _set_dirty(self, *regions: Region) -> None:
        self._kept = None
        super()._set_dirty(*regions)


class Panes(Kept, Horizontal):
    """What stands beside each other on a screen."""


class KeptLines(LineView):
    """A view that draws a line anew only where it was refreshed, or where all lines look otherwise."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: dict[int, Strip] = {}
        self._look: tuple[object, ...] = ()
        self._parts: tuple[object, ...] = ()

    def parts(self) -> tuple[object, ...]:
        """What every line is drawn from: another object in place of one of them lets all be drawn anew."""
        return ()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region, those that are kept and those that are not."""
        look = (crop, round(self.scroll_y), self.size, self.has_focus, self.background_colors[1])
        parts = (*self.parts(), *self.get_line_filters())
        same = len(parts) == len(self._parts) and all(map(_is, parts, self._parts))
        if look != self._look or not same:
            self._look, self._parts = look, parts
            self._lines.clear()
        for y in crop.line_range:
            if y not in self._lines:
                (self._lines[y],) = super().render_lines(Region(crop.x, y, crop.width, 1))
        return [self._lines[y] for y in crop.line_range]

    def _set_dirty(self, *regions: Region) -> None:
        if not regions:
            self._lines.clear()
        for region in regions:
            for y in region.line_range:
                self._lines.pop(y, None)
        super()._set_dirty(*regions)


def _is(one: object, other: object) -> bool:
    return one is other
