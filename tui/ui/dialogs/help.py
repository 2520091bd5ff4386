"""The keys that work where the focus is, derived from the bindings themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.presentation.item import Item, Text
from tui.ui.bindings import bindings
from tui.ui.dialogs.styles import STYLES
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader


def key_rows(usable: Iterable[Binding], shown: Callable[[Binding], str]) -> list[tuple[str, str]]:
    """The keys of each action, as they are `shown`, with what it does."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for binding in usable:
        if binding.description and (binding.id or binding.action == "command_palette"):
            keys.setdefault(binding.action, []).append(shown(binding))
            first.setdefault(binding.action, binding)
    return [(" ".join(keys[action]), one.tooltip or one.description) for action, one in first.items()]


class HelpScreen(ModalScreen[None]):
    """One line per key: what it does in the pane that had the focus."""

    CSS_PATH = STYLES
    BINDINGS = bindings("help", actions={"help.close": "close"})

    def __init__(self, words: str, usable: Iterable[Binding]) -> None:
        super().__init__()
        self._words, self._usable = words, list(usable)

    def compose(self) -> ComposeResult:
        """A title and the keys."""
        with Vertical(classes="dialog full"):
            yield Static("Keys here", classes="dialog-title", markup=False)
            yield Reader(id="keys")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        items = (
            [Item("words", "·", "this pane", "muted", parts=(Text(self._words.replace("`", "")),))]
            if self._words
            else []
        )
        items += [
            Item(str(number), " ", keys, "strong", parts=(Text(text),))
            for number, (keys, text) in enumerate(key_rows(self._usable, self.app.get_key_display))
        ]
        reader = self.query_one(Reader)
        reader.show(tuple(items), reset=True)
        reader.focus()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
