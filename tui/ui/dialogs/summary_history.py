"""The earlier summaries of a conversation, or values of a memory block, that were seen or written here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one
from textual.widgets import Static

from tui.flows.availability import READ_ONLY
from tui.model.text import visible
from tui.presentation.item import Item, Text, is_long
from tui.presentation.times import absolute, how_long_ago
from tui.rules.changes.undo import Entry, Line
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader


class SummariesScreen(Dialog[Entry | None]):
    """Lists texts, newest first; returns the one to restore, or None."""

    MANUAL = "editing#undo"
    BINDINGS = bindings(
        "summaries",
        actions={"summaries.choose": "choose", "summaries.fold": "fold", "summaries.close": "close"},
    )

    reader = query_one(Reader)

    def __init__(
        self,
        title: str,
        lines: tuple[Line, ...],
        now: datetime,
        *,
        readonly: bool,
        noun: str = "summary",
        many: str = "summaries",
    ) -> None:
        super().__init__()
        self._title, self._lines, self._now, self._readonly = title, lines, now, readonly
        self._noun, self._many = noun, many

    def compose(self) -> ComposeResult:
        """A title and the texts."""
        with Vertical(classes="dialog full fit"):
            yield Static(
                visible(f"{self._many.capitalize()} · {self._title}"), classes="dialog-title", markup=False
            )
            yield Reader(id="summaries")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        items = tuple(summary_items(self._lines, self._now))
        nothing = Item(
            "none",
            "·",
            "",
            "muted",
            parts=(Text(f"No {self._noun} has been seen or saved here yet.", "muted"),),
        )
        self.reader.show(items or (nothing,), reset=True)
        self.reader.focus()

    def on_resize(self) -> None:
        """Use no more lines than the summaries need."""
        self.call_after_refresh(self.fit, self.reader)

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: the current text cannot be restored, and none can be in read-only mode."""
        if action_id != "summaries.choose":
            return ""
        if self._line is None:
            return f"There is no {self._noun} to restore"
        if self._readonly:
            return READ_ONLY
        return f"This is the current {self._noun}" if self._line.current else ""

    @property
    def _line(self) -> Line | None:
        return self._lines[self.reader.selected] if self._lines else None

    def action_choose(self) -> None:
        """Restore the selected text."""
        if self.can("summaries.choose") and self._line is not None:
            self.dismiss(self._line.entry)

    def action_fold(self) -> None:
        """Fold or unfold the selected text."""
        self.reader.toggle_fold()

    def action_close(self) -> None:
        """Close without changing anything."""
        self.dismiss(None)


def summary_items(lines: tuple[Line, ...], now: datetime) -> Iterator[Item]:
    """Each text with the time it was seen or written, and whether it was changed since."""
    for index, line in enumerate(lines):
        entry = line.entry
        wrote = entry.kind == "written"
        facts = [how_long_ago(entry.at, now), absolute(entry.at)]
        facts += (
            ["current"] if line.current else ["changed by somebody else since"] if line.changed_since else []
        )
        part = Text(entry.text) if entry.text else Text("(empty)", "muted")
        yield Item(
            key=f"{len(lines) - index}",
            glyph="✎" if wrote else "○",
            word="written" if wrote else "seen",
            tone="accent" if wrote else "muted",
            head=" · ".join(facts),
            head_role="warning" if line.changed_since else "muted",
            preview=entry.text[:200],
            parts=(part,),
            folded=is_long(part),
            spaced=True,
        )
