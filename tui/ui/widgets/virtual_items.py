"""A list of items of any number and size, laid out only where they are visible."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import var
from textual.strip import Strip

from tui.presentation.item import NOTE
from tui.presentation.line_heights import LineHeights
from tui.presentation.times import new_days
from tui.rules.new_since import NewContent
from tui.ui.widgets.line_cache import DrawnChunks, Line
from tui.ui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.presentation.item import Chunk, Item
    from tui.ui.widgets.item_lines import ItemLayout

KEPT = 512
"""Number of items whose chunks and heights are cached."""

FINISHED = 3
"""Screens of painted lines, with their bar, that are cached: a line that moved is not painted again."""

DRAWN = 96
"""Minimum number of cached painted lines."""


class Place(NamedTuple):
    """A scroll position: item, part, the chunk that begins at `start`, and the row in a chunk of `height`."""

    key: str
    part: int
    start: int
    row: int
    height: int


class Body(NamedTuple):
    """One item cut into chunks, with a height for each."""

    chunks: list[Chunk]
    heights: LineHeights


class LaidOut(LineView):
    """Paints items; heights are estimates until an item is visible, and the position survives changes."""

    selected: var[int] = var(0)
    """The item that is selected."""

    def __init__(self, *, id: str | None = None, bare: bool = False) -> None:
        super().__init__(id=id)
        self.items: tuple[Item, ...] = ()
        self._toggled: dict[str, bool] = {}
        self._days: dict[int, str] = {}
        """The dates shown between messages of different days, by the index of the item below."""
        self._dated: tuple[Item, ...] = ()
        self._heights = LineHeights(())
        self._bodies: LRUCache[int, Body] = LRUCache(KEPT)
        self._chunks = DrawnChunks()
        self._lines: LRUCache[tuple[int | bool, ...], Strip] = LRUCache(DRAWN)
        self._bare = bare
        self._layout_width = 0
        self._height_changed = False
        """Whether a height was corrected since the view was last measured."""
        self.changed = NewContent()

    @cached_property
    def _layout(self) -> ItemLayout:
        """The layout of items, loaded on first use."""
        from tui.ui.widgets.item_lines import ItemLayout

        layout = ItemLayout(self)
        layout.bare, layout.width = self._bare, self._layout_width
        return layout

    @property
    def text_width(self) -> int:
        """Columns right of the selection bar."""
        return max(0, self.scrollable_content_region.width - 1)

    def is_folded(self, item: Item) -> bool:
        """Whether an item is shown as one line."""
        return bool(item.parts) and self._toggled.get(item.key, item.folded)

    def is_probably_folded(self, item: Item) -> bool:
        """Like `is_folded`, without building an item that was not shown yet."""
        return self._toggled.get(item.key, item.weight.folded)

    @property
    def _note(self) -> str:
        """The note that is shown instead of items; "" if there are items."""
        return self.items[0].text if len(self.items) == 1 and self.items[0].key == NOTE else ""

    @property
    def has_content(self) -> bool:
        """Whether there are items."""
        return bool(self.items)

    # heights and positions

    def _relayout(self, position: Place | None) -> None:
        """Estimate every height for the current width and folds, and restore the position."""
        self._forget_lines()
        self._bodies.clear()
        self._layout_width = self.text_width
        if self._dated is not self.items:
            self._dated, self._days = self.items, new_days(item.date for item in self.items)
        width = 0
        if self.items:
            self._layout.width = self._layout_width
            width = self._layout.body_width
        folded = self.is_probably_folded
        self._heights = LineHeights(
            (1 if folded(item) else item.weight.rows(width)) + self._has_gap(index)
            for index, item in enumerate(self.items)
        )
        self._fit()
        self._go(self._line_of(position) if position else 0)
        self.refresh()

    def _fit(self) -> None:
        self.virtual_size = Size(self._layout_width + 1, self._heights.total)

    def _gap(self, index: int) -> str | None:
        """The line above an item: the date if a new day begins, else an empty line or none."""
        if index in self._days:
            return self._days[index]
        return "" if index > 0 and self.items[index].spaced else None

    def _has_gap(self, index: int) -> bool:
        """Whether there is a line above an item."""
        return self._gap(index) is not None

    def _body(self, index: int) -> Body:
        """The chunks of an item; heights are estimates until they are laid out."""
        from tui.presentation.item import chunks

        body = self._bodies.get(index)
        if body is None:
            item = self.items[index]
            pieces = chunks(item, folded=self.is_folded(item))
            width, gap = self._layout.body_width, self._has_gap(index)
            body = Body(pieces, LineHeights(one.estimate(width) + (one.first and gap) for one in pieces))
            self._bodies[index] = body
            self._heights.correct(index, body.heights.total, exact=False)
        return body

    def _at(self, line: int) -> tuple[int, int, int]:
        """The item and the chunk of a line, and its row in the chunk."""
        index, rest = self._heights.at(line)
        return index, *self._body(index).heights.at(rest)

    def _line(self, index: int, chunk: int = 0) -> int:
        """The first line of an item, or of a chunk of it."""
        return self._heights.top(index) + self._body(index).heights.top(chunk)

    def _place(self) -> Place | None:
        """The line of text at the top of the view."""
        if not self.items:
            return None
        index, chunk, row = self._at(round(self.scroll_y))
        body = self._body(index)
        piece = body.chunks[chunk]
        return Place(self.items[index].key, piece.part, piece.start, row, body.heights[chunk])

    def _line_of(self, position: Place) -> int:
        """The current line of a position; in a chunk that wraps differently, the same fraction of its height."""
        index = next((at for at, item in enumerate(self.items) if item.key == position.key), None)
        if index is None:
            return round(self.scroll_y)
        pieces = self._body(index).chunks
        after = (
            at
            for at, one in enumerate(pieces)
            if at and (one.part, one.start) > (position.part, position.start)
        )
        chunk = next(after, len(pieces)) - 1
        height = len(self._measure(index, chunk))
        if position.part < 0 or pieces[chunk].part < 0:
            return self._line(index) + min(position.row, height - 1)
        row = (
            position.row
            if height == position.height
            else round(position.row * height / max(1, position.height))
        )
        return self._line(index, chunk) + min(row, height - 1)

    def _measure(self, index: int, chunk: int) -> list[Line]:
        """Lay out a chunk, and make its height exact."""
        body = self._body(index)
        lines = self._chunks.find(index, chunk)
        if lines is None:
            item = self.items[index]
            folded, above = self.is_folded(item), self._gap(index)
            lines = self._layout.lines(item, body.chunks[chunk], folded=folded, above=above)
            self._chunks.keep(index, chunk, lines)
            if body.heights.correct(chunk, len(lines)):
                self._height_changed = True
            self._heights.correct(index, body.heights.total, exact=body.heights.all_exact)
        return lines

    def _measure_view(self) -> None:
        """Make the heights in view exact; the visible text stays in place while heights above it change."""
        if not self.items or not self._layout_width:
            return
        before = round(self.scroll_y)
        top = self._settled(before)
        index, chunk, row = self._at(top)
        line = top - row
        while index < len(self.items) and line < top + self.size.height:
            line += len(self._measure(index, chunk))
            last = chunk + 1 == len(self._body(index).chunks)
            index, chunk = (index + 1, 0) if last else (index, chunk + 1)
        self._fit()
        if self._height_changed:
            self._height_changed = False
            self.repaint()
        if top != before:
            self._go(top)

    def _settled(self, line: int) -> int:
        """The position of a line after its chunk is measured; counted from the end, so that the text below stays."""
        index, row = self._heights.at(line)
        to_end = self._heights[index] - row
        body = self._body(index)
        row = max(0, body.heights.total - to_end) if row else 0
        chunk, row = body.heights.at(row)
        if row and not body.heights.exact[chunk]:
            to_end = body.heights[chunk] - row
            row = max(0, len(self._measure(index, chunk)) - to_end)
        return self._line(index, chunk) + row

    def _go(self, line: int) -> None:
        """Scroll at once, then measure the view, which may scroll it again."""
        self.scroll_to(y=line, animate=False, immediate=True, force=True)
        self._measure_view()

    # painting

    def redraw(self) -> None:
        """Lay out the visible lines again, after a change of highlights that moves no line."""
        self._forget_lines()
        self.repaint()

    def _forget_lines(self) -> None:
        self._chunks.clear()
        self._lines.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        line = round(self.scroll_y) + y
        width = self.size.width
        if not self.items or self._note:
            return self.remark_line(self._note or self.waiting, y) or self.blank(width)
        if not self._layout_width or line >= self._heights.total:
            return self.blank(width)
        index, chunk, row = self._at(line)
        lines = self._measure(index, chunk)
        if row >= len(lines):
            return self.blank(width)
        item = self.items[index]
        gap = chunk == 0 and row == 0 and self._has_gap(index)
        selected = index == self.selected and not gap
        fresh = not gap and self.changed.touches(item)
        key = index, chunk, row, width, selected, fresh, selected and self.has_focus
        strip = self._lines.get(key)
        if strip is None:
            bar = self.bar(selected=selected, beside=item.dimmed and not gap, fresh=fresh)
            strip = Strip([bar, *lines[row]]).adjust_cell_length(width, self.row_style)
            self._lines[key] = strip
        return strip

    def watch_selected(self, before: int, after: int) -> None:
        """Paint the bar where it was and where it is now."""
        self._repaint_bar(before)
        self._repaint_bar(after)

    def _repaint_bar(self, index: int) -> None:
        if index < len(self._heights):
            first = max(0, self._heights.top(index) - round(self.scroll_y))
            end = min(self.size.height, first + self._heights[index])
            if first < end:
                self.refresh(Region(0, first, 1, end - first))

    def repaint_focus(self) -> None:
        """Repaint only the bar, which shows the focus."""
        self._repaint_bar(self.selected)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lay out what comes into view before it is painted."""
        self._measure_view()
        super().watch_scroll_y(old_value, new_value)

    def on_resize(self) -> None:
        """Wrap for the new width, keeping the item at the top."""
        self._lines.grow(max(DRAWN, FINISHED * self.size.height))
        if self.text_width != self._layout_width:
            self._relayout(self._place())
        else:
            self._measure_view()

    def notify_style_update(self) -> None:
        """Repaint in the new theme."""
        super().notify_style_update()
        self._forget_lines()
