"""What the comparisons of a save mean."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NoResponse, NotThere, OutcomeUnknown, Rejected, ServerTrouble
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown
from tui.rules.changes.save import SummaryChange, before, outcome

SILENT = OutcomeUnknown("Saving: silent")
BROKEN = ServerTrouble("Saving: broken", status=500)
REJECTED = Rejected("Saving: no", status=422)
UNREAD = NoResponse("Reading: nobody there")
GONE = NotThere("Reading: gone", status=404)


def row(summary: str | None) -> Conversation:
    return Conversation(id="conv-1", agent_id="agent-1", summary=summary)


def edit(text: str = "new", began_from: str | None = "old") -> SummaryChange:
    return SummaryChange("conv-1", "agent-1", began_from, text)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("old", None),
        ("new", Done(row("new"), already=True)),
        ("theirs", Conflict(row("theirs"), sent=False)),
        (None, Conflict(row(None), sent=False)),
    ],
)
def test_before_it_is_sent(stored: str | None, expected: Outcome[Conversation] | None) -> None:
    assert before(edit(), row(stored)) == expected


@pytest.mark.parametrize(
    ("answer", "now", "expected"),
    [
        (row("new"), row("new"), Done(row("new"))),
        (row("old"), row("new"), Done(row("new"))),
        (row("new"), row("theirs"), Conflict(row("theirs"), sent=True)),
        (row("new"), UNREAD, Done(row("new"))),
        (row("theirs"), UNREAD, Unknown(UNREAD)),
        (row("new"), GONE, Unknown(GONE)),
        (REJECTED, None, Refused(REJECTED)),
        (SILENT, row("new"), Done(row("new"))),
        (SILENT, row("old"), Unknown(SILENT)),
        (BROKEN, row("old"), Refused(BROKEN)),
        (BROKEN, row("theirs"), Conflict(row("theirs"), sent=True)),
        (BROKEN, UNREAD, Unknown(BROKEN)),
    ],
)
def test_after_it_was_sent(
    answer: Conversation | LettaError,
    now: Conversation | LettaError | None,
    expected: Outcome[Conversation],
) -> None:
    assert outcome(edit(), row("old"), answer, now) == expected


@pytest.mark.parametrize(
    ("began_from", "text", "dirty"),
    [
        ("a", "a", False),
        ("a", "b", True),
        (None, "", False),
        ("", "", False),
        ("a", "", True),
        (None, "a", True),
    ],
)
def test_an_edit_is_dirty_where_saving_would_change_something(
    began_from: str | None, text: str, dirty: bool
) -> None:
    assert edit(text, began_from).dirty is dirty
