"""What is said about a failed creation."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.errors import OutcomeUnknown, Rejected
from tui.presentation.changes.create import failure_text
from tui.rules.changes.outcome import Refused, Unknown

SILENT = OutcomeUnknown("Creating: silent")
BAD_LABEL = Rejected("Creating: no such label", status=400)


def row(name: str) -> Conversation:
    return Conversation(id=f"conv-{name}", agent_id="agent-1")


@pytest.mark.parametrize(
    ("creation", "text"),
    [
        (Refused(BAD_LABEL), "Creating: no such label"),
        (
            Refused(BAD_LABEL, appeared=(row("new"),)),
            "Creating: no such label\nThe server still left an empty conversation behind: conv-new",
        ),
        (
            Unknown(SILENT, appeared=None),
            "Creating: silent\nIt may have been created: the list cannot be read now to check.",
        ),
        (
            Unknown(SILENT, appeared=()),
            "Creating: silent\nThe list shows no new conversation: it was probably not created.",
        ),
        (
            Unknown(SILENT, appeared=(row("new"), row("other"))),
            "Creating: silent\nIt was probably created anyway: conv-new, conv-other is new in the list.",
        ),
    ],
)
def test_the_text_says_what_is_known(creation: Refused | Unknown, text: str) -> None:
    assert failure_text(creation) == text
