"""The editor of a memory block: each change is stored as a draft, and shown as a diff before it is saved."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.flows.change_memory import STILL_SAVING, EditBlock
from tui.flows.edit_summary import Then
from tui.model.text import visible
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.editor_messages import Abandoned, SaveAsked, Typed
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.summary_editor import EditorArea, SummaryEditor


class BlockArea(EditorArea):
    """The text field of a block."""

    HELP = "The text of a memory block. What you type is stored on this machine until it is saved."


class BlockEditor(Dialog[Then | None]):
    """A text field over the whole window; closes when the text is saved, and returns what to edit next."""

    MANUAL = "memory#change-memory"

    def __init__(self, question: EditBlock) -> None:
        super().__init__()
        self._question = question
        self.editor = SummaryEditor(id="block-text", why_not=question.why_not, area=BlockArea)

    def compose(self) -> ComposeResult:
        """A title with the kind of the block, its description and limit, its text."""
        with Vertical(classes="dialog full", id="block-editor"):
            yield Static(Content(visible(self._question.title)), classes="dialog-title")
            yield Static(Content(visible(self._question.facts)), classes="hint", id="block-facts")
            yield self.editor
        yield KeyLine()

    def on_mount(self) -> None:
        """Load the text; if it was typed in another editor, save it at once."""
        question = self._question
        text = None if question.text == question.stored else question.text
        self.editor.begin(question.stored, text=text, behind=question.discarded, note=question.note)
        self.editor.take_focus()
        if question.submit:
            self.call_after_refresh(self.editor.submit, "stay")

    @on(Typed)
    def _typed(self, event: Typed) -> None:
        event.stop()
        self._question.typed(event.text)

    @on(SaveAsked)
    def _save_asked(self, event: SaveAsked) -> None:
        event.stop()
        if problem := self._question.why_not(event.text):
            self._go_on(problem)
        else:
            self.save(event.text, event.onward)

    @work(group="save-block")
    async def save(self, text: str, then: Then) -> None:
        """Save the text, which asks first; close unless there is something left to edit."""
        again = await self._question.save(text)
        if again is None:
            self.dismiss(then)
            return
        if again.stored is not None:
            self.editor.begin(again.stored, text=text, note=again.note)
        self._go_on(again.problem)

    def _go_on(self, problem: str) -> None:
        """Continue editing; keys typed ahead for another text are dropped."""
        self.editor.area.drop()
        self.editor.release()
        self.editor.problem = problem

    @on(Abandoned)
    def _abandoned(self, event: Abandoned) -> None:
        event.stop()
        if self.editor.busy:
            self.notify(STILL_SAVING, markup=False, timeout=4)
        else:
            self.dismiss(None)
