"""The reading pane: one item is selected, long ones fold, and matches are highlighted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import is_
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from tui.ui.widgets.virtual_items import LaidOut

if TYPE_CHECKING:
    from tui.presentation.find import Match, Pattern
    from tui.presentation.item import Item

CHANGE = 6
"""Lines of a difference to bring into view, if the view has as many."""


class Reader(LaidOut):
    """Shows items below each other; one is selected, long ones fold, and the scroll position survives changes."""

    HELP = (
        "Reads messages, memory blocks and facts. `space` folds one, `z` all, `Z` all of its type; `/` finds, "
        "`n` and `N` go to the next and previous match; `H` shows the whole history, `c` goes to the start of the "
        "context, `t` hides types; `x` shows the raw JSON, `y` and `Y` copy, `v` opens the pager."
    )

    @dataclass
    class Selected(Message):
        """Another item is selected."""

        reader: Reader
        item: Item

        @property
        def control(self) -> Reader:
            """The reader that sent this."""
            return self.reader

    # what is shown

    def show(self, items: tuple[Item, ...], *, reset: bool = False) -> None:
        """Show these items; unless `reset`, selection and scroll position stay with the items of the same key.

        After the first call the scroll bar always stays visible: showing it later lays out the whole screen again,
        which took longer than painting the items.
        """
        if self.styles.overflow_y != "scroll":
            self.styles.overflow_y = "scroll"
        if not reset and len(items) == len(self.items) > 0 and all(map(is_, items, self.items)):
            return  # already laid out
        if reset:
            self._toggled.clear()
        key = None if reset or not self.items else self.items[self.selected].key
        position = None if reset else self._place()
        self.items = items
        keys = {item.key: index for index, item in enumerate(items)}
        self.selected = min(keys.get(key or "", 0 if reset else self.selected), max(0, len(items) - 1))
        self._relayout(position)

    @property
    def item(self) -> Item | None:
        """The selected item."""
        return self.items[self.selected] if self.items else None

    # folds

    def toggle_fold(self) -> None:
        """Fold or unfold the selected item; its first line stays where it is."""
        item = self.item
        if item is not None and item.parts:
            self._fold((item,), not self.is_folded(item))

    def fold_all(self) -> bool:
        """Fold everything, or unfold everything if all is folded; returns whether it folded."""
        folded = any(item.weight.chars and not self.is_probably_folded(item) for item in self.items)
        self._fold(self.items, folded)
        return folded

    def fold_kind(self) -> None:
        """Fold or unfold every item of the selected one's type."""
        chosen = self.item
        if chosen is not None:
            self._fold((one for one in self.items if one.word == chosen.word), not self.is_folded(chosen))

    def _fold(self, items: Iterable[Item], folded: bool) -> None:
        self._toggled |= {item.key: folded for item in items}
        self._relayout(self._place())
        self._reveal()

    # matches

    def mark(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Highlight the matches of a pattern, and the current match more than the others."""
        self._layout.pattern = pattern
        self._layout.current = None
        if current is not None and current.part >= 0:
            self._layout.current = self.items[current.item].key, current
        self.redraw()

    def go_to_match(self, match: Match) -> None:
        """Select the item of a match, unfolded, with the line of the match in view."""
        self.selected = match.item
        item = self.items[match.item]
        if match.part >= 0 and self.is_folded(item):
            self._toggled[item.key] = False
            self._relayout(self._place())
        self._reveal()
        line = self._line_of_match(match)
        view, height = round(self.scroll_y), self.size.height
        if not view <= line < view + height:
            self._go(line - height // 3)
        self.post_message(self.Selected(self, item))

    def show_words(self, indexes: Sequence[int], words: str) -> None:
        """Select the first of these items that has these words, unfolded, with the first match highlighted and in view.

        If none has them, the first item is selected.
        """
        from tui.presentation.find import Find

        indexes = [index for index in indexes if index < len(self.items)]
        for index in indexes:
            find = Find((self.items[index],), words)
            while not find.matches and find.step():
                pass
            if find.matches:
                match = replace(find.matches[0], item=index)
                self.show_at_top(index)
                self.mark(find.pattern, match)
                self.go_to_match(match)
                return
        if indexes:
            self.show_at_top(indexes[0])

    def _line_of_match(self, match: Match) -> int:
        item = self.items[match.item]
        for chunk, piece in enumerate(self._body(match.item).chunks):
            if piece.part == match.part >= 0 and piece.start <= match.start <= piece.end:
                rows = self._layout.rows_above(item, piece, match, above=self._gap(match.item))
                return self._line(match.item, chunk) + min(rows, len(self._measure(match.item, chunk)) - 1)
        return self._heights.top(match.item)

    # motion

    def in_view(self) -> Iterable[tuple[int, int]]:
        """Yield the line and index of each item whose first line is visible."""
        top = round(self.scroll_y)
        for line in range(top, min(top + self.size.height, self._heights.total)):
            index, row = self._heights.at(line)
            if row == 0:
                yield line - top + self._has_gap(index), index

    def jump(self, index: int) -> None:
        """Select the item with this index."""
        self.select(index)

    def select(self, index: int) -> None:
        """Select an item and bring it into view."""
        if not self.items:
            return
        self.selected = max(0, min(index, len(self.items) - 1))
        self._reveal()
        self.post_message(self.Selected(self, self.items[self.selected]))

    def _reveal(self) -> None:
        left = self.size.height
        for chunk in range(len(self._body(self.selected).chunks)):
            if left <= 0:
                break
            left -= len(self._measure(self.selected, chunk))
        self._fit()
        top, view = self._heights.top(self.selected), round(self.scroll_y)
        bottom = top + self._heights[self.selected]
        if top < view or bottom - top >= self.size.height:
            self._go(top)
        elif bottom > view + self.size.height:
            self._go(bottom - self.size.height)
        else:
            self._measure_view()

    def _measure_back(self) -> None:
        """Make the heights exact in the view that ends with the selected item."""
        left, index = self.size.height, self.selected
        while left > 0 and index >= 0:
            for chunk in reversed(range(len(self._body(index).chunks))):
                left -= len(self._measure(index, chunk)) if left > 0 else 0
            index -= 1
        self._fit()

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return round(self.scroll_y) + self.size.height >= self._heights.total

    def look_back(self) -> None:
        """Scroll up a third of the view, to show some of the items added above."""
        if self.items:
            self._go(round(self.scroll_y) - self.size.height // 3)

    def show_unfolded(self, index: int) -> None:
        """Select and unfold an item, and bring as much of it into view as fits."""
        self.selected = max(0, min(index, len(self.items) - 1))
        item = self.item
        if item is not None and self.is_folded(item):
            self._fold((item,), False)
        self.select(index)

    def show_at_top(self, index: int) -> None:
        """Select an item and bring its first line to the top of the view, below one line of the item above."""
        self.select(index)
        if self.items:
            for _ in range(3):  # measuring may move the item
                self._go(self._heights.top(self.selected) - 1)

    def show_change(self) -> None:
        """Bring the first difference of the selected item into view, below as many lines as fit with it."""
        if not self.items or self.is_folded(self.items[self.selected]):
            return
        index = self.selected
        for chunk, piece in enumerate(self._body(index).chunks):
            rows = self._layout.rows_above_change(self.items[index], piece, above=self._gap(index))
            line = self._line(index, chunk) + rows
            if not rows:
                continue
            bottom = min(
                line + min(CHANGE, self.size.height), self._heights.top(index) + self._heights[index]
            )
            if bottom > round(self.scroll_y) + self.size.height:
                self._go(bottom - self.size.height)
            return

    def action_move(self, step: int) -> None:
        """Go to the next or previous item; an item taller than the view is scrolled line by line first."""
        if not self.items:
            return
        view, height = round(self.scroll_y), self.size.height
        top = self._heights.top(self.selected)
        bottom = top + self._heights[self.selected]
        if step > 0 and view <= bottom - height - 1 and bottom > view + height:
            self._go(view + 1)
        elif step < 0 and top < view < bottom:
            self._go(view - 1)
        else:
            before = self.selected
            self.select(before + step)
            if self.selected < before and self._heights[self.selected] > height:
                self._measure_back()
                self._go(self._heights.top(self.selected) + self._heights[self.selected] - height)

    def action_page(self, step: int) -> None:
        """Scroll down or up a page; the selection follows."""
        if not self.items:
            return
        self._go(round(self.scroll_y) + step * max(1, self.size.height - 1))
        self._select_in_view(last=step > 0)

    def half_page(self, step: int) -> None:
        """Scroll down or up half a page, for a reader without the focus."""
        if self.items:
            self._go(round(self.scroll_y) + step * max(1, self.size.height // 2))
            self._select_in_view(last=step > 0)

    def _select_in_view(self, *, last: bool) -> None:
        top = round(self.scroll_y)
        line = min(top + self.size.height, self._heights.total) - 1 if last else top
        self.selected = self._heights.at(max(0, line))[0]
        self.post_message(self.Selected(self, self.items[self.selected]))

    def action_first(self) -> None:
        """Go to the first item."""
        self.select(0)

    def action_last(self) -> None:
        """Go to the end of the last item."""
        if not self.items:
            return
        self.select(len(self.items) - 1)
        self._measure_back()
        self._go(self._heights.total - self.size.height)

    def on_click(self, event: events.Click) -> None:
        """Select the item under the pointer; a second click folds it."""
        line = round(self.scroll_y) + event.y
        if not self.items or line >= self._heights.total:
            return
        index, _ = self._heights.at(line)
        if event.chain == 2:
            self.selected = index
            self.toggle_fold()
        else:
            self.select(index)
