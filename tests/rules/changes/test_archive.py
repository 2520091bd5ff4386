"""Archiving: what is sent, and what counts as done."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.supported import Feature, Support, Supported
from tui.rules.changes.archive import NOT_REPORTED, before
from tui.rules.changes.outcome import Done, Refused

FOUND: dict[Feature, Support] = {"archive": Support("yes")}
ARCHIVES, UNKNOWN = Supported(FOUND), Supported()


def read(**fields: object) -> Conversation:
    return Conversation.read({"id": "conv-1", **fields})


@pytest.mark.parametrize("archived", [True, False])
def test_a_server_that_reports_nothing_of_it_is_not_asked(archived: bool) -> None:
    assert before(archived, read(), UNKNOWN) == Refused(None, NOT_REPORTED)


@pytest.mark.parametrize(
    ("row", "supported"),
    [(read(archived=False), UNKNOWN), (read(archived=None), UNKNOWN), (read(), ARCHIVES)],
)
def test_a_row_that_is_not_archived_can_be(row: Conversation, supported: Supported) -> None:
    """A server that archives may leave out what is not set."""
    assert before(True, row, supported) is None
    assert before(False, row, supported) == Done(row, already=True)


def test_a_row_that_is_archived_can_be_unarchived() -> None:
    assert before(False, read(archived=True), UNKNOWN) is None
    assert before(True, read(archived=True), UNKNOWN) == Done(read(archived=True), already=True)
