"""Jump: every row and message in view gets a label, and typing the label goes there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.geometry import Offset

from tui.screens.base import MainState

if TYPE_CHECKING:
    from tui.screens.jump_labels import Target
    from tui.widgets.line_view import LineView


class Jumping(MainState):
    """Goes to whatever is in view by typing its label."""

    def action_jump(self) -> None:
        """Label what is in view, and go where the label says."""
        targets = [target for pane in (self.list, self.detail.reader) for target in in_view(pane)]
        if not targets:
            self.say("Nothing to go to is in view")
        else:
            from tui.screens.jump_labels import JumpScreen

            self.app.push_screen(JumpScreen(targets), self._land)

    def _land(self, target: Target | None) -> None:
        if target is not None:
            target.pane.focus()
            target.pane.jump(target.index)


def in_view(pane: LineView) -> Iterable[Target]:
    """What a pane shows now, top to bottom; nothing where it is hidden."""
    from tui.screens.jump_labels import Target

    region = pane.region
    for line, index in pane.in_view() if region else ():
        yield Target(region.offset + Offset(0, line), pane, index)
