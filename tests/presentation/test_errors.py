"""Which items are errors: what failed, what the check calls an error; and which of them is next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.histories import NOW
from tui.model.message import Message
from tui.presentation.errors import Stop, error_indexes, next_error, wrapped_text
from tui.presentation.item import Item
from tui.presentation.transcript import message_items
from tui.rules.check.finding import Finding, Kind, Severity


def items(*rows: dict[str, Any]) -> tuple[Item, ...]:
    return tuple(message_items(map(Message.read, rows), None, NOW))


def row(id: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "message_type": f"{kind}_message", **fields}


def call(id: str, *call_ids: str) -> dict[str, Any]:
    calls = [{"name": "search", "arguments": "{}", "tool_call_id": one} for one in call_ids]
    return row(id, "tool_call", tool_calls=calls)


def answers(id: str, **statuses: str) -> dict[str, Any]:
    results = [
        {"tool_call_id": one, "status": status, "tool_return": "x"} for one, status in statuses.items()
    ]
    return row(id, "tool_return", tool_returns=results)


def test_a_failed_tool_is_an_error_at_its_call_and_a_stray_return_at_itself() -> None:
    shown = items(call("m1", "a", "b"), answers("m2", a="success", b="error", c="error"))
    assert [item.failed for item in shown] == [False, True, True]
    assert [item.word for item in shown] == ["tool call", "tool call", "tool return"]
    assert error_indexes(shown, ()) == (1, 2)


def test_an_item_that_is_marked_as_an_error_says_why() -> None:
    failed, stopped, fine = items(
        row("m1", "assistant", content="x", is_err=True),
        row("m2", "assistant", content="", stop_reason="aborted"),
        row("m3", "assistant", content="x"),
    )
    assert (failed.failed, failed.head, failed.head_role) == (True, "✗ step failed", "error")
    assert (stopped.failed, stopped.head) == (True, "✗ stopped: aborted")
    assert (fine.failed, fine.head) == (False, "")


def test_an_error_of_the_check_is_one_and_a_warning_is_none() -> None:
    shown = items(call("m1", "a"), call("m2", "b"))
    findings = [
        Finding(Severity.WARNING, Kind.CALL, "x", key="m1#0.0"),
        Finding(Severity.ERROR, Kind.CALL, "x", key="m2#0.0"),
        Finding(Severity.ERROR, Kind.LOST, "x", tab="memory", key="m1#0.0"),
    ]
    assert error_indexes(shown, findings) == (1,)


@pytest.mark.parametrize(
    ("here", "step", "gone"),
    [
        (-1, 1, Stop(2, 1, False)),
        (2, 1, Stop(5, 2, False)),
        (3, 1, Stop(5, 2, False)),
        (9, 1, Stop(2, 1, True)),
        (9, -1, Stop(5, 2, False)),
        (2, -1, Stop(9, 3, True)),
        (-1, -1, Stop(9, 3, True)),
    ],
)
def test_the_next_error_is_around_the_end(here: int, step: int, gone: Stop) -> None:
    assert next_error((2, 5, 9), here, step) == gone


def test_without_errors_there_is_no_next() -> None:
    assert next_error((), 3, 1) is None
    assert next_error((3,), 3, 1) == Stop(3, 1, wrapped=True)


def test_going_around_the_end_is_said() -> None:
    assert wrapped_text("error", 3, 1) == "Wrapped around to the first of 3 errors"
    assert wrapped_text("difference", 3, -1) == "Wrapped around to the last of 3 differences"
    assert wrapped_text("error", 1, -1) == "This is the only error"
