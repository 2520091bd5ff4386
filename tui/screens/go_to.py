"""A small prompt for a moment to go to."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.presentation.times import absolute
from tui.presentation.typed_time import parse_time
from tui.screens.dialog import Dialog
from tui.widgets.key_line import KeyLine

FORMS = "2026-11-22 14:30, 2026-11-22 or 14:30"


class MomentLine(Input):
    """The line; its own key is named in the line of keys, which a field's is not otherwise."""

    BINDINGS = [Binding("enter", "submit", "Go", id="moment.go", tooltip="To the first message from then on")]


class GoToScreen(Dialog[datetime | None]):
    """Takes a date, a time of today, or both; says what it understands while one types."""

    BINDINGS = [
        Binding("escape", "close", "Back", id="moment.close", tooltip="Stay where you are"),
    ]

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        """The question, the line, what it means."""
        with Vertical(classes="dialog"):
            yield Static("Go to a time", classes="dialog-title", markup=False)
            yield MomentLine(placeholder=FORMS, compact=True, id="moment")
            yield Static("", id="moment-state", classes="hint", markup=False)
        yield KeyLine()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        when = parse_time(event.value, self._now)
        words = absolute(when) if when else f"not a time yet: {FORMS}" if event.value else ""
        self.query_one("#moment-state", Static).update(words)

    @on(Input.Submitted)
    def _go(self) -> None:
        """Go, if it is a time."""
        when = parse_time(self.query_one(Input).value, self._now)
        if when is not None:
            self.dismiss(when)

    def action_close(self) -> None:
        """Stay."""
        self.dismiss(None)
