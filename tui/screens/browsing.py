"""What the list and its filter post, handed to the flows that read."""

from __future__ import annotations

from textual import on

from tui.screens.remembering import Remembering
from tui.widgets.conversation_list import ConversationList
from tui.widgets.filter_line import FilterLine


class Browsing(Remembering):
    """The list and its filter."""

    @on(ConversationList.NearEnd)
    def _near_end(self) -> None:
        if not self.feed.complete and self.list.cursor == len(self.list.rows) - 1:
            self.open_conversation.keep_moving()
        self.list_conversations.near_end()

    @on(FilterLine.Narrowed)
    def _narrowed(self) -> None:
        self.list_conversations.filter(self.filter_words)

    @on(FilterLine.Accepted)
    def _accepted(self) -> None:
        self.list_conversations.finish_filter()
        self.filter_line.display = bool(self.filter_words)
        self.list.focus()
        matches = [index for index, row in enumerate(self.list.rows) if not row.is_default]
        if matches and self.filter_words:
            self.list.move_to(matches[0])

    @on(FilterLine.Cancelled)
    def _cancelled(self) -> None:
        self.filter_line.display = False
        self.list.focus()
        self.list_conversations.clear_filter()
