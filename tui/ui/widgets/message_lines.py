"""The lines around the messages: facts and how much is not shown above, date and ids of the selected one below."""

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


DOT = " · "
MORE = " …"


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


class FactsLine(Widget):
    """Facts between dots, the most important first: of those that do not fit, none is shown in part."""

    words = reactive("")

    def render(self) -> Content:
        """As many facts as fit, but at least the beginning of the first."""
        shown = Content(self.words)
        if shown.cell_length > self.size.width:
            first, *parts = self.words.split(DOT)
            shown = Content(first)
            for part in parts:
                longer = Content(f"{shown.plain}{DOT}{part}")
                if longer.cell_length + len(MORE) > self.size.width:
                    break
                shown = longer
            shown += Content(MORE)
        return shown


class IdLine(Static):
    """The date and ids of the selected message, cut to the width: the beginning of an id is enough to find it."""

    def __init__(self) -> None:
        super().__init__("", id="ids", markup=False)

    def show_item(self, item: Item | None) -> None:
        """Show the date and ids of this item."""
        words = [absolute(item.date)] if item is not None and item.date is not None else []
        if item is not None:
            words += [value if name == "id" else f"{name} {value}" for name, value in item.ids]
        self.update(Content(visible(DOT.join(words))), layout=False)
