"""The main screen's part in the flows that change the server: it makes them, and shows what they say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import SuspendNotSupported
from textual.reactive import var

from tui.domain.view import Loading
from tui.screens.browsing import Browsing
from tui.screens.outside import edit_outside
from tui.screens.ports import ShownConnection, ShownConversation, ShownList
from tui.widgets.edit_messages import Abandoned, SaveAsked, Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tui.api.rows import Agent, Conversation
    from tui.domain.marking import Marks
    from tui.flows.change_conversation import ChangeConversation
    from tui.flows.create_conversation import CreateConversation
    from tui.flows.delete_marked import DeleteMarked
    from tui.flows.edit_summary import Edit, EditSummary, Pane, Then
    from tui.flows.export import ExportConversations
    from tui.flows.mark import MarkConversations
    from tui.flows.results import Server
    from tui.flows.undo_summary import UndoSummary
    from tui.rules.changes.undo import By
    from tui.screens.base import Desk
    from tui.widgets.summary_editor import SummaryEditor

LEFT = (
    "{server} was left while something was being written there: it may or may not be done. A summary that "
    "was not confirmed is kept there as a draft"
)


@dataclass(frozen=True)
class Flows:
    """The flows that write to one server."""

    server: Server
    edit: EditSummary
    undo: UndoSummary
    change: ChangeConversation
    create: CreateConversation
    export: ExportConversations
    delete_marked: DeleteMarked


class Writing(Browsing):
    """Edits, undo, changes of whole conversations, new ones: the keys go to flows, and what they show is shown."""

    edit: var[Edit | None] = var(None)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._flows: Flows | None = None
        self._marking: MarkConversations | None = None

    @property
    def flows(self) -> Flows:
        """The flows that write to this server, made when one is first needed: a start does without."""
        if self._flows is None:
            self._flows = self._make_flows()
        return self._flows

    @property
    def marking(self) -> MarkConversations:
        """The flow that keeps the marks."""
        from tui.flows.mark import MarkConversations

        if self._marking is None:
            self._marking = MarkConversations(self)
        return self._marking

    def _make_flows(self) -> Flows:
        from tui.flows.change_conversation import ChangeConversation
        from tui.flows.create_conversation import CreateConversation
        from tui.flows.delete_marked import DeleteMarked
        from tui.flows.edit_summary import EditSummary
        from tui.flows.export import ExportConversations
        from tui.flows.results import Results, Server
        from tui.flows.undo_summary import UndoSummary
        from tui.local.backups import Backups

        desk, readonly = self.desk, self.desk.settings.readonly
        server = Server(desk.client, desk.server, desk.wire.server)
        connection, listed = ShownConnection(self), ShownList(self)
        results = Results(server, connection, listed, ShownConversation(self), self)
        edit = EditSummary(server, desk.clock, desk.drafts, self.summaries, results, self)
        undo = UndoSummary(server, desk.clock, self.summaries, edit, results, self, readonly=readonly)
        change = ChangeConversation(
            server, desk.clock, desk.drafts, desk.backups, listed, results, self, readonly=readonly
        )
        create = CreateConversation(server, connection, results, self)
        files = Backups(desk.backups.folder.parent / "exports")
        export = ExportConversations(server, desk.origin, desk.clock, files, results, self)
        delete_marked = DeleteMarked(
            server, desk.drafts, desk.backups, change, self.marking, export, results, self, readonly=readonly
        )
        return Flows(server, edit, undo, change, create, export, delete_marked)

    def forget(self) -> None:
        """What is being written goes on; what it shows then is a message that names the server."""
        flows, self._flows = self._flows, None
        if flows is not None:
            flows.edit.leave_server()
            flows.delete_marked.stop()
            flows.server.left = True
            if self.desk.wire.under_way or flows.edit.pending:
                self.tell(LEFT.format(server=self.desk.wire.server), trouble=True)
        self.desk.keys.open()  # a flow that is cancelled before it began would leave the gate shut
        self.show_progress("")
        super().forget()

    def stop_writes(self) -> None:
        """Begin no other of several deletions: the program ends."""
        if self._flows is not None:
            self._flows.delete_marked.stop()

    # what flows ask for

    def show_marks(self, marks: Marks) -> None:
        """Show which conversations are marked."""
        self.marks = marks

    def show_progress(self, text: str) -> None:
        """Show how far it is with several conversations."""
        self.heading.progress = text

    @property
    def version(self) -> str:
        """The server's version."""
        return self.header.version

    def is_selected(self, conversation_id: str) -> bool:
        """Whether the cursor is on this conversation."""
        return self.list.row is not None and self.list.row.id == conversation_id

    def has_draft(self) -> bool:
        """Whether the row under the cursor is marked as one with a draft."""
        return self.list.row is not None and self.list.row.id in self.list.drafts

    def mark_draft(self, conversation_id: str, *, kept: bool) -> None:
        """Mark a row as one with a draft, or as one without."""
        marks = self.list.drafts | {conversation_id} if kept else self.list.drafts - {conversation_id}
        if marks != self.list.drafts:
            self.list.drafts = marks
            self.list.repaint()

    # the editor

    @property
    def editor(self) -> SummaryEditor:
        """The editor in the detail pane."""
        return self.detail.editor

    @property
    def editable(self) -> bool:
        """Whether e makes sense: on a server that refused a summary, only to get at a draft."""
        return "edit" not in self.lacking or self.has_draft()

    def watch_edit(self, old: Edit | None, new: Edit | None) -> None:
        """Show the editor while there is an edit."""
        self.set_class(new is not None, "-editing")
        if (old is None) != (new is None):
            self.refresh_bindings()

    def ask_edit(self, row: Conversation, *, outside: bool = False, return_to: Pane | None = None) -> None:
        """Open the editor; keys typed before it stands are typed into it."""
        self.desk.keys.shut()
        self.begin_edit(row, outside=outside, return_to=return_to)

    @work(group="flows", description="begin edit")
    async def begin_edit(
        self, row: Conversation, *, outside: bool = False, return_to: Pane | None = None
    ) -> None:
        """Open the editor on a conversation's summary, or on the draft that was kept of it."""
        try:
            await self.detail.add_editor()
            pane = return_to or ("detail" if self.detail.reader.has_focus else "list")
            await self.flows.edit.begin(row, outside=outside, return_to=pane)
        finally:
            if self.edit is None:
                self.desk.keys.open()  # meant for an editor: in the list they would act
                self.detail.forget_keys()
            else:
                self.desk.keys.open_to(self)

    def open_editor(self, edit: Edit, discarded: str | None = None) -> None:
        """Load an edit into the editor and focus it."""
        row = self.list.row
        if row is not None and (self.view is None or self.view.conversation.id != row.id):
            self.view = Loading(row)
        self.edit = edit
        text = edit.text if edit.changed else None
        self.editor.begin(edit.server_text, text=text, behind=discarded, note=edit.note)
        self.editor.take_focus()

    def show_typed(self, edit: Edit) -> None:
        """Keep an edit whose text was typed into the editor."""
        self.edit = edit

    def show_edit(self, edit: Edit | None, *, focus: bool = True) -> None:
        """Show how the edit is; None closes the editor, and gives the focus back unless the user has moved it."""
        before, self.edit = self.edit, edit
        if edit is not None:
            self.editor.release(busy=edit.saving)
            self.editor.problem = edit.problem
            return
        held = self.focused in (None, self.editor.area)
        self.editor.busy = False
        if focus:
            self.editor.release()
        if focus and held:
            to_detail = before is not None and before.return_to == "detail"
            (self.detail.reader if to_detail else self.list).focus()

    def edit_outside(self, text: str) -> str | None:
        """Let the user's own editor change the text."""
        try:
            edited = edit_outside(self.app, text)
        except SuspendNotSupported as problem:
            raise OSError(str(problem)) from None
        if edited is not None:
            self.editor.put(edited)
        return edited

    def is_editor_focused(self) -> bool:
        """Whether keys go to the editor."""
        return self.editor.area.has_focus and self.is_current

    def neighbour(self, then: Then) -> Conversation | None:
        """The row below or above that can be edited."""
        step = {"stay": 0, "next": 1, "previous": -1}[then]
        at = self.list.cursor + step
        if not step or not 0 <= at < len(self.list.rows) or self.list.rows[at].is_default:
            return None
        return self.list.rows[at]

    def edit_row(self, row: Conversation, *, return_to: Pane) -> None:
        """Go to the row below or above and edit it."""
        self.list.move_to(self.list.cursor + (1 if self.neighbour("next") is row else -1))
        self.ask_edit(row, return_to=return_to)

    @on(Typed)
    def _typed(self, event: Typed) -> None:
        self.flows.edit.typed(event.text)

    @on(Abandoned)
    def _abandoned(self) -> None:
        if not self.editor.busy:
            self.flows.edit.give_up(self.editor.text)

    @on(SaveAsked)
    def _save_asked(self, event: SaveAsked) -> None:
        self.flows.edit.save(event.text, event.onward)

    def leave_editor(self) -> None:
        """Close the editor because the cursor left its conversation."""
        if self.edit is not None and not self.editor.busy:
            self.flows.edit.leave(self.editor.text)

    # undo

    def action_undo(self) -> None:
        """Take the last saved summary back."""
        self._step("undo")

    def action_redo(self) -> None:
        """Save again what was undone."""
        self._step("redo")

    def _step(self, by: By) -> None:
        row = self.changeable()
        if row is not None and not row.is_default:
            self.start_flow(partial(self.flows.undo.step, row, by))

    def action_history(self) -> None:
        """Every summary that this conversation had, as far as it was seen here."""
        row = self.list.row
        if row is not None and not row.is_default:
            self._start_asking(partial(self.flows.undo.history, row))

    # whole conversations

    def offers(self, action: str) -> bool:
        """Whether a change makes sense for what is under the cursor."""
        row = self.list.row
        if self.agent is None or row is None or self.edit is not None or self.filtering:
            return False
        needed = "edit" if action in ("undo", "redo") else action
        return needed not in self.lacking and (action == "fork" or not row.is_default)

    def _start_asking(self, flow: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a flow that begins with a dialog; keys typed before it stands are typed into it, or dropped."""
        turn = self.desk.keys.shut()

        async def run() -> None:
            try:
                await flow()
            finally:
                self.desk.keys.drop(turn)

        self.start_flow(run)

    def ask_new(self, agent: Agent) -> None:
        """Ask for summary and labels of a new conversation, and go to what was made."""
        self._start_asking(partial(self.flows.create.create, agent))

    def action_fork(self) -> None:
        """Fork the conversation under the cursor."""
        row = self.changeable()
        if row is not None and self.agent is not None:
            self.ask_fork(row, self.agent)

    def ask_fork(self, row: Conversation, agent: Agent) -> None:
        """Say what a fork leaves behind, then fork."""
        self._start_asking(partial(self.flows.change.fork, row, agent))

    def action_delete(self) -> None:
        """Delete the conversation under the cursor."""
        row = self.changeable()
        if row is not None and self.agent is not None and not row.is_default:
            self.ask_delete(row, self.agent)

    def ask_delete(self, row: Conversation, agent: Agent) -> None:
        """Say what is lost, then copy and delete."""
        self._start_asking(partial(self.flows.change.delete, row, agent))

    def action_recompile(self) -> None:
        """Compile the system message of the conversation under the cursor anew."""
        row = self.changeable()
        if row is not None and self.agent is not None and not row.is_default:
            self.ask_recompile(row, self.agent)

    def ask_recompile(self, row: Conversation, agent: Agent) -> None:
        """Show what would change in what the model reads, then write it."""
        self._start_asking(partial(self.flows.change.recompile, row, agent))

    def action_archive(self) -> None:
        """Archive the conversation under the cursor, or take it back."""
        row = self.changeable()
        if row is not None and not row.is_default:
            self.ask_archive(row)

    def ask_archive(self, row: Conversation) -> None:
        """Archive where the server really does it."""
        self._start_asking(partial(self.flows.change.archive, row))

    def action_export(self) -> None:
        """Export the conversation under the cursor."""
        if self.list.row is not None and self.agent is not None:
            self.export(self.list.row, self.agent)

    @work(group="export", description="export")
    async def export(self, row: Conversation, agent: Agent) -> None:
        """Write it as one file."""
        await self.flows.export.export(row, agent)
