"""Which conversations a list shows, and when the server is asked for them."""

from __future__ import annotations

import pytest

from tui.model.conversation import Conversation
from tui.model.supported import Feature, Support, Supported
from tui.rules.archive_status import ArchiveStatus

UNARCHIVED, ARCHIVED, ALL = ArchiveStatus


def server(state: str) -> Supported:
    found: dict[Feature, Support] = {"archive": Support(state)}  # type: ignore[arg-type]
    return Supported(found)


def test_the_key_goes_round() -> None:
    assert [UNARCHIVED.next, ARCHIVED.next, ALL.next] == [ARCHIVED, ALL, UNARCHIVED]


@pytest.mark.parametrize(
    ("sent", "listed_by"),
    [
        ({"archived": True}, {ARCHIVED, ALL}),
        ({"archived": False}, {UNARCHIVED, ALL}),
        ({"archived": None}, {UNARCHIVED, ALL}),
        ({}, {UNARCHIVED, ALL}),
    ],
)
def test_what_is_not_reported_to_be_archived_is_not(
    sent: dict[str, object], listed_by: set[ArchiveStatus]
) -> None:
    row = Conversation.read({"id": "conv-1", **sent})
    assert {status for status in ArchiveStatus if status.lists(row)} == listed_by


@pytest.mark.parametrize("state", ["no", "unknown"])
def test_a_server_that_may_not_know_the_parameter_does_not_get_it(state: str) -> None:
    assert [status.to_request(server(state)) for status in ArchiveStatus] == [None, None, None]


def test_a_server_that_archives_is_asked_for_archived_ones() -> None:
    assert [status.to_request(server("yes")) for status in ArchiveStatus] == [None, "archived", "all"]
