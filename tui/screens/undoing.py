"""Undo and redo from the main screen: a saved summary is put back through the same save as any edit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tui.api.errors import LettaError
from tui.api.opening import attempt
from tui.model.text import one_line
from tui.screens.editing import Editing

if TYPE_CHECKING:
    from tui.api.rows import Conversation
    from tui.domain.saving import Edit
    from tui.domain.undoing import By, Entry, Step
    from tui.screens.base import Desk

DONE = {"undo": "Undone, ctrl+y redoes it", "redo": "Redone, u undoes it", "edit": "Put back, u undoes it"}
NOTHING = {
    "undo": "Nothing to undo: no earlier summary of this conversation was seen or saved here",
    "redo": "Nothing to redo",
}


class Undoing(Editing):
    """One step back or forth at a time; each reads the server first, so nobody's text is lost unseen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._one_at_a_time = asyncio.Lock()

    def action_undo(self) -> None:
        """Take the last saved summary back."""
        self._begin("undo")

    def action_redo(self) -> None:
        """Save again what was undone."""
        self._begin("redo")

    def _begin(self, by: By) -> None:
        row = self.changeable()
        if row is not None and self.is_on_its_way(row):
            self.say("This summary is still being saved", trouble=True)
        elif row is not None and not row.is_default:
            self.take_step(row, by)

    @work(group="save", description="take step")
    async def take_step(self, row: Conversation, by: By) -> None:
        """One undo or redo of a conversation's summary; never cancelled, and in the order of the keys."""
        from tui.domain.saving import Edit

        async with self._one_at_a_time:
            self._stepping = row.id
            try:
                wanted = await self._wanted(row, by)
                if wanted is not None and (not wanted.foreign or await self._over_theirs(wanted)):
                    await self._put(Edit(row.id, row.agent_id, wanted.begun_from, wanted.text), by)
            finally:
                self._stepping = None

    async def _wanted(self, row: Conversation, by: By) -> Step | None:
        from tui.domain.undoing import replay, step

        entries = await self._journal_of(row)
        wanted = None if entries is None else step(replay(entries), by)
        if entries is not None and wanted is None:
            self.say(NOTHING[by])
        return wanted

    async def _journal_of(self, row: Conversation) -> tuple[Entry, ...] | None:
        """The journal of a conversation, up to what the server holds now."""
        found = await attempt(self.desk.client.conversation, row.id)
        if isinstance(found, LettaError):
            self.heard(found)
            self.say(str(found), trouble=True)
            return None
        self.heard()
        self.desk.journal.note(self.entry(row.id, "seen", found.summary or ""))
        return await self.desk.journal.of(self.desk.server, row.id)

    async def _over_theirs(self, wanted: Step) -> bool:
        """Ask before somebody else's text is replaced."""
        from tui.domain.question import Question
        from tui.presentation.item import Item, SideBySide, Text
        from tui.screens.asking import AskScreen

        texts = SideBySide(
            Text(wanted.begun_from or "(empty)"),
            Text(wanted.text or "(empty)"),
            ("theirs, on the server", "it would say"),
            marked=True,
        )
        item = Item("texts", "≠", "summary", "warning", head="changed by somebody else since", parts=(texts,))
        words = "The summary that stands there now was not written here: somebody else changed it since."
        question = Question(words, "Put it back", (item,))

        async def prepare() -> Question:
            return question

        return await self.app.push_screen_wait(AskScreen("Replace somebody else's summary?", prepare)) is True

    async def _put(self, edit: Edit, by: By) -> None:
        """Save, asking where somebody else's text stands in the way."""
        from tui.domain.saving import Conflicted, NotSaved, Overtaken, Saved, save

        if not edit.text and not await self._may_clear(edit):
            return
        while True:
            outcome = await save(self.desk.client, edit)
            self.note_outcome(edit, outcome, by)
            if isinstance(outcome, Conflicted | Overtaken):
                self.heard()
                self.take_over(outcome.theirs)
                if await self._ask(edit, outcome) == "mine":
                    edit = edit.onto(outcome.theirs.summary)
                    continue
                self.say("Left as it is on the server")
            elif isinstance(outcome, Saved):
                self.heard()
                self.take_over(outcome.conversation)
                text = one_line(edit.text, 50)
                self.say(f"{DONE[by]}: now {'“' + text + '”' if text else 'empty'}")
            else:
                self.heard(outcome.error)
                tail = "" if isinstance(outcome, NotSaved) else "\nIt may or may not be done: r reads it back"
                words = self.lacks("edit", outcome.error) or str(outcome.error)
                self.say(f"Not sure to be saved: {outcome.error.what}{tail}" if tail else words, trouble=True)
            return

    def action_history(self) -> None:
        """Every summary that this conversation had, as far as it was seen here."""
        row = self.list.row
        if row is not None and not row.is_default:
            self.show_history(row)

    @work(group="history", exclusive=True, description="show history")
    async def show_history(self, row: Conversation) -> None:
        """Show the journal of a conversation, and put back what is chosen there."""
        from tui.domain.undoing import history, replay
        from tui.screens.summaries import SummariesScreen

        entries = await self._journal_of(row)
        if entries is None:
            return
        readonly = self.desk.settings.readonly
        screen = SummariesScreen(self.name_of(row), history(entries), self.now, readonly=readonly)
        chosen = await self.app.push_screen_wait(screen)
        if chosen is not None and self.changeable() is not None:
            self.put_back(row, replay(entries).now, chosen)

    @work(group="save", description="put back")
    async def put_back(self, row: Conversation, now: Entry | None, chosen: Entry) -> None:
        """Save a text out of the journal; never cancelled."""
        from tui.domain.saving import Edit

        async with self._one_at_a_time:
            await self._put(Edit(row.id, row.agent_id, now.text if now else None, chosen.text), "edit")
