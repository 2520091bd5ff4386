"""A table of any number of rows, of which only the visible ones are drawn; rows or single cells can be chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui.model.text import visible
from tui.ui.bindings import bindings
from tui.ui.widgets.line_view import MOTIONS, LineView

LEAST = 12
"""Minimum width of the column that takes the remaining width."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` 0 takes the remaining width, up to `most`; `pinned` ones do not scroll sideways."""

    title: str
    width: int = 0
    most: int = 10_000
    right: bool = False
    pinned: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its style; a `marked` cell has a dot before it."""

    text: str
    role: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `key` is stable across refreshes."""

    key: str
    cells: tuple[Cell, ...]


class Table(LineView):
    """Rows below a fixed head; the cursor is on a row, or (`by_cell`) on one of its unpinned cells."""

    BINDINGS = [
        *MOTIONS,
        *bindings(
            "table",
            actions={"table.right": "across(1)", "table.left": "across(-1)", "table.choose": "choose"},
        ),
    ]

    @dataclass
    class Moved(Message):
        """The cursor moved to another row or cell."""

        table: Table

    @dataclass
    class Chosen(Message):
        """The user pressed enter, or clicked where the cursor is."""

        table: Table

    def __init__(self, *, id: str | None = None, by_cell: bool = False) -> None:
        super().__init__(id=id)
        self.columns: tuple[Column, ...] = ()
        self.rows: tuple[Row, ...] = ()
        self.cursor = 0
        self.column = 0
        self._by_cell = by_cell
        self._skipped = 0

    def show(self, columns: Iterable[Column], rows: Iterable[Row]) -> None:
        """Show these rows; the cursor stays on its row and column."""
        key = self.rows[self.cursor].key if self.rows else None
        title = self.columns[self.column].title if self.column < len(self.columns) else None
        self.columns, self.rows = tuple(columns), tuple(rows)
        indexes = {row.key: index for index, row in enumerate(self.rows)}
        self.cursor = indexes.get(key or "", min(self.cursor, max(0, len(self.rows) - 1)))
        free = self._free
        titles = {self.columns[index].title: index for index in free}
        self.column = titles.get(title or "", free[0] if free else 0)
        self._fit()
        self._reveal()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def _free(self) -> list[int]:
        return [index for index, column in enumerate(self.columns) if not column.pinned]

    def _fit(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows) + 1)
        self.repaint()

    def on_resize(self) -> None:
        """Show the columns that fit the new width."""
        self._fit()
        self._reveal()

    # drawing

    def _widths(self) -> list[tuple[int, int]]:
        """The visible columns with their widths, without those that are scrolled away."""
        room = self.scrollable_content_region.width - 1
        fixed = sum(column.width + 1 for column in self.columns if column.pinned and column.width)
        free = [index for index in self._free if index >= self._skipped]
        most = sum(column.most for column in self.columns if column.pinned and not column.width)
        wanted = sum(self.columns[index].width + 1 for index in free)
        rest = min(most, max(LEAST, room - fixed - wanted - 1))
        left = room - fixed - (rest + 1 if most else 0)
        widths = []
        for index, column in enumerate(self.columns):
            if column.pinned:
                widths.append((index, column.width or rest))
            elif index in free and left > 3:
                widths.append((index, min(column.width, left)))
                left -= column.width + 1
        return widths

    def render_line(self, y: int) -> Strip:
        """Paint the head, or one row."""
        width = self.size.width
        if y == 0:
            head = [self._fitted(self._title(at), at, wide) for at, wide in self._widths()]
            return self.strip_of(Content(" ").join([Content(""), *head]), width)
        index = round(self.scroll_y) + y - 1
        if index >= len(self.rows):
            return self.blank(width)
        cells = self.rows[index].cells
        here = index == self.cursor
        drawn = [self._cell(cells[at], at, wide, here=here) for at, wide in self._widths()]
        line = Content(" ").join(drawn)
        if here and not self._by_cell:
            line = self.lit(line)
        strip = self.strip_of(line, max(0, width - 1))
        return Strip([self.bar(selected=here), *strip]).adjust_cell_length(width, self.row_style)

    def _title(self, at: int) -> Cell:
        """The head of a column, above the text of its cells: unpinned ones begin with their mark."""
        column = self.columns[at]
        return Cell(column.title if column.pinned else f" {column.title}", "caption")

    def _cell(self, cell: Cell, at: int, wide: int, *, here: bool) -> Content:
        """A cell; the one under the cursor has a mark and a style."""
        if self.columns[at].pinned:
            return self._fitted(cell, at, wide)
        chosen = here and self._by_cell and at == self.column
        mark = ("▶" if chosen else "") + ("●" if cell.marked else "")
        text = Cell(f"{mark or ' '}{visible(cell.text)}", cell.role)
        drawn = self._fitted(text, at, wide)
        return self.lit(drawn) if chosen else drawn

    def _fitted(self, cell: Cell, at: int, wide: int) -> Content:
        content = Content.assemble((visible(cell.text), self.tint(cell.role)))
        if content.cell_length > wide:
            content = content.truncate(wide, ellipsis=True)
        gap = Content(" " * max(0, wide - cell_len(content.plain)))
        return gap + content if self.columns[at].right else content + gap

    # motion

    def _reveal(self) -> None:
        height = max(1, self.size.height - 1)
        top = round(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True, force=True)
        if self._by_cell and self._free:
            self._skipped = min(self._skipped, self.column)
            while self.column not in dict(self._widths()) or self._cut(self.column):
                if self._skipped >= self.column:
                    break
                self._skipped += 1
        self.repaint()

    def _cut(self, at: int) -> bool:
        return dict(self._widths()).get(at, 0) < self.columns[at].width

    def move_to(self, row: int, column: int | None = None) -> None:
        """Move the cursor and bring it into view."""
        self.cursor = max(0, min(row, len(self.rows) - 1))
        if column is not None:
            self.column = column
        self._reveal()
        self.post_message(self.Moved(self))

    def action_move(self, step: int) -> None:
        """Move to the next or previous row."""
        self.move_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        """Move down or up a page."""
        self.move_to(self.cursor + step * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """Move to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Move to the last row."""
        self.move_to(len(self.rows) - 1)

    def action_across(self, step: int) -> None:
        """Move to the next or previous column."""
        free = self._free
        if self._by_cell and free:
            here = free.index(self.column) if self.column in free else 0
            self.move_to(self.cursor, free[max(0, min(here + step, len(free) - 1))])

    def action_choose(self) -> None:
        """Choose the row or cell under the cursor."""
        if self.rows:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the pointer; a second click chooses."""
        index = round(self.scroll_y) + event.y - 1
        if event.y == 0 or index >= len(self.rows):
            return
        edge, column = 1, self.column
        for at, wide in self._widths():
            if edge <= event.x < edge + wide + 1 and not self.columns[at].pinned:
                column = at
            edge += wide + 1
        same_cell = (index, column) == (self.cursor, self.column)
        self.move_to(index, column)
        if same_cell:
            self.action_choose()
