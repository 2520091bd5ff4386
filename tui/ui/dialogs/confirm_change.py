"""The question before a change: opens at once, and shows what the change would do as soon as that is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tui.model.text import visible
from tui.presentation.changes.consequences import Consequences
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader

Prepare = Callable[[], Awaitable[Consequences | str]]
"""Returns what the change would do, or says why it cannot be made."""


class Preview(Reader):
    """What a change would do; its first difference is in view when it is shown, and after its size has changed."""

    def on_resize(self) -> None:
        """Bring the first difference into view, once the lines are laid out for the new size."""
        self.call_after_refresh(self.show_change)


class AskScreen(Dialog[bool | Literal["part"] | None]):
    """Shows what a change would do; the key that confirms it, or a part of it, is never the one that started it."""

    MANUAL = "changes"
    BINDINGS = bindings(
        "ask",
        actions={
            "ask.yes": "yes",
            "ask.force": "force",
            "ask.part": "part",
            "ask.again": "again",
            "ask.fold": "fold",
            "ask.no": "no",
            "ask.previous": "app.focus_previous",
            "ask.next": "app.focus_next",
        },
    )

    def __init__(self, title: str, prepare: Prepare) -> None:
        super().__init__()
        self._title, self._prepare = title, prepare
        self._question: Consequences | None = None
        self._reading = True
        # No queries: a response may still arrive while the dialog closes, when they would find nothing.
        self._words = Static("", id="ask-words", markup=False)
        self.reader = Preview(id="ask-items")
        self._yes = Button("", id="yes", compact=True)
        self._part = Button("", id="part", compact=True)
        self._yes.display = self._part.display = False
        self._box = Vertical(classes="dialog wide asking")

    def compose(self) -> ComposeResult:
        """The question, what it affects, and two answers, the harmless one first."""
        with self._box:
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield self._words
            yield self.reader
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="no", compact=True, variant="primary")
                yield self._yes
                yield self._part
        yield KeyLine()

    def on_mount(self) -> None:
        """Load the preview."""
        self.query_one("#no").focus()
        self.fill()

    @work(group="ask", exclusive=True)
    async def fill(self) -> None:
        """Load the preview of what the change would do, and show it."""
        words = self._words
        self._reading = True
        words.update("◌ loading the preview…")
        self.refresh_bindings()
        result = await self._prepare()
        self._reading = False
        if isinstance(result, Consequences):
            self._question = result
            words.update(visible(result.text))
            self._show(result)
        else:
            words.update(visible(f"✗ {result}"))
        self.refresh_bindings()

    def _show(self, question: Consequences) -> None:
        self._yes.label = question.confirm
        self._yes.display = True
        self._part.label = question.part
        self._part.display = bool(question.part)
        if question.items:
            self._box.add_class("-items")
            self.reader.show(question.items, reset=True)
            self.reader.focus()
            self.call_after_refresh(self._fit_items)

    def _fit_items(self) -> None:
        self.fit(self.reader)
        self.call_after_refresh(self.reader.show_change)

    def on_resize(self) -> None:
        """Fit the preview to the window."""
        self.call_after_refresh(self.fit, self.reader)

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: each question has its own key, and none works before the preview is shown."""
        question = self._question
        if action_id in ("ask.yes", "ask.force", "ask.part"):
            if question is None:
                return "The preview is still loading" if self._reading else "This cannot be done now"
            if action_id == "ask.part":
                return "" if question.part else "Use one of the keys shown below"
            fits = question.forced is (action_id == "ask.force")
            return "" if fits else "Use one of the keys shown below"
        if action_id == "ask.again" and (question is not None or self._reading):
            return "Nothing to retry"
        if action_id == "ask.fold" and (question is None or not question.items):
            return "Nothing to fold"
        return ""

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the answer of the pressed button."""
        if event.button.id == "part":
            self.action_part()
        else:
            self.dismiss(event.button.id == "yes" and self._question is not None)

    def action_yes(self) -> None:
        """Confirm the change."""
        if self.can("ask.yes"):
            self.dismiss(True)

    def action_force(self) -> None:
        """Confirm the change despite the warning."""
        if self.can("ask.force"):
            self.dismiss(True)

    def action_part(self) -> None:
        """Confirm only a part of the change."""
        if self.can("ask.part"):
            self.dismiss("part")

    def action_again(self) -> None:
        """Load the preview again."""
        if self.can("ask.again"):
            self.fill()

    def action_fold(self) -> None:
        """Fold or unfold the selected item."""
        if self.can("ask.fold"):
            self.reader.toggle_fold()

    def action_no(self) -> None:
        """Cancel: nothing is changed."""
        self.dismiss(None)
