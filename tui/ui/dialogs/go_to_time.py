"""A prompt for a time to go to."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.presentation.times import absolute
from tui.presentation.typed_time import parse_time
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine

FORMS = "2026-11-22 14:30, 2026-11-22 or 14:30"


class MomentLine(Input):
    """The field; unlike that of an input, its enter key is shown in the footer."""

    BINDINGS = bindings("moment-field", actions={"moment.go": "submit"})


class GoToScreen(Dialog[datetime | None]):
    """Takes a date, a time of today, or both; shows how it is understood while the user types."""

    MANUAL = "reading#history"
    BINDINGS = bindings("moment", actions={"moment.close": "close"})

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        """The title, the field, and the time as understood."""
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
        """Return the time, if it is one."""
        when = parse_time(self.query_one(Input).value, self._now)
        if when is not None:
            self.dismiss(when)

    def action_close(self) -> None:
        """Close without moving."""
        self.dismiss(None)
