"""A question before an action, confirmed by another key than the one that started it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tui.model.text import visible
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine


class ConfirmScreen(Dialog[bool | None]):
    """Shows what would happen; returns True only if the user confirms it."""

    MANUAL = "editing#saving"
    BINDINGS = bindings(
        "confirm",
        actions={
            "confirm.yes": "yes",
            "confirm.no": "no",
            "confirm.previous": "app.focus_previous",
            "confirm.next": "app.focus_next",
        },
    )

    def __init__(self, title: str, body: str, confirm_label: str) -> None:
        super().__init__()
        self._title, self._body, self._confirm_label = title, body, confirm_label

    def compose(self) -> ComposeResult:
        """The question and its two answers, the harmless one first."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield Static(visible(self._body), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="no", compact=True, variant="primary")
                yield Button(self._confirm_label, id="yes", compact=True)
        yield KeyLine()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Return the answer of the pressed button."""
        self.dismiss(event.button.id == "yes")

    def action_yes(self) -> None:
        """Return True."""
        self.dismiss(True)

    def action_no(self) -> None:
        """Return None: nothing is changed."""
        self.dismiss(None)
