"""A text area paints all that it shows at each key.

Defect: whatever is typed, moved or selected, each line in view is drawn and sent to the terminal: some 4,200 bytes a
key in the summary editor, where its line and the status are 500. The height of the text is summed again for each line.
Upstream: Textualize/textual#4086.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.geometry import Region
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

VERSIONS = frozenset({"8.2.8"})


def _height(self: Any) -> int:
    """The number of lines of a wrapped document, without adding them up."""
    return len(self._offset_to_line_info)


def install() -> None:
    """Let wrapped documents know their height."""
    from textual.document._wrapped_document import WrappedDocument

    WrappedDocument.height = property(_height)  # type: ignore[assignment]


class Look(NamedTuple):
    """What a painted line depends on, as far as typing, moving and selecting change it."""

    words: object
    """Its text; with a tab, that of its whole paragraph, since widths depend on what is before."""

    lit: bool
    """Whether the cursor is in its paragraph."""

    cursor: int | None
    """Where the cursor is in it."""

    chosen: object
    """What is selected of its paragraph, and where in that it begins."""

    brackets: object
    """Whether the cursor is at a bracket, and where in the paragraph the other one is."""


class ChangedLinesArea(TextArea):
    """Repaints, whenever text or cursor changed, only the lines that look different from what was painted.

    For plain text without line numbers, placeholder and suggestions; any other change of its looks repaints all of it.
    """

    selection = Reactive(Selection(), init=False, always_update=True, repaint=False)
    """Where the cursor is; it is set behind every change of the text as well."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._painted: dict[int, Look | None] = {}
        self._dressed = False
        super().__init__(*args, **options)

    def _watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        super()._watch_selection(previous_selection, selection)
        width = self.scrollable_content_region.width
        for y in range(self.size.height):
            if y not in self._painted or self._painted[y] != self._look(y):
                self.refresh(Region(0, y, width, 1))

    def _set_dirty(self, *regions: Region) -> None:
        self._dressed = self._dressed and bool(regions)
        super()._set_dirty(*regions)

    def notify_style_update(self) -> None:
        """Read the style of cursor and selection from the style sheet again."""
        self._dressed = False
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region; the looks of cursor and selection stay as they are where single lines changed."""
        if self._dressed:
            return ScrollView.render_lines(self, crop)
        self._dressed = True
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line; what it looks like is noted."""
        self._painted[y] = self._look(y)
        return super().render_line(y)

    def _look(self, y: int) -> Look | None:
        """What a line of the view looks like now; None below the text."""
        wrapped, place = self.wrapped_document, y + self.scroll_offset.y
        if place >= wrapped.height:
            return None
        row, section = wrapped._offset_to_line_info[place]
        text, ends = self.document.get_line(row), wrapped.get_offsets(row)
        begin = ends[section - 1] if section else 0
        end = ends[section] if section < len(ends) else len(text) + 1
        cursor_row, column = self.selection.end
        here = row == cursor_row
        return Look(
            words=(text, begin, end) if "\t" in text else text[begin:end],
            lit=here,
            cursor=column - begin if here and begin <= column < end else None,
            chosen=self._chosen(row, begin),
            brackets=self._brackets(row, begin),
        )

    def _chosen(self, row: int, begin: int) -> object:
        (top, left), (bottom, right) = sorted(self.selection)
        if self.selection.is_empty or not top <= row <= bottom:
            return None
        return left if row == top else 0, right if row == bottom else None, begin

    def _brackets(self, row: int, begin: int) -> object:
        other = self._matching_bracket_location
        if other is None or not self.selection.is_empty:
            return None
        return row == self.selection.end[0], other[1] - begin if row == other[0] else None
