"""The filter of the list: typed words narrow it at once, and results of the server's search are added."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.widgets import Input

from tui.ui.bindings import bindings


class FilterLine(Input):
    """A line that appears on `/`; Enter goes to the first match, Escape clears and hides it."""

    BINDINGS = bindings(
        "filter", actions={"filter.accept": "accept", "filter.down": "accept", "filter.clear": "cancel"}
    )

    HELP = "Words of summaries or ids, in any order. `enter` goes to the list and keeps the filter."

    @dataclass
    class Narrowed(Message):
        """The words changed."""

        words: str

    class Accepted(Message):
        """The user goes to the list."""

    class Cancelled(Message):
        """The user wants the whole list again."""

    def __init__(self) -> None:
        super().__init__(
            placeholder="filter by summary or id", compact=True, id="filter", select_on_focus=False
        )
        self.display = False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Narrowed(event.value))

    def action_accept(self) -> None:
        """Keep the filter, leave the line."""
        self.post_message(self.Accepted())

    def action_cancel(self) -> None:
        """Clear the filter."""
        self.value = ""
        self.post_message(self.Cancelled())
