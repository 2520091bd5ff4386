"""What a write updates: the list, the opened conversation, and what is known of the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Connection, Messages
from tui.model.errors import NotOffered
from tui.model.text import one_line
from tui.presentation.conversation_info import title
from tui.presentation.not_supported import not_supported

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation
    from tui.model.errors import LettaError
    from tui.model.supported import Feature

LONG = 30.0
"""Seconds that a message stays which names a path."""


class ListedConversations(Protocol):
    """The list of one agent's conversations."""

    def loaded(self) -> Iterable[Conversation]:
        """The rows that are loaded."""

    def stand_in(self, conversation_id: str) -> str:
        """What is shown in place of a summary that is missing, "" while nothing is known."""

    def put(self, conversation: Conversation) -> None:
        """Show a row as the server has it now."""

    def add(self, agent_id: str, rows: Sequence[Conversation]) -> None:
        """Show new rows on top, if the list is that agent's."""

    def remove(self, agent_id: str, conversation_id: str) -> None:
        """Show a row no more."""

    def select(self, agent_id: str, conversation_id: str, *, focus: bool = False) -> None:
        """Put the cursor on a row, unless something is edited or the list is another agent's."""

    def mark_draft(self, key: str, *, has_draft: bool) -> None:
        """Mark the row with this key as one with a draft, or as one without."""

    def show_progress(self, text: str) -> None:
        """Show how far a change of several conversations is, "" when it ended."""


class OpenedConversation(Protocol):
    """The conversation in the detail pane, which follows the list."""

    def reload(self, conversation: Conversation) -> None:
        """Read the conversation again, if the cursor is on it."""


@dataclass
class Server:
    """The server that flows write to, and whether the user has left it for another."""

    client: LettaClient
    address: str
    """The base URL, which drafts and journal are stored under."""
    name: str
    left: bool = False


class Results:
    """Shows how writes ended; of a server that was left meanwhile, only a message that names it."""

    def __init__(
        self,
        server: Server,
        connection: Connection,
        listed: ListedConversations,
        opened: OpenedConversation,
        screen: Messages,
    ) -> None:
        self._server, self._connection = server, connection
        self._listed, self._opened, self._screen = listed, opened, screen

    def message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        """Show a message for a while."""
        text = f"{self._server.name}: {text}" if self._server.left else text
        self._screen.show_message(text, error=error, seconds=seconds)

    def report(self, error: LettaError | None = None) -> None:
        """Note how a request ended."""
        if not self._server.left:
            self._connection.report(error)

    def not_supported(self, feature: Feature, error: LettaError | None = None) -> str:
        """A sentence that says that the server lacks a feature; "" for an error that shows something else."""
        if error is not None and not isinstance(error, NotOffered):
            return ""
        return not_supported(feature, self._server.client.supported, self.version)

    def title(self, row: Conversation, limit: int = 60) -> str:
        """The title of a row, as the list shows it."""
        return one_line(title(row, self._listed.stand_in(row.id)), limit)

    def stand_ins(self, rows: Iterable[Conversation]) -> dict[str, str]:
        """What is shown in place of missing summaries, by id."""
        return {row.id: self._listed.stand_in(row.id) for row in rows}

    def put(self, conversation: Conversation) -> None:
        """Show a conversation as the server has it now."""
        if not self._server.left:
            self._listed.put(conversation)

    def add(self, agent_id: str, rows: Sequence[Conversation]) -> None:
        """Show new rows."""
        if not self._server.left:
            self._listed.add(agent_id, rows)

    def remove(self, agent_id: str, conversation_id: str) -> None:
        """Show a row no more."""
        if not self._server.left:
            self._listed.remove(agent_id, conversation_id)

    def select(self, agent_id: str, conversation_id: str, *, focus: bool = False) -> None:
        """Put the cursor on a row."""
        if not self._server.left:
            self._listed.select(agent_id, conversation_id, focus=focus)

    def mark_draft(self, key: str, *, has_draft: bool) -> None:
        """Mark the row with this key as one with a draft, or as one without."""
        if not self._server.left:
            self._listed.mark_draft(key, has_draft=has_draft)

    def show_progress(self, text: str) -> None:
        """Show how far a change of several conversations is, "" when it ended."""
        if not self._server.left:
            self._listed.show_progress(text)

    @property
    def version(self) -> str:
        """The server's version, "" if it's unknown."""
        return self._connection.version

    def reload(self, conversation: Conversation) -> None:
        """Read a conversation again, if the cursor is on it."""
        if not self._server.left:
            self._opened.reload(conversation)
