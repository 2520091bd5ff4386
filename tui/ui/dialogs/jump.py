"""Labels over the rows and items in view; typing a label goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.presentation.jump_labels import jump_labels
from tui.ui.bindings import bindings
from tui.ui.dialogs.styles import STYLES
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.line_view import LineView


@dataclass(frozen=True)
class Target:
    """One row or item to go to: its position on the screen, its pane, and its index there."""

    place: Offset
    pane: LineView
    index: int


class JumpScreen(ModalScreen[Target | None]):
    """Labels over what is shown; a key that is no label closes it."""

    CSS_PATH = STYLES
    BINDINGS = bindings("jump", actions={"jump.close": "close"})

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = dict(zip(jump_labels(len(targets)), targets, strict=False))
        self._typed = ""

    def compose(self) -> ComposeResult:
        """A label over the first cells of each target."""
        for label, target in self._targets.items():
            shown = Static(label, classes="jump", markup=False)
            shown.absolute_offset = target.place
            yield shown
        yield KeyLine()

    def on_key(self, event: events.Key) -> None:
        """Add a letter to the label, or close if no label starts like this."""
        if event.key == "escape":
            return
        event.stop()
        self._typed += event.character or " "
        if self._typed in self._targets:
            self.dismiss(self._targets[self._typed])
        elif not any(label.startswith(self._typed) for label in self._targets):
            self.dismiss(None)
        else:
            for shown, label in zip(self.query(".jump"), self._targets, strict=True):
                shown.display = label.startswith(self._typed)

    def action_close(self) -> None:
        """Close without moving."""
        self.dismiss(None)
