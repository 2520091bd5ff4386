"""Models: what a server leaves out, nulls or mistypes is not reported, and what it adds is preserved."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.letta.servers import real
from tui.model.agent import Agent, Health
from tui.model.block import Block
from tui.model.conversation import Conversation, Page
from tui.model.message import Message

ID = "conv-0fbd9bcd-5e11-4b11-9b29-6f2f3d5f8a11"


def conversation(**fields: Any) -> Conversation:
    return Conversation.read({"id": ID, "agent_id": "agent-1", **fields})


def test_one_unreadable_field_takes_no_other_with_it() -> None:
    row = conversation(summary=5, created_at="yesterday", isolated_block_ids=["block-1"])
    assert (row.summary, row.created_at, row.isolated_block_ids) == (None, None, ("block-1",))


def test_ids_in_context_that_are_partly_unreadable_are_unsaid_rather_than_shortened() -> None:
    assert conversation(in_context_message_ids=["message-1", 2]).in_context_message_ids is None


def test_an_empty_list_is_said_and_not_unsaid() -> None:
    assert conversation(in_context_message_ids=[], isolated_block_ids=[]).in_context_message_ids == ()


def test_a_field_named_like_a_method_does_no_harm() -> None:
    row = conversation(as_json="x", changed="y", is_default=True, sent=["id"], unknown={})
    assert row.sent == {"id", "agent_id"}
    assert row.unknown["sent"] == ["id"]
    block = Block.read({"id": "block-1", "sent": 1, "unknown": 2, "model_fields": 3, "model_extra": 4})
    assert block.unknown == {"sent": 1, "unknown": 2, "model_fields": 3, "model_extra": 4}
    assert block.sent == {"id"}
    assert row.unknown["changed"] == "y"
    assert not row.is_default


def test_models_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        conversation().summary = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ["half \ud83d a pair", "NUL \0", "\x1b[31m", "\u202eoverride", "a" * 100_000]
)
def test_text_comes_through_whole(text: str) -> None:
    assert conversation(summary=text).summary == text
    assert Block.read({"id": "block-1", "value": text}).value == text
    assert Message.read({"id": "message-1", "content": text}).raw["content"] == text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T00:17:09.021982Z", datetime(2026, 11, 22, 0, 17, 9, 21982, tzinfo=UTC)),
        ("2026-11-22T02:17:09+02:00", datetime(2026, 11, 22, 0, 17, 9, tzinfo=UTC)),
        ("2026-11-22T00:17:09", datetime(2026, 11, 22, 0, 17, 9, tzinfo=UTC)),
    ],
    ids=["zulu", "offset", "naive"],
)
def test_times_have_a_zone_and_naive_ones_are_utc(written: str, meant: datetime) -> None:
    row = conversation(created_at=written)
    assert row.created_at == meant
    assert row.created_at is not None
    assert row.created_at - meant == timedelta(0)


def test_without_context_says_nothing_about_it() -> None:
    assert conversation(in_context_message_ids=[]).without_context().in_context_message_ids is None


def test_a_newer_row_that_says_less_keeps_what_was_known() -> None:
    known = conversation(summary="old", in_context_message_ids=["message-1"], isolated_block_ids=["block-1"])
    newer = conversation(summary="new", in_context_message_ids=[]).without_context().merged_over(known)
    assert newer.summary == "new"
    assert newer.in_context_message_ids == ("message-1",)
    assert newer.isolated_block_ids == ("block-1",)


def test_what_retrieve_says_replaces_what_was_known() -> None:
    known = conversation(in_context_message_ids=["message-1"], isolated_block_ids=["block-1"])
    newer = conversation(in_context_message_ids=[], isolated_block_ids=[]).merged_over(known)
    assert (newer.in_context_message_ids, newer.isolated_block_ids) == ((), ())


def test_a_cleared_summary_is_not_brought_back() -> None:
    assert conversation(summary=None).merged_over(conversation(summary="old")).summary is None


def test_nothing_is_taken_from_another_conversation() -> None:
    other = Conversation.read({"id": "conv-other", "isolated_block_ids": ["block-1"]})
    assert conversation().merged_over(other).isolated_block_ids is None
    assert conversation().merged_over(None) == conversation()


@pytest.mark.parametrize("versions", real("conversation_by_version"), ids=lambda answers: answers["version"])
def test_conversations_of_every_version_are_read(versions: dict[str, Any]) -> None:
    row = Conversation.read(versions["get_response"])
    assert row.summary is not None
    assert row.created_at is not None
    assert row.in_context_message_ids
    assert (row.isolated_block_ids is None) == (versions["version"] == "0.16.2")


@pytest.mark.parametrize(
    "name", ["conversation_basic", "conversation_approvals", "schema_built", "sql_rows_rendered"]
)
def test_messages_keep_every_byte_that_came(name: str) -> None:
    for sent in real(name):
        message = Message.read(sent)
        assert message.raw == sent
        assert message.message_type == sent["message_type"]
        assert message.id == sent.get("id", "")


def test_a_message_of_an_unknown_type_without_anything_else_is_kept() -> None:
    message = Message.read({"message_type": 7, "hologram": True})
    assert (message.id, message.message_type) == ("", "unknown")
    assert message.raw == {"message_type": 7, "hologram": True}


def test_a_field_called_raw_is_not_taken_for_the_whole_answer() -> None:
    assert Message.read({"id": "message-1", "raw": "x"}).raw == {"id": "message-1", "raw": "x"}


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2026-03-14T09:26:53+00:00", datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)),
        ("2026-03-14T09:26:53.246810Z", datetime(2026, 3, 14, 9, 26, 53, 246_810, tzinfo=UTC)),
        ("2026-03-14T09:26:53", datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)),
        ("2026-03-14 09:26:53.1", datetime(2026, 3, 14, 9, 26, 53, 100_000, tzinfo=UTC)),
        ("2026-02-30T09:26:53Z", None),
        ("soon", None),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (None, None),
        ([], None),
    ],
)
def test_the_date_of_a_message_is_read_in_every_form_or_not_at_all(
    said: object, date: datetime | None
) -> None:
    assert Message.read({"date": said}).date == date


@pytest.mark.parametrize(("name", "title"), [("Ada", "Ada"), ("", "agent-1"), (None, "agent-1")])
def test_an_agent_is_called_by_its_name_or_its_id(name: str | None, title: str) -> None:
    assert Agent.read({"id": "agent-1", "name": name}).title == title


@pytest.mark.parametrize(
    "sent",
    [
        "2019-12-27T18:11:19.117Z",
        "2019-12-27T18:11:19.117000Z",
        "2019-12-27T18:11:19.000000Z",
        "2019-12-27T18:11:19,117000Z",
        "2019-12-27T18:11:19Z",
        "2019-12-27T18:11:19+00:00",
        "2019-12-27T19:11:19+01:00",
        "2019-12-27 18:11:19",
    ],
)
def test_a_time_is_in_json_as_it_was_sent(sent: str) -> None:
    """Only a text that this program would write otherwise is stored with the time."""
    row = conversation(created_at=sent)
    assert row.created_at is not None
    assert row.as_json(sent_only=True)["created_at"] == sent
    plain = datetime(2019, 12, 27, 18, 11, 19, row.created_at.microsecond, tzinfo=UTC)
    assert (row.created_at, hash(row.created_at)) == (plain, hash(plain))
    assert (type(row.created_at) is datetime) is (sent.endswith(("19Z", ".117000Z", "+01:00")))
    later = row.created_at + timedelta(hours=1)
    written = row.changed(created_at=later).as_json()["created_at"]
    assert datetime.fromisoformat(written) == plain + timedelta(hours=1)


def test_health_needs_nothing() -> None:
    assert Health.read({}) == Health(version=None, status=None)


def test_a_page_counts_what_it_could_not_read() -> None:
    assert Page((conversation(),), 3).unreadable == 2
