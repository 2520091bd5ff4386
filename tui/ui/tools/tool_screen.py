"""The base of the tools: a full-screen pane with a status line."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from tui.model.json_text import pretty_json
from tui.model.text import one_line, plural, visible
from tui.presentation.item import Item
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader

Copy = Callable[[str, str], None]
"""Copies a text (first) and reports it under a name (second)."""

READING = "tool"
"""The group of a tool's workers that read from the server."""


class ToolScreen(Dialog[None]):
    """A title, a status line and what the tool shows; escape stops reading first, then closes."""

    BINDINGS = bindings("tool", actions={"tool.close": "close"})

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        # No queries, here and in the tools: a response may still arrive while the tool closes.
        self._state = Static("", id="tool-state", markup=False)

    def compose(self) -> ComposeResult:
        """The frame around the tool's own pane."""
        with Vertical(classes="dialog full"):
            yield Static(visible(one_line(self._title, 200)), classes="dialog-title", markup=False)
            yield self._state
            yield from self.compose_tool()
        yield KeyLine()

    def compose_tool(self) -> ComposeResult:
        """The widgets below the status line."""
        yield from ()

    def show_status(self, words: str, *, trouble: bool = False) -> None:
        """Show the state of the tool in the status line."""
        self._state.set_class(trouble, "problem")
        self._state.update(Content(visible(words)))

    @property
    def busy(self) -> bool:
        """Whether the tool is reading."""
        return any(_reads(worker) for worker in self.workers)

    def action_close(self) -> None:
        """Stop reading, or close."""
        if self.busy:
            self.workers.cancel_group(self, READING)
            self.stopped()
        else:
            self.dismiss()

    def stopped(self) -> None:
        """Show the state after reading was stopped."""


class ReaderTool(ToolScreen):
    """A tool whose pane is a reader, with the keys that work in every reader."""

    BINDINGS = bindings(
        "reader-tool",
        actions={
            "tool.fold": "fold",
            "tool.raw": "raw",
            "tool.copy-id": "copy_id",
            "tool.copy-text": "copy_item",
        },
    )

    def __init__(self, title: str, copy: Copy, items: tuple[Item, ...] = (), words: str = "") -> None:
        super().__init__(title)
        self.copy = copy
        self._items = items
        self._words = words
        self.reader = Reader(id="tool")

    def compose_tool(self) -> ComposeResult:
        """The reader."""
        yield self.reader

    def on_mount(self) -> None:
        """Show the items, and begin to read."""
        self.reader.show(self._items, reset=True)
        self.show_status(self._words)
        self.reader.focus()
        self.begin()

    def begin(self) -> None:
        """Start reading, once mounted; tools extend this, since Textual calls the on_mount of every class."""

    def action_fold(self) -> None:
        """Fold or unfold the selected item."""
        self.reader.toggle_fold()

    def action_raw(self) -> None:
        """Show the selected item as JSON."""
        from tui.ui.dialogs.raw_json import RawScreen

        item = self.reader.item
        if item is not None and item.raw is not None:
            self.app.push_screen(RawScreen(item.word, pretty_json(item.raw)))
        else:
            self.notify("Nothing to show as raw JSON here", markup=False, timeout=4)

    def action_copy_id(self) -> None:
        """Copy the id of the selected item."""
        item = self.reader.item
        if item is not None:
            self.copy(item.copy_id, item.copy_id)

    def action_copy_item(self) -> None:
        """Copy the text of the selected item."""
        item = self.reader.item
        if item is not None:
            self.copy(item.copied, plural(len(item.copied), "character"))


def _reads(worker: Worker[object]) -> bool:
    return worker.group == READING and not worker.is_finished
