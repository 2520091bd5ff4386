"""What is sent of a frame: of each line the pieces that changed, asked of the widgets that are seen there alone.

Textual asks every widget that a changed line crosses, those behind others as well, and cuts each line at every edge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from textual._compositor import ChopsUpdate, Compositor
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console
    from textual.widget import Widget


class Piece(NamedTuple):
    """Some cells of a line, and where they stand."""

    x: int
    y: int
    strip: Strip


class Pieces(ChopsUpdate):
    """A part of the screen as it looks now."""

    def __init__(self, pieces: list[Piece]) -> None:
        super().__init__([], [], [])
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """The sequences for the terminal."""
        return "".join([f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self.pieces])


class Foremost(Compositor):
    """Puts the changed parts of a screen together."""

    _placed: object = None

    def render_partial_update(self) -> Pieces | None:
        """The pieces that were refreshed, each as far as the widgets go in it: no wide character is cut in two."""
        regions, self._dirty_regions = self._dirty_regions, set()
        if self._placed is not self.visible_widgets:
            self._placed, self._layers_visible = self.visible_widgets, None
        drawn: dict[Widget, list[Strip]] = {}
        pieces: list[Piece] = []
        for y, begin, end in self._regions_to_spans(regions):
            if y < len(self.cuts):
                cuts = self.cuts[y]
                left = cuts[max(0, bisect_right(cuts, begin) - 1)]
                right = cuts[min(len(cuts) - 1, bisect_left(cuts, end))]
                pieces += self._pieces(y, left, right, drawn)
        return Pieces(pieces) if pieces else None

    def _pieces(self, y: int, left: int, right: int, drawn: dict[Widget, list[Strip]]) -> list[Piece]:
        """What is seen of a part of a line, from front to back until nothing of it is open."""
        found, still = [], [(left, right)]
        for widget, shown, region in self.layers_visible[y]:
            spaces, still = still, []
            for begin, end in spaces:
                first, last = max(begin, shown.x), min(end, shown.right)
                if first < last and widget not in drawn:
                    drawn[widget] = widget.render_lines(shown.translate(-region.offset))
                if first < last and y - shown.y < len(drawn[widget]):
                    strip = drawn[widget][y - shown.y].crop(first - shown.x, last - shown.x)
                    found.append(Piece(first, y, strip))
                    still += [space for space in ((begin, first), (last, end)) if space[0] < space[1]]
                else:
                    still.append((begin, end))
            if not still:
                break
        return found
