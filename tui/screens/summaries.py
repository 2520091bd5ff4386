"""The summaries that a conversation had, as far as they were seen or written here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.getters import query_one
from textual.widgets import Static

from tui.domain.undoing import Entry, Line
from tui.model.text import visible
from tui.presentation.item import Item, Text, is_long
from tui.presentation.times import absolute, how_long_ago
from tui.screens.dialog import Dialog
from tui.widgets.key_line import KeyLine
from tui.widgets.reader import Reader


class SummariesScreen(Dialog[Entry | None]):
    """Lists texts, newest first; answers the one to put back, or None."""

    BINDINGS = [
        Binding(
            "enter", "choose", "Put back", id="summaries.choose", tooltip="Save this text as the summary"
        ),
        Binding("space", "fold", "Fold", id="summaries.fold", tooltip="Fold or unfold"),
        Binding("escape,q,U", "close", "Back", id="summaries.close", tooltip="Leave everything as it is"),
    ]

    reader = query_one(Reader)

    def __init__(self, title: str, lines: tuple[Line, ...], now: datetime, *, readonly: bool) -> None:
        super().__init__()
        self._title, self._lines, self._now, self._readonly = title, lines, now, readonly

    def compose(self) -> ComposeResult:
        """A title and the texts."""
        with Vertical(classes="dialog full"):
            yield Static(visible(f"Summaries · {self._title}"), classes="dialog-title", markup=False)
            yield Reader(id="summaries")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        items = tuple(summary_items(self._lines, self._now))
        nothing = Item(
            "none", "·", "", "muted", parts=(Text("No summary was seen or written here yet.", "muted"),)
        )
        self.reader.show(items or (nothing,), anew=True)
        self.reader.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is put back over itself, or read-only."""
        if action == "choose":
            line = self._line
            return line is not None and not line.current and not self._readonly
        return True

    @property
    def _line(self) -> Line | None:
        return self._lines[self.reader.selected] if self._lines else None

    def action_choose(self) -> None:
        """Put the selected text back."""
        if self._line is not None:
            self.dismiss(self._line.entry)

    def action_fold(self) -> None:
        """Fold or unfold."""
        self.reader.toggle_fold()

    def action_close(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


def summary_items(lines: tuple[Line, ...], now: datetime) -> Iterator[Item]:
    """Each text with when it was seen or written, and what became of it."""
    for place, line in enumerate(lines):
        entry = line.entry
        wrote = entry.kind == "written"
        facts = [how_long_ago(entry.at, now), absolute(entry.at)]
        facts += ["now"] if line.current else ["changed by somebody else since"] if line.changed_since else []
        part = Text(entry.text) if entry.text else Text("(empty)", "muted")
        yield Item(
            key=f"{len(lines) - place}",
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
