"""A view that keeps its lines until they are refreshed: at each change Textual asks for every line of every pane."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.line_view import LineView


class KeptLines(LineView):
    """A view that draws a line anew only where it was refreshed, or where all lines look otherwise."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: dict[int, Strip] = {}
        self._top = 0
        self._look: tuple[object, ...] = ()
        self._parts: tuple[object, ...] = ()

    def parts(self) -> tuple[object, ...]:
        """What every line is drawn from: another object in place of one of them lets all be drawn anew."""
        return ()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lines that stay in view move with it as they are."""
        old, new = round(old_value), round(new_value)
        height = self.size.height if old == self._top else 0
        stay = {y + old - new: strip for y, strip in self._lines.items() if 0 <= y + old - new < height}
        super().watch_scroll_y(old_value, new_value)
        self._lines, self._top = stay, new

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region, those that are kept and those that are not."""
        top = round(self.scroll_y)
        look = (crop, self.size, self.has_focus, self.background_colors[1])
        parts = (*self.parts(), *self.get_line_filters())
        same = len(parts) == len(self._parts) and all(map(_is, parts, self._parts))
        if top != self._top or look != self._look or not same:
            self._top, self._look, self._parts = top, look, parts
            self._lines.clear()
        wanted = [y for y in crop.line_range if y not in self._lines]
        if wanted:
            self._lines |= zip(wanted, self.drawn(crop, wanted), strict=True)
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
