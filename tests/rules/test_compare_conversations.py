"""Two conversations compared: common beginning, first difference, memory and model; by ids where they are shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.histories import NOW, history, opened, said
from tests.rules.histories import context as context_of
from tests.rules.memory.system_messages import Shown, plain
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.model.local_memory import LocalMemory
from tui.model.message import Message
from tui.model.opened import Context, Evidence, Opened
from tui.rules.compare_conversations import (
    ComparedConversations,
    FactDifference,
    Hunk,
    MemoryDifference,
    compare_conversations,
    content_key,
)

FAILED = NoResponse("Reading the history", server="letta.test")


def system(id: str = "system-1", **values: str) -> Message:
    """A compiled system message with these blocks in it."""
    text = f"You are x.\n{plain(Shown(label, value) for label, value in values.items())}\n"
    return Message.read({"id": id, "message_type": "system_message", "content": text})


def evidence(
    messages: Iterable[Message],
    *,
    before: Iterable[Message] = (),
    system_message: Message | None = None,
    **fields: Any,
) -> Evidence:
    """A conversation with these messages in context, and these before it."""
    first = system_message or system()
    rows = (first, *messages)
    context = context_of(list(dict.fromkeys(message.id for message in rows)), rows)
    return Evidence(replace(opened(context), **fields), history((*before, *rows)))


def compare(first: Iterable[Message], second: Iterable[Message]) -> ComparedConversations:
    return compare_conversations(evidence(first), evidence(second, system_message=system("system-2")))


def shape(compared: ComparedConversations) -> list[tuple[str, list[str], list[str]]]:
    return [
        ("same" if hunk.same else "differ", [m.id for m in hunk.first], [m.id for m in hunk.second])
        for hunk in compared.hunks
    ]


# messages


def test_a_fork_shares_the_beginning_by_its_ids_and_then_goes_its_own_way() -> None:
    shared = said("a", "b", "c")
    compared = compare((*shared, *said("d", start=5)), (*shared, *said("x", "y", start=6)))
    assert shape(compared) == [
        ("same", ["a", "b", "c"], ["a", "b", "c"]),
        ("differ", ["d"], ["x", "y"]),
    ]
    assert (compared.shared, compared.first_difference, compared.earlier) == (3, 1, None)
    assert compared.common is not None
    assert (compared.common.rows, compared.common.until) == (3, shared[-1].date)
    assert compared.differs


def test_a_fork_that_went_on_is_longer_and_nothing_else() -> None:
    shared = said("a", "b")
    compared = compare(shared, (*shared, *said("c")))
    assert shape(compared) == [("same", ["a", "b"], ["a", "b"]), ("differ", [], ["c"])]


def test_the_same_conversation_has_no_difference() -> None:
    compared = compare(said("a", "b"), said("a", "b"))
    assert not compared.differs
    assert (compared.first_difference, shape(compared)) == (None, [("same", ["a", "b"], ["a", "b"])])


def test_the_system_message_of_each_is_no_message_to_compare() -> None:
    compared = compare((), ())
    assert (compared.hunks, compared.common, compared.differs) == ((), None, False)


def test_messages_with_other_ids_are_the_same_if_they_say_the_same() -> None:
    ours = [{"id": f"m{n}", "message_type": "user_message", "content": text} for n, text in enumerate("abc")]
    theirs = [row | {"id": f"x{row['id']}", "date": "2026-01-01T00:00:00Z", "otid": "z"} for row in ours]
    theirs[2]["content"] = "other"
    compared = compare(map(Message.read, ours), map(Message.read, theirs))
    assert shape(compared) == [("same", ["m0", "m1"], ["xm0", "xm1"]), ("differ", ["m2"], ["xm2"])]
    assert compared.shared == 0


def test_a_fork_of_a_compacted_conversation_lacks_what_was_before_its_context() -> None:
    """It takes what is in context; the summary is stored after the messages that it precedes (measured)."""
    old, kept, summary = said("a", "b", "c"), said("d", "e", start=3), said("summary", start=5)
    source = Evidence(
        opened(context_of(["system-1", "summary", "d", "e"], (system(), *summary, *kept))),
        history((system(), *old, *kept, *summary)),
    )
    fork = Evidence(
        opened(
            context_of(
                ["system-2", "summary", "d", "e", "x"], (system("system-2"), *summary, *kept, *said("x"))
            )
        ),
        history((*summary, *kept, system("system-2"), *said("x"))),
    )
    compared = compare_conversations(source, fork)
    assert shape(compared) == [
        ("differ", ["a", "b", "c"], []),
        ("same", ["summary", "d", "e"], ["summary", "d", "e"]),
        ("differ", [], ["x"]),
    ]
    assert compared.earlier == compared.hunks[0]
    assert compared.common == compared.hunks[1]
    assert compared.first_difference == 2


def test_a_summary_that_was_evicted_since_stands_where_the_fork_has_it() -> None:
    kept, summary, later = said("d", "e"), said("one", start=5), said("two", start=9)
    source = Evidence(
        opened(context_of(["system-1", "two", "f"], (system(), *later, *said("f", start=7)))),
        history((system(), *kept, *summary, *said("f", start=7), *later)),
    )
    fork = evidence((*summary, *kept), system_message=system("system-2"))
    compared = compare_conversations(fork, source)
    assert shape(compared) == [("same", ["one", "d", "e"], ["one", "d", "e"]), ("differ", [], ["two", "f"])]


def test_without_anything_else_what_only_one_has_before_is_the_difference() -> None:
    compared = compare(said("a", "b", "c"), said("b", "c"))
    assert (compared.first_difference, compared.earlier) == (0, compared.hunks[0])


def test_conversations_without_a_common_beginning_have_none() -> None:
    compared = compare(said("a", "b"), said("x", "b"))
    assert (compared.common, compared.earlier, compared.first_difference) == (None, None, 0)
    assert shape(compared)[1] == ("same", ["b"], ["b"])


def test_parts_of_one_row_are_compared_one_by_one_and_counted_once() -> None:
    def row(id: str, *kinds: str) -> list[Message]:
        return [
            Message.read({"id": id, "message_type": f"{kind}_message", "content": kind}) for kind in kinds
        ]

    compared = compare(row("m1", "reasoning", "assistant"), row("m2", "reasoning", "tool_return"))
    assert [len(hunk.first) for hunk in compared.hunks] == [1, 1]
    assert Hunk(tuple(row("m1", "reasoning", "assistant")), (), same=False).rows == 1


def test_ids_of_files_are_unique_in_one_conversation_only() -> None:
    """Letta Code counts them from 1 in each."""
    ours = Message.read({"id": "ui-msg-1", "message_type": "user_message", "content": "tea"})
    theirs = Message.read({"id": "ui-msg-1", "message_type": "user_message", "content": "coffee"})
    local = LocalMemory(FAILED, FAILED)
    compared = compare_conversations(evidence([ours], local=local), evidence([theirs], local=local))
    assert shape(compared) == [("differ", ["ui-msg-1"], ["ui-msg-1"])]
    assert compare([ours], [theirs]).shared == 0


def test_where_a_history_cannot_be_read_only_what_is_in_context_is_compared() -> None:
    first = evidence(said("c"), before=said("a", "b"))
    second = replace(evidence(said("c"), system_message=system("system-2")), history=FAILED)
    for pair in ((first, second), (second, first)):
        compared = compare_conversations(*pair)
        assert (compared.whole, compared.differs) == (False, False)


def test_a_context_that_is_not_reported_is_no_hindrance() -> None:
    rows = (system(), *said("a", "b"))
    first = Evidence(opened(Context(None, rows)), history(rows))
    compared = compare_conversations(first, evidence(said("a", "b"), system_message=system("system-2")))
    assert shape(compared) == [("same", ["a", "b"], ["a", "b"])]


def message(kind: str, **fields: Any) -> Message:
    return Message.read({"id": "m", "message_type": f"{kind}_message", **fields})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            message("tool_call", tool_calls=[{"name": "f", "arguments": "{}", "tool_call_id": "1"}]),
            message("tool_call", tool_calls=[{"name": "f", "arguments": "{}", "tool_call_id": "2"}]),
            True,
        ),
        (
            message("tool_call", tool_call={"name": "f", "arguments": "{}"}),
            message("tool_call", tool_call={"name": "f", "arguments": '{"x": 1}'}),
            False,
        ),
        (
            message("tool_return", status="success", tool_return="x", tool_call_id="1"),
            message("tool_return", status="success", tool_return="x", tool_call_id="2"),
            True,
        ),
        (
            message("tool_return", status="success", tool_return="x"),
            message("tool_return", status="error", tool_return="x"),
            False,
        ),
        (
            message("approval_response", approvals=[{"approve": True, "tool_call_id": "1"}]),
            message("approval_response", approvals=[{"approve": False, "tool_call_id": "1"}]),
            False,
        ),
        (
            message("approval_response", approvals=[{"tool_return": "x", "status": "success"}]),
            message("approval_response", approvals=[{"tool_return": "y", "status": "success"}]),
            False,
        ),
        (message("reasoning", reasoning="a", signature="1"), message("reasoning", reasoning="a"), True),
        (message("user", content="a"), message("assistant", content="a"), False),
        (message("user", content=[{"type": "text", "text": "a"}]), message("user", content=[]), False),
        (message("hologram", channel=7, date="2026-01-01T00:00:00Z"), message("hologram", channel=7), True),
        (message("hologram", channel=7), message("hologram", channel=8), False),
        (message("hologram", channel={"[/foo]": [1]}), message("hologram", channel={"[/foo]": [1]}), True),
    ],
)
def test_what_a_message_says(one: Message, other: Message, same: bool) -> None:
    assert (content_key(one) == content_key(other)) is same


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_hunks_are_the_two_conversations_in_order_and_never_two_of_a_kind(
    ours: list[str], theirs: list[str]
) -> None:
    first, second = (
        [
            Message.read({"id": f"{side}{n}", "message_type": "user_message", "content": text})
            for n, text in enumerate(texts)
        ]
        for side, texts in (("a", ours), ("b", theirs))
    )
    compared = compare(first, second)
    assert [m.id for hunk in compared.hunks for m in hunk.first] == [m.id for m in first]
    assert [m.id for hunk in compared.hunks for m in hunk.second] == [m.id for m in second]
    for hunk in compared.hunks:
        texts = [[m.raw["content"] for m in side] for side in (hunk.first, hunk.second)]
        assert (texts[0] == texts[1]) is hunk.same
    assert compared.differs is (ours != theirs)


# memory and model


def block(label: str, value: str | None, id: str = "") -> Block:
    return Block(id=id or f"block-{label}-{value}", label=label, value=value)


def with_memory(
    compiled: dict[str, str], shared: dict[str, str | None], isolated: dict[str, str] | None = None
) -> Evidence:
    return evidence(
        (),
        system_message=system(**compiled),
        shared=tuple(block(name, value) for name, value in shared.items()),
        isolated=tuple(block(name, value, f"own-{name}") for name, value in (isolated or {}).items()),
    )


def test_memory_that_is_isolated_in_one_differs_as_stored() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Sam"})
    second = with_memory({"human": "Kim"}, {"human": "Sam"}, {"human": "Kim"})
    (found,) = compare_conversations(first, second).memory
    assert found == MemoryDifference("human", "stored", "Sam", "Kim", ("shared", "isolated"))


def test_the_models_can_read_other_values_of_the_same_block() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Kim"})
    second = with_memory({"human": "Kim"}, {"human": "Kim"})
    (found,) = compare_conversations(first, second).memory
    assert found == MemoryDifference("human", "model", "Sam", "Kim", ("shared", "shared"))


def test_a_stale_isolated_block_differs_in_both_ways() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Sam"})
    second = with_memory({"human": "old"}, {"human": "Sam"}, {"human": "new"})
    found = compare_conversations(first, second).memory
    assert [(one.of, one.first, one.second) for one in found] == [
        ("stored", "Sam", "new"),
        ("model", "Sam", "old"),
    ]


def test_a_label_that_only_one_agent_has() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Sam"})
    second = with_memory({}, {})
    (found,) = compare_conversations(first, second).memory
    assert found == MemoryDifference("human", "stored", "Sam", None, ("shared", "none"))


def test_memory_that_could_not_be_read_is_no_difference() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Sam"})
    for fields in ({"shared": FAILED}, {"isolated": (FAILED,)}, {"shared": (block("human", None),)}):
        second = Evidence(replace(with_memory({}, {}).opened, **fields), history(()))
        assert compare_conversations(first, second).memory == ()
        assert compare_conversations(second, first).memory == ()


def view(agent: dict[str, Any], **conversation: Any) -> Opened:
    found = opened(context_of([], ()))
    row = Conversation.read({"id": "conv-1", "agent_id": "agent-1", **conversation})
    return replace(found, agent=Agent.read({"id": "agent-1", **agent}), conversation=row)


def facts(first: Opened, second: Opened) -> list[FactDifference]:
    return list(compare_conversations(*(Evidence(one, history(())) for one in (first, second))).facts)


def test_the_model_is_that_of_the_conversation_else_of_the_agent() -> None:
    agent = {"model": "a/1", "name": "Ada"}
    assert facts(view(agent), view(agent, model="a/1")) == []
    assert facts(view(agent), view(agent, model="a/2")) == [FactDifference("model", "a/1", "a/2")]
    assert facts(view({}), view({}, model="a/2")) == []  # not reported is no difference


def test_agents_settings_limits_and_prompts_differ() -> None:
    first = view(
        {"name": "Ada", "system": "terse"}, model_settings={"temperature": 0.1}, context_window_limit=1
    )
    second = view(
        {"id": "agent-2", "name": "Bob", "system": "long"}, model_settings=None, context_window_limit=2
    )
    assert facts(first, second) == [
        FactDifference("agent", "Ada (agent-1)", "Bob (agent-2)"),
        FactDifference("model settings", '{\n  "temperature": 0.1\n}', None),
        FactDifference("context limit", "1", "2"),
        FactDifference("system prompt", "terse", "long"),
    ]
    assert facts(view({}), view({}, context_window_limit=2)) == []


def test_time_is_that_of_the_last_message_with_one() -> None:
    undated = Message.read({"id": "z", "message_type": "user_message", "content": "x"})
    assert Hunk((*said("a"), undated), (), same=False).until == NOW
    assert Hunk((undated,), (), same=False).until is None
