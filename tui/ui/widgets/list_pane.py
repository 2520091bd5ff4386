"""The pane of the list: heading, filter line and rows; its right border is a handle that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.model.text import plural
from tui.rules.row_filter import NOTHING_KNOWN, KnownOfRows
from tui.ui.widgets.conversation_list import ConversationList
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.list_heading import ListHeading


class ListPane(Vertical):
    """Reports the width that the user drags it to; its container decides, since it knows who else needs room."""

    @dataclass
    class Widened(Message):
        """A width in cells, or None for the default."""

        width: int | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        # Attributes, not queries: a response may arrive while the app quits, after the widgets were removed.
        self.heading = ListHeading()
        self.list = ConversationList(id="list")
        self.filtered = False
        """Whether the rows are the matches of a filter."""
        self._filter_line: FilterLine | None = None
        self._known = NOTHING_KNOWN
        self._dragged = False

    def compose(self) -> ComposeResult:
        """Heading and rows; the filter line is added when it is first used."""
        yield self.heading
        yield self.list

    # the filter

    @property
    def filter_line(self) -> FilterLine:
        """The line to filter the list by, mounted on first use."""
        if self._filter_line is None:
            self._filter_line = FilterLine()
            self._filter_line.completion.known = self._known
            self.mount(self._filter_line, after=self.heading)
        return self._filter_line

    def show_known(self, known: KnownOfRows) -> None:
        """From now on, complete filters with what is known about the rows."""
        self._known = known
        if self._filter_line is not None:
            self._filter_line.completion.known = known

    @property
    def filter_words(self) -> str:
        """The text of the filter."""
        return "" if self._filter_line is None else self._filter_line.value

    @property
    def is_filtering(self) -> bool:
        """Whether the filter line has the focus."""
        return self._filter_line is not None and self._filter_line.has_focus

    def show_filter(self, words: str) -> None:
        """Set the text of the filter; "" shows the whole list."""
        if words or self._filter_line is not None:
            self.filter_line.value = words
            self.filter_line.display = bool(words)

    def clear_filter(self) -> None:
        """Clear the filter and focus the list."""
        self.filter_line.action_cancel()

    def type_filter(self) -> None:
        """Show the filter line and focus it."""
        self.filter_line.display = True
        self.filter_line.focus()

    def leave_filter(self, *, to_match: bool) -> None:
        """Focus the list; the line stays if it has text, and with `to_match` the cursor goes to the first match."""
        self.filter_line.display = bool(self.filter_words)
        self.list.focus()
        matches = [index for index, row in enumerate(self.list.rows) if not row.is_default]
        if to_match and matches and self.filter_words:
            self.list.move_to(matches[0])

    def show_position(self) -> None:
        """Show the cursor's position in the heading; among matches, the default conversation counts as one."""
        rows = self.list.rows
        default = bool(rows) and rows[0].is_default and not self.filtered
        position, count = self.list.cursor + 1 - default, len(rows) - default
        of = plural(count, "match", "matches") if self.filtered else f"{count}"
        if not rows:
            self.heading.place = of if self.filtered else ""
        else:
            self.heading.place = f"{position} of {of}" if position else "default"

    # the border

    def _on_border(self, event: events.MouseEvent) -> bool:
        return event.screen_x == self.region.right - 1

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start dragging the border."""
        if self._on_border(event):
            self._dragged = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the pointer."""
        if self._dragged:
            self.post_message(self.Widened(event.screen_x - self.region.x + 1))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stop dragging."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A double click on the border restores the default width."""
        if event.chain == 2 and self._on_border(event):
            self.post_message(self.Widened(None))
