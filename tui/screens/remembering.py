"""What opening a conversation gives to undo: the summaries that are read are noted in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.base import MainState

if TYPE_CHECKING:
    from tui.api.rows import Conversation
    from tui.flows.summary_journal import SummaryJournal
    from tui.screens.base import Desk


class Remembering(MainState):
    """The journal of the server's summaries."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._summaries: SummaryJournal | None = None

    @property
    def summaries(self) -> SummaryJournal:
        """The journal of this server's summaries."""
        from tui.flows.summary_journal import SummaryJournal

        if self._summaries is None:
            self._summaries = SummaryJournal(self.desk.journal, self.desk.server, self.desk.clock)
        return self._summaries

    def note_seen(self, conversation: Conversation) -> None:
        """A summary was read from the server."""
        self.summaries.note_seen(conversation)

    def forget(self) -> None:
        """Each server has a journal of its own."""
        super().forget()
        self._summaries = None
