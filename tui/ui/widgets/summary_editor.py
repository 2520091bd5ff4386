"""The editor of a summary or block: Enter saves, Escape cancels, ctrl+j inserts a line break."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Edit, EditResult

from tui.model.text import contains_unsafe, plural, why_not_saved
from tui.textual_fixes import text_area
from tui.ui.bindings import bindings
from tui.ui.widgets.editor_messages import Abandoned, Onward, SaveAsked, Typed

WRAP_LIMIT = 5_000
"""Longer lines are not wrapped: wrapping them again at each key makes typing slow (measured)."""


if TYPE_CHECKING:
    PlainArea = TextArea
else:
    PlainArea = text_area()


class EditorArea(PlainArea):
    """The text field; its actions run in the order of the keys, so that quick typing cannot overtake them."""

    BINDINGS = bindings(
        "editor",
        actions={
            "edit.save": "submit('stay')",
            "edit.newline": "line_break",
            "edit.restore": "restore",
            "edit.next": "submit('next')",
            "edit.previous": "submit('previous')",
        },
    )

    HELP = "The summary of the conversation. What you type is stored on this machine until it is saved."

    def __init__(self, editor: SummaryEditor) -> None:
        super().__init__(tab_behavior="focus", compact=True, id="summary-text")
        self._editor = editor
        self._keys_paused = False
        self._pending_keys: list[events.Key] = []

    def edit(self, edit: Edit) -> EditResult:
        """Change the text and its status at once, so that both are painted together.

        The field makes line ends of all that ends a line, such as the CR between the lines of a paste.
        """
        result = super().edit(edit)
        self._editor.show_status("\n".join(edit.text.splitlines()))
        return result

    async def on_key(self, event: events.Key) -> None:
        """Queue keys while the next text is fetched; run the field's actions before later keys are handled."""
        if self._keys_paused:
            self._pending_keys.append(event)
            event.stop()
            event.prevent_default()
        elif not event.is_printable:
            active = self.screen.active_bindings.get(event.key)
            if active is not None and active.node is self and (active.binding.id or "").startswith("edit."):
                event.stop()
                event.prevent_default()
                await self.run_action(active.binding.action)

    def pause_keys(self) -> None:
        """Queue every key from now on, for the next text."""
        self._keys_paused = True

    def resume_keys(self) -> None:
        """Type the queued keys."""
        pending, self._pending_keys, self._keys_paused = self._pending_keys, [], False
        for event in pending:
            self.post_message(events.Key(event.key, event.character))

    def drop(self) -> None:
        """Drop the queued keys, since the text that they were meant for will not be shown."""
        self._pending_keys, self._keys_paused = [], False

    def action_submit(self, onward: Onward) -> None:
        """Submit the text."""
        self._editor.submit(onward)

    def action_line_break(self) -> None:
        """Insert a line break, since Enter saves."""
        if not self.read_only:
            self.insert("\n")

    def action_restore(self) -> None:
        """Cancel the edit."""
        self.post_message(Abandoned())


class SummaryEditor(Vertical):
    """A text field over one status line; it only knows its original and its current text."""

    busy = reactive(False)
    problem = reactive("")
    note = reactive("")

    def __init__(
        self,
        *,
        id: str | None = None,
        why_not: Callable[[str], str | None] = why_not_saved,
        area: type[EditorArea] = EditorArea,
    ) -> None:
        """`why_not` says why a text cannot be saved; "" or None if it can."""
        super().__init__(id=id)
        self._why_not = why_not
        self._original = ""
        self._loaded = ""
        self._suggested: str | None = None
        self._discarded: str | None = None
        """The text that undo brings back, if an edit of this text was cancelled."""
        self._last_typed = ""
        self._last_status = Content()
        self._checked_text: str | None = None
        self._clean = False
        self.area = area(self)
        self._status = Static("", id="summary-status", markup=False)

    def compose(self) -> ComposeResult:
        """The field and its status."""
        yield self.area
        yield self._status

    def begin(
        self,
        given: str,
        *,
        text: str | None = None,
        behind: str | None = None,
        note: str = "",
        selected: bool = False,
    ) -> None:
        """Edit `given`, or a draft `text` of it; undo restores the discarded text `behind`.

        A text that is `selected` is a suggestion, which is replaced by what is typed.
        """
        self._original = given
        self._suggested = text if selected else None
        self._discarded = behind
        self.area.soft_wrap = max(map(len, (text or given).split("\n")), default=0) <= WRAP_LIMIT
        self._checked_text, self._clean = None, False
        self.area.load_text(given if behind is None else behind)
        if behind is not None:
            self.put(given)
        self._loaded = self.area.text
        if text is not None:
            self.put(text)
        self._last_typed = self.area.text
        self.busy, self.problem, self.note = False, "", note
        self.area.move_cursor(self.area.document.end)
        if selected:
            self.area.select_all()
        self.release()
        self.show_status()

    def put(self, text: str) -> None:
        """Replace the whole text as one undo step."""
        self.area.history.checkpoint()
        self.area.replace(text, self.area.document.start, self.area.document.end)
        self.area.history.checkpoint()

    @property
    def text(self) -> str:
        """The text as typed; line ends that the field changed on loading count as unchanged."""
        typed = self.area.text
        return self._original if typed == self._loaded else typed

    @property
    def dirty(self) -> bool:
        """Whether the text differs from the original."""
        return self.text != self._original

    def submit(self, onward: Onward) -> None:
        """Submit the text as it is now; later keys are queued for the next text, if there will be one."""
        if self.busy:
            return
        self.busy = True
        if onward != "stay":
            self.area.pause_keys()
        self.post_message(SaveAsked(onward, self.text))

    def release(self, *, busy: bool = False) -> None:
        """Type the queued keys; `busy` says whether the text is still being saved."""
        self.busy = busy
        self.area.resume_keys()

    def take_focus(self) -> None:
        """Focus the field."""
        self.area.focus()

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        typed = self.area.text
        if typed != self._last_typed:
            self.problem = ""
            self._last_typed = typed
            self.post_message(Typed(self._original if typed == self._loaded else typed))
        self.show_status()

    def watch_busy(self, busy: bool) -> None:
        """Make the text read-only while it is being saved."""
        self.area.read_only = busy
        self.show_status()

    def watch_problem(self) -> None:
        """Update the status when the problem changes."""
        self.show_status()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the hints to the width."""
        self.show_status()

    def show_status(self, added: str | None = None) -> None:
        """Show whether the text is changed, its size, and what is wrong with it.

        `added` is all text that was added since the last call, None if that is unknown.
        """
        text = self.text
        if text != self._checked_text:
            self._clean = not contains_unsafe(added if self._clean and added is not None else text)
            self._checked_text = text
        lines = self.area.document.line_count
        count = f"{len(text)} characters" + (f", {plural(lines, 'line')}" if lines > 1 else "")
        mark = (
            ("saving…", "$text-warning")
            if self.busy
            else ("◌ suggested", "$text-accent")
            if text == self._suggested
            else ("● changed", "$text-warning")
            if text != self._original
            else ("unchanged", "$text-muted")
        )
        parts = [Content.assemble(mark), Content.assemble((count, "$text-muted"))]
        if not self._clean:
            parts.append(Content.assemble(("contains invisible characters", "$text-warning")))
        if self._discarded is not None and text == self._original:
            parts.append(Content.assemble(("ctrl+z brings back the cancelled text", "$text-muted")))
        if self.note:
            parts.append(Content.assemble((self.note, "$text-muted")))
        problem = self.problem or self._why_not(text) or ""
        if problem:
            parts = [Content.assemble((f"✗ {problem}", "$text-error")), *parts[:1]]
        self._update_status(Content(" · ").join(parts))

    def _update_status(self, status: Content) -> None:
        """Show a status; lay out again only if its length, and so perhaps its height, changed."""
        before, self._last_status = self._last_status, status
        if status != before:
            self._status.update(status, layout=status.cell_length != before.cell_length)
