"""The ways out of one finding, each explained; returns the id of the action to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one
from textual.widgets import Static

from tui.actions import action
from tui.model.text import plural, visible
from tui.presentation.item import Item, Text
from tui.presentation.ways_out import Described, Explained
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader

Copy = Callable[[str, str], None]
"""Copies a text (first) and reports it under a name (second)."""


class WaysOutScreen(Dialog[str | None]):
    """The ways out of a finding, best first; returns the id of the chosen action, which asks before it acts."""

    MANUAL = "tools#ways-out"
    BINDINGS = bindings("ways", actions={"ways.do": "do", "ways.copy": "copy_command", "ways.close": "close"})

    reader = query_one(Reader)

    def __init__(self, explained: Explained, copy: Copy) -> None:
        super().__init__()
        self._explained, self._copy = explained, copy

    def compose(self) -> ComposeResult:
        """A title and the ways out."""
        count = sum(way.is_way for way in self._explained.ways_out)
        finding = self._explained.finding
        name = f"{finding.word} · {finding.label}" if finding.label else finding.word
        with Vertical(classes="dialog full fit"):
            out = f"{plural(count, 'way')} out" if count else "Ways out"
            yield Static(visible(f"{out} · {name}"), classes="dialog-title", markup=False)
            yield Reader(id="ways-out")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        self.reader.show(tuple(way_items(self._explained.ways_out)), reset=True)
        self.reader.focus()

    def on_resize(self) -> None:
        """Use no more lines than the ways out need."""
        self.call_after_refresh(self.fit, self.reader)

    @property
    def _way(self) -> Described:
        return self._explained.ways_out[self.reader.selected]

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: not every way out is an action of the app, and not every one has a command."""
        way = self._way
        if action_id == "ways.do" and not way.action:
            return "The app doesn't do this: copy the command" if way.command else "Nothing to do here"
        return "There is no command for this" if action_id == "ways.copy" and not way.command else ""

    def action_do(self) -> None:
        """Return the action of the selected way out."""
        if self.can("ways.do"):
            self.dismiss(self._way.action)

    def action_copy_command(self) -> None:
        """Copy the command of the selected way out."""
        if self.can("ways.copy"):
            self._copy(self._way.command, "the command")

    def action_close(self) -> None:
        """Return to the findings."""
        self.dismiss(None)


def way_items(ways: tuple[Described, ...]) -> Iterator[Item]:
    """Each way out with its sentence, the action that does it, and its command."""
    for index, way in enumerate(ways):
        parts = [Text(way.sentence)]
        if way.command:
            parts.append(Text(way.command, "code"))
        yield Item(
            key=str(index),
            glyph="→" if way.is_way else "·",
            word=way.name,
            tone="accent" if way.is_way else "muted",
            head=f"in this app: {action(way.action).label}" if way.action else "",
            head_role="muted",
            parts=tuple(parts),
            copy_id=way.command,
            spaced=True,
        )
