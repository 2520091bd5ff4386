"""Marks: the conversations that the next export or deletion is about."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Messages
from tui.rules.marks import NOT_THE_DEFAULT, Marks

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


class MarksPane(Protocol):
    """The list of conversations, with its cursor."""

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""

    def move(self, step: int) -> None:
        """Move the cursor down by a number of rows."""


class MarksScreen(Messages, Protocol):
    """Shows the marks."""

    def show_marks(self, marks: Marks) -> None:
        """Show which conversations are marked."""


class MarkConversations:
    """Owns the marks, which are of one agent's conversations."""

    def __init__(self, pane: MarksPane, screen: MarksScreen) -> None:
        self.marks = Marks()
        self._pane = pane
        self._screen = screen

    def _set(self, marks: Marks) -> None:
        self.marks = marks
        self._screen.show_marks(marks)

    def mark(self, row: Conversation) -> None:
        """Mark a row; for the default conversation, show why it cannot be marked."""
        if row.is_default:
            self._screen.show_message(NOT_THE_DEFAULT)
        else:
            self._set(self.marks.added((row,)))

    def toggle(self, row: Conversation) -> None:
        """Mark or unmark a row."""
        if row.is_default:
            self._screen.show_message(NOT_THE_DEFAULT)
        else:
            self._set(self.marks.toggled(row))

    def toggle_and_move(self) -> None:
        """Mark or unmark the row under the cursor, and move to the next."""
        row = self._pane.row
        if row is not None:
            self.toggle(row)
            if not row.is_default:
                self._pane.move(1)

    def mark_and_move(self, step: int) -> None:
        """Mark the row under the cursor and the one that the cursor moves to."""
        before = self._pane.row
        if before is not None and not before.is_default:
            self.mark(before)
        self._pane.move(step)
        row = self._pane.row
        if row is not None and row is not before:
            self.mark(row)

    def add(self, rows: Iterable[Conversation]) -> None:
        """Mark all of these."""
        self._set(self.marks.added(rows))

    def invert(self, shown: Iterable[Conversation]) -> None:
        """Mark all rows shown, or invert their marks."""
        self._set(self.marks.inverted(shown))

    def remove(self, ids: Collection[str]) -> None:
        """Unmark these."""
        self._set(self.marks.without(ids))

    def clear(self) -> None:
        """Remove all marks."""
        self._set(Marks())

    def settle(self, known: Container[str], *, complete: bool) -> None:
        """Remove the marks of conversations that are gone; only a `complete` list shows which are."""
        if self.marks:
            self._set(self.marks.without_gone(known, complete=complete))

    def is_marked(self, conversation_id: str) -> bool:
        """Return whether this one is marked now."""
        return conversation_id in self.marks
