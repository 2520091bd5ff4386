"""The base of all screens above the main screen: the stylesheet, how to quit, a size that fits the content."""

from __future__ import annotations

from typing import TypeVar

from textual.actions import SkipAction
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.ui.dialogs.styles import STYLES

Answer = TypeVar("Answer")


class Modal(ModalScreen[Answer]):
    """A modal screen; ctrl+c says how to quit here too, although the app's keys do not work in it."""

    CSS_PATH = STYLES

    def fit(self, pane: Widget) -> None:
        """Make a pane as high as its content, as far as the rest of its dialog leaves room."""
        box = pane.parent
        if isinstance(box, Widget) and box.is_mounted:
            others = (one for one in box.children if one is not pane and one.display)
            rest = box.gutter.height + sum(one.outer_size.height + one.styles.margin.height for one in others)
            most = (self.size.height - 1) * 9 // 10 - rest - pane.styles.margin.height
            pane.styles.max_height = max(3, most)

    def action_copy_text(self) -> None:
        """Copy the selection; without one, say how to quit."""
        try:
            super().action_copy_text()
        except SkipAction:
            self.app.action_help_quit()
