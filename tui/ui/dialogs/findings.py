"""The findings of the context check, one item each; returns the finding to go to, or the action that repairs it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.model.text import plural, visible
from tui.presentation.item import Item, Text
from tui.presentation.ways_out import Explained
from tui.rules.check.finding import Finding, Severity
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.dialogs.ways_out import Copy, WaysOutScreen
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader

TONES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "muted"}
NO_FINDINGS = (
    "Every call has a return, no approval is pending, every id in context has a message, and the model reads each "
    "block as it is stored."
)


class FindingsScreen(Dialog[Finding | str | None]):
    """The findings of one conversation, the worst first; returns the chosen one, or the id of an action to run."""

    MANUAL = "tools#context-check"
    BINDINGS = bindings(
        "findings",
        actions={
            "findings.jump": "jump",
            "findings.ways-out": "ways_out",
            "findings.copy-ids": "copy_ids",
            "findings.close": "close",
        },
    )

    def __init__(self, title: str, findings: Sequence[Explained], copy: Copy) -> None:
        super().__init__()
        self._title, self._findings, self._copy = title, tuple(findings), copy

    def compose(self) -> ComposeResult:
        """A title and the findings."""
        count = plural(len(self._findings), "finding")
        with Vertical(classes="dialog full fit"):
            words = visible(f"Context check · {count} · {self._title}")
            yield Static(words, classes="dialog-title", markup=False)
            yield Reader(id="findings")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        items = tuple(_item(index, one.finding) for index, one in enumerate(self._findings))
        none = Item("none", "✓", "no findings", "assistant", parts=(Text(NO_FINDINGS),))
        reader = self.query_one(Reader)
        reader.show(items or (none,), reset=True)
        reader.focus()

    def on_resize(self) -> None:
        """Use no more lines than the findings need."""
        self.call_after_refresh(self.fit, self.query_one(Reader))

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: most need a finding."""
        needs_one = action_id in ("findings.jump", "findings.copy-ids", "findings.ways-out")
        return "No findings" if needs_one and not self._findings else ""

    @property
    def _chosen(self) -> Finding:
        return self._explained.finding

    @property
    def _explained(self) -> Explained:
        return self._findings[self.query_one(Reader).selected]

    def action_jump(self) -> None:
        """Return the selected finding."""
        if self.can("findings.jump"):
            self.dismiss(self._chosen)

    def action_ways_out(self) -> None:
        """Show the ways out of the selected finding; an action chosen there runs after both dialogs have closed."""
        if not self.can("findings.ways-out"):
            return

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self.dismiss(action_id)

        self.app.push_screen(WaysOutScreen(self._explained, self._copy), chosen)

    def action_copy_ids(self) -> None:
        """Copy the ids of the finding, one per line."""
        if not self.can("findings.copy-ids"):
            return
        ids = "\n".join(self._chosen.ids.values())
        if ids:
            self.app.copy_to_clipboard(ids)
        self.notify(
            f"Copied {plural(len(self._chosen.ids), 'id')}" if ids else "This finding has no ids",
            markup=False,
        )

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)


def _item(index: int, finding: Finding) -> Item:
    severity, tone = finding.severity, TONES[finding.severity]
    parts = [Text(finding.sentence)]
    if finding.ids:
        parts.append(Text("\n".join(finding.ids.values()), "muted"))
    return Item(
        key=str(index),
        glyph=severity.glyph,
        word=severity.value,
        tone=tone,
        title=finding.label,
        head=finding.word,
        head_role=tone,
        parts=tuple(parts),
        spaced=True,
    )
