"""What is shown before a conversation is archived."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.presentation.changes.archive import consequences
from tui.presentation.changes.consequences import Consequences
from tui.rules.changes.archive import NOT_REPORTED


def test_a_server_that_never_reports_archived_is_not_asked() -> None:
    assert consequences(Conversation(id="conv-1")) == NOT_REPORTED


def test_an_archived_conversation_is_taken_out() -> None:
    shown = consequences(Conversation(id="conv-1", archived=True))
    assert isinstance(shown, Consequences)
    assert shown.confirm == "Take it out"
