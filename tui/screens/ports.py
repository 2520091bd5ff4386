"""What the flows that write see of the main screen: its list, its opened conversation, its connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.errors import LettaError
    from tui.api.rows import Conversation
    from tui.screens.writing import Writing


class ShownList:
    """The list pane, as `tui.flows.results.ListedConversations`."""

    def __init__(self, screen: Writing) -> None:
        self._screen = screen

    def _shows(self, agent_id: str) -> bool:
        return self._screen.agent is not None and self._screen.agent.id == agent_id

    def selected(self) -> Conversation | None:
        """The row under the cursor."""
        return self._screen.list.row

    def loaded(self) -> Iterable[Conversation]:
        """The rows that are loaded."""
        return self._screen.feed.shown()

    def put(self, conversation: Conversation) -> None:
        """Show a row as the server has it now."""
        screen = self._screen
        screen.feed.put(conversation)
        screen.list.update_row(screen.feed.get(conversation.id) or conversation)

    def add(self, agent_id: str, rows: Sequence[Conversation]) -> None:
        """Show new rows on top, if the list is that agent's."""
        screen = self._screen
        if not self._shows(agent_id):
            return
        for row in reversed(rows):
            screen.feed.put(row, first=True)
        if rows and screen.filter_words:
            screen.filter_line.action_cancel()  # a filter would hide what was just made
        screen.show_rows()

    def remove(self, agent_id: str, conversation_id: str) -> None:
        """Show a row no more."""
        screen = self._screen
        screen.feed.remove(conversation_id)
        if self._shows(agent_id):
            screen.show_rows()
            if screen.list.row is None:
                screen.view = None

    def select(self, agent_id: str, conversation_id: str, *, focus: bool = False) -> None:
        """Put the cursor on a row, unless something is edited or the list is another agent's."""
        if self._shows(agent_id) and self._screen.edit is None:
            self._screen.show_rows(keep=conversation_id)
            if focus:
                self._screen.list.focus()


class ShownConversation:
    """The detail pane, as `tui.flows.results.OpenedConversation`."""

    def __init__(self, screen: Writing) -> None:
        self._screen = screen

    def update(self, conversation: Conversation) -> None:
        """Show these fields, if it is the opened one."""
        view = self._screen.view
        if view is not None and view.conversation.id == conversation.id:
            self._screen.view = replace(view, conversation=conversation.merged_over(view.conversation))

    def reload(self, conversation: Conversation) -> None:
        """Read it again, if the cursor is on it."""
        if self._screen.is_selected(conversation.id) and self._screen.agent is not None:
            self._screen.read(conversation)


class ShownConnection:
    """What the screen knows of the server, as `tui.flows.protocols.Connection`."""

    def __init__(self, screen: Writing) -> None:
        self._screen = screen

    def report(self, error: LettaError | None = None) -> None:
        """Take note of how a request ended."""
        self._screen.heard(error)

    def supports(self, feature: str) -> bool:
        """Whether the server isn't known to lack a feature."""
        return feature not in self._screen.lacking

    def not_supported(self, feature: str, error: LettaError | None = None) -> str:
        """Take note of what the server lacks; a sentence for it, or "" for any other error."""
        if error is None:
            return self._screen.lacks_for_certain(feature)
        return self._screen.lacks(feature, error)
