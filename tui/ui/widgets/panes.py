"""List and detail side by side, or one at a time in a narrow window: focus, widths, cursor and filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import var
from textual.widget import Widget

from tui.flows.list_conversations import Viewport
from tui.presentation.item import LABEL_KEY
from tui.ui.widgets.conversation_list import ConversationList
from tui.ui.widgets.detail_pane import DetailPane
from tui.ui.widgets.list_heading import ListHeading
from tui.ui.widgets.list_pane import ListPane
from tui.ui.widgets.tab_bar import TABS

if TYPE_CHECKING:
    from tui.flows.edit_summary import Pane
    from tui.model.conversation import Conversation
    from tui.model.opened import Opened
    from tui.presentation.find import Match, Pattern
    from tui.presentation.item import Item
    from tui.rules.view_state import SelectedStep
    from tui.storage.state import ListPosition

LEAST_LIST, LEAST_DETAIL, STEP = 24, 40, 4
"""Minimum widths of the panes in cells, and how far a key moves the border."""


class Panes(Horizontal):
    """The list on the left, the detail on the right; gives flows access to cursor, filter and detail."""

    BLANK = True  # covered by the panes; otherwise Textual draws all of its lines for every key

    narrow = var(False)
    """Whether one pane shows at a time."""
    editing = var(False)
    """Whether the summary editor is open."""
    reading = var(False)
    """Whether the detail is shown when only one pane is."""

    def __init__(self) -> None:
        super().__init__(id="panes")
        self.left = ListPane(id="left")
        self.detail = DetailPane()

    def compose(self) -> ComposeResult:
        """Both panes."""
        yield self.left
        yield self.detail

    @property
    def list(self) -> ConversationList:
        """The list of conversations."""
        return self.left.list

    @property
    def heading(self) -> ListHeading:
        """The line above the rows."""
        return self.left.heading

    def watch_narrow(self, narrow: bool) -> None:
        """Show one pane at a time."""
        self.set_class(narrow, "-narrow")
        if narrow:
            self.share(None)

    def watch_editing(self, editing: bool) -> None:
        """Show the editor in place of the title."""
        self.set_class(editing, "-editing")

    def watch_reading(self, reading: bool) -> None:
        """Show the detail when only one pane is shown."""
        self.set_class(reading, "-reading")

    # the cursor

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""
        return self.list.row

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""
        return self.list.cursor

    @property
    def rows_in_view(self) -> Sequence[Conversation]:
        """The visible rows of the list."""
        return [self.list.rows[index] for _, index in self.list.in_view()]

    @property
    def viewport(self) -> Viewport:
        """The tab of the detail, and how many rows are shown above the cursor."""
        return Viewport(self.detail.tabs.active, self.list.cursor - round(self.list.scroll_y))

    def move(self, step: int) -> None:
        """Move the cursor down by `step` rows."""
        self.list.action_move(step)

    def is_selected(self, key: str) -> bool:
        """Whether the cursor is on the conversation with this key."""
        return self.row is not None and self.row.key == key

    def editable_neighbour(self, step: int) -> Conversation | None:
        """The row `step` below the cursor, if its summary can be edited."""
        index = self.list.cursor + step
        if not step or not 0 <= index < len(self.list.rows) or self.list.rows[index].is_default:
            return None
        return self.list.rows[index]

    def show_position(self) -> None:
        """Show the cursor's position."""
        self.left.show_position()

    def show_waiting(self, text: str) -> None:
        """Show what the app is waiting for, in the middle of each empty pane."""
        for pane in (self.list, *self.detail.readers):
            pane.waiting = text
            if not pane.has_content:
                pane.repaint()

    def begin_list(self, position: ListPosition | None) -> None:
        """Begin another agent's list; restore the tab and the scroll offset of this position."""
        self.go_to(self.list)
        if position is not None:
            if position.tab in dict(TABS):
                self.detail.show_tab(position.tab)
            self.list.above = position.above

    # the filter

    @property
    def is_filtering(self) -> bool:
        """Whether the filter line has the focus."""
        return self.left.is_filtering

    def show_filter(self, words: str) -> None:
        """Set the text of the filter; "" shows the whole list."""
        self.left.show_filter(words)

    def clear_filter(self) -> None:
        """Clear the filter and focus the list."""
        self.left.clear_filter()

    def type_filter(self) -> None:
        """Show the filter line and focus it."""
        self.reading = False
        self.left.type_filter()

    # the detail

    async def prepare(self, opened: Opened) -> None:
        """Lay out the conversation that is shown next, a few messages at a time."""
        await self.detail.prepare(opened)

    @property
    def is_at_end(self) -> bool:
        """Whether the end of the open conversation is in view."""
        return self.detail.reader.at_end

    def go_to_end(self) -> None:
        """Go to the last message of the open conversation."""
        self.call_after_refresh(self.detail.reader.action_last)

    @property
    def items(self) -> Sequence[Item]:
        """The items of the shown reader."""
        return self.detail.reader.items

    @property
    def selected_item(self) -> int:
        """The index of the selected item."""
        return self.detail.reader.selected

    @property
    def selected_message(self) -> str | None:
        """The id of the selected message while Messages has the focus; for a call, the id of its return."""
        item = self.detail.reader.item if self.detail.reader.has_focus else None
        ids = dict(item.ids) if item is not None and item.kind else {}
        return ids.get("return") or ids.get("id")

    @property
    def selected_step(self) -> str:
        """The step id of the message selected in Messages; "" if there is none."""
        item = self.detail.selected_in("messages")
        return "" if item is None else dict(item.ids).get("step", "")

    def show_step(self, step: SelectedStep | None) -> None:
        """Show a step in Info, above the fields of the conversation."""
        self.detail.step = step

    @property
    def selected_label(self) -> tuple[str, str]:
        """The label selected while Memory has the focus, and its word ("isolated", "shared"); two "" for none."""
        reader = self.detail.reader
        item = reader.item if self.detail.tabs.active == "memory" and reader.has_focus else None
        if item is None or not item.key.startswith(LABEL_KEY):
            return "", ""
        return item.key.removeprefix(LABEL_KEY), item.word

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Highlight the matches in the shown reader, and nothing in the others."""
        self.detail.mark_matches(pattern, current)

    def go_to_match(self, match: Match) -> None:
        """Bring a match into view."""
        self.detail.reader.go_to_match(match)

    def show_matches(self, state: str) -> None:
        """Show how many matches there are, and which is the current one."""
        self.detail.find_line.show_matches(state)

    @property
    def search_words(self) -> str:
        """The search text in the detail, "" if there is none."""
        return self.detail.find_line.words

    def focus_reader(self) -> None:
        """Focus the shown reader."""
        self.detail.reader.focus()

    def close_search(self) -> None:
        """Hide the find line and clear it."""
        self.detail.find_line.close()

    # focus

    def go_to(self, pane: Widget) -> None:
        """Focus a pane, and show it if only one is shown."""
        self.reading = pane is not self.list
        pane.focus()

    def return_focus(self, pane: Pane) -> None:
        """Return the focus to the pane that had it before the editor opened."""
        (self.detail.reader if pane == "detail" else self.list).focus()

    def focus_list(self) -> None:
        """Focus the list."""
        self.list.focus()

    @on(ConversationList.Chosen)
    def open_detail(self) -> None:
        """Go to the detail."""
        if self.row is not None:
            self.go_to(self.detail.reader)

    def go_left(self) -> None:
        """Go to the list."""
        if not (self.editing and self.narrow):
            self.go_to(self.list)

    def go_right(self) -> None:
        """Go to the editor while there is one, else to the detail."""
        if self.editing:
            self.go_to(self.detail.editor.area)
        else:
            self.open_detail()

    def go_on(self, step: int) -> None:
        """Go to the next pane: list, editor while there is one, reader; in a narrow window, only what is shown."""
        panes: list[Widget] = [self.list, self.detail.reader]
        if self.editing:
            panes.insert(1, self.detail.editor.area)
            panes = panes[1:] if self.narrow else panes
        here = next((index for index, pane in enumerate(panes) if pane.has_focus), -1)
        self.go_to(panes[(here + step) % len(panes)])

    def show_tab(self, tab: str) -> None:
        """Show Messages, Memory or Info."""
        self.detail.show_tab(tab)
        if self.narrow:
            self.open_detail()

    def select_message(self, message_id: str, words: str) -> bool:
        """Select a message, with these words of it in view; returns whether it is shown."""
        return self.detail.select_message(message_id, words)

    def select_label(self, label: str) -> bool:
        """Select a block by its label; returns whether it is shown."""
        return self.detail.select_label(label)

    def show_diff(self) -> None:
        """Show Memory as a diff, at the first label that differs; if it is a diff already, show the next mode."""
        self.detail.show_diff()
        if self.narrow:
            self.open_detail()

    # widths

    def widen(self, step: int) -> None:
        """Give the list more or less room."""
        self.share(self.left.outer_size.width + step * STEP)

    @on(ListPane.Widened)
    def _widened(self, event: ListPane.Widened) -> None:
        event.stop()
        self.share(event.width)

    def share(self, width: int | None) -> None:
        """Set the width of the list, within the minimum widths of both panes; None restores the default."""
        styles = self.left.styles
        if width is None:
            styles.width = styles.min_width = styles.max_width = None
            return
        most = max(LEAST_LIST, self.size.width - LEAST_DETAIL)
        styles.width = styles.min_width = styles.max_width = min(max(width, LEAST_LIST), most)
