"""The lines around the messages: what else there is above them, and what the selected one is known by below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from tui.domain.text import visible
from tui.domain.times import absolute

if TYPE_CHECKING:
    from tui.domain.reading import Item


class ScopeLine(Horizontal):
    """Says how much of the conversation is not shown; a click shows it."""

    told = query_one("#scope-told", Static)
    hidden = query_one("#scope-hidden", Static)

    class Pressed(Message):
        """The user wants to see the rest."""

    def __init__(self) -> None:
        super().__init__(id="scope")
        self.display = False

    def compose(self) -> ComposeResult:
        """What there is left, what is hidden right."""
        yield Static("", id="scope-told", markup=False)
        yield Static("", id="scope-hidden", markup=False)

    def say(self, told: str, hidden: str) -> None:
        """Show both texts, or nothing at all where both are empty."""
        words = f"┄ {told}" if told else ""
        if words != str(self.told.content):
            self.told.update(Content(words), layout=False)
        if hidden != str(self.hidden.content):
            self.hidden.update(Content(hidden))
        self.display = bool(told or hidden)

    def on_click(self, event: events.Click) -> None:
        """Show the rest."""
        event.stop()
        self.post_message(self.Pressed())


class IdLine(Static):
    """Date and ids of the selected message, cut to the width."""

    def __init__(self) -> None:
        super().__init__("", id="ids", markup=False)

    def tell(self, item: Item | None) -> None:
        """Show what this item is known by."""
        words = [absolute(item.date)] if item is not None and item.date is not None else []
        if item is not None:
            words += [value if name == "id" else f"{name} {value}" for name, value in item.ids]
        self.update(Content(visible(" · ".join(words))), layout=False)
