"""What a creation made or left."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.errors import KeyRefused, NoAnswer, OutcomeUnknown, Rejected, ServerTrouble
from tui.rules.changes.create import Creation, appeared_rows, outcome
from tui.rules.changes.outcome import Done, Refused, Unknown

SILENT = OutcomeUnknown("Creating: silent")
BAD_LABEL = Rejected("Creating: no such label", status=400)
BROKEN = ServerTrouble("Creating: broken", status=500)
REFUSED = KeyRefused("Creating: no", status=401)
UNREAD = NoAnswer("Listing: nobody there")


def row(name: str) -> Conversation:
    return Conversation(id=f"conv-{name}", agent_id="agent-1")


OLD, NEW = (row("b"), row("a")), (row("new"), row("b"), row("a"))


@pytest.mark.parametrize(
    ("answer", "after", "expected"),
    [
        (row("new"), None, Done(row("new"))),
        (REFUSED, None, Refused(REFUSED)),
        (BAD_LABEL, NEW, Refused(BAD_LABEL, appeared=(row("new"),))),
        (BAD_LABEL, OLD, Refused(BAD_LABEL)),
        (BAD_LABEL, UNREAD, Refused(BAD_LABEL)),
        (BROKEN, NEW, Refused(BROKEN, appeared=(row("new"),))),
        (BROKEN, OLD, Refused(BROKEN)),
        (BROKEN, UNREAD, Unknown(BROKEN)),
        (SILENT, NEW, Unknown(SILENT, appeared=(row("new"),))),
        (SILENT, OLD, Unknown(SILENT, appeared=())),
        (SILENT, UNREAD, Unknown(SILENT)),
    ],
)
def test_the_outcome_follows_from_the_answer_and_the_list(
    answer: Conversation | KeyRefused,
    after: tuple[Conversation, ...] | NoAnswer | None,
    expected: Creation,
) -> None:
    assert outcome(OLD, answer, after) == expected


def test_a_row_behind_a_known_one_is_not_new() -> None:
    assert appeared_rows(OLD, (row("new"), row("b"), row("older"))) == (row("new"),)
