"""What the tools share: a reader over the whole screen with a line that says how the reading stands."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from tui.model.json_text import pretty_json
from tui.model.text import one_line, plural, visible
from tui.presentation.item import Item
from tui.screens.dialog import Dialog
from tui.widgets.key_line import KeyLine
from tui.widgets.reader import Reader

Copy = Callable[[str, str], None]
"""Copies a text, which a remark calls by the name that comes second."""

READING = "tool"
"""The group of the workers that read for a tool."""

CLOSING: list[BindingType] = [
    Binding("escape,q", "close", "Back", id="tool.close", tooltip="Stop reading; a second time, back"),
]


class ToolScreen(Dialog[None]):
    """A title, a state line and whatever the tool shows; escape stops what is being read before it closes."""

    BINDINGS = CLOSING

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """The frame around the tool's own pane."""
        with Vertical(classes="dialog full"):
            yield Static(visible(one_line(self._title, 200)), classes="dialog-title", markup=False)
            yield Static("", id="tool-state", markup=False)
            yield from self.compose_tool()
        yield KeyLine()

    def compose_tool(self) -> ComposeResult:
        """What stands below the state line."""
        yield Reader(id="tool")

    def tell(self, words: str, *, trouble: bool = False) -> None:
        """Say in the state line how the tool stands."""
        state = self.query_one("#tool-state", Static)
        state.set_class(trouble, "problem")
        state.update(Content(visible(words)))

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return any(_reads(worker) for worker in self.workers)

    def action_close(self) -> None:
        """Stop reading, or leave."""
        if self.busy:
            self.workers.cancel_group(self, READING)
            self.stopped()
        else:
            self.dismiss()

    def stopped(self) -> None:
        """What is said once the reading was stopped."""


class ReaderTool(ToolScreen):
    """A tool whose pane is a reader, with the keys that work in every reader."""

    BINDINGS = [
        Binding("space", "fold", "Fold", id="tool.fold", tooltip="Fold or unfold what is selected"),
        Binding("x", "raw", "Raw JSON", id="tool.raw", tooltip="Raw JSON of what is selected"),
        Binding("y", "copy_id", "Copy id", id="tool.copy-id", show=False, tooltip="Copy the id of it"),
        Binding("Y", "copy_text", "Copy text", id="tool.copy-text", tooltip="Copy the text of it"),
    ]

    def __init__(self, title: str, copy: Copy, items: tuple[Item, ...] = (), words: str = "") -> None:
        super().__init__(title)
        self.copy = copy
        self._items = items
        self._words = words

    @property
    def reader(self) -> Reader:
        """The pane."""
        return self.query_one("#tool", Reader)

    def on_mount(self) -> None:
        """Show what there is already."""
        self.reader.show(self._items, anew=True)
        self.tell(self._words)
        self.reader.focus()
        self.begin()

    def begin(self) -> None:
        """What a tool reads as soon as it stands; Textual calls each class's on_mount, so this is the one to extend."""

    def action_fold(self) -> None:
        """Fold or unfold."""
        self.reader.toggle_fold()

    def action_raw(self) -> None:
        """The selected thing as JSON."""
        from tui.screens.raw import RawScreen

        item = self.reader.item
        if item is not None and item.raw is not None:
            self.app.push_screen(RawScreen(item.word, pretty_json(item.raw)))

    def action_copy_id(self) -> None:
        """The id of the selected thing."""
        item = self.reader.item
        if item is not None:
            self.copy(item.copy_id, item.copy_id)

    def action_copy_text(self) -> None:
        """The text of the selected thing."""
        item = self.reader.item
        if item is not None:
            self.copy(item.copied, plural(len(item.copied), "character"))


def _reads(worker: Worker[object]) -> bool:
    return worker.group == READING and not worker.is_finished
