"""The lines around the messages: how much is not shown above them, and the date and ids of the selected one below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tui.model.text import visible
from tui.presentation.times import absolute

if TYPE_CHECKING:
    from tui.presentation.item import Item


class ScopeLine(Widget):
    """Shows how much of the conversation is not shown; a click shows the rest."""

    shown = reactive("")
    hidden = reactive("")

    class Pressed(Message):
        """The user wants to see the rest."""

    def __init__(self) -> None:
        super().__init__(id="scope")
        self.display = False

    def show_scope(self, shown: str, hidden: str) -> None:
        """Show both texts, or hide the line if both are empty."""
        self.shown, self.hidden = shown, hidden
        self.display = bool(shown or hidden)

    def render(self) -> Content:
        """The scope on the left, what is hidden on the right."""
        hidden = Content.assemble(" ", (self.hidden, "$text-warning"), " ")
        room = max(0, self.size.width - hidden.cell_length)
        text = Content(f"┄ {self.shown}" if self.shown else "").truncate(room, ellipsis=True)
        return text.pad_right(room - text.cell_length) + hidden

    def on_click(self, event: events.Click) -> None:
        """Report that the user wants to see the rest."""
        event.stop()
        self.post_message(self.Pressed())


class IdLine(Static):
    """The date and ids of the selected message, cut to the width."""

    def __init__(self) -> None:
        super().__init__("", id="ids", markup=False)

    def show_item(self, item: Item | None) -> None:
        """Show the date and ids of this item."""
        words = [absolute(item.date)] if item is not None and item.date is not None else []
        if item is not None:
            words += [value if name == "id" else f"{name} {value}" for name, value in item.ids]
        self.update(Content(visible(" · ".join(words))), layout=False)
