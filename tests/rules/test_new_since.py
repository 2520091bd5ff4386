"""What changed between two readings of a conversation, and what only could not be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.transcript import transcript
from tui.rules.new_since import NewContent, new_since

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
LOST = NoResponse("Reading: nobody there")


def said(name: str, **fields: Any) -> Message:
    return Message.read({"id": name, "message_type": "user_message", "content": name, **fields})


def block(label: str, value: str) -> Block:
    return Block(id=f"block-{label}", label=label, value=value)


def opened(
    *messages: Message, shared: Any = (), isolated: Any = (), without_message: tuple[str, ...] = ()
) -> Opened:
    ids = tuple(dict.fromkeys([*(message.id for message in messages), *without_message]))
    seen = Context(ids, messages, without_message)
    return Opened(Conversation(id="conv-1"), Agent(id="agent-1"), NOW, seen, shared, isolated)


def test_a_message_that_came_and_one_that_was_rewritten_are_changes() -> None:
    before = opened(said("a"), said("b"))
    after = opened(said("a", content="other"), said("b"), said("c"))
    assert new_since(before, after) == NewContent(messages=frozenset({"a", "c"}))
    assert new_since(before, after).text == "2 new or rewritten"
    assert not new_since(before, before)


def test_what_left_the_context_is_no_change_of_what_is_shown() -> None:
    assert not new_since(opened(said("a"), said("b")), opened(said("b")))


def test_a_message_that_could_not_be_read_before_is_not_new() -> None:
    assert not new_since(opened(said("a"), without_message=("b",)), opened(said("a"), said("b")))


def test_a_call_is_marked_when_its_return_comes() -> None:
    call = Message.read(
        {"id": "m1", "message_type": "tool_call_message", "tool_call": {"name": "run", "tool_call_id": "c1"}}
    )
    answer = Message.read(
        {"id": "m2", "message_type": "tool_return_message", "tool_call_id": "c1", "tool_return": "ok"}
    )
    after = opened(call, answer)
    assert isinstance(after.context, Context)
    found = new_since(opened(call), after)
    assert [found.touches(item) for item in transcript(after.context, NOW)] == [True]


@pytest.mark.parametrize("kind", ["shared", "isolated"])
def test_a_block_with_another_value_is_a_change_of_its_label(kind: str) -> None:
    def with_human(value: str) -> Opened:
        blocks = block("human", value), block("persona", "Ada")
        return opened(shared=blocks) if kind == "shared" else opened(isolated=blocks)

    before, after = with_human("Robin"), with_human("Kim")
    assert new_since(before, after) == NewContent(labels=frozenset({"human"}))
    assert new_since(before, after).text == "1 block changed"


@pytest.mark.parametrize(("shared", "isolated"), [(LOST, ()), (LOST, None), ((), None), ((), (LOST,))])
def test_blocks_that_could_not_be_read_are_no_change(shared: Any, isolated: Any) -> None:
    whole = opened(shared=(block("human", "Robin"),))
    part = opened(shared=shared, isolated=isolated)
    assert not new_since(whole, part).labels
    assert not new_since(part, whole).labels


def test_messages_that_could_not_be_read_are_no_change() -> None:
    whole = opened(said("a"))
    assert not new_since(replace(whole, context=LOST), whole)
    assert not new_since(whole, replace(whole, context=LOST))


def test_another_conversation_is_no_change() -> None:
    other = replace(opened(said("b")), conversation=Conversation(id="conv-2"))
    assert not new_since(opened(said("a")), other)
