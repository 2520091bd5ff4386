"""What a creation made or left."""

from __future__ import annotations

import pytest

from tests.servers_known import known
from tui.model.conversation import Conversation
from tui.model.errors import KeyRefused, NoResponse, OutcomeUnknown, Rejected, ServerTrouble
from tui.model.supported import NOTHING_KNOWN, Feature, Supported
from tui.rules.changes.create import (
    Creation,
    Wanted,
    appeared_rows,
    before,
    not_taken,
    outcome,
    unknown_features,
)
from tui.rules.changes.outcome import Done, Refused, Unknown

SILENT = OutcomeUnknown("Creating: silent")
BAD_LABEL = Rejected("Creating: no such label", status=400)
BROKEN = ServerTrouble("Creating: broken", status=500)
REFUSED = KeyRefused("Creating: no", status=401)
UNREAD = NoResponse("Listing: nobody there")


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
    after: tuple[Conversation, ...] | NoResponse | None,
    expected: Creation,
) -> None:
    assert outcome(OLD, answer, after) == expected


def test_a_row_behind_a_known_one_is_not_new() -> None:
    assert appeared_rows(OLD, (row("new"), row("b"), row("older"))) == (row("new"),)


@pytest.mark.parametrize(
    ("wanted", "supported", "missing"),
    [
        (Wanted("s"), NOTHING_KNOWN, None),
        (Wanted(labels=("human",)), NOTHING_KNOWN, None),
        (Wanted(labels=("human",)), known(has=["isolate"]), None),
        (Wanted(labels=("human",)), known(lacks=["isolate"]), "isolate"),
        (Wanted(description="d"), NOTHING_KNOWN, "description"),
        (Wanted(description="d"), known(has=["description"]), None),
        (Wanted(model="a/b"), known(has=["description"]), "model"),
        (Wanted(hidden=True), known(lacks=["hidden"]), "hidden"),
        (Wanted(model="a/b", hidden=True), known(has=["model", "hidden"]), None),
    ],
)
def test_what_a_server_would_ignore_is_not_sent(
    wanted: Wanted, supported: Supported, missing: Feature | None
) -> None:
    """Labels are sent to a server of which nothing is known: what it isolated is read back."""
    refused = before(wanted, supported)
    assert (refused.missing if refused else None) == missing


def test_what_rows_can_still_show_is_worth_a_request() -> None:
    assert not unknown_features(Wanted("s"), NOTHING_KNOWN)
    assert unknown_features(Wanted(labels=("human",)), NOTHING_KNOWN)
    assert not unknown_features(Wanted(labels=("human",)), known(lacks=["isolate"]))
    assert unknown_features(Wanted(model="a/b", hidden=True), known(has=["model"]))


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ({}, ()),
        ({"description": "d", "model": "a/b", "hidden": True}, ()),
        ({"description": None, "model": "a/b"}, ("description",)),
        ({"description": "d", "model": "a/c", "hidden": False}, ("model", "hidden")),
    ],
)
def test_a_field_that_the_answer_reports_otherwise_was_not_taken(
    answer: dict[str, object], missing: tuple[Feature, ...]
) -> None:
    made = Conversation.read({"id": "conv-1"} | answer)
    assert not_taken(made, Wanted("s", (), "d", "a/b", True)) == missing
    assert not_taken(made, Wanted("s")) == ()
