"""A fork up to one message: sent only to servers that can, and checked afterwards."""

from __future__ import annotations

import pytest

from tests.servers_known import known
from tui.model.conversation import Conversation
from tui.model.supported import NOTHING_KNOWN, Supported
from tui.rules.changes.fork import before, is_whole, shared_count
from tui.rules.changes.outcome import Refused

IDS = ("message-s", "message-1", "message-2")


@pytest.mark.parametrize("supported", [NOTHING_KNOWN, known(lacks=["fork-from-message"])])
def test_a_server_that_would_ignore_the_message_is_not_asked(supported: Supported) -> None:
    assert before("message-1", supported) == Refused(None, missing="fork-from-message")
    assert before(None, supported) is None
    assert before("message-1", known(has=["fork-from-message"])) is None


@pytest.mark.parametrize(
    ("ids", "whole"), [(None, False), ((), True), (IDS, True), (IDS[:2], False), (("message-new",), True)]
)
def test_a_fork_that_does_not_end_with_the_message_is_found_out(
    ids: tuple[str, ...] | None, whole: bool
) -> None:
    made = Conversation(id="conv-1", in_context_message_ids=ids)
    assert is_whole(made, "message-1") is whole


def test_what_is_shared_is_counted_behind_the_system_message() -> None:
    assert [shared_count(IDS, one) for one in (*IDS, "message-9")] == [0, 1, 2, None]
