"""What is shown before an undo replaces somebody else's summary."""

from __future__ import annotations

from tui.presentation.changes.undo import consequences
from tui.presentation.item import SideBySide, Text
from tui.rules.changes.undo import Step


def test_their_summary_stands_next_to_the_one_that_would_replace_it() -> None:
    shown = consequences(Step("undo", "", "theirs", foreign=True))
    captions = ("theirs, on the server", "the restored text")
    assert shown.items[0].parts == (
        SideBySide(Text("theirs"), Text("(empty)"), captions, marked=True, context=3),
    )
