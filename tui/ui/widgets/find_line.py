"""The find line of the detail: words to look for, and which of how many matches is shown."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.ui.bindings import bindings


class FindLine(Horizontal):
    """Appears on `/` in the detail; Enter goes to the first match, Escape clears and hides it."""

    BINDINGS = bindings(
        "find", actions={"find.accept": "accept", "find.down": "accept", "find.clear": "cancel"}
    )

    _input: Input | None = None
    _state: Static | None = None

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
        self._last_state = ""
        self.display = False

    @property
    def words(self) -> str:
        """What is looked for."""
        return "" if self._input is None else self._input.value

    def tell(self, state: str) -> None:
        """Say how many matches there are, and which is shown."""
        if state != self._last_state and self._state is not None:
            self._last_state = state
            self._state.update(state)

    def open(self) -> None:
        """Show the line and type into it, over the words of the last time; it is made when it is first shown."""
        if self._input is None:
            self._input = Input(placeholder="find in all that is shown", compact=True, id="find-words")
            self._state = Static("", id="find-state", markup=False)
            self.mount(self._input, self._state)
        self.display = True
        self._input.focus()

    def close(self) -> None:
        """Hide the line and forget the words."""
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
        self.action_accept()

    def action_accept(self) -> None:
        """Go on in the text."""
        self.post_message(self.Accepted())

    def action_cancel(self) -> None:
        """Clear and close."""
        self.close()
        self.post_message(self.Cancelled())
