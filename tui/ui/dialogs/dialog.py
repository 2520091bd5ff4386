"""What every dialog has in common: the keys that work in it are a key away."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

from tui.ui.bindings import bindings, offered
from tui.ui.dialogs.styles import STYLES

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A modal screen that answers with a value and never touches its caller."""

    CSS_PATH = STYLES
    BINDINGS = bindings("dialog", actions={"dialog.help": "keys"})

    def on_screen_resume(self) -> None:
        """Lay remarks of before aside: they would stand over the answers, and still stand on the screen below."""
        self.call_later(self.app.call_later, self._hide_toasts)  # which is after Textual put them there

    def _hide_toasts(self) -> None:
        for toast in self.query("ToastHolder"):
            toast.display = False

    def action_keys(self) -> None:
        """The keys that work in this dialog."""
        from tui.ui.dialogs.help import HelpScreen

        self.app.push_screen(HelpScreen("", [one.binding for one in offered(self)]))

    def why_not(self, action_id: str) -> str:
        """Why an action of this dialog cannot be done now, in a sentence to show; "" where it can."""
        return ""

    def can(self, action_id: str) -> bool:
        """Whether an action can be done now; if not, why is shown."""
        reason = self.why_not(action_id)
        if reason:
            self.notify(reason, markup=False, timeout=4)
        return not reason
