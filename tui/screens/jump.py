"""Jump: every row and message in view gets a label, and typing the label goes there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.domain.jumping import labels
from tui.screens.base import MainState
from tui.widgets.key_line import KeyLine
from tui.widgets.line_view import LineView


@dataclass(frozen=True)
class Target:
    """One thing that can be gone to: where it stands on the screen, and what it is in which pane."""

    place: Offset
    pane: LineView
    index: int


class JumpScreen(ModalScreen[Target | None]):
    """Labels over what is shown; any other key goes back."""

    BINDINGS = [Binding("escape", "close", "Back", id="jump.close", tooltip="Stay where you are")]

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = dict(zip(labels(len(targets)), targets, strict=False))
        self._typed = ""

    def compose(self) -> ComposeResult:
        """A label over the first cells of each."""
        for label, target in self._targets.items():
            shown = Static(label, classes="jump", markup=False)
            shown.absolute_offset = target.place
            yield shown
        yield KeyLine()

    def on_key(self, event: events.Key) -> None:
        """Go on with a label, or leave it."""
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
        """Back."""
        self.dismiss(None)


class Jumping(MainState):
    """Goes to whatever is in view by typing its label."""

    def action_jump(self) -> None:
        """Label what is in view, and go where the label says."""
        targets = [target for pane in (self.list, self.detail.reader) for target in in_view(pane)]
        if targets:
            self.app.push_screen(JumpScreen(targets), self._land)

    def _land(self, target: Target | None) -> None:
        if target is not None:
            target.pane.focus()
            target.pane.jump(target.index)


def in_view(pane: LineView) -> Iterable[Target]:
    """What a pane shows now, top to bottom; nothing where it is hidden."""
    region = pane.region
    for line, index in pane.in_view() if region else ():
        yield Target(region.offset + Offset(0, line), pane, index)
