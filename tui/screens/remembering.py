"""What the main screen notes of summaries, so that a saved one can be taken back later."""

from __future__ import annotations

from tui.api.models import Conversation
from tui.domain.saving import Conflicted, Edit, Outcome, Overtaken, Saved
from tui.domain.undoing import By, Entry, Kind
from tui.screens.base import MainState


class Remembering(MainState):
    """The journal's view of the flows: every summary that was read or written passes here."""

    _stepping: str | None = None
    """The conversation whose undo is under way: what is read of it meanwhile is that undo's own."""

    def note_seen(self, conversation: Conversation) -> None:
        """A summary was read from the server."""
        if not conversation.is_default and conversation.id != self._stepping:
            self.desk.journal.note(self.entry(conversation.id, "seen", conversation.summary or ""))

    def note_outcome(self, edit: Edit, outcome: Outcome, by: By = "edit") -> None:
        """A save came to an end; the text that it began from is noted too, or an undo could not reach it."""
        key = edit.conversation_id
        began = self.entry(key, "seen", edit.began_from or "")
        written = self.entry(key, "written", edit.text, by)
        if isinstance(outcome, Saved):
            self.desk.journal.note(*((began, written) if outcome.wrote else (written,)), empty_too=True)
        elif isinstance(outcome, Conflicted | Overtaken):
            theirs = self.entry(key, "seen", outcome.theirs.summary or "")
            first = (began, written) if isinstance(outcome, Overtaken) else ()
            self.desk.journal.note(*first, theirs, empty_too=True)

    def entry(self, conversation_id: str, kind: Kind, text: str, by: By = "edit") -> Entry:
        """A journal entry of now."""
        return Entry(self.now, self.desk.server, conversation_id, kind, text, by)
