"""What the main screen notes of summaries, so that a saved one can be taken back later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.base import MainState

if TYPE_CHECKING:
    from tui.domain.saving import Edit, Outcome
    from tui.domain.undoing import By, Entry, Kind
    from tui.model.conversation import Conversation


class Remembering(MainState):
    """The journal's view of the flows: every summary that was read or written passes here."""

    _stepping: str | None = None
    """The conversation whose undo is under way: what is read of it meanwhile is that undo's own."""

    def note_seen(self, conversation: Conversation) -> None:
        """A summary was read from the server."""
        if not conversation.is_default and conversation.id != self._stepping:
            self.desk.journal.note(self.entry(conversation.id, "seen", conversation.summary or ""))

    def note_outcome(self, edit: Edit, outcome: Outcome, by: By = "edit") -> None:
        """A save came to an end."""
        from tui.domain.undoing import outcome_entries

        entries = outcome_entries(self.now, self.desk.server, edit, outcome, by)
        self.desk.journal.note(*entries, empty_too=True)

    def entry(self, conversation_id: str, kind: Kind, text: str, by: By = "edit") -> Entry:
        """A journal entry of now."""
        from tui.domain.undoing import Entry

        return Entry(self.now, self.desk.server, conversation_id, kind, text, by)
