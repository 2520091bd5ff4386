"""Two texts for one summary or memory block: mine, theirs, or keep editing."""

from __future__ import annotations

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from tui.model.text import visible
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine

Answer = Literal["mine", "theirs"]


class ConflictScreen(Dialog[Answer | None]):
    """Shows both texts; returns "mine", "theirs", or None to keep editing."""

    MANUAL = "editing#conflicts"
    BINDINGS = bindings(
        "conflict",
        actions={
            "conflict.mine": "answer('mine')",
            "conflict.theirs": "answer('theirs')",
            "conflict.keep": "keep",
            "conflict.previous": "app.focus_previous",
            "conflict.next": "app.focus_next",
        },
    )

    def __init__(self, mine: str, theirs: str, *, written: bool, noun: str = "summary") -> None:
        super().__init__()
        self._mine, self._theirs, self._written, self._noun = mine, theirs, written, noun

    def compose(self) -> ComposeResult:
        """A heading, both texts, three answers."""
        explanation = (
            "Your text was saved, then somebody else overwrote it."
            if self._written
            else f"Somebody else changed this {self._noun} while you were editing. Nothing was written."
        )
        with Vertical(classes="dialog wide"):
            heading = "≠ Two summaries" if self._noun == "summary" else f"≠ Two texts of one {self._noun}"
            yield Static(heading, classes="dialog-title", markup=False)
            yield Static(explanation, markup=False)
            with Horizontal(id="texts"):
                for name, caption, text in (
                    ("mine", "Mine", self._mine),
                    ("theirs", "Theirs, on the server", self._theirs),
                ):
                    with Vertical(id=name):
                        yield Static(caption, classes="caption", markup=False)
                        with VerticalScroll(can_focus=False):
                            yield Static(visible(text) or "(empty)", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Keep editing", id="keep", compact=True, variant="primary")
                yield Button("Save mine", id="save-mine", compact=True)
                yield Button("Take theirs", id="take-theirs", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Focus the harmless answer."""
        self.query_one("#keep").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Return the answer of the pressed button."""
        answers: dict[str | None, Answer] = {"save-mine": "mine", "take-theirs": "theirs"}
        self.dismiss(answers.get(event.button.id))

    def action_answer(self, answer: Answer) -> None:
        """Return the answer of the pressed key."""
        self.dismiss(answer)

    def action_keep(self) -> None:
        """Return to the editor."""
        self.dismiss(None)
