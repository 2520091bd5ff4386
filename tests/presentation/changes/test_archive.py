"""What is shown before and after a conversation is archived or unarchived."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.errors import NotOffered, OutcomeUnknown, Rejected
from tui.presentation.changes.archive import consequences, outcome_text
from tui.rules.changes.archive import NO_CALL, Archiving
from tui.rules.changes.outcome import Done, Refused, Unknown

ROW = Conversation(id="conv-1")


def test_the_button_says_which_of_the_two_it_does() -> None:
    assert consequences(archived=True).confirm == "Archive it"
    assert consequences(archived=False).confirm == "Unarchive it"


@pytest.mark.parametrize(
    ("archived", "outcome", "text"),
    [
        (True, Done(ROW), "Archived"),
        (False, Done(ROW), "Unarchived"),
        (True, Done(ROW, already=True), "It is archived already"),
        (False, Done(ROW, already=True), "It isn't archived"),
        (True, Refused(Rejected("refused (409: locked)", status=409)), "Not archived: refused (409: locked)"),
        (False, Refused(NotOffered("no", status=405), NO_CALL), NO_CALL),
        (False, Unknown(OutcomeUnknown("silent")), "silent\nIt may or may not be unarchived"),
    ],
)
def test_each_outcome_is_said_for_what_it_is(archived: bool, outcome: Archiving, text: str) -> None:
    assert outcome_text(archived, outcome) == text
