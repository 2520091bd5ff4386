"""Editing: a summary in place, one at a time, its text always on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import SuspendNotSupported

from tui.api.errors import LettaError, NotOffered, NotThere, Rejected
from tui.api.opening import attempt
from tui.domain.text import why_not_saved
from tui.domain.times import since
from tui.domain.view import Loading
from tui.screens.outside import edit_outside
from tui.screens.saving import STILL_SAVING, Saving
from tui.widgets.edit_messages import Abandoned, Onward, SaveAsked, Typed

if TYPE_CHECKING:
    from tui.api.rows import Conversation
    from tui.domain.saving import Edit
    from tui.screens.base import Desk
    from tui.storage.draft_store import Draft

NO_DEFAULT = "This server keeps no summary for the default conversation: only named ones have one"


LEFT = (
    "{server} was left while something was being written there: it may or may not be done. A summary that "
    "was not confirmed is kept there as a draft"
)


class Editing(Saving):
    """The edit that is open: how it begins, is kept, given up, handed over and followed by the next."""

    _return_to: str = "list"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.discarded: dict[str, str] = {}

    @property
    def editable(self) -> bool:
        """Whether e makes sense: on a server that refused a summary, only to get at a draft."""
        row = self.list.row
        return "edit" not in self.lacking or (row is not None and row.id in self.list.drafts)

    def watch_edit(self, old: Edit | None, new: Edit | None) -> None:
        """Show the editor while there is an edit."""
        self.set_class(new is not None, "-editing")
        if (old is None) != (new is None):
            self.refresh_bindings()

    def ask_edit(self, row: Conversation, *, outside: bool = False, return_to: str = "") -> None:
        """Open the editor; keys typed before it stands are typed into it."""
        self.desk.keys.shut()
        self.begin_edit(row, outside=outside, return_to=return_to)

    @work(group="edit", description="begin edit")
    async def begin_edit(self, row: Conversation, *, outside: bool = False, return_to: str = "") -> None:
        """Open the editor on a conversation's summary, or on the draft that was kept of it."""
        try:
            await self.detail.add_editor()
            await self._open_editor(row, outside=outside, return_to=return_to)
        finally:
            if self.edit is None:
                self.desk.keys.open()  # meant for an editor: in the list they would act
                self.detail.forget_keys()
            else:
                self.desk.keys.open_to(self)

    async def _open_editor(self, row: Conversation, *, outside: bool, return_to: str) -> None:
        if self.is_on_its_way(row):
            self.say(STILL_SAVING, trouble=True)
            return
        self._return_to = return_to or ("detail" if self.detail.reader.has_focus else "list")
        if row.is_default:
            found = await attempt(self.desk.client.conversation, row.id, row.agent_id)
            if isinstance(found, LettaError):
                absent = isinstance(found, NotOffered | NotThere | Rejected)
                self.say(NO_DEFAULT if absent else str(found), trouble=True)
                return
            row = found.changed(agent_id=row.agent_id)
        kept = await self.desk.drafts.find(self.desk.server, row.id, row.agent_id)
        if self.edit is not None or self.list.row is None or self.list.row.id != row.id:
            return
        if self.view is None or self.view.conversation.id != row.id:
            self.view = Loading(row)
        self._show_editor(row, kept)
        if outside and self.edit is not None:
            self._edit_outside(self.edit)

    def _show_editor(self, row: Conversation, kept: Draft | None) -> None:
        from tui.domain.saving import Edit

        given = row.summary or ""
        note = ""
        if kept is not None:
            note = f"draft kept {since(kept.saved_at, self.now)}"
            note += ", the server's text has changed since" if (kept.began_from or "") != given else ""
        began, text = (kept.began_from, kept.text) if kept else (row.summary, given)
        behind = self.discarded.pop(row.id, None) if kept is None else None
        self.edit = Edit(row.id, row.agent_id, began, text)
        self.editor.begin(given, text=kept.text if kept else None, behind=behind, note=note)
        self.editor.take_focus()

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
        self.editor.submit("stay")

    @on(Typed)
    def _typed(self, event: Typed) -> None:
        if self.edit is None:
            return
        self.edit = replace(self.edit, text=event.text)
        self.desk.drafts.note(self.draft_of(self.edit))
        self.mark_draft(self.edit.conversation_id, kept=True)

    @on(Abandoned)
    def _abandoned(self) -> None:
        if self.edit is None or self.editor.busy:
            return
        if self.editor.dirty:
            self.discarded[self.edit.conversation_id] = self.editor.text
            self.say("Edit discarded · e, then ctrl+z brings it back")
        self.finish(self.edit)

    @work(group="drafts")
    async def _forget_draft(self, edit: Edit) -> None:
        await self.desk.drafts.drop(self.desk.server, edit.conversation_id, edit.agent_id)
        self.mark_draft(edit.conversation_id, kept=False)

    def leave_editor(self) -> None:
        """Close the editor because the cursor left its conversation; what was typed stays as a draft."""
        if self.edit is not None and not self.editor.busy:
            self.desk.drafts.flush()
            if self.editor.dirty:
                self._tell_kept(self.edit)
            self.close_editor(focus=False)

    @work(group="drafts")
    async def _tell_kept(self, edit: Edit) -> None:
        """Say where the text is that was left; "kept" only where the disk took it."""
        kept = await self.desk.drafts.is_stored(self.desk.server, edit.conversation_id, edit.agent_id)
        where = "Draft kept" if kept else "Draft kept until you quit, not on disk"
        self.say(f"{where}: e on the row marked ✎ goes on with it", trouble=not kept)

    def forget(self) -> None:
        """A text belongs to the server that it was typed for: it stays there as a draft, saved or not."""
        writing = self.desk.wire.under_way or self.saving
        if self.edit is not None:
            self.desk.drafts.flush()
            self.close_editor(focus=False)
        self.discarded = {}
        if writing:
            self.tell(LEFT.format(server=self.desk.wire.server), trouble=True)
        super().forget()

    def close_editor(self, *, focus: bool = True) -> None:
        """Hide the editor, and give the focus back to where it was, unless the user has moved it meanwhile."""
        held = self.focused in (None, self.editor.area)
        self.edit = None
        self.editor.busy = False
        if focus:
            self.editor.release()
        if focus and held:
            (self.detail.reader if self._return_to == "detail" else self.list).focus()

    def finish(self, edit: Edit) -> None:
        """The server has the text, or it was given up: the draft goes, and its editor closes."""
        self._forget_draft(edit)
        if self.is_open(edit):
            self.close_editor()

    @on(SaveAsked)
    def _save_asked(self, event: SaveAsked) -> None:
        if self.edit is None:
            return
        edit = replace(self.edit, text=event.text)
        onward = event.onward
        reason = why_not_saved(edit.text)
        target = self._neighbour(onward)
        if reason:
            self.editor.release()
            self.editor.problem = reason
            return
        if onward != "stay" and target is None:
            self.say("No further conversation to edit")
        if edit.dirty or self.editor.dirty:
            self.desk.drafts.note(self.draft_of(edit))
            self.begin_save(edit)
            if target is None or not edit.text:
                self.editor.release(busy=True)
                return
        else:
            self._forget_draft(edit)
        self._edit_next(target)

    def _neighbour(self, onward: Onward) -> Conversation | None:
        """The row below or above that can be edited."""
        step = {"stay": 0, "next": 1, "previous": -1}[onward]
        place = self.list.cursor + step
        if not step or not 0 <= place < len(self.list.rows) or self.list.rows[place].is_default:
            return None
        return self.list.rows[place]

    def _edit_next(self, target: Conversation | None) -> None:
        """Edit another row while the save goes on behind, or go back to where the edit began."""
        if target is None:
            self.close_editor()
            return
        self.close_editor(focus=False)
        self.list.move_to(self.list.cursor + (1 if self._neighbour("next") is target else -1))
        self.ask_edit(target, return_to=self._return_to)
