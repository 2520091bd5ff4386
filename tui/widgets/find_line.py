"""The find line of the detail: words to look for, and which of how many matches is shown."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input, Static


class FindLine(Horizontal):
    """Appears on `/` in the detail; Enter goes to the first match, Escape clears and hides it."""

    BINDINGS = [
        Binding(
            "enter", "accept", "First match", id="find.accept", tooltip="To the first match from here on"
        ),
        Binding("down", "accept", "To the text", show=False, id="find.down", tooltip="Back to the text"),
        Binding("escape", "cancel", "Clear", id="find.clear", tooltip="Clear and close"),
    ]

    input = query_one(Input)
    state = query_one("#find-state", Static)

    @dataclass
    class Typed(Message):
        """Other words are looked for."""

        words: str

    class Accepted(Message):
        """The user goes on in the text."""

    class Cancelled(Message):
        """Nothing is looked for any more."""

    def __init__(self) -> None:
        super().__init__(id="find")
        self._told = ""
        self.display = False

    def compose(self) -> ComposeResult:
        """The words left, the count right."""
        yield Input(placeholder="find in all that is shown", compact=True, id="find-words")
        yield Static("", id="find-state", markup=False)

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.input.value

    def tell(self, state: str) -> None:
        """Say how many matches there are, and which is shown."""
        if state != self._told:
            self._told = state
            self.state.update(state)

    def open(self) -> None:
        """Show the line and type into it, over the words of the last time."""
        self.display = True
        self.input.focus()

    def close(self) -> None:
        """Hide the line and forget the words."""
        with self.prevent(Input.Changed):
            self.input.value = ""
        self.display = False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        """Go on in the text."""
        self.post_message(self.Accepted())

    def action_cancel(self) -> None:
        """Clear and close."""
        self.close()
        self.post_message(self.Cancelled())
