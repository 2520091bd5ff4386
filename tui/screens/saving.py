"""Saving a summary from the main screen: conflicts are asked about, failures keep every character."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import var

from tui.domain.text import one_line
from tui.screens.remembering import Remembering

if TYPE_CHECKING:
    from tui.api.rows import Conversation
    from tui.domain.saving import Conflicted, Edit, Outcome, Overtaken
    from tui.screens.base import Desk
    from tui.screens.conflict import Answer
    from tui.storage.draft_store import Draft
    from tui.widgets.summary_editor import SummaryEditor

UNSURE = "no answer came, so it may or may not be saved: Enter reads it back and tries again"
STILL_SAVING = "This summary is still being saved: e edits it as soon as that is done"
MEANWHILE = "somebody changed this summary meanwhile"
KEPT = "your text is kept as a draft: e on its row goes on with it"


class Saving(Remembering):
    """What happens to a text between Enter and the server's confirmation."""

    edit: var[Edit | None] = var(None)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._on_their_way: list[str] = []

    @property
    def editor(self) -> SummaryEditor:
        """The editor in the detail pane."""
        return self.detail.editor

    def is_open(self, edit: Edit) -> bool:
        """Whether the editor still shows the conversation of this edit."""
        return self.edit is not None and self.edit.conversation_id == edit.conversation_id

    def finish(self, edit: Edit) -> None:
        """The server has the text, or it was given up."""
        raise NotImplementedError

    def close_editor(self, *, focus: bool = True) -> None:
        """Hide the editor."""
        raise NotImplementedError

    def draft_of(self, edit: Edit) -> Draft:
        """The edit as it is kept on disk."""

        from tui.storage.draft_store import Draft

        return Draft(
            self.desk.server, edit.agent_id, edit.conversation_id, edit.text, edit.began_from, self.now
        )

    def mark_draft(self, conversation_id: str, *, kept: bool) -> None:
        """Mark a row as one with a draft, or as one without."""
        marks = self.list.drafts | {conversation_id} if kept else self.list.drafts - {conversation_id}
        if marks != self.list.drafts:
            self.list.drafts = marks
            self.list.repaint()

    @property
    def saving(self) -> bool:
        """Whether the end of any save is still to come."""
        return bool(self._on_their_way)

    def is_on_its_way(self, row: Conversation) -> bool:
        """Whether a save of this summary goes on: a second one beside it could overtake it."""
        return row.id in self._on_their_way

    def begin_save(self, edit: Edit) -> None:
        """Save, and until it is known how that ended let nobody begin another edit of the same summary."""
        self._on_their_way.append(edit.conversation_id)
        self.save_summary(edit)

    @work(group="save")
    async def save_summary(self, edit: Edit) -> None:
        """Save; never cancelled."""
        try:
            await self._save(edit)
        finally:
            self._on_their_way.remove(edit.conversation_id)

    async def _save(self, edit: Edit) -> None:
        """Save, asking the user where somebody else's text stands in the way."""
        from tui.domain.saving import Conflicted, Overtaken, save

        if not edit.text and not await self._may_clear(edit):
            self._wait_no_more(edit)
            return
        outcome = await save(self.desk.client, edit)
        self.note_outcome(edit, outcome)
        while isinstance(outcome, Conflicted | Overtaken):
            if not self._is_waited_for(edit):
                self._keep_for_later(edit, outcome)
                return
            self._wait_no_more(edit)
            answer = await self._ask(edit, outcome)
            edit = edit.onto(outcome.theirs.summary)
            if answer != "mine":
                self._leave_it(edit, outcome.theirs, taken=answer == "theirs")
                return
            if self.is_open(edit):
                self.editor.busy = True
            outcome = await save(self.desk.client, edit)
            self.note_outcome(edit, outcome)
        self._settle(edit, outcome)

    def _is_waited_for(self, edit: Edit) -> bool:
        """Whether the user waits in this editor, so that a question does not take keys meant for elsewhere."""
        return self.is_open(edit) and self.editor.area.has_focus and self.is_current

    def _keep_for_later(self, edit: Edit, outcome: Conflicted | Overtaken) -> None:
        """The user is elsewhere: their text is shown, mine stays a draft, and Enter on it will ask."""
        from tui.domain.saving import Conflicted

        if self.is_open(edit):
            self.close_editor(focus=False)
        self.take_over(outcome.theirs)
        self.mark_draft(edit.conversation_id, kept=True)
        done = "not saved" if isinstance(outcome, Conflicted) else "written, but not what stands there now"
        self.say(f"{done}: {MEANWHILE} · {KEPT}", trouble=True)

    def _wait_no_more(self, edit: Edit) -> None:
        if self.is_open(edit):
            self.editor.busy = False

    async def _may_clear(self, edit: Edit) -> bool:
        from tui.screens.confirm import ConfirmScreen

        self._wait_no_more(edit)
        words = f"It says now:\n\n{one_line(edit.began_from or '', 300)}"
        agreed = await self.app.push_screen_wait(ConfirmScreen("Clear this summary?", words, "Clear it"))
        return agreed is True

    async def _ask(self, edit: Edit, outcome: Conflicted | Overtaken) -> Answer | None:
        from tui.domain.saving import Overtaken
        from tui.screens.conflict import ConflictScreen

        theirs = outcome.theirs.summary or ""
        screen = ConflictScreen(edit.text, theirs, written=isinstance(outcome, Overtaken))
        return await self.app.push_screen_wait(screen)

    def _leave_it(self, edit: Edit, theirs: Conversation, *, taken: bool) -> None:
        """Their text stands; mine is given up, or goes on in the editor or as a draft."""
        self.take_over(theirs)
        if taken:
            self.finish(edit)
            return
        self.desk.drafts.note(self.draft_of(edit))
        self.mark_draft(edit.conversation_id, kept=True)
        if not self.is_open(edit):
            self.say(KEPT)
            return
        self.edit = edit
        note = "yours, over the server's newer text: Enter replaces it"
        self.editor.begin(theirs.summary or "", text=edit.text, note=note)
        self.editor.take_focus()

    def take_over(self, conversation: Conversation) -> None:
        """Show a row as the server now has it."""
        self.feed.put(conversation)
        self.list.update_row(self.feed.get(conversation.id) or conversation)
        view = self.view
        if view is not None and view.conversation.id == conversation.id:
            self.view = replace(view, conversation=conversation.merged_over(view.conversation))

    def _settle(self, edit: Edit, outcome: Outcome) -> None:
        from tui.domain.saving import NotSaved, Saved, Unknown

        if isinstance(outcome, Saved):
            self.heard()
            self.take_over(outcome.conversation)
            self.say(f"Saved: {self.name_of(outcome.conversation)}" if outcome.wrote else "Already saved so")
            self.finish(edit)
            return
        assert isinstance(outcome, NotSaved | Unknown)
        self.heard(outcome.error)
        sure = isinstance(outcome, NotSaved)
        why = self.lacks("edit", outcome.error) or outcome.error.what
        what = f"not saved: {why}" if sure else f"{why}: {UNSURE}"
        here = self.list.row is not None and self.list.row.id == edit.conversation_id
        if self.is_open(edit) and here:
            self.editor.busy = False
            self.editor.problem = what
            return
        if self.is_open(edit):
            self.close_editor(focus=False)
        self.mark_draft(edit.conversation_id, kept=True)
        self.say(f"{what} · {KEPT}", trouble=True)
