"""Undo, redo and history of saved summaries; each reads the server first, so nobody's text is lost unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.flows.availability import READ_ONLY
from tui.flows.change_conversation import ConfirmChange, may_force
from tui.flows.edit_summary import ClearSummary, SummaryConflict
from tui.flows.pending_writes import finish
from tui.flows.protocols import Asks, Question, Workers
from tui.flows.write import save
from tui.model.errors import LettaError, attempt
from tui.model.text import one_line
from tui.presentation.changes.undo import consequences
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused
from tui.rules.changes.save import SummaryChange
from tui.rules.changes.undo import By, Entry, Line, Step, history, replay, step

if TYPE_CHECKING:
    from tui.flows.edit_summary import EditSummary
    from tui.flows.results import Results, Server
    from tui.flows.summary_journal import SummaryJournal
    from tui.model.conversation import Conversation
    from tui.presentation.changes.consequences import Consequences

DONE = {
    "undo": "Undone: {now} · ctrl+y redoes it",
    "redo": "Redone: {now} · u undoes it",
    "edit": "Restored: {now} · u undoes it",
}
"""The message after an undo, a redo, or a text restored from the history, of a summary or a memory block."""
NOTHING = {
    "undo": "Nothing to undo: no earlier summary of this conversation is known here",
    "redo": "Nothing to redo",
}


@dataclass(frozen=True)
class ChooseSummary(Question[Entry]):
    """Ask which earlier text of a summary or a memory block to restore."""

    name: str
    lines: tuple[Line, ...]
    now: datetime
    readonly: bool
    noun: str = "summary"
    many: str = "summaries"


class UndoScreen(Asks, Workers, Protocol):
    """Shows the questions before an undo."""


class UndoSummary:
    """Undoes and redoes one step at a time, in the order of the keys; each is saved like any edit."""

    def __init__(
        self,
        server: Server,
        clock: Callable[[], datetime],
        journal: SummaryJournal,
        edits: EditSummary,
        results: Results,
        screen: UndoScreen,
        *,
        readonly: bool,
    ) -> None:
        self._server, self._clock, self._journal, self._edits = server, clock, journal, edits
        self._results, self._screen, self._readonly = results, screen, readonly
        self._one_at_a_time = asyncio.Lock()

    async def step(self, row: Conversation, by: By) -> None:
        """Undo or redo one change of a conversation's summary."""
        if self._readonly:
            self._results.message(READ_ONLY, error=True)
            return
        if row.key in self._edits.pending:
            self._results.message("This summary is still being saved", error=True)
            return
        async with self._one_at_a_time:
            self._journal.undoing = row.id
            try:
                wanted = await self._wanted(row, by)
                if wanted is not None and (not wanted.foreign or await self._may_replace(wanted)):
                    await self._put(SummaryChange(row.id, row.agent_id, wanted.begun_from, wanted.text), by)
            finally:
                self._journal.undoing = None

    async def history(self, row: Conversation) -> None:
        """Show every summary that a conversation is known to have had, and restore the one that is chosen."""
        entries = await self._entries(row)
        if entries is None:
            return
        question = ChooseSummary(self._results.title(row), history(entries), self._clock(), self._readonly)
        chosen = await self._screen.ask(question)
        if chosen is None or self._readonly:
            return
        now = replay(entries).now
        change = SummaryChange(row.id, row.agent_id, now.text if now else None, chosen.text)
        async with self._one_at_a_time:
            await self._put(change, "edit")

    async def _wanted(self, row: Conversation, by: By) -> Step | None:
        entries = await self._entries(row)
        wanted = None if entries is None else step(replay(entries), by)
        if entries is not None and wanted is None:
            self._results.message(NOTHING[by])
        return wanted

    async def _entries(self, row: Conversation) -> tuple[Entry, ...] | None:
        """Return the journal of a conversation, up to the summary that the server has now."""
        read = await attempt(self._server.client.conversation, row.id)
        if isinstance(read, LettaError):
            self._results.report(read)
            self._results.message(str(read), error=True)
            return None
        self._results.report()
        return await self._journal.entries_with(read)

    async def _may_replace(self, wanted: Step) -> bool:
        """Ask before somebody else's text is replaced."""

        async def prepare() -> Consequences:
            return consequences(wanted)

        question = ConfirmChange("Replace somebody else's summary?", prepare)
        return await self._screen.ask(question) is True

    async def _put(self, change: SummaryChange, by: By) -> None:
        """Save, after asking if somebody else's text would be overwritten."""
        if not change.text and await self._screen.ask(ClearSummary(change.began_from or "")) is not True:
            return
        while True:
            shown = partial(self._show_outcome, change, by)
            outcome = await finish(self._screen, self._save(change, by), shown)
            running = outcome.error if isinstance(outcome, Refused) else None
            if await may_force(self._screen, "Save it anyway?", running):
                outcome = await finish(self._screen, self._save(change, by, force=True), shown)
            self._show_outcome(change, by, outcome)
            if not isinstance(outcome, Conflict):
                return
            theirs = outcome.current.summary
            question = SummaryConflict(change.text, theirs or "", written=outcome.sent)
            if await self._screen.ask(question) != "mine":
                self._results.message("Nothing was changed")
                return
            change = change.over(theirs)

    async def _save(self, change: SummaryChange, by: By, *, force: bool = False) -> Outcome[Conversation]:
        outcome = await save(self._server.client, change, force=force)
        self._journal.note_outcome(change, outcome, by)
        return outcome

    def _show_outcome(self, change: SummaryChange, by: By, outcome: Outcome[Conversation]) -> None:
        """Show the outcome; ask about a conflict, unless the server was left."""
        if isinstance(outcome, Conflict):
            self._results.report()
            self._results.put(outcome.current)
            if self._server.left:
                self._results.message("Nothing was changed")
        elif isinstance(outcome, Done):
            self._results.report()
            self._results.put(outcome.value)
            text = one_line(change.text, 50)
            self._results.message(DONE[by].format(now=f"“{text}”" if text else "the summary is empty now"))
        else:
            error = outcome.error
            assert error is not None
            self._results.report(error)
            text = self._results.not_supported("edit", error) or str(error)
            if not isinstance(outcome, Refused):
                text = (
                    f"May not have been saved: {error.what}\nIt may or may not have happened: r reads it back"
                )
            self._results.message(text, error=True)
