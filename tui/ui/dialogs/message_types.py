"""Choose the types of message to show: a checklist with counts."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.model.text import visible
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.check_list import CheckList
from tui.ui.widgets.footer import KeyLine


class TypesScreen(Dialog[frozenset[str] | None]):
    """Asks which types to show; returns the hidden ones."""

    MANUAL = "reading#less-and-more"
    BINDINGS = bindings("types", actions={"types.show": "show", "types.all": "every", "types.close": "close"})

    def __init__(self, counts: Mapping[str, int], hidden: frozenset[str]) -> None:
        super().__init__()
        self._counts, self._hidden = counts, hidden

    def compose(self) -> ComposeResult:
        """A title and the list."""
        with Vertical(classes="dialog"):
            yield Static("Message types to show", classes="dialog-title", markup=False)
            yield CheckList(id="types")
        yield KeyLine()

    def on_mount(self) -> None:
        """Check the types that are shown now."""
        self._fill(set(self._counts) - self._hidden)
        self.query_one(CheckList).focus()

    def _fill(self, checked: set[str]) -> None:
        width = max((len(str(count)) for count in self._counts.values()), default=1)
        rows = [(kind, Content(f"{count:>{width}}  {visible(kind)}")) for kind, count in self._counts.items()]
        self.query_one(CheckList).fill(rows, checked=checked)

    def action_show(self) -> None:
        """Return the types that are not checked."""
        shown = set(self.query_one(CheckList).checked)
        # A type that is hidden elsewhere and does not occur here stays hidden.
        self.dismiss((self._hidden - set(self._counts)) | (set(self._counts) - shown))

    def action_every(self) -> None:
        """Check all, or none if all are checked."""
        every = set(self._counts)
        self._fill(set() if set(self.query_one(CheckList).checked) == every else every)

    def action_close(self) -> None:
        """Close without changing anything."""
        self.dismiss(None)
