"""The size of a context over its life, with drops at compactions; gaps and slow tools, each counted once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.rules.histories import NOW, context, history
from tests.rules.test_context_window import LOST, of, size, system, used
from tui.model.message import Message
from tui.model.opened import Opened
from tui.rules.context_life import (
    MOST_WAITS,
    SizePoint,
    Wait,
    WaitKind,
    context_life,
    context_reading,
    longest,
    waits,
)
from tui.rules.context_window import context_window


def row(name: str, kind: str, at: float = 0, **fields: Any) -> Message:
    """A message so many seconds after NOW."""
    date = (NOW + timedelta(seconds=at)).isoformat()
    return Message.read({"id": name, "message_type": f"{kind}_message", "date": date, **fields})


def summary(name: str, at: float = 0, **stats: int) -> Message:
    """The summary of a compaction, as servers store it."""
    told = {"type": "system_alert", "message": "m" * 20, "compaction_stats": stats or None}
    return row(name, "user", at, content=json.dumps(told))


def life(messages: list[Message], in_context: list[str], counted: Any = None) -> tuple[SizePoint, ...]:
    """The life of a conversation with these messages, of which some are in context."""
    view = of(*messages)
    view = Opened(**{**vars(view), "context": context(in_context, tuple(messages))})
    window = context_window(view, counted)
    assert window is not None
    return context_life(view, history(tuple(messages)), window)


def test_it_grows_with_each_message_and_ends_with_what_is_used() -> None:
    messages = [system(human="h" * 40), *(row(name, "user", content="x" * 400) for name in "abc")]
    points = life(messages, ["s", "a", "b", "c"])
    sizes = [point.tokens for point in points]
    assert sizes == sorted(sizes)
    assert sizes[1] - sizes[0] == 100
    view = of(*messages)
    window = context_window(view, None)
    assert window is not None
    assert sizes[-1] == window.used


def test_a_compaction_is_a_step_down_to_what_it_kept() -> None:
    said = [row(name, "user", content="x" * 400) for name in "abcd"]
    points = life([*said, summary("s1"), row("e", "user", content="x" * 40)], ["s1", "d", "e"])
    (step,) = [at for at, point in enumerate(points) if point.compacted]
    assert points[step - 1].tokens == 400
    kept = 100 + -(-len(summary("s1").raw["content"]) // 4)
    assert abs(points[step].tokens - kept) <= 1
    assert abs(points[-1].tokens - points[step].tokens - 10) <= 2


def test_what_a_compaction_reports_is_taken_over_the_estimate() -> None:
    stats = {"context_tokens_before": 4376, "context_tokens_after": 812}
    points = life([row("a", "user", content="x"), summary("s", **stats), row("b", "user")], ["s", "b"])
    assert [point.tokens for point in points[1:3]] == [4376, 812]
    assert [point.measured for point in points] == [False, True, True, False]


def test_letta_codes_compaction_names_what_it_kept() -> None:
    said = [row(name, "user", content="x" * 400, row_id=name) for name in "abcd"]
    stats = {"tokens_before": 9000, "first_kept_entry_id": "c"}
    compaction = row("s", "summary", content="y" * 40, compaction_stats=stats)
    later = [row("e", "user", content="z" * 4), summary("s2"), row("f", "user")]
    points = life([*said, compaction, *later], ["s2", "f"])
    assert points[4] == SizePoint(9000, NOW, measured=True)
    assert points[5] == SizePoint(210, NOW, compacted=True)


def test_the_models_counts_are_points_of_their_own() -> None:
    messages = [row("a", "user", content="x" * 4), used("b", 5000), row("c", "user", content="x" * 40)]
    points = life(messages, ["a", "b", "c"])
    assert [(point.tokens, point.measured) for point in points] == [(1, False), (5000, True), (5010, False)]


def test_estimates_are_scaled_to_what_the_server_counts() -> None:
    messages = [row(name, "user", content="x" * 400) for name in "ab"]
    points = life(messages, ["a", "b"], size(messages=1000))
    assert [point.tokens for point in points] == [500, 1000]


def test_without_a_history_there_is_no_life_and_no_wait() -> None:
    reading = context_reading(of(row("a", "user", content="x")), LOST, LOST)
    assert (reading.life, reading.found, reading.longest) == ((), (), ())
    assert reading.window is not None
    assert reading.not_counted is LOST


KINDS = st.sampled_from(["user", "assistant", "summary", "tool_return", "system"])
ROWS = st.lists(st.tuples(KINDS, st.integers(0, 10**6), st.integers(-(10**6), 10**6)), max_size=20)


@given(ROWS, st.integers(0, 20))
def test_no_size_is_negative_and_the_last_is_that_of_now(rows: list[tuple[str, int, int]], kept: int) -> None:
    messages = [
        row(f"m{at}", kind, seconds, content="x" * (chars % 500))
        for at, (kind, chars, seconds) in enumerate(rows)
    ]
    ids = [message.id for message in messages][-kept:]
    for counted in (None, size(messages=77)):
        points = life(messages, ids, counted)
        assert all(point.tokens >= 0 for point in points)
        assert bool(points) == bool(messages)
        if points:
            view = Opened(**{**vars(of(*messages)), "context": context(ids, tuple(messages))})
            window = context_window(view, counted)
            assert window is not None
            assert points[-1].tokens == window.used


# waits


def call(name: str, at: float, tool: str = "search", kind: str = "tool_call") -> Message:
    calls = [{"name": tool, "arguments": "{}", "tool_call_id": f"call-{name}"}]
    return row(name, kind, at, tool_calls=calls)


def returned(name: str, at: float, of_call: str) -> Message:
    returns = [{"tool_call_id": f"call-{of_call}", "status": "success", "tool_return": "ok"}]
    return row(name, "tool_return", at, tool_returns=returns)


def found(*messages: Message) -> list[tuple[str, float, str]]:
    return [(wait.kind.value, wait.seconds, wait.message_id) for wait in waits(messages)]


def test_a_gap_is_between_two_messages_and_a_tools_time_is_none() -> None:
    told = found(row("a", "user", 0), row("b", "assistant", 59), call("c", 60), returned("d", 3660, "c"))
    assert told == [("tool", 3600, "d")]
    assert found(row("a", "user", 0), row("b", "user", 60)) == [("gap", 60, "b")]


def test_a_tool_that_waits_for_approval_is_not_slow() -> None:
    asks = call("c", 0, kind="approval_request")
    answer = row("y", "approval_response", 7200)
    assert found(asks, answer, returned("d", 7205, "c")) == [("gap", 7200, "y"), ("tool", 5, "d")]


def test_a_return_without_its_call_and_a_second_one_are_no_waits() -> None:
    assert found(call("c", 0), returned("d", 5, "c"), returned("e", 9, "c"), returned("f", 10, "x")) == [
        ("tool", 5, "d")
    ]


def test_messages_out_of_order_or_without_a_date_make_no_gap() -> None:
    undated = Message.read({"id": "b", "message_type": "user_message"})
    assert found(row("a", "user", 500), undated, row("c", "user", 0), row("d", "user", 510)) == []


@given(st.lists(st.tuples(st.sampled_from(WaitKind), st.integers(1, 10**6)), max_size=60))
def test_the_longest_of_each_kind_stay_in_order(given_waits: list[tuple[WaitKind, int]]) -> None:
    every = [
        Wait(kind, float(seconds), datetime(2026, 1, 1), "x", str(at))
        for at, (kind, seconds) in enumerate(given_waits)
    ]
    chosen = longest(every)
    assert [every.index(wait) for wait in chosen] == sorted(every.index(wait) for wait in chosen)
    for kind in WaitKind:
        of_kind = [wait for wait in every if wait.kind is kind]
        kept = [wait for wait in chosen if wait.kind is kind]
        assert len(kept) == min(MOST_WAITS, len(of_kind))
        left = [wait.seconds for wait in of_kind if wait not in kept]
        assert not left or max(left) <= min(wait.seconds for wait in kept)
