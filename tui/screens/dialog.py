"""What every dialog has in common: the keys that work in it are a key away."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from textual.binding import Binding
from textual.screen import ModalScreen

Answer = TypeVar("Answer")

STYLES = Path(__file__).with_name("dialogs.tcss")
"""The look of all dialogs, which a start does not wait for."""


class Dialog(ModalScreen[Answer]):
    """A modal screen that answers with a value and never touches its caller."""

    CSS_PATH = STYLES
    BINDINGS = [
        Binding("f1", "keys", "Help", id="dialog.help", show=False, tooltip="The keys that work here"),
    ]

    def on_screen_resume(self) -> None:
        """Lay remarks of before aside: they would stand over the answers, and still stand on the screen below."""
        self.call_later(self.app.call_later, self._lay_aside)  # which is after Textual put them there

    def _lay_aside(self) -> None:
        for remark in self.query("ToastHolder"):
            remark.display = False

    def action_keys(self) -> None:
        """The keys that work in this dialog."""
        from tui.screens.help import HelpScreen

        active = [found.binding for found in self.active_bindings.values() if found.enabled]
        self.app.push_screen(HelpScreen("", active))
