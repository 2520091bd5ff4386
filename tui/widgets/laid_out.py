"""Items below each other, of any number and size, laid out only where they are seen."""

from __future__ import annotations

from typing import NamedTuple

from textual.cache import LRUCache
from textual.geometry import Size
from textual.strip import Strip

from tui.domain.heights import Heights
from tui.domain.reading import Chunk, Item, chunks
from tui.widgets.item_layout import ItemLayout
from tui.widgets.line_view import LineView


class Place(NamedTuple):
    """A line of text: its item, its part, the chunk that begins at `start`, and the row in a chunk of `height`."""

    key: str
    part: int
    start: int
    row: int
    height: int


class LaidOut(LineView):
    """Paints items from heights that are estimated first and exact once seen; the place survives changes."""

    def __init__(self, *, id: str | None = None, bare: bool = False) -> None:
        super().__init__(id=id)
        self.items: tuple[Item, ...] = ()
        self.selected = 0
        self._toggled: dict[str, bool] = {}
        self._chunks: list[Chunk] = []
        self._firsts: list[int] = []
        self._heights = Heights(())
        self._strips: LRUCache[int, list[Strip]] = LRUCache(512)
        self._layout = ItemLayout(self)
        self._layout.bare = bare
        self._laid_width = 0

    @property
    def text_width(self) -> int:
        """Columns right of the selection bar."""
        return max(0, self.scrollable_content_region.width - 1)

    def is_folded(self, item: Item) -> bool:
        """Whether an item shows as one line."""
        return self._toggled.get(item.key, item.folded)

    # heights and places

    def _relayout(self, place: Place | None) -> None:
        folded = {item.key for item in self.items if self.is_folded(item)}
        self._chunks = chunks(self.items, folded)
        self._firsts = [index for index, chunk in enumerate(self._chunks) if chunk.first]
        self._remeasure(place)

    def _remeasure(self, place: Place | None) -> None:
        """Estimate every height for the width of now and go back to the reader's place."""
        self._strips.clear()
        self._laid_width = self.text_width
        self._layout.width = self._laid_width
        width = self._layout.body_width
        spaced = [item.spaced for item in self.items]
        self._heights = Heights(
            chunk.estimate(width) + (chunk.first and spaced[chunk.item]) for chunk in self._chunks
        )
        self.virtual_size = Size(self._laid_width + 1, self._heights.total)
        self._go(self._line_of(place) if place else 0)
        self.refresh()

    def _place(self) -> Place | None:
        """The line of text at the top of the view."""
        if not self._chunks:
            return None
        chunk, row = self._heights.at(round(self.scroll_y))
        piece = self._chunks[chunk]
        return Place(self.items[piece.item].key, piece.part, piece.start, row, self._heights[chunk])

    def _line_of(self, place: Place) -> int:
        """Where that line of text stands now; in a chunk that wraps anew, as far into it as before."""
        index = next((at for at, item in enumerate(self.items) if item.key == place.key), None)
        if index is None:
            return round(self.scroll_y)
        chunk = first = self._firsts[index]
        while chunk + 1 < len(self._chunks) and self._chunks[chunk + 1].item == index:
            after = self._chunks[chunk + 1]
            if (after.part, after.start) > (place.part, place.start):
                break
            chunk += 1
        height = len(self._measure(chunk))
        if place.part < 0 or self._chunks[chunk].part < 0:
            return self._heights.top(first) + min(place.row, height - 1)
        row = place.row if height == place.height else round(place.row * height / max(1, place.height))
        return self._heights.top(chunk) + min(row, height - 1)

    def _top(self, index: int) -> int:
        return self._heights.top(self._firsts[index])

    def _height(self, index: int) -> int:
        end = self._firsts[index + 1] if index + 1 < len(self._firsts) else len(self._chunks)
        return self._heights.top(end) - self._top(index)

    def _measure(self, chunk: int) -> list[Strip]:
        strips = self._strips.get(chunk)
        if strips is None:
            piece = self._chunks[chunk]
            item = self.items[piece.item]
            above = item.spaced and piece.item > 0
            strips = self._layout.strips(item, piece, folded=self.is_folded(item), above=above)
            self._strips[chunk] = strips
            self._heights.correct(chunk, len(strips))
        return strips

    def _measure_view(self) -> None:
        """Make the heights in view exact; what is read stays where it is while those above change."""
        if not self._chunks or not self._laid_width:
            return
        top = round(self.scroll_y)
        chunk, offset = self._heights.at(top)
        shift = 0
        if offset and not self._heights.exact[chunk]:
            from_end = self._heights[chunk] - offset  # entered from below: keep the distance to its end
            self._measure(chunk)
            shift = max(0, self._heights[chunk] - from_end) - offset
        line = self._heights.top(chunk)
        while chunk < len(self._chunks) and line < top + shift + self.size.height:
            self._measure(chunk)
            line += self._heights[chunk]
            chunk += 1
        self.virtual_size = Size(self._laid_width + 1, self._heights.total)
        if shift:
            self._go(top + shift)

    def _go(self, line: int) -> None:
        """Scroll at once, then again should exact heights have moved the end."""
        self.scroll_to(y=line, animate=False, immediate=True, force=True)
        self._measure_view()

    # painting

    def paint_anew(self) -> None:
        """Lay out again what is seen, after a change of marks that moves no line."""
        self._strips.clear()
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        line = round(self.scroll_y) + y
        width = self.size.width
        if not self._chunks or not self._laid_width or line >= self._heights.total:
            return self.blank(width)
        chunk, row = self._heights.at(line)
        strips = self._measure(chunk)
        if row >= len(strips):
            return self.blank(width)
        piece = self._chunks[chunk]
        item = self.items[piece.item]
        gap = piece.first and row == 0 and item.spaced and piece.item > 0
        bar = self.bar(selected=piece.item == self.selected and not gap, beside=item.dimmed and not gap)
        return Strip([bar, *strips[row]]).adjust_cell_length(width, self.row_style)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lay out what comes into view before it is painted."""
        self._measure_view()
        super().watch_scroll_y(old_value, new_value)

    def on_resize(self) -> None:
        """Wrap for the new width, keeping the item at the top."""
        if self.text_width != self._laid_width:
            self._remeasure(self._place())
        else:
            self._measure_view()

    def notify_style_update(self) -> None:
        """Paint anew in the new theme."""
        super().notify_style_update()
        self._strips.clear()
