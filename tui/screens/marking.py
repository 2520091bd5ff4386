"""Marking conversations in the list, and the keys of what export and delete do with several of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import Worker

from tui.screens.acts import Acts
from tui.screens.writing import Writing
from tui.widgets.mark_clicked import MarkClicked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.api.rows import Agent, Conversation

MARKING = frozenset({"mark", "mark_on", "mark_all"})
"""Actions on marks: keys of the list alone."""


class Marking(Acts, Writing):
    """The marks are the screen's; where there are any, export and delete are about them."""

    _exporting: Worker[None] | None = None

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
            self.marking.clear()
        self.refresh_bindings()

    def watch_marks(self) -> None:
        """Say how many there are; other changes make sense with them than without."""
        self._count_marks()
        self.refresh_bindings()

    def show_rows(self, keep: str | None = None, *, lost: int | None = None) -> None:
        """Rows that are gone lose their marks."""
        super().show_rows(keep, lost=lost)
        if self.marks:
            self.marking.settle(self.feed, complete=self.feed.complete and self.as_of is None)
            self._count_marks()

    def _count_marks(self) -> None:
        """The heading counts them, those that a filter hides too."""
        shown: Iterable[Conversation] = self.list.rows
        if not self.filter_words:  # all that is loaded: no need to look through it for each key
            shown = [row for key, row in self.marks.rows.items() if self.feed.lists(key)]
        self.heading.marked = self.marks.words(shown)

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and go on to the next."""
        row = self.list.row
        if row is not None:
            self.marking.toggle(row)
            if not row.is_default:
                self.list.action_move(1)

    def action_mark_on(self, step: int) -> None:
        """Mark the row under the cursor and the one that the cursor goes on to."""
        row = self.list.row
        if row is not None and not row.is_default:
            self.marking.mark(row)
        self.list.action_move(step)
        if self.list.row is not None and self.list.row is not row:
            self.marking.mark(self.list.row)

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        """Mark what was clicked; while a summary is edited, a click only leads to its row."""
        if self.agent is None or self.edit is not None:
            return
        if not event.toggle:
            self.marking.add(event.rows)
        elif self.list.row is not None:
            self.marking.toggle(self.list.row)

    def action_mark_all(self) -> None:
        """Mark all that is shown, or turn the marks of what is shown around."""
        self.marking.invert(self.list.rows)

    def action_back(self) -> None:
        """Before anything else, stop what is under way with several; in the list, then take the marks away."""
        if self.flows.delete_marked.running is not None:
            self.flows.delete_marked.stop()
        elif self._exporting is not None and self.flows.export.running:
            self._exporting.cancel()
        elif self.marks and self.list.has_focus:
            self.marking.clear()
        else:
            super().action_back()

    def _marked_rows(self) -> list[Conversation]:
        """Those marked as they are known now."""
        return [self.feed.get(key) or row for key, row in self.marks.rows.items()]

    def action_export(self) -> None:
        """Export what is marked into one file, or else the conversation under the cursor."""
        if not self.marks or self.agent is None:
            super().action_export()
        elif not self.flows.delete_marked.is_busy():
            self._exporting = self.export_marked(self._marked_rows(), self.agent)

    @work(group="export", description="export marked")
    async def export_marked(self, rows: list[Conversation], agent: Agent) -> None:
        """Read each again with all its evidence, then write them all as one bundle."""
        await self.flows.export.export_all(rows, agent)

    def action_delete(self) -> None:
        """Delete what is marked, or else the conversation under the cursor."""
        if not self.marks:
            super().action_delete()
        elif self.changeable() is not None and self.agent is not None:
            self.ask_delete_marked(self._marked_rows(), self.agent)

    def ask_delete_marked(self, rows: list[Conversation], agent: Agent) -> None:
        """Say what is lost, and delete one after the other what was shown."""
        self._start_asking(partial(self.flows.delete_marked.delete, rows, agent))
