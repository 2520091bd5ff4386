"""What fills a context: the parts add up to the whole, whoever counted, and nothing unknown is taken for 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.histories import NOW, context, read, said
from tui.backends.demo.records import Block
from tui.backends.demo.system_message import compile_system
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import ServerTrouble
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.model.trace import ContextSize
from tui.rules.context_window import (
    IMAGE_CHARS,
    CountedBy,
    Part,
    PartKind,
    context_limit,
    context_window,
    limit_counted,
    message_chars,
    split,
    tokens_used,
)

LOST = ServerTrouble("Reading the messages: the server failed", server="x", status=500)
SUMMARY = (
    '{"type": "system_alert", "message": "The following is a summary of the previous messages", "time": "x"}'
)
COUNTS = (
    "num_tokens_system",
    "num_tokens_core_memory",
    "num_tokens_memory_filesystem",
    "num_tokens_tool_usage_rules",
    "num_tokens_directories",
    "num_tokens_external_memory_summary",
    "num_tokens_summary_memory",
    "num_tokens_functions_definitions",
    "num_tokens_messages",
)


def system(**values: str) -> Message:
    """A system message with these values of memory."""
    blocks = [
        Block(f"block-{label}", label, value, "d", 100, read_only=False, created_at=NOW)
        for label, value in values.items()
    ]
    text = compile_system("Be brief.", blocks, agent_id="a", conversation_id="c", at=NOW, earlier=0)
    return Message.read({"id": "s", "message_type": "system_message", "content": text})


def of(*messages: Message, agent: Mapping[str, Any] | None = None, **fields: Any) -> Opened:
    """A conversation with these messages in context."""
    conversation = Conversation.read({"id": "conv-1", "agent_id": "agent-1", **fields})
    owner = Agent.read({"id": "agent-1", "model": "m", **(agent or {})})
    ids = [message.id for message in messages]
    return Opened(conversation, owner, NOW, context(ids, messages), (), ())


def size(limit: int = 1000, **counts: int) -> ContextSize:
    """The server's counts, which add up."""
    whole = {name: counts.get(name.removeprefix("num_tokens_"), 0) for name in COUNTS}
    sizes = {"context_window_size_max": limit, "context_window_size_current": sum(whole.values())}
    return ContextSize.read(whole | sizes)


def used(message: str, tokens: int, date: str = "2026-11-22T04:00:00Z") -> Message:
    """A message of Letta Code with the model's own count."""
    usage = {"input": tokens - 12, "output": 2, "cacheRead": 10, "cacheWrite": 0}
    row = {
        "id": message,
        "message_type": "assistant_message",
        "content": "Yes.",
        "usage": usage,
        "date": date,
    }
    return Message.read(row)


# splitting


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), max_size=30))
def test_what_is_split_adds_up_to_the_whole(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert len(parts) == len(weights)
    assert all(part >= 0 for part in parts)
    assert sum(parts) == (total if sum(weights) else 0)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9), st.integers(0, 1000))
def test_nothing_gets_more_than_its_share_rounded_up(weights: list[int], total: int) -> None:
    whole = sum(weights)
    for part, weight in zip(split(total, weights), weights, strict=True):
        assert not whole or part <= -(-total * weight // whole)


# how much of a message the model reads


@pytest.mark.parametrize(
    ("row", "chars"),
    [
        ({"message_type": "user_message", "content": "12345"}, 5),
        ({"message_type": "user_message", "content": [{"type": "text", "text": "123"}]}, 3),
        (
            {"message_type": "user_message", "content": [{"type": "image", "source": {"data": "A" * 9}}]},
            IMAGE_CHARS,
        ),
        ({"message_type": "user_message"}, 0),
        ({"message_type": "tool_call_message", "tool_calls": [{"name": "run", "arguments": "{}"}]}, 5),
        ({"message_type": "approval_request_message", "tool_call": {"name": "run", "arguments": "{}"}}, 5),
        ({"message_type": "tool_return_message", "tool_returns": [{"tool_return": "1234"}]}, 4),
        ({"message_type": "tool_return_message", "tool_return": "12"}, 2),
        ({"message_type": "approval_response_message", "approvals": [{"approve": False, "reason": "no"}]}, 2),
        ({"message_type": "reasoning_message", "reasoning": "I think"}, 0),
        ({"message_type": "reasoning_message", "reasoning": "I think", "signature": "x"}, 7),
        ({"message_type": "summary_message", "summary": "abc", "content": "abcdef"}, 6),
        ({"message_type": "summary_message", "summary": "abc"}, 3),
        ({"message_type": "hidden_reasoning_message", "state": "omitted"}, 0),
    ],
)
def test_only_what_a_model_reads_of_a_message_counts(row: dict[str, Any], chars: int) -> None:
    assert message_chars(Message.read({"id": "m", **row})) == chars


# limits


@pytest.mark.parametrize(
    ("conversation", "agent", "limit"),
    [
        ({}, {}, None),
        ({}, {"llm_config": {"context_window": 9}}, 9),
        ({"context_window_limit": 5}, {"llm_config": {"context_window": 9}}, 5),
        ({"model_settings": {"context_window_limit": 6}}, {"llm_config": {"context_window": 9}}, 6),
        ({}, {"model_settings": {"context_window_limit": 7}}, 7),
        ({"model": "other"}, {"llm_config": {"context_window": 9}}, None),
        ({"model": "m"}, {"llm_config": {"context_window": 9}}, 9),
        ({}, {"llm_config": {"context_window": -1}}, None),
        ({}, {"llm_config": {"context_window": "many"}}, None),
        ({}, {"llm_config": []}, None),
    ],
)
def test_the_limit_is_that_of_the_model_that_reads_the_context(
    conversation: dict[str, Any], agent: dict[str, Any], limit: int | None
) -> None:
    assert context_limit(of(agent=agent, **conversation)) == limit


def test_the_servers_limit_is_that_of_the_agents_model() -> None:
    counted = size(limit=1000, system=1)
    assert limit_counted(of(), counted) == 1000
    assert limit_counted(of(model="m"), counted) == 1000
    assert limit_counted(of(model="other"), counted) is None
    assert limit_counted(of(context_window_limit=5), counted) == 5
    assert limit_counted(of(agent={"llm_config": {"context_window": 9}}), size(limit=0)) == 9


# without a request


def test_without_a_count_the_tokens_are_estimated() -> None:
    view = of(*read([{"id": "a", "message_type": "user_message", "content": "x" * 9}]))
    assert tokens_used(view) == (3, CountedBy.ESTIMATE)


@pytest.mark.parametrize("held", [LOST, Context(None, said("a")), Context(("a",), said("a"), partial=True)])
def test_of_a_context_that_is_not_known_no_size_is_claimed(held: Any) -> None:
    view = of()
    assert tokens_used(Opened(**{**vars(view), "context": held})) is None


def test_the_models_count_is_taken_and_what_came_later_is_added() -> None:
    view = of(*said("a"), used("b", 400), *said("c", start=90))
    assert tokens_used(view) == (403, CountedBy.MODEL), "9 characters later"


def test_a_count_from_before_the_compaction_is_not_that_of_now() -> None:
    row = {"id": "s", "message_type": "summary_message", "content": "x" * 8, "date": "2026-11-22T05:00:00Z"}
    summary = Message.read(row)
    assert tokens_used(of(summary, used("kept", 9000))) == (3, CountedBy.ESTIMATE)
    later = used("new", 500, "2026-11-22T06:00:00Z")
    assert tokens_used(of(summary, used("kept", 9000), later)) == (500, CountedBy.MODEL)
    undated = Message.read({**row, "date": None})
    assert tokens_used(of(undated, used("kept", 9000))) == (3, CountedBy.ESTIMATE)


# the parts


def test_the_parts_of_an_estimate_are_prompt_labels_summary_and_messages_by_type() -> None:
    summary = Message.read({"id": "x", "message_type": "user_message", "content": SUMMARY})
    view = of(
        system(human="Sam" * 100, persona="P" * 40), summary, *said("a", "b"), *said("c", kind="assistant")
    )
    window = context_window(view, None)
    assert window is not None
    assert (window.counted_by, window.limit, window.free) == (CountedBy.ESTIMATE, None, None)
    named = {(part.kind, part.name): part for part in window.parts}
    assert named[PartKind.MEMORY, "human"].tokens == 75
    assert named[PartKind.MEMORY, "persona"].tokens == 10
    assert named[PartKind.SYSTEM, "system prompt"].tokens < 10
    assert named[PartKind.SUMMARY, "of earlier messages"].messages == 1
    assert named[PartKind.MESSAGES, "user_message"] == Part(PartKind.MESSAGES, "user_message", 5, 2)
    assert named[PartKind.MESSAGES, "assistant_message"].messages == 1
    total = tokens_used(view)
    assert total is not None
    assert abs(window.used - total[0]) <= len(window.parts), "each part is rounded up"


def test_the_servers_counts_are_kept_and_split_by_characters() -> None:
    view = of(system(human="Sam" * 100, persona="P" * 40), *said("a", "b"), *said("c", kind="assistant"))
    counted = size(
        system=10, core_memory=90, messages=31, functions_definitions=60, external_memory_summary=9
    )
    window = context_window(view, counted)
    assert window is not None
    assert (window.used, window.limit, window.free) == (200, 1000, 800)
    by_kind = {kind: sum(part.tokens for part in window.parts if part.kind is kind) for kind in PartKind}
    assert by_kind[PartKind.SYSTEM] == 10
    assert by_kind[PartKind.MEMORY] == 90
    assert by_kind[PartKind.METADATA] == 9
    assert by_kind[PartKind.MESSAGES] == 31
    assert by_kind[PartKind.TOOLS] == 60
    assert {part.name for part in window.parts if part.kind is PartKind.MESSAGES} == {
        "user_message",
        "assistant_message",
    }


def test_a_summary_that_the_server_does_not_recognize_is_one_of_its_messages() -> None:
    summary = Message.read({"id": "x", "message_type": "user_message", "content": SUMMARY})
    window = context_window(of(summary, *said("a")), size(messages=40))
    assert window is not None
    assert [part.kind for part in window.parts] == [PartKind.SUMMARY, PartKind.MESSAGES]
    assert window.used == 40


def test_a_server_that_counts_more_than_its_parts_has_a_rest_and_one_that_counts_less_is_not_believed() -> (
    None
):
    view = of(*said("a"))
    more = ContextSize.read(
        {"context_window_size_current": 50, "context_window_size_max": 100, "num_tokens_system": 9}
    )
    window = context_window(view, more)
    assert window is not None
    assert [(part.kind, part.tokens) for part in window.parts] == [(PartKind.SYSTEM, 9), (PartKind.REST, 41)]
    less = ContextSize.read(
        {"context_window_size_current": 5, "context_window_size_max": 0, "num_tokens_system": 9}
    )
    window = context_window(view, less)
    assert window is not None
    assert (window.used, window.limit) == (9, None)


def test_what_the_model_counted_beyond_the_parts_is_the_rest() -> None:
    window = context_window(of(*said("a"), used("b", 400)), None)
    assert window is not None
    assert (window.counted_by, window.used) == (CountedBy.MODEL, 400)
    assert window.parts[-1].kind is PartKind.REST


def test_a_context_that_is_not_reported_has_only_the_servers_parts() -> None:
    view = Opened(**{**vars(of()), "context": LOST})
    assert context_window(view, None) is None
    window = context_window(view, size(system=4, messages=6))
    assert window is not None
    assert [(part.kind, part.tokens) for part in window.parts] == [
        (PartKind.SYSTEM, 4),
        (PartKind.MESSAGES, 6),
    ]


TEXTS = st.text(max_size=60)
KINDS = st.sampled_from(["user", "assistant", "reasoning", "event", "hidden_reasoning", "summary"])
NUMBERS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 5000))


@given(
    st.lists(st.tuples(KINDS, TEXTS), max_size=12),
    st.dictionaries(st.sampled_from(COUNTS), NUMBERS),
    NUMBERS,
    NUMBERS,
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXTS, max_size=3),
)
def test_the_parts_add_up_whatever_a_server_counts(
    rows: list[tuple[str, str]],
    counts: dict[str, int | None],
    current: int | None,
    limit: int | None,
    values: dict[str, str],
) -> None:
    messages = [
        Message.read({"id": f"m{at}", "message_type": f"{kind}_message", "content": text, "reasoning": text})
        for at, (kind, text) in enumerate(rows)
    ]
    view = of(system(**values), *messages, agent={"llm_config": {"context_window": limit}})
    sizes = {"context_window_size_current": current or 0, "context_window_size_max": limit or 0}
    for counted in (None, ContextSize.read(counts | sizes)):
        window = context_window(view, counted)
        assert window is not None
        assert all(part.tokens >= 0 for part in window.parts)
        assert sum(window.shares) == (1000 if window.used else 0)
        if window.limit is not None:
            assert window.free is not None
            assert window.used + window.free == max(window.limit, window.used)
