"""The find line of the detail: the words to search for, the number of matches and the current one."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.ui.bindings import bindings


class FindField(Input):
    """The field; the keys are bound here, so that the footer names them."""

    BINDINGS = bindings(
        "find", actions={"find.accept": "submit", "find.down": "submit", "find.clear": "cancel"}
    )

    def action_cancel(self) -> None:
        """Clear and close."""
        self.post_message(FindLine.Cancelled())


class FindLine(Horizontal):
    """Appears on `/` in the detail; Enter goes to the first match, Escape clears and hides it."""

    _input: Input | None = None
    _state: Static | None = None

    @dataclass
    class Typed(Message):
        """The search text changed."""

        words: str

    class Accepted(Message):
        """The user wants to go to the text."""

    class Cancelled(Message):
        """The search was closed."""

    def __init__(self) -> None:
        super().__init__(id="find")
        self._last_state = ""
        self.display = False

    @property
    def words(self) -> str:
        """The search text."""
        return "" if self._input is None else self._input.value

    def show_matches(self, state: str) -> None:
        """Show how many matches there are, and which is the current one."""
        if state != self._last_state and self._state is not None:
            self._last_state = state
            self._state.update(state)

    def open(self) -> None:
        """Show and focus the line, whose parts are created on first use."""
        if self._input is None:
            self._input = FindField(placeholder="find in everything shown", compact=True, id="find-words")
            self._state = Static("", id="find-state", markup=False)
            self.mount(self._input, self._state)
        self.display = True
        self._input.focus()

    def close(self) -> None:
        """Hide the line and clear the field."""
        if self._input is not None:
            with self.prevent(Input.Changed):
                self._input.value = ""
        self.display = False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())
