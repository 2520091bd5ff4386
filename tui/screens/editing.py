"""Editing: a summary in place, saved without overwriting anybody; a new conversation."""

from __future__ import annotations

from dataclasses import replace

from textual import on, work
from textual.app import SuspendNotSupported
from textual.reactive import var

from tui.api.errors import LettaError, NotOffered, NotThere, Rejected
from tui.api.models import Conversation
from tui.api.opening import attempt
from tui.domain.saving import Conflicted, Edit, NotSaved, Outcome, Overtaken, Saved, save
from tui.domain.text import one_line, since, why_not_saved
from tui.local.drafts import Draft
from tui.screens.base import Desk
from tui.screens.confirm import ConfirmScreen
from tui.screens.conflict import Answer, ConflictScreen
from tui.screens.outside import edit_outside
from tui.screens.remembering import Remembering
from tui.widgets.summary_editor import Onward, SummaryEditor

UNSURE = "no answer came, so it may or may not be saved: Enter reads it back and tries again"


class Editing(Remembering):
    """The writing flows of the main screen: one edit at a time, its text always on disk."""

    edit: var[Edit | None] = var(None)
    _return_to: str = "list"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.discarded: dict[str, str] = {}

    @property
    def editor(self) -> SummaryEditor:
        """The editor in the detail pane."""
        return self.detail.editor

    def watch_edit(self, old: Edit | None, new: Edit | None) -> None:
        """Show the editor while there is an edit."""
        self.set_class(new is not None, "-editing")
        if (old is None) != (new is None):
            self.refresh_bindings()

    @work(group="edit")
    async def begin_edit(self, row: Conversation, *, outside: bool = False) -> None:
        """Open the editor on a conversation's summary, or on the draft that was kept of it."""
        if row.is_default:
            found = await attempt(self.desk.client.conversation(row.id, row.agent_id))
            if isinstance(found, LettaError):
                self._no_default_summary(found)
                return
            row = found.model_copy(update={"agent_id": row.agent_id})
        kept = await self.desk.drafts.find(self.desk.server, row.id, row.agent_id)
        if self.edit is not None or self.list.row is None or self.list.row.id != row.id:
            return
        given = row.summary or ""
        began = kept.began_from if kept else row.summary
        self.edit = Edit(row.id, row.agent_id, began, kept.text if kept else given)
        note = f"draft kept {since(kept.saved_at, self.now)}" if kept else ""
        behind = self.discarded.pop(row.id, None) if kept is None else None
        self._return_to = "detail" if self.detail.reader.has_focus else "list"
        self.editor.begin(given, text=kept.text if kept else None, behind=behind, note=note)
        self.editor.take_focus()
        if outside:
            self._edit_outside(self.edit)

    def _edit_outside(self, edit: Edit) -> None:
        """Let the user's own editor change the text, then save it like any other edit."""
        try:
            text = edit_outside(self.app, edit.text)
        except (OSError, ValueError, SuspendNotSupported) as trouble:
            self.editor.problem = f"no external editor: {trouble}"
            return
        if text is None:
            self.editor.problem = "the external editor ended with an error, so nothing was taken over"
            return
        self.editor.put(text)
        self.edit = replace(edit, text=text)
        self.desk.drafts.note(self._draft(self.edit))
        self.editor.post_message(SummaryEditor.SaveAsked("stay"))

    def _no_default_summary(self, error: LettaError) -> None:
        if isinstance(error, NotOffered | NotThere | Rejected):
            self.say(
                "This server keeps no summary for the default conversation: only named ones have one",
                trouble=True,
            )
        else:
            self.say(str(error), trouble=True)

    @on(SummaryEditor.Typed)
    def _typed(self, event: SummaryEditor.Typed) -> None:
        if self.edit is None:
            return
        self.edit = Edit(self.edit.conversation_id, self.edit.agent_id, self.edit.began_from, event.text)
        self.desk.drafts.note(self._draft(self.edit))
        self._mark_draft(self.edit.conversation_id, kept=True)

    def _draft(self, edit: Edit) -> Draft:
        return Draft(
            self.desk.server, edit.agent_id, edit.conversation_id, edit.text, edit.began_from, self.now
        )

    def _mark_draft(self, conversation_id: str, *, kept: bool) -> None:
        marks = self.list.drafts | {conversation_id} if kept else self.list.drafts - {conversation_id}
        if marks != self.list.drafts:
            self.list.drafts = marks
            self.list.repaint()

    @on(SummaryEditor.Abandoned)
    def _abandoned(self) -> None:
        if self.edit is None or self.editor.busy:
            return
        if self.editor.dirty:
            self.discarded[self.edit.conversation_id] = self.edit.text
            self.say("Edit discarded · e, then ctrl+z brings it back")
        self._forget_draft(self.edit)
        self.close_editor()

    @work(group="drafts")
    async def _forget_draft(self, edit: Edit) -> None:
        await self.desk.drafts.drop(self.desk.server, edit.conversation_id, edit.agent_id)
        self._mark_draft(edit.conversation_id, kept=False)

    def leave_editor(self) -> None:
        """Close the editor because the cursor left its conversation; what was typed stays as a draft."""
        if self.edit is not None and not self.editor.busy:
            self.desk.drafts.flush()
            self.close_editor(focus=False)

    def close_editor(self, *, focus: bool = True) -> None:
        """Hide the editor, and give the focus back to where it was."""
        self.edit = None
        if focus:
            (self.detail.reader if self._return_to == "detail" else self.list).focus()

    @on(SummaryEditor.SaveAsked)
    def _save_asked(self, event: SummaryEditor.SaveAsked) -> None:
        if self.edit is None or self.editor.busy:
            return
        edit = Edit(self.edit.conversation_id, self.edit.agent_id, self.edit.began_from, self.editor.text)
        reason = why_not_saved(edit.text)
        if reason:
            self.editor.problem = reason
            return
        if not edit.dirty:
            self._finish(edit, event.onward)
            return
        self.desk.drafts.note(self._draft(edit))
        self.editor.busy = True
        self.save_summary(edit, event.onward)

    @work(group="save")
    async def save_summary(self, edit: Edit, onward: Onward) -> None:
        """Save, asking the user where somebody else's text stands in the way; never cancelled."""
        if not edit.text and not await self._may_clear(edit):
            self.editor.busy = False
            return
        while True:
            outcome = await save(self.desk.client, edit)
            self.note_outcome(edit, outcome)
            if isinstance(outcome, Conflicted | Overtaken):
                answer = await self._ask(edit, outcome)
                if answer == "mine":
                    edit = edit.onto(outcome.theirs.summary)
                    continue
                if answer == "theirs":
                    self._take_over(outcome.theirs)
                    self._finish(edit, "stay")
                else:
                    self._keep_editing(edit.onto(outcome.theirs.summary), outcome.theirs)
            else:
                self._settle(edit, onward, outcome)
            return

    async def _may_clear(self, edit: Edit) -> bool:
        words = f"It says now:\n\n{one_line(edit.began_from or '', 300)}"
        agreed = await self.app.push_screen_wait(ConfirmScreen("Clear this summary?", words, "Clear it"))
        return agreed is True

    async def _ask(self, edit: Edit, outcome: Conflicted | Overtaken) -> Answer | None:
        theirs = outcome.theirs.summary or ""
        screen = ConflictScreen(edit.text, theirs, written=isinstance(outcome, Overtaken))
        return await self.app.push_screen_wait(screen)

    def _keep_editing(self, edit: Edit, theirs: Conversation) -> None:
        self._take_over(theirs)
        self.edit = edit
        self.editor.begin(theirs.summary or "", text=edit.text, note="begun anew from the server's text")
        self.editor.take_focus()
        self.desk.drafts.note(self._draft(edit))

    def _take_over(self, conversation: Conversation) -> None:
        """Show a row as the server now has it."""
        self.feed.put(conversation)
        self.list.update_row(self.feed.get(conversation.id) or conversation)
        view = self.view
        if view is not None and view.conversation.id == conversation.id:
            self.view = replace(view, conversation=conversation.merged_over(view.conversation))

    def _settle(self, edit: Edit, onward: Onward, outcome: Outcome) -> None:
        if isinstance(outcome, Saved):
            self.heard()
            self._take_over(outcome.conversation)
            self.say(f"Saved: {self.name_of(outcome.conversation)}" if outcome.wrote else "Already saved so")
            self._finish(edit, onward)
            return
        assert not isinstance(outcome, Conflicted | Overtaken)
        self.heard(outcome.error)
        words = (
            f"not saved: {outcome.error}"
            if isinstance(outcome, NotSaved)
            else f"{outcome.error.what}: {UNSURE}"
        )
        if self.edit is not None and self.edit.conversation_id == edit.conversation_id:
            self.editor.busy = False
            self.editor.problem = words
        else:
            self.say(words, trouble=True)

    def _finish(self, edit: Edit, onward: Onward) -> None:
        """The server has the text, or it was given up: the draft goes, the editor closes or goes on."""
        self._forget_draft(edit)
        if self.edit is None or self.edit.conversation_id != edit.conversation_id:
            return
        self.editor.busy = False
        if onward == "stay":
            self.close_editor()
            return
        self.close_editor(focus=False)
        before = self.list.row
        self.list.action_move(1 if onward == "next" else -1)
        row = self.list.row
        if row is None or row is before or row.is_default:
            self.list.focus()
            self.say("No further conversation to edit")
        else:
            self.begin_edit(row)
