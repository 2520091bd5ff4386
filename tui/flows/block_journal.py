"""The journal of memory blocks: each value that a change began from and each that was written, for undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tui.rules.changes.undo import By, Entry, block_entries

if TYPE_CHECKING:
    from tui.model.block import Block
    from tui.rules.changes.block import BlockChange
    from tui.rules.changes.outcome import Outcome
    from tui.storage.journal_writer import JournalWriter


class BlockJournal:
    """The journal of one server's blocks; an entry has the block's id in place of a conversation's."""

    def __init__(self, journal: JournalWriter, address: str, clock: Callable[[], datetime]) -> None:
        self._journal, self._address, self._clock = journal, address, clock

    async def note_seen(self, block_id: str, value: str) -> tuple[Entry, ...]:
        """Record a value that the server has, and return all entries of the block; on disk when this returns."""
        entry = Entry(self._clock(), self._address, block_id, "seen", value)
        self._journal.note(entry, empty_too=True)
        return await self._journal.of(self._address, block_id)

    def note_outcome(
        self, change: BlockChange, outcome: Outcome[Block], conversation_id: str, by: By = "edit"
    ) -> None:
        """Record how a change that was made from this conversation ended."""
        entries = block_entries(self._clock(), self._address, change, outcome, conversation_id, by)
        self._journal.note(*entries, empty_too=True)
