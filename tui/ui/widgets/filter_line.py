"""The filter of the list: typed words narrow it at once, and results of the server's search are added."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from tui.rules.row_filter import NOTHING_KNOWN, completed_filter
from tui.ui.bindings import bindings


class Completion(Suggester):
    """Suggests a completion of the filter at the end of the line."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.known = NOTHING_KNOWN

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole line with its last filter completed, or None."""
        return completed_filter(value, self.known) or None


class FilterLine(Input):
    """A line that appears on `/`; Enter goes to the first match, Escape clears and hides it."""

    BINDINGS = bindings(
        "filter",
        actions={
            "filter.accept": "accept",
            "filter.complete": "complete",
            "filter.down": "accept",
            "filter.clear": "cancel",
        },
    )

    HELP = (
        "Words of summaries or ids, in any order, and filters: `is:untitled` `is:draft` `is:archived` `is:pinned` "
        "`is:isolated` `has:findings` `isolated:LABEL` `idle:>7d` `idle:<1h`; `agent:NAME` in the list of all "
        'agents. `-is:untitled` negates, `"is:text"` is text. `tab` or `right` accepts the dimmed completion, `enter` '
        "goes to the list and keeps the filter."
    )

    @dataclass
    class Narrowed(Message):
        """The filter changed."""

        words: str

    class Accepted(Message):
        """The user wants to go to the list."""

    class Cancelled(Message):
        """The user wants the whole list again."""

    def __init__(self) -> None:
        self.completion = Completion()
        super().__init__(
            placeholder="filter by words, or is:untitled idle:>7d",
            compact=True,
            id="filter",
            select_on_focus=False,
            suggester=self.completion,
        )
        self.display = False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Narrowed(event.value))

    def action_accept(self) -> None:
        """Keep the filter and leave the line."""
        self.post_message(self.Accepted())

    async def action_complete(self) -> None:
        """Accept the completion at the end of the line; without one, go to the next pane as usual."""
        completed = completed_filter(self.value, self.completion.known)
        if completed and self.cursor_position == len(self.value):
            self.value = completed
            self.cursor_position = len(completed)
        else:
            await self.run_action("screen.run('pane.next')")

    def action_cancel(self) -> None:
        """Clear the filter."""
        self.value = ""
        self.post_message(self.Cancelled())
