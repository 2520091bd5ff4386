"""The base of every dialog: one key shows the keys that work in it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from tui.ui.bindings import bindings
from tui.ui.dialogs.modal import Modal

Answer = TypeVar("Answer")


class Dialog(Modal[Answer]):
    """A modal screen that returns a value and never touches its caller."""

    BINDINGS = bindings("dialog", actions={"dialog.help": "app.manual"})
    MANUAL: ClassVar[str] = "keys"
    """The page of the manual about this dialog, with the anchor of a section if one is about it."""

    def on_screen_resume(self) -> None:
        """Hide older toasts: they would cover the buttons, and the screen below still shows them."""
        self.call_later(self.app.call_later, self._hide_toasts)  # runs after Textual has added them

    def _hide_toasts(self) -> None:
        for toast in self.query("ToastHolder"):
            toast.display = False

    def why_not(self, action_id: str) -> str:
        """Return a sentence that says why an action of this dialog cannot be done now; "" if it can."""
        return ""

    def can(self, action_id: str) -> bool:
        """Whether an action can be done now; if not, show why."""
        reason = self.why_not(action_id)
        if reason:
            self.notify(reason, markup=False, timeout=4)
        return not reason
