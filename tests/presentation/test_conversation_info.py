"""What is known of a conversation, in the words that the user reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import NoResponse
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.conversation_info import (
    NOT_REPORTED,
    NOT_SET,
    facts_line,
    first_user_words,
    info_items,
    model_name,
    title,
    title_of,
)
from tui.presentation.item import Item
from tui.rules.view_state import Failed, Loading, View

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
ID = "conv-0fbd9bcd-5e11-4b11-9b29-6f2f3d5f8a11"
ADA = Agent(id="agent-1", name="Ada", model="openai/gpt-4.1")
LOST = NoResponse("Reading the messages: nobody there")


def conversation(**fields: Any) -> Conversation:
    return Conversation.read(
        {"id": ID, "agent_id": "agent-1", "created_at": (NOW - timedelta(hours=3)).isoformat(), **fields}
    )


def user(content: object) -> Message:
    return Message.read({"id": "message-1", "message_type": "user_message", "content": content})


def part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


IMAGE = {"type": "image", "source": {"type": "letta", "media_type": "image/png"}}
REMINDER = "<system-reminder>\nToday is Saturday.\n</system-reminder>"


def opened(**changes: Any) -> Opened:
    plain = Opened(conversation(), Agent(id="agent-1", name="Ada"), NOW, Context((), ()), (), ())
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (conversation(summary="Weekly report"), "Weekly report"),
        (conversation(summary="two\nlines"), "two ⏎ lines"),
        (conversation(summary=""), "untitled · conv-0fbd9bcd…"),
        (conversation(summary=" \n\t"), "untitled · conv-0fbd9bcd…"),
        (conversation(), "untitled · conv-0fbd9bcd…"),
        (conversation(description="About\nbuilds ✂\ufe0f"), "untitled · About ⏎ builds ✂"),
        (conversation(summary="Weekly report", description="About builds"), "Weekly report"),
        (conversation(description=" "), "untitled · conv-0fbd9bcd…"),
        (conversation(description=7), "untitled · conv-0fbd9bcd…"),
        (Conversation(id=DEFAULT), "default conversation"),
        (Conversation(id=DEFAULT, summary="About\nRobin"), "default conversation · About ⏎ Robin"),
    ],
)
def test_a_title_is_the_summary_or_says_that_there_is_none(row: Conversation, shown: str) -> None:
    assert title(row) == shown


def test_an_untitled_one_is_told_by_its_first_words() -> None:
    assert title(conversation(), '"why does the build fail"') == 'untitled · "why does the build fail"'
    read = opened(context=Context(None, (user("why does the build fail"),)))
    assert title_of(read) == 'untitled · "why does the build fail"'


def test_a_description_comes_before_the_first_words() -> None:
    assert title(conversation(description="About builds"), '"why"') == "untitled · About builds"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ((user("why does\nthe build fail"), user("later")), '"why does ⏎ the build fail"'),
        ((user('{"type": "login"}'), user("hello")), '"hello"'),
        ((user([part("what is"), IMAGE, part("this?")]), user("later")), '"what is ⏎ this?"'),
        ((user([IMAGE]), user("hello")), '"hello"'),
        ((user([part(REMINDER), part("fix the build")]),), '"fix the build"'),
        ((user(f"{REMINDER}\nfix the build {REMINDER}"),), '"fix the build"'),
        ((user([part(REMINDER)]), user([part('{"type": "login"}')]), user("hello")), '"hello"'),
        ((user("✂\ufe0f cut"),), '"✂ cut"'),
        ((Message.read({"message_type": "system_message", "content": "Be kind"}),), ""),
        ((user("x" * 100),), f'"{"x" * 59}…"'),
        ((), ""),
    ],
)
def test_the_stand_in_is_what_the_user_said_first(messages: tuple[Message, ...], words: str) -> None:
    assert first_user_words(opened(context=Context(None, messages))) == words


def test_unread_messages_give_no_stand_in() -> None:
    assert first_user_words(opened(context=LOST)) == ""


def test_the_gauge_stands_with_the_count_and_without_a_limit_behind_the_memory() -> None:
    line = facts_line(opened(), NOW, gauge="▇▇▇▇▁ 62 %")
    assert line.startswith("0 in context ▇▇▇▇▁ 62 % · no isolated blocks · created")
    line = facts_line(opened(), NOW, gauge="4.1 k tokens, limit not reported")
    assert line.startswith("0 in context · no isolated blocks · 4.1 k tokens, limit not reported · created")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "0 in context · no isolated blocks · created 3 h ago · conv-0fbd9bcd…"),
        (
            {"context": Context(("a", "b"), ()), "isolated": None},
            "2 in context · isolated blocks not reported · created 3 h ago · conv-0fbd9bcd…",
        ),
        (
            {"context": LOST},
            "messages unreadable · no isolated blocks · created 3 h ago · conv-0fbd9bcd…",
        ),
        (
            {"context": Context(None, ())},
            "in context: not reported · no isolated blocks · created 3 h ago · conv-0fbd9bcd…",
        ),
        (
            {"conversation": conversation(archived=True)},
            "archived · 0 in context · no isolated blocks · created 3 h ago · conv-0fbd9bcd…",
        ),
        (
            {"conversation": Conversation(id=DEFAULT)},
            "0 in context · shared blocks only · default",
        ),
    ],
)
def test_the_line_above_the_panes_says_what_is_known(changes: dict[str, Any], line: str) -> None:
    assert facts_line(opened(**changes), NOW) == line


def test_the_line_tells_how_many_isolated_blocks_differ() -> None:
    own, shared = Block(id="b1", label="human", value="mine"), Block(id="b2", label="human", value="theirs")
    line = facts_line(opened(isolated=(own,), shared=(shared,)), NOW)
    assert "1 isolated" in line
    assert "1 differs" in line


def by_key(found: tuple[Item, ...]) -> dict[str, Item]:
    keyed = {item.key: item for item in found}
    assert len(keyed) == len(found)
    return keyed


def test_every_field_is_there_with_what_the_server_did_not_say() -> None:
    facts = by_key(info_items(opened(), NOW))
    assert {f"conversation-{name}" for name in Conversation.readers} <= set(facts)
    assert facts["conversation-id"].text == ID
    assert facts["conversation-id"].copy_id == ID
    assert facts["conversation-summary"].text == NOT_REPORTED
    assert facts["conversation-created_at"].text == "2026-03-14 06:26:53 UTC  (3 h ago)"
    assert facts["conversation-created_at"].copy_id == "2026-03-14T06:26:53+00:00"
    assert facts["agent-name"].text == "Ada"
    assert "agent-id" not in facts, "it is that of the conversation"
    assert facts["read-at"].text == "2026-03-14 09:26:53 UTC"


@pytest.mark.parametrize(
    ("fields", "key", "text"),
    [
        ({"summary": ""}, "summary", "(empty)"),
        ({"isolated_block_ids": []}, "isolated_block_ids", "none"),
        ({"isolated_block_ids": ["b1", "b2"]}, "isolated_block_ids", "b1\nb2"),
        ({"archived": False}, "archived", "false"),
        ({"model_settings": {"a": 1}}, "model_settings", '{\n  "a": 1\n}'),
        ({"labels": ["a", 1]}, "labels", '[\n  "a",\n  1\n]'),
        ({"hologram": None}, "hologram", NOT_SET),
        ({"summary": None}, "summary", NOT_SET),
        ({}, "summary", NOT_REPORTED),
        ({"archived": None}, "archived", NOT_SET),
        ({}, "archived", NOT_REPORTED),
        ({"archived_at": "2026-03-14T06:26:53.5Z"}, "archived_at", "2026-03-14 06:26:53 UTC  (2 h ago)"),
        ({"archived_at": None}, "archived_at", NOT_SET),
        ({"description": "[/foo]"}, "description", "[/foo]"),
        ({}, "description", NOT_REPORTED),
        ({"context_window_limit": 32_000}, "context_window_limit", "32000"),
        ({}, "context_window_limit", NOT_REPORTED),
        ({"model": "openai/gpt-5"}, "model", "openai/gpt-5"),
        ({"model": None}, "model", NOT_SET),
        ({}, "last_message_at", NOT_REPORTED),
        ({"in_context_message_ids": None}, "in_context_message_ids", NOT_REPORTED),
        ({"isolated_block_ids": None}, "isolated_block_ids", NOT_REPORTED),
    ],
)
def test_fields_read_as_what_they_are_and_unknown_ones_too(
    fields: dict[str, Any], key: str, text: str
) -> None:
    assert (
        by_key(info_items(opened(conversation=conversation(**fields)), NOW))[f"conversation-{key}"].text
        == text
    )


def test_context_is_counted() -> None:
    context = Context(("a", "b", "c"), (user("x"),), ("b", "c"))
    facts = by_key(info_items(opened(context=context), NOW))
    assert facts["count-context"].text == "3 ids, 1 message, 2 without a message"
    assert "count-context" not in by_key(info_items(opened(context=LOST), NOW))


def test_a_context_that_is_not_reported_is_not_counted_as_nothing() -> None:
    facts = by_key(info_items(opened(context=Context(None, (user("x"),))), NOW))
    assert facts["count-context"].text == "ids not reported, 1 message, 0 without a message"


@pytest.mark.parametrize(
    ("agent", "view", "name"),
    [
        (None, None, ""),
        (ADA, None, "openai/gpt-4.1"),
        (ADA, Loading(conversation()), "openai/gpt-4.1"),
        (ADA, Loading(conversation(model="[/foo]")), "[/foo]"),
        (ADA, Failed(conversation(model="openai/gpt-5"), LOST), "openai/gpt-5"),
        (ADA, opened(conversation=conversation(model="openai/gpt-5")), "openai/gpt-5"),
        (ADA, opened(conversation=conversation(model=None)), "openai/gpt-4.1"),
        (Agent(id="agent-1"), opened(), ""),
    ],
)
def test_a_conversation_has_its_own_model_or_the_agents(agent: Agent | None, view: View, name: str) -> None:
    assert model_name(agent, view) == name


def test_many_ids_are_folded() -> None:
    many = conversation(in_context_message_ids=[f"message-{number}" for number in range(100)])
    fact = by_key(info_items(opened(conversation=many), NOW))["conversation-in_context_message_ids"]
    assert fact.folded
    assert fact.text.count("\n") == 99
