"""The preview of an undo or redo that would replace a text somebody else wrote."""

from __future__ import annotations

from tui.presentation.changes.consequences import Consequences
from tui.presentation.diff import CONTEXT
from tui.presentation.item import Item, SideBySide, Text
from tui.rules.changes.undo import Step


def consequences(step: Step, noun: str = "summary") -> Consequences:
    """Return what to show before a step replaces a text that somebody else wrote."""
    texts = SideBySide(
        Text(step.begun_from or "(empty)"),
        Text(step.text or "(empty)"),
        ("theirs, on the server", "the restored text"),
        marked=True,
        context=CONTEXT,
    )
    item = Item("texts", "≠", noun, "warning", head="changed by somebody else since", parts=(texts,))
    text = f"The current {noun} was not written here: somebody else changed it."
    return Consequences(text, "Restore it", (item,))
