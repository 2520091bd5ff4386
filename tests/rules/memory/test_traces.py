"""Which steps there were, what memory their requests had, and the spans of a label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.backends.demo.records import Block
from tui.backends.demo.system_message import compile_system
from tui.model.errors import NoResponse
from tui.model.message import Message
from tui.model.trace import Trace
from tui.rules.memory.traces import (
    Step,
    StepMemory,
    all_labels,
    read_trace,
    spans,
    steps_of,
    steps_without_memory,
)
from tui.rules.provider_request import system_message_text

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def compiled_with(**values: str) -> str:
    blocks = [
        Block(f"block-{label}", label, value, "about it", 100_000, False, NOW)
        for label, value in values.items()
    ]
    return compile_system(
        "Be terse.", blocks, agent_id="agent-1", conversation_id="conv-1", at=NOW, earlier=3
    )


def trace(minutes: int = 0, **values: str) -> Trace:
    request = {"messages": [{"role": "system", "content": compiled_with(**values)}]}
    return Trace(request_json=request, created_at=NOW - timedelta(minutes=minutes), call_type="agent_step")


def step(name: str, minutes: int = 0) -> Step:
    return Step(name, NOW - timedelta(minutes=minutes))


def message(step_id: str | None, minutes: int) -> Message:
    return Message(id="m", step_id=step_id, date=NOW - timedelta(minutes=minutes))


def test_steps_are_each_named_once_the_newest_first() -> None:
    found = steps_of([message(None, 9), message("a", 8), message("a", 7), message("b", 6), message("b", 5)])
    assert [(one.id, one.at) for one in found] == [
        ("b", NOW - timedelta(minutes=5)),
        ("a", NOW - timedelta(minutes=7)),
    ]


@pytest.mark.parametrize(
    "request_json", [{}, {"messages": []}, {"messages": [{"role": "user", "content": "x"}]}]
)
def test_a_request_without_one_is_told(request_json: dict[str, Any]) -> None:
    assert system_message_text(request_json) is None
    one = read_trace(Trace(request_json=request_json))
    assert one.memory is None
    assert "no system message was found" in one.why


def test_what_a_trace_does_not_say_is_not_guessed() -> None:
    assert read_trace(None).why == "no trace"
    assert read_trace(NoResponse("gone")).why == "gone"
    other = Trace(request_json={}, call_type="summarization")
    assert "another call (summarization)" in read_trace(other).why
    plain = Trace(request_json={"messages": [{"role": "system", "content": "no memory here"}]})
    assert read_trace(plain).memory is None


def test_equal_values_in_a_row_are_one_span() -> None:
    order = tuple(step(name) for name in "edcba")
    read = {
        "e": read_trace(trace(1, human="Kim")),
        "d": read_trace(None),
        "c": read_trace(trace(3, human="Kim")),
        "b": read_trace(trace(4, human="Sam")),
        "a": read_trace(trace(5, persona="terse")),
    }
    found = spans("human", order, read)
    assert [(one.value, one.steps) for one in found] == [("Kim", 2), ("Sam", 1), (None, 1)]
    assert (found[0].since, found[0].until) == (NOW - timedelta(minutes=3), NOW - timedelta(minutes=1))
    assert found[2].why == "not in the system message"
    assert steps_without_memory(order, read) == {"no trace": [order[1]]}


def test_labels_that_only_traces_still_name_come_last() -> None:
    read = [read_trace(trace(human="x", attic="y")), StepMemory(None, None, "no trace")]
    assert all_labels({"persona": "p", "human": "h"}, read) == ("persona", "human", "attic")
