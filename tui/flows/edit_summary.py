"""Editing a summary in place, one at a time, its text always on disk until the server has it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tui.flows.change_conversation import may_force
from tui.flows.pending_writes import finish
from tui.flows.protocols import Asks, Question, Workers
from tui.flows.write import save
from tui.letta.default_summary import read_default
from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError, TurnRunning, attempt
from tui.model.os_errors import reason_of
from tui.model.text import one_line, why_not_saved
from tui.presentation.conversation_info import title
from tui.presentation.times import since
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused
from tui.rules.changes.save import SummaryChange
from tui.storage.draft_store import Draft

if TYPE_CHECKING:
    from tui.flows.results import Results, Server
    from tui.flows.summary_journal import SummaryJournal
    from tui.model.conversation import Conversation
    from tui.storage.draft_writer import DraftWriter

Pane = Literal["list", "detail"]
Then = Literal["stay", "next", "previous"]
"""What to edit after a save: nothing more, or the row below or above."""

MAY_BE_SAVED = "no response, so it may or may not be saved: Enter reads it back and tries again"
STILL_SAVING = "This summary is still being saved: edit it once that is done"
CHANGED_MEANWHILE = "somebody else changed this summary"
DRAFT_STORED = "your text is stored as a draft: e on its row continues it"
NO_DEFAULT = "The summary of the default conversation can't be edited"
OTHER_ID = "its id on the server is {id}"
TYPED_ELSEWHERE = (
    "Another letta-tui ({process}) has unsaved text for this {noun}, typed {typed}. It stays "
    "there, and you are asked before either text overwrites the other"
)
OVER_THEIRS = "your text; the server has a newer one, which Enter replaces"
DISCARDED = "Edit discarded · e, then ctrl+z restores it"
NO_EDITOR = "no external editor: {reason}"
EDITOR_FAILED = "the external editor ended with an error, so its text was ignored"


def draft_note(draft: Draft, server_text: str, now: datetime) -> str:
    """Return the note on a stored draft: its age, and whether the server's text has changed since."""
    note = f"draft stored {since(draft.saved_at, now)}"
    note += " by a letta-tui that is no longer running" if draft.left_behind else ""
    return note + ("; the server's text has changed since" if (draft.began_from or "") != server_text else "")


@dataclass(frozen=True)
class SummaryConflict(Question[Literal["mine", "theirs"]]):
    """Two texts for one summary, or for one memory block: save mine, take theirs, or (no answer) keep editing."""

    mine: str
    theirs: str
    written: bool
    """Whether mine was written before theirs."""
    noun: str = "summary"
    """What the text belongs to."""


@dataclass(frozen=True)
class ClearSummary(Question[bool]):
    """Whether to clear a summary."""

    text: str


@dataclass(frozen=True)
class Edit:
    """The summary in the editor; every event returns the next Edit."""

    change: SummaryChange
    server_text: str
    """The summary as the server had it when the editor was opened."""
    note: str = ""
    saving: bool = False
    problem: str = ""
    return_to: Pane = "list"
    """Where the focus goes when the editor closes."""
    suggestion: str = ""
    """A text that is selected when the editor opens; it counts as not typed until the user saves or changes it."""
    queued: bool = False
    """Whether the next summary to edit is that of the next untitled conversation."""

    @classmethod
    def begin(cls, row: Conversation, draft: Draft | None, now: datetime, return_to: Pane = "list") -> Edit:
        """An edit of a row's summary, or of the stored draft of it."""
        stored = row.summary or ""
        if draft is None:
            return cls(SummaryChange(row.id, row.agent_id, row.summary, stored), stored, return_to=return_to)
        change = SummaryChange(row.id, row.agent_id, draft.began_from, draft.text)
        return cls(change, stored, draft_note(draft, stored, now), return_to=return_to)

    @property
    def key(self) -> str:
        """The key of the conversation whose summary it is."""
        return self.change.key

    @property
    def text(self) -> str:
        """The text as typed."""
        return self.change.text

    @property
    def changed(self) -> bool:
        """Whether the text differs from the one that the server had."""
        return self.text != self.server_text

    @property
    def needs_save(self) -> bool:
        """Whether saving could change anything on the server."""
        return self.changed or self.change.dirty

    def is_suggestion(self, text: str) -> bool:
        """Return whether this text in the editor is the suggestion, and nothing was typed."""
        return bool(self.suggestion) and text == self.suggestion and not self.changed

    def typed(self, text: str) -> Edit:
        """The text changed, here or in $EDITOR."""
        return replace(self, change=replace(self.change, text=text), problem="")

    def refused(self, problem: str) -> Edit:
        """The text isn't saved, and editing continues."""
        return replace(self, saving=False, problem=problem)

    def save(self) -> Edit:
        """The text is being saved."""
        return replace(self, saving=True)

    def asking(self) -> Edit:
        """A question about the text is open."""
        return replace(self, saving=False)

    def over(self, theirs: str) -> Edit:
        """Editing continues after a conflict, from the text that somebody else wrote."""
        return Edit(self.change.over(theirs), theirs, OVER_THEIRS, return_to=self.return_to)


class RowsPane(Protocol):
    """The list of conversations, with its cursor."""

    def is_selected(self, key: str) -> bool:
        """Return whether the cursor is on the conversation with this key."""

    def editable_neighbour(self, step: int) -> Conversation | None:
        """The row `offset` below the cursor, if its summary can be edited."""


class EditorScreen(Asks, Workers, Protocol):
    """Shows the editor."""

    def open_editor(self, edit: Edit, discarded: str | None = None) -> None:
        """Load an edit into the editor and focus it; undo there restores a `discarded` text."""

    def show_edit(self, edit: Edit | None, *, focus: bool = True) -> None:
        """Show the state of the edit; None closes the editor, and `focus` gives the focus back to where it was."""

    def show_typed(self, edit: Edit) -> None:
        """Take over an edit whose text was typed into the editor, which shows it already."""

    def edit_outside(self, text: str) -> str | None:
        """Put the text that $VISUAL or $EDITOR leaves into the editor, and return it; None if that program failed.

        Raises OSError and ValueError if it cannot be started.
        """

    def is_editor_focused(self) -> bool:
        """Return whether keys go to the editor, and not to a dialog or another pane."""

    def edit_row(self, row: Conversation, *, return_to: Pane) -> None:
        """Go to a row and begin to edit it; keys typed before the editor opens are typed into it."""

    def begin_edit(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run what opens the editor; keys typed before it opens are typed into it."""


class EditSummary:
    """The open edit: begin, store as a draft, save, discard, go to the next."""

    def __init__(
        self,
        server: Server,
        clock: Callable[[], datetime],
        drafts: DraftWriter,
        journal: SummaryJournal,
        results: Results,
        pane: RowsPane,
        screen: EditorScreen,
    ) -> None:
        self.edit: Edit | None = None
        self.discarded: dict[str, str] = {}
        """Discarded texts, by the key of the conversation."""
        self.pending: list[str] = []
        """Keys of the conversations whose save hasn't ended."""
        self.queue: Callable[[Pane], Coroutine[Any, Any, None]] | None = None
        """Opens the editor on the next untitled conversation."""
        self._server, self._clock, self._drafts = server, clock, drafts
        self._journal, self._results = journal, results
        self._pane, self._screen = pane, screen

    def _set(self, edit: Edit | None, *, focus: bool = True) -> None:
        self.edit = edit
        if not self._server.left:
            self._screen.show_edit(edit, focus=focus)

    def _is_open(self, change: SummaryChange) -> bool:
        return self.edit is not None and self.edit.key == change.key

    # begin

    async def begin(
        self,
        row: Conversation,
        *,
        outside: bool = False,
        return_to: Pane = "list",
        suggestion: str = "",
        note: str = "",
        queued: bool = False,
    ) -> None:
        """Open the editor on a summary or its draft; `outside` continues in $EDITOR and saves the result.

        A `suggestion` is put into the editor, with its `note`, if there is neither a summary nor a draft; `queued`
        continues with the next untitled conversation.
        """
        if row.key in self.pending:
            self._results.message(STILL_SAVING, error=True)
            return
        if row.is_default:
            read = await attempt(read_default, self._server.client, row.agent_id)
            if isinstance(read, LettaError):
                self._results.report(read)
                self._results.message(f"{NO_DEFAULT}: {read}", error=True)
                return
            note = "" if read.is_default else OTHER_ID.format(id=one_line(read.id, 60))
            row = read.changed(id=DEFAULT)
        where = self._server.address, row.id, row.agent_id
        draft = await self._drafts.take(*where)
        elsewhere = await self._drafts.elsewhere(*where)
        if self.edit is not None or self._server.left or not self._pane.is_selected(row.key):
            return
        self.edit = replace(Edit.begin(row, draft, self._clock(), return_to), queued=queued)
        if draft is not None and queued:
            note = ""
        elif suggestion and not self.edit.server_text:
            self.edit = replace(self.edit, suggestion=suggestion)
        if note:
            self.edit = replace(self.edit, note=" · ".join(filter(None, (self.edit.note, note))))
        self._screen.open_editor(self.edit, None if draft else self.discarded.pop(row.key, None))
        if elsewhere is not None:
            typed = since(elsewhere.saved_at, self._clock())
            self._results.message(
                TYPED_ELSEWHERE.format(process=elsewhere.process, noun="summary", typed=typed)
            )
        if outside:
            self._edit_outside(self.edit)

    def _edit_outside(self, edit: Edit) -> None:
        try:
            text = self._screen.edit_outside(edit.text)
        except (OSError, ValueError) as problem:
            self._set(edit.refused(NO_EDITOR.format(reason=reason_of(problem))))
            return
        if text is None:
            self._set(edit.refused(EDITOR_FAILED))
        else:
            self.save(text)

    # what happens in the editor

    def typed(self, text: str) -> None:
        """Store the text as a draft after each change."""
        if self.edit is not None:
            self.edit = self.edit.typed(text)
            self._screen.show_typed(self.edit)
            self._store_draft(self.edit.change)

    def save(self, text: str, then: Then = "stay") -> None:
        """Save the text, and then close the editor or go on with the row below or above."""
        if self.edit is None:
            return
        edit = self.edit.typed(text)
        problem = why_not_saved(text)
        if problem:
            self._set(edit.refused(problem))
            return
        queue = self.queue if edit.queued and then == "next" else None
        step = 0 if queue is not None else {"stay": 0, "next": 1, "previous": -1}[then]
        target = self._pane.editable_neighbour(step)
        if step and target is None:
            self._results.message("No more conversations to edit")
        if edit.needs_save:
            self._drafts.note(self._draft(edit.change))
            self._set(edit.save())
            self.pending.append(edit.key)
            self._screen.start_flow(partial(self._save, edit.change))
            if (target is None and queue is None) or not text:
                return
        else:
            self._screen.start_write(self._drop_draft(edit.change))
        self._set(None, focus=target is None and queue is None)
        if queue is not None:
            self._screen.begin_edit(partial(queue, edit.return_to))
        elif target is not None:
            self._screen.edit_row(target, return_to=edit.return_to)

    def give_up(self, text: str) -> None:
        """Discard the edit."""
        edit = self.edit
        if edit is None or edit.saving:
            return
        if text != edit.server_text and not edit.is_suggestion(text):
            self.discarded[edit.key] = text
            self._results.message(DISCARDED)
        self._discard(edit.change)

    def leave(self, text: str) -> None:
        """Close the editor because the cursor left its conversation; what was typed stays as a draft."""
        edit = self.edit
        if edit is None or edit.saving:
            return
        if edit.is_suggestion(text):
            text = edit.text
        if text != edit.text:
            self._store_draft(replace(edit.change, text=text))
        self._drafts.flush()
        if text != edit.server_text:
            self._screen.start_flow(partial(self._report_draft, edit.change))
        self._set(None, focus=False)

    def leave_server(self) -> None:
        """Store the text as a draft of the server that it was typed for, saved or not."""
        if self.edit is not None:
            self._drafts.flush()
            self._set(None, focus=False)

    # drafts

    def _draft(self, change: SummaryChange) -> Draft:
        return Draft(
            self._server.address,
            change.agent_id,
            change.conversation_id,
            change.text,
            change.began_from,
            self._clock(),
        )

    def _store_draft(self, change: SummaryChange) -> None:
        self._drafts.note(self._draft(change))
        self._mark_draft(change, has_draft=True)

    def _mark_draft(self, change: SummaryChange, *, has_draft: bool) -> None:
        self._results.mark_draft(change.key, has_draft=has_draft)

    async def _drop_draft(self, change: SummaryChange) -> None:
        left = await self._drafts.drop(self._server.address, change.conversation_id, change.agent_id)
        self._mark_draft(change, has_draft=left)

    async def _report_draft(self, change: SummaryChange) -> None:
        """Report where the draft is stored, which may not be on disk."""
        stored = await self._drafts.is_stored(self._server.address, change.conversation_id, change.agent_id)
        where = "Draft stored" if stored else "Draft stored only until you quit"
        self._results.message(f"{where}: e on the row marked ✎ continues it", error=not stored)

    def _discard(self, change: SummaryChange) -> None:
        """Discard the text: delete its draft and close its editor."""
        self._screen.start_write(self._drop_draft(change))
        self._close(change)

    def _close(self, change: SummaryChange) -> None:
        if self._is_open(change):
            self._set(None)

    # save

    async def _save(self, change: SummaryChange) -> None:
        """Save, after asking if somebody else's text would be overwritten."""
        try:
            if not change.text and not await self._may_clear(change):
                return
            outcome = await self._write_or_force(change)
            while isinstance(outcome, Conflict):
                if not (self._is_open(change) and self._screen.is_editor_focused()):
                    self._store_for_later(change, outcome)
                    return
                self._ask_in_editor(change)
                answer = await self._ask(change, outcome)
                if answer != "mine":
                    self._leave_theirs(change, outcome.current, taken=answer == "theirs")
                    return
                change = change.over(outcome.current.summary)
                if self.edit is not None and self._is_open(change):
                    self._set(self.edit.save())
                outcome = await self._write_or_force(change)
            self._show_outcome(change, outcome)
        finally:
            self.pending.remove(change.key)

    async def _write_or_force(self, change: SummaryChange) -> Outcome[Conversation]:
        """Save; if a turn seems to be running in the files to change, ask whether to do it anyway."""
        outcome = await self._write(change)
        if isinstance(outcome, Refused) and isinstance(outcome.error, TurnRunning):
            self._ask_in_editor(change)
            if await may_force(self._screen, "Save it anyway?", outcome.error):
                return await self._write(change, force=True)
        return outcome

    async def _write(self, change: SummaryChange, *, force: bool = False) -> Outcome[Conversation]:
        write = self._write_and_note(change, force=force)
        return await finish(self._screen, write, partial(self._abandoned, change))

    async def _write_and_note(self, change: SummaryChange, *, force: bool) -> Outcome[Conversation]:
        """Save, and drop the draft with it, so that waiting for the write waits for both."""
        outcome = await save(self._server.client, change, force=force)
        self._journal.note_outcome(change, outcome)
        if isinstance(outcome, Done):
            await self._drop_draft(change)
        return outcome

    def _abandoned(self, change: SummaryChange, outcome: Outcome[Conversation]) -> None:
        """Report the outcome of a save that ended after the server was left."""
        if isinstance(outcome, Conflict):
            self._store_for_later(change, outcome)
        else:
            self._show_outcome(change, outcome)

    def _ask_in_editor(self, change: SummaryChange) -> None:
        """Ask a question about the text; until it is answered, the editor does not show that it is saving."""
        if self.edit is not None and self._is_open(change):
            self._set(self.edit.asking())

    async def _may_clear(self, change: SummaryChange) -> bool:
        self._ask_in_editor(change)
        return await self._screen.ask(ClearSummary(change.began_from or "")) is True

    async def _ask(
        self, change: SummaryChange, conflict: Conflict[Conversation]
    ) -> Literal["mine", "theirs"] | None:
        theirs = conflict.current.summary or ""
        return await self._screen.ask(SummaryConflict(change.text, theirs, written=conflict.sent))

    def _store_for_later(self, change: SummaryChange, conflict: Conflict[Conversation]) -> None:
        """Store the text as a draft while the user is elsewhere; saving it again will ask."""
        if self._is_open(change):
            self._set(None, focus=False)
        self._put(change, conflict.current)
        self._mark_draft(change, has_draft=True)
        done = "saved, then overwritten" if conflict.sent else "not saved"
        self._results.message(f"{done}: {CHANGED_MEANWHILE} · {DRAFT_STORED}", error=True)

    def _leave_theirs(self, change: SummaryChange, theirs: Conversation, *, taken: bool) -> None:
        """Keep their text; discard mine, or continue it in the editor or as a draft."""
        self._put(change, theirs)
        if taken:
            self._discard(change)
            return
        change = change.over(theirs.summary)
        self._store_draft(change)
        if self.edit is None or not self._is_open(change):
            self._results.message(DRAFT_STORED)
            return
        self.edit = replace(self.edit, change=change).over(theirs.summary or "")
        self._screen.open_editor(self.edit)

    def _put(self, change: SummaryChange, conversation: Conversation) -> Conversation:
        """Show a conversation as the server has it; a default one may have a row of its own id, too."""
        self._results.put(conversation)
        if conversation.id != change.conversation_id:
            conversation = conversation.changed(id=change.conversation_id)
            self._results.put(conversation)
        return conversation

    def _show_outcome(self, change: SummaryChange, outcome: Outcome[Conversation]) -> None:
        assert not isinstance(outcome, Conflict)
        if isinstance(outcome, Done):
            self._results.report()
            name = one_line(title(self._put(change, outcome.value)), 60)
            self._results.message("Already saved" if outcome.already else f"Saved: {name}")
            self._close(change)
            return
        error = outcome.error
        assert error is not None
        self._results.report(error)
        why = self._results.not_supported("edit", error) or error.what
        problem = f"not saved: {why}" if isinstance(outcome, Refused) else f"{why}: {MAY_BE_SAVED}"
        if self.edit is not None and self._is_open(change):
            if self._pane.is_selected(change.key):
                self._set(self.edit.refused(problem))
                return
            self._set(None, focus=False)
        self._mark_draft(change, has_draft=True)
        self._results.message(f"{problem} · {DRAFT_STORED}", error=True)
