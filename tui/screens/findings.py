"""What the context check found, one item a finding; the answer is the one to go to."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.model.text import plural, visible
from tui.presentation.item import Item, Text
from tui.rules.check.finding import Finding, Severity
from tui.screens.dialog import Dialog
from tui.widgets.key_line import KeyLine
from tui.widgets.reader import Reader

TONES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "muted"}
SOUND = (
    "Every call has its return, no approval waits, every id in context has a message, and the model reads "
    "each block as it is."
)


class FindingsScreen(Dialog[Finding | None]):
    """The findings of one conversation, the worst first; returns the chosen one."""

    BINDINGS = [
        Binding("enter", "jump", "Go to it", id="findings.jump", tooltip="Show the item that this is about"),
        Binding("y", "copy_ids", "Copy ids", id="findings.copy-ids", tooltip="Copy the ids of this finding"),
        Binding(
            "escape,q,exclamation_mark",
            "close",
            "Back",
            id="findings.close",
            tooltip="Back to where you were",
        ),
    ]

    def __init__(self, title: str, findings: Sequence[Finding]) -> None:
        super().__init__()
        self._title, self._findings = title, tuple(findings)

    def compose(self) -> ComposeResult:
        """A title and the findings."""
        count = plural(len(self._findings), "finding")
        with Vertical(classes="dialog full"):
            words = visible(f"Context check · {count} · {self._title}")
            yield Static(words, classes="dialog-title", markup=False)
            yield Reader(id="findings")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the reader."""
        items = tuple(_item(place, finding) for place, finding in enumerate(self._findings))
        sound = Item("sound", "✓", "sound", "assistant", parts=(Text(SOUND),))
        reader = self.query_one(Reader)
        reader.show(items or (sound,), anew=True)
        reader.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A healthy conversation has nowhere to go."""
        return bool(self._findings) if action in ("jump", "copy_ids") else True

    @property
    def _chosen(self) -> Finding:
        return self._findings[self.query_one(Reader).selected]

    def action_jump(self) -> None:
        """Answer with the selected finding."""
        self.dismiss(self._chosen)

    def action_copy_ids(self) -> None:
        """Copy what the finding is about, an id a line."""
        ids = "\n".join(self._chosen.ids.values())
        if ids:
            self.app.copy_to_clipboard(ids)
        self.notify(f"Copied {plural(len(self._chosen.ids), 'id')}" if ids else "No id here", markup=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


def _item(place: int, finding: Finding) -> Item:
    severity, tone = finding.severity, TONES[finding.severity]
    parts = [Text(finding.sentence)]
    if finding.ids:
        parts.append(Text("\n".join(finding.ids.values()), "muted"))
    return Item(
        key=str(place),
        glyph=severity.glyph,
        word=severity.value,
        tone=tone,
        title=finding.label,
        head=finding.word,
        head_role=tone,
        parts=tuple(parts),
        spaced=True,
    )
