"""Marking conversations in the list, and what export and delete do with several of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import Worker

from tui.domain.marking import NOT_THE_DEFAULT, Marks
from tui.domain.text import plural
from tui.screens.acts import Acts
from tui.screens.changing import Changing
from tui.screens.exporting import Exporting
from tui.widgets.mark_clicked import MarkClicked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.api.rows import Agent, Conversation
    from tui.domain.exporting_many import Collection
    from tui.domain.question import Question
    from tui.domain.removing_many import Removals
    from tui.screens.base import Desk

MARKING = frozenset({"mark", "mark_on", "mark_all"})
"""Actions on marks: keys of the list alone."""


class Marking(Acts, Exporting, Changing):
    """The marks are the screen's; where there are any, export and delete are about them."""

    _many: Worker[None] | None = None
    _removals: Removals | None = None

    def marking_allows(self, action: str) -> bool | None:
        """Whether an action is possible now as far as marks decide it; None where they do not."""
        if action in MARKING:
            return self.list.has_focus and self.agent is not None and self.edit is None
        if action == "fold":
            return not self.list.has_focus
        if action == "export" and self.marks:
            return self.agent is not None
        return None

    def offers(self, action: str) -> bool:
        """Deletion is about what is marked, wherever the cursor is."""
        if action != "delete" or not self.marks:
            return super().offers(action)
        free = self.agent is not None and self.edit is None and not self.filtering
        return free and action not in self.lacking

    def watch_agent(self, before: Agent | None, agent: Agent | None) -> None:
        """Other keys make sense with an agent than without; marks are of one agent."""
        if before is None or agent is None or before.id != agent.id:
            self.marks = Marks()
        self.refresh_bindings()

    def watch_marks(self) -> None:
        """Say how many there are; other acts make sense with them than without."""
        self.show_marks()
        self.refresh_bindings()

    def show_rows(self, keep: str | None = None, *, lost: int | None = None) -> None:
        """Rows that are gone lose their marks."""
        super().show_rows(keep, lost=lost)
        if self.marks:
            self.marks = self.marks.settled(self.feed, complete=self.feed.complete and self.as_of is None)
            self.show_marks()

    def show_marks(self) -> None:
        """The heading counts them, those that a filter hides too."""
        shown: Iterable[Conversation] = self.list.rows
        if not self.filter_words:  # all that is loaded: no need to look through it for each key
            shown = [row for key, row in self.marks.rows.items() if self.feed.lists(key)]
        self.heading.marked = self.marks.words(shown)

    def _mark(self, *, on: bool) -> bool:
        """Mark the row under the cursor, or (unless `on`) turn its mark around; says why not."""
        row = self.list.row
        if row is None:
            return False
        if row.is_default:
            self.say(NOT_THE_DEFAULT)
        else:
            self.marks = self.marks.added((row,)) if on else self.marks.toggled(row)
        return not row.is_default

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and go on to the next."""
        if self._mark(on=False):
            self.list.action_move(1)

    def action_mark_on(self, step: int) -> None:
        """Mark the row under the cursor and the one that the cursor goes on to."""
        row = self.list.row
        if row is not None and not row.is_default:
            self._mark(on=True)
        self.list.action_move(step)
        if self.list.row is not row:
            self._mark(on=True)

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        """Mark what was clicked; while a summary is edited, a click only leads to its row."""
        if self.agent is None or self.edit is not None:
            return
        if event.toggle:
            self._mark(on=False)
        else:
            self.marks = self.marks.added(event.rows)

    def action_mark_all(self) -> None:
        """Mark all that is shown, or turn the marks of what is shown around."""
        self.marks = self.marks.inverted(self.list.rows)

    def action_back(self) -> None:
        """Before anything else, stop what is under way with several; in the list, then take the marks away."""
        if self._removals is not None:
            self._removals.stop("stopped")
            self.heading.progress = f"Stopping after {self._removals.place}…"
        elif self._exporting:
            self.workers.cancel_group(self, "export-many")
        elif self.marks and self.list.has_focus:
            self.marks = Marks()
        else:
            super().action_back()

    def _marked_rows(self) -> list[Conversation]:
        """Those marked as they are known now."""
        return [self.feed.get(key) or row for key, row in self.marks.rows.items()]

    @property
    def _exporting(self) -> bool:
        many = self._many
        return many is not None and not many.is_cancelled and not many.is_finished

    def _busy_with_many(self) -> bool:
        if self._removals is None and not self._exporting:
            return False
        self.say("Several conversations are under way: wait, or stop it with escape")
        return True

    # export

    def action_export(self) -> None:
        """Export what is marked into one file, or else the conversation under the cursor."""
        if not self.marks or self.agent is None:
            super().action_export()
        elif not self._busy_with_many():
            self._many = self.export_marked(self._marked_rows(), self.agent)

    @work(group="export-many", description="export marked")
    async def export_marked(self, rows: list[Conversation], agent: Agent) -> None:
        """Read each anew with all its evidence, then write them all as one bundle."""
        from tui.api.evidence import collect
        from tui.domain.exporting_many import Collection

        desk, reading = self.desk, Collection(rows)

        def before() -> None:
            self.heading.progress = f"Exporting {reading.place} · escape stops"

        try:
            await reading.run(lambda row: collect(desk.client, row, agent, self.now), before)
        except asyncio.CancelledError:
            self.say(f"Export stopped at {reading.place}: nothing was written")
            raise
        finally:
            self._many = None
            self.heading.progress = ""
        self.heard(reading.failed[-1][1] if reading.failed else None)
        await self._keep_bundle(desk, reading)

    async def _keep_bundle(self, desk: Desk, reading: Collection) -> None:
        """Write what was read, and say what was not."""
        from tui.domain.bundle import bundle
        from tui.storage.backups import Backups

        if not reading.found:
            self.say(f"Not exported: {reading.troubles(())[0]}", trouble=True)
            return
        letta = self.header.version or None
        held = bundle(reading.found, base_url=desk.origin, letta=letta, at=self.now)
        files = Backups(desk.backups.folder.parent / "exports")
        name = f"{len(reading.found)}-conversations"
        try:
            path = await asyncio.to_thread(files.save, name, self.now, held)
        except OSError as trouble:
            self.say(f"Not exported: the file cannot be written: {trouble}", trouble=True)
            return
        troubles = reading.troubles(held["conversations"])
        self.tell(reading.words(str(path), troubles), trouble=bool(troubles))

    # delete

    def action_delete(self) -> None:
        """Delete what is marked, or else the conversation under the cursor."""
        if not self.marks:
            super().action_delete()
        elif self.changeable() is not None and self.agent is not None and not self._busy_with_many():
            self.ask_delete_marked(self._marked_rows(), self.agent)

    @work(group="act", description="ask delete marked")
    async def ask_delete_marked(self, rows: list[Conversation], agent: Agent) -> None:
        """Say what dies, and delete one after the other what was shown to die, each behind its copy."""
        from tui.domain import removing_many
        from tui.screens.asking import AskScreen

        desk = self.desk
        drafts = await self._drafts_of(desk, rows)
        dying: list[Conversation] = []

        async def prepare() -> Question | str:
            looked = await removing_many.survey(desk.client, rows)
            copied = await asyncio.to_thread(desk.backups.existing, [row.id for row in rows])
            dying[:] = removing_many.doomed(looked.values())
            return removing_many.question(rows, looked, f"{desk.backups.folder}", drafts, copied)

        if self.changeable() is None:
            return
        asked = AskScreen(f"Delete {plural(len(rows), 'marked conversation')}?", prepare)
        if await self.app.push_screen_wait(asked) is not True or self._busy_with_many():
            return
        removals = self._removals = removing_many.Removals(desk.client, dying)
        try:
            await self._remove_marked(desk, agent, removals, drafts)
        finally:
            self._removals = None
            self.heading.progress = ""
            copies = f"\nCopies: {desk.backups.folder}" if removals.copied else ""
            self.tell(f"{removals.words}{copies}", trouble=not removals.sound)

    async def _drafts_of(self, desk: Desk, rows: list[Conversation]) -> dict[str, str]:
        """The unsaved text of each that has one."""
        known = {one.conversation_id for one in await desk.drafts.all(desk.server)}
        found = [await desk.drafts.find(desk.server, row.id, row.agent_id) for row in rows if row.id in known]
        return {one.conversation_id: one.text for one in found if one is not None}

    async def _remove_marked(
        self, desk: Desk, agent: Agent, removals: Removals, drafts: dict[str, str]
    ) -> None:
        from tui.api.gathering import gather
        from tui.domain.removing import backup_of

        async def back_up(row: Conversation) -> str:
            held = backup_of(await gather(desk.client, row, agent, self.now), desk.server, drafts.get(row.id))
            return str(await asyncio.to_thread(desk.backups.save, row.id, self.now, held))

        def after() -> None:
            if removals.under_way is not None:
                self.heading.progress = f"Deleting {removals.place} · escape stops"
            else:
                self._after_step(agent, removals)

        await removals.run(back_up, self.marks_hold, after)
        for row in dying_drafts(removals, drafts):
            await self._drop_draft(row)

    def marks_hold(self, conversation_id: str) -> bool:
        """Whether that one is still marked."""
        return conversation_id in self.marks

    def _after_step(self, agent: Agent, removals: Removals) -> None:
        """Show the list without what is gone; the cursor stays in its place."""
        step = removals.steps[-1]
        error = getattr(step.outcome, "error", None)
        self.heard(error)
        if getattr(step.outcome, "backup", None):
            self.lacks("delete", error)
        if step.row.id not in removals.off:
            return
        self.marks = self.marks.without((step.row.id,))
        self.feed.remove(step.row.id)
        if self._is_shown(agent):
            self.show_rows()
            if self.list.row is None:
                self.view = None


def dying_drafts(removals: Removals, drafts: dict[str, str]) -> list[Conversation]:
    """The deleted ones that had a draft, which went into the copy."""
    from tui.domain.removing import Deleted

    gone = [step for step in removals.steps if isinstance(step.outcome, Deleted)]
    return [step.row for step in gone if step.row.id in drafts]
