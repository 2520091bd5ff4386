"""The time machine's rules: which steps there were, what their requests held, and the story of a label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.api.errors import NoAnswer
from tui.api.models import Message, Trace
from tui.backends.demo.records import Block
from tui.backends.demo.system_message import compile_system
from tui.domain.reading import Beside
from tui.domain.traces import MORE, Seen, Step, labels, seen, spans, steps, system_of, trace_items, untold

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
    found = steps([message(None, 9), message("a", 8), message("a", 7), message("b", 6), message("b", 5)])
    assert [(one.id, one.at) for one in found] == [
        ("b", NOW - timedelta(minutes=5)),
        ("a", NOW - timedelta(minutes=7)),
    ]


TEXT = "be terse"


@pytest.mark.parametrize(
    "request_json",
    [
        {"messages": [{"role": "system", "content": TEXT}, {"role": "user", "content": "x"}]},
        {"messages": [{"role": "developer", "content": [{"type": "text", "text": TEXT}]}]},
        {"input": [{"role": "developer", "content": TEXT}]},
        {"instructions": TEXT, "input": []},
        {"system": [{"type": "text", "text": "be "}, {"type": "text", "text": "terse"}], "messages": []},
        {"system": TEXT, "messages": [{"role": "user", "content": "x"}]},
        {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]},
    ],
)
def test_the_system_message_of_every_provider_is_found(request_json: dict[str, Any]) -> None:
    assert system_of(request_json) == TEXT


@pytest.mark.parametrize(
    "request_json", [{}, {"messages": []}, {"messages": [{"role": "user", "content": "x"}]}]
)
def test_a_request_without_one_is_told(request_json: dict[str, Any]) -> None:
    assert system_of(request_json) is None
    one = seen(Trace(request_json=request_json))
    assert one.memory is None
    assert "no system message" in one.why


def test_what_a_trace_does_not_say_is_not_guessed() -> None:
    assert seen(None).why == "no trace"
    assert seen(NoAnswer("gone")).why == "gone"
    other = Trace(request_json={}, call_type="summarization")
    assert "another call (summarization)" in seen(other).why
    plain = Trace(request_json={"messages": [{"role": "system", "content": "no memory here"}]})
    assert seen(plain).memory is None


def test_equal_values_in_a_row_are_one_span() -> None:
    order = tuple(step(name) for name in "edcba")
    read = {
        "e": seen(trace(1, human="Kim")),
        "d": seen(None),
        "c": seen(trace(3, human="Kim")),
        "b": seen(trace(4, human="Sam")),
        "a": seen(trace(5, persona="terse")),
    }
    found = spans("human", order, read)
    assert [(one.value, one.steps) for one in found] == [("Kim", 2), ("Sam", 1), (None, 1)]
    assert (found[0].since, found[0].until) == (NOW - timedelta(minutes=3), NOW - timedelta(minutes=1))
    assert found[2].why == "not in the system message"
    assert untold(order, read) == {"no trace": [order[1]]}


def test_labels_that_only_traces_still_name_come_last() -> None:
    read = [seen(trace(human="x", attic="y")), Seen(None, None, "no trace")]
    assert labels({"persona": "p", "human": "h"}, read) == ("persona", "human", "attic")


def test_the_story_of_a_label_has_differences_and_says_what_is_unread() -> None:
    order = (step("c", 1), step("b", 2), step("a", 3), step("z", 9))
    read = {"c": seen(trace(1, human="Kim")), "b": seen(trace(2, human="Sam")), "a": seen(None)}
    items = trace_items("human", "Ola", order, read, NOW)
    assert [item.key for item in items] == ["now", "span-c", "span-b", "untold-no trace", MORE]
    now, newest, oldest, untraced, more = items
    assert isinstance(now.parts[0], Beside)
    assert (now.parts[0].left.source, now.parts[0].right.source) == ("Kim", "Ola")
    assert isinstance(newest.parts[0], Beside)
    assert (newest.parts[0].left.source, newest.parts[0].right.source) == ("Sam", "Kim")
    assert "the oldest that was read" in oldest.head
    assert oldest.text == "Sam"
    assert "1 step of which the server kept no trace" in untraced.head
    assert "1 older step not read yet" in more.text


def test_a_label_that_is_gone_and_one_that_is_as_read() -> None:
    order = (step("a", 1),)
    read = {"a": seen(trace(1, human="Sam"))}
    assert trace_items("human", None, order, read, NOW)[0].word == "no block"
    same = trace_items("human", "Sam", order, read, NOW)[0]
    assert "as the model read it last" in same.head
