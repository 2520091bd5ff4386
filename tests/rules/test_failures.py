"""What counts as a failure of a message, one case each."""

from __future__ import annotations

from typing import Any

import pytest

from tui.model.message import Message
from tui.rules.failures import FAILED_STOPS, count_failed_tools, is_failed_result, is_failure, why_failed


def message(kind: str, **fields: Any) -> Message:
    return Message.read({"id": "message-1", "message_type": f"{kind}_message", **fields})


@pytest.mark.parametrize(
    ("sent", "failure"),
    [
        (message("assistant", content="fine"), False),
        (message("assistant", content="x", is_err=True), True),
        (message("assistant", content="x", is_err=False), False),
        (message("assistant", content="x", is_err="true"), False),
        (message("assistant", content="x", stop_reason="stop"), False),
        (message("assistant", content="x", stop_reason="end_turn"), False),
        (message("assistant", content="x", stop_reason="cancelled"), False),
        (message("assistant", content="x", stop_reason="error"), True),
        (message("assistant", content="x", stop_reason="aborted"), True),
        (message("assistant", content="x", stop_reason={"error": 1}), False),
        (message("error", message="the provider is gone"), True),
        (message("approval_response", approvals=[{"approve": True}]), False),
        (message("approval_response", approvals=[{"approve": True}, {"approve": False}]), True),
        (message("approval_response", approve=False), True),
        (message("approval_response", approvals=[{"tool_return": "x", "status": "error"}]), True),
        (message("approval_response", approvals=[{"tool_return": "x", "status": "success"}]), False),
        (message("tool_return", status="error", tool_return="x"), False),
    ],
)
def test_a_message_is_a_failure_by_itself(sent: Message, failure: bool) -> None:
    """A failed result is not a failure of its message, which may have several results."""
    assert is_failure(sent) is failure


def test_every_failed_stop_is_named() -> None:
    for stop in FAILED_STOPS:
        assert why_failed(message("assistant", stop_reason=stop)) == f"stopped: {stop}"
    assert why_failed(message("assistant", is_err=True)) == "step failed"
    assert why_failed(message("assistant", stop_reason="[/foo]")) == ""


def test_a_result_is_a_success_or_failed() -> None:
    assert not is_failed_result({"status": "success"})
    assert is_failed_result({"status": "error"})
    assert is_failed_result({})


def test_tools_that_failed_are_counted_result_by_result() -> None:
    results = [{"status": "error"}, {"status": "success"}, {"status": "error"}]
    sent = (
        message("tool_return", tool_returns=results),
        message("tool_return", status="error", tool_return="x"),
        message("assistant", is_err=True),
        message("approval_response", approvals=[{"approve": False}]),
    )
    assert count_failed_tools(sent) == 3
    assert count_failed_tools(()) == 0
