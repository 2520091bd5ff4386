"""The journal of summaries: every one that was read or written is noted, so that a saved one can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tui.rules.changes.undo import By, Entry, outcome_entries

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.rules.changes.outcome import Outcome
    from tui.rules.changes.save import SummaryChange
    from tui.storage.journal_writer import JournalWriter


class SummaryJournal:
    """The journal of one server's summaries."""

    def __init__(self, journal: JournalWriter, address: str, clock: Callable[[], datetime]) -> None:
        self._journal, self._address, self._clock = journal, address, clock
        self.undoing: str | None = None
        """The conversation whose undo is in progress; what is read of it meanwhile is part of that undo."""

    def note_seen(self, conversation: Conversation) -> None:
        """Record a summary that was read from the server."""
        if not conversation.is_default and conversation.id != self.undoing:
            self._note_seen(conversation)

    def note_outcome(self, change: SummaryChange, outcome: Outcome[Conversation], by: By = "edit") -> None:
        """Record how a save ended."""
        entries = outcome_entries(self._clock(), self._address, change, outcome, by)
        self._journal.note(*entries, empty_too=True)

    async def entries_with(self, conversation: Conversation) -> tuple[Entry, ...]:
        """The entries of a conversation, oldest first, after noting what the server has now."""
        self._note_seen(conversation)
        return await self._journal.of(self._address, conversation.id)

    def _note_seen(self, conversation: Conversation) -> None:
        text = conversation.summary or ""
        self._journal.note(Entry(self._clock(), self._address, conversation.id, "seen", text))
