"""The raw JSON of one item, to read and to copy."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.model.text import visible
from tui.presentation.item import Item, Text
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader


class RawScreen(Dialog[None]):
    """Shows JSON in a reader over the whole screen."""

    MANUAL = "reading#other-programs"
    BINDINGS = bindings("raw", actions={"raw.close": "close", "raw.copy": "copy"})

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """A title and the text."""
        with Vertical(classes="dialog full fit"):
            yield Static(visible(f"Raw · {self._title}"), classes="dialog-title", markup=False)
            yield Reader(id="raw", bare=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        reader = self.query_one(Reader)
        reader.show((Item("raw", "{}", "json", "muted", parts=(Text(self._text, "code"),)),), reset=True)
        reader.focus()

    def on_resize(self) -> None:
        """Use no more lines than the JSON has."""
        self.call_after_refresh(self.fit, self.query_one(Reader))

    def action_copy(self) -> None:
        """Copy all of the JSON."""
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied the JSON", markup=False)

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss()
