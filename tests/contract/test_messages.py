"""How messages are listed and rendered, and how `GET /v1/messages/{id}` differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.conftest import Wire, shape

pytestmark = pytest.mark.anyio
NOBODY = "message-123e4567-e89b-42d3-8456-426614174000"


def plan(**told: Any) -> str:
    """A text that the canned model of both servers obeys."""
    return "@@" + json.dumps(told)


THINKING = plan(
    reasoning="Look first.",
    content="Let me see.",
    tool_calls=[{"name": "no_such_tool", "arguments": {"x": 1}}],
    then={"reasoning": "It is not there.", "content": "There is no such tool."},
)


async def fresh(wire: Wire, *texts: str) -> str:
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], *texts)
    return str(made["id"])


async def test_parts_of_one_step_share_one_id_that_is_in_context_once(wire: Wire) -> None:
    conversation_id = await fresh(wire, THINKING)
    messages = await wire.messages(conversation_id, order="asc")
    assert shape(messages) == [
        "system", "user", "reasoning", "assistant", "tool_call", "tool_return", "reasoning", "assistant",
    ]  # fmt: skip
    step = messages[2:5]
    assert len({message["id"] for message in step}) == 1
    in_context = (await wire.conversation(conversation_id))["in_context_message_ids"]
    assert in_context == list(dict.fromkeys(message["id"] for message in messages))
    assert len(in_context) == 5


async def test_named_conversations_are_newest_first_but_parts_of_one_id_keep_their_order(wire: Wire) -> None:
    conversation_id = await fresh(wire, THINKING)
    assert shape(await wire.messages(conversation_id)) == [
        "reasoning", "assistant", "tool_return", "reasoning", "assistant", "tool_call", "user", "system",
    ]  # fmt: skip
    assert await wire.messages(conversation_id) == await wire.messages(conversation_id, order="desc")


async def test_otid_of_model_output_is_the_id_with_the_index_in_its_low_bits(wire: Wire) -> None:
    messages = await wire.messages(await fresh(wire, THINKING), order="asc")
    for index, message in enumerate(messages[2:5]):
        plain = message["id"].removeprefix("message-")
        low = (int(plain[-2:], 16) & 0x80) | index
        assert message["otid"] == f"{plain[:-2]}{low:02x}"
    assert messages[0]["otid"] is None
    assert messages[1]["otid"] is not None


async def test_dates_have_whole_seconds_and_an_offset(wire: Wire) -> None:
    for message in await wire.messages(await fresh(wire, "hi")):
        assert len(message["date"]) == len("2026-11-22T00:33:32+00:00")
        assert message["date"].endswith("+00:00")


async def test_every_message_carries_the_same_envelope(wire: Wire) -> None:
    envelope = {
        "id",
        "date",
        "name",
        "message_type",
        "otid",
        "sender_id",
        "step_id",
        "is_err",
        "seq_id",
        "run_id",
    }
    own = {
        "system": {"content"},
        "user": {"content"},
        "assistant": {"content"},
        "reasoning": {"source", "reasoning", "signature"},
        "tool_call": {"tool_call", "tool_calls"},
        "tool_return": {"tool_return", "status", "tool_call_id", "stdout", "stderr", "tool_returns"},
    }
    for message in await wire.messages(await fresh(wire, THINKING)):
        assert set(message) - envelope == own[message["message_type"].removesuffix("_message")]


async def test_tool_calls_and_returns_repeat_their_first_at_the_top(wire: Wire) -> None:
    calls = [{"name": "nope", "arguments": {"n": 1}}, {"name": "nada", "arguments": {"n": 2}}]
    messages = await wire.messages(await fresh(wire, plan(tool_calls=calls, then="So be it.")), order="asc")
    call, back = messages[2], messages[3]
    assert shape([call, back]) == ["tool_call", "tool_return"]
    assert call["tool_call"] == call["tool_calls"][0]
    assert [c["name"] for c in call["tool_calls"]] == ["nope", "nada"]
    assert json.loads(call["tool_calls"][1]["arguments"]) == {"n": 2}
    assert sorted(r["tool_call_id"] for r in back["tool_returns"]) == sorted(
        c["tool_call_id"] for c in call["tool_calls"]
    )
    first = back["tool_returns"][0]
    assert first["type"] == "tool"
    for name in ("tool_return", "status", "tool_call_id", "stdout", "stderr"):
        assert back[name] == first[name]
    assert back["status"] == "error"
    assert back["tool_return"].startswith("[ToolConstraintError] Cannot call ")


async def test_by_id_is_a_list_with_reversed_parts_and_assistant_text_told_as_reasoning(wire: Wire) -> None:
    messages = await wire.messages(await fresh(wire, THINKING), order="asc")
    by_id = await wire.get(f"/v1/messages/{messages[2]['id']}")
    assert shape(by_id) == ["tool_call", "reasoning", "reasoning"]
    assert by_id[0] == messages[4]
    text = {k: v for k, v in messages[3].items() if k != "content"} | {
        "message_type": "reasoning_message",
        "source": "non_reasoner_model",
        "reasoning": "Let me see.",
        "signature": None,
    }
    assert by_id[1] == text
    assert by_id[2] == messages[2]
    assert by_id[2]["source"] == "reasoner_model"


async def test_by_id_of_system_user_and_tool_return_equals_the_list(wire: Wire) -> None:
    messages = await wire.messages(await fresh(wire, THINKING), order="asc")
    for index in (0, 1, 5):
        assert await wire.get(f"/v1/messages/{messages[index]['id']}") == [messages[index]]


async def test_by_id_of_an_unknown_message_is_a_404(wire: Wire) -> None:
    answer = await wire.http.get(f"/v1/messages/{NOBODY}")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"Message with id {NOBODY} not found."})


async def test_limit_counts_stored_rows_not_messages(wire: Wire) -> None:
    conversation_id = await fresh(wire, THINKING)
    assert shape(await wire.messages(conversation_id, order="asc", limit=3)) == [
        "system", "user", "reasoning", "assistant", "tool_call",
    ]  # fmt: skip
    assert await wire.messages(conversation_id, limit=0) == []


async def test_cursors_go_by_position_in_both_directions(wire: Wire) -> None:
    conversation_id = await fresh(wire, "one", "two")
    rows = await wire.messages(conversation_id, order="asc")
    assert await wire.messages(conversation_id, order="asc", after=rows[1]["id"], limit=2) == rows[2:4]
    assert await wire.messages(conversation_id, before=rows[2]["id"]) == [rows[1], rows[0]]
    between = await wire.messages(conversation_id, order="asc", after=rows[0]["id"], before=rows[3]["id"])
    assert between == rows[1:3]


async def test_unknown_cursor_of_a_named_conversation_is_page_one_again(wire: Wire) -> None:
    conversation_id = await fresh(wire, "one")
    everything = await wire.messages(conversation_id)
    assert await wire.messages(conversation_id, before=NOBODY) == everything
    assert await wire.messages(conversation_id, after=NOBODY) == everything


async def test_unknown_cursor_of_lists_by_sequence_is_a_404(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    answer = await wire.http.get(f"/v1/agents/{agent_id}/messages", params={"before": NOBODY})
    detail = f"No message found with id '{NOBODY}' for agent '{agent_id}'."
    assert (answer.status_code, answer.json()) == (404, {"detail": detail})
    answer = await wire.http.get("/v1/messages/", params={"after": NOBODY})
    detail = f"No message found with id '{NOBODY}' for agent 'None'."
    assert (answer.status_code, answer.json()) == (404, {"detail": detail})


async def test_types_can_be_chosen_and_unknown_types_are_refused(wire: Wire) -> None:
    conversation_id = await fresh(wire, THINKING)
    chosen = ["user_message", "tool_return_message"]
    messages = await wire.messages(conversation_id, order="asc", include_return_message_types=chosen)
    assert shape(messages) == ["user", "tool_return"]
    path = f"/v1/conversations/{conversation_id}/messages"
    answer = await wire.http.get(path, params={"include_return_message_types": "nope"})
    assert answer.status_code == 422
    assert "'loc': ('query', 'include_return_message_types', 0)" in answer.json()["detail"]


async def test_a_single_text_part_is_a_string_and_several_are_a_list(wire: Wire) -> None:
    conversation_id = await fresh(wire)
    for texts in (["one"], ["one", "two"]):
        content = [{"type": "text", "text": text} for text in texts]
        await wire.send(conversation_id, "", messages=[{"role": "user", "content": content}])
    first, second = (
        m["content"]
        for m in await wire.messages(conversation_id, order="asc")
        if m["message_type"] == "user_message"
    )
    assert first == "one"
    assert second == [{"type": "text", "text": text, "signature": None} for text in ("one", "two")]


async def test_text_that_looks_like_a_user_envelope_is_unwrapped_and_other_json_is_not(wire: Wire) -> None:
    envelope = json.dumps({"type": "user_message", "message": "typed by hand", "time": "now"})
    conversation_id = await fresh(wire, envelope, '{"a": 1}')
    messages = await wire.messages(conversation_id, order="asc")
    texts = [m["content"] for m in messages if m["message_type"] == "user_message"]
    assert texts == ["typed by hand", '{"a": 1}']


async def test_escapes_bidi_and_markup_arrive_unfiltered(wire: Wire) -> None:
    text = "\x1b]0;owned\x07 \x1b[31mred \u202egnp.exe [/foo] [@click=app.quit]x[/] \u200b日本語"
    messages = await wire.messages(await fresh(wire, text), order="asc")
    assert messages[1]["content"] == text
    assert text.split()[-1] in messages[2]["content"]


async def test_a_system_message_can_arrive_in_the_middle(wire: Wire) -> None:
    conversation_id = await fresh(wire, "one")
    told = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "two"}]
    assert (await wire.send(conversation_id, "", messages=told)).status_code == 200
    messages = await wire.messages(conversation_id, order="asc")
    assert shape(messages) == ["system", "user", "assistant", "system", "user", "assistant"]
    assert messages[3]["content"] == "Be brief."
    assert messages[3]["otid"] is not None


async def test_history_by_sequence_is_complete_and_its_descending_pages_are_ascending_inside(
    wire: Wire,
) -> None:
    conversation_id = await fresh(wire, "one", "two", "three")
    rows = await wire.messages(conversation_id, order="asc")
    assert await wire.history(conversation_id, order="asc") == rows
    assert await wire.history(conversation_id, order="desc", limit=3) == rows[-3:]
    assert await wire.history(conversation_id, order="desc", limit=2, before=rows[-3]["id"]) == rows[-5:-3]
    assert await wire.history(conversation_id, order="asc", limit=2, after=rows[0]["id"]) == rows[1:3]


async def test_messages_of_an_unknown_conversation_are_an_empty_list_not_a_404(wire: Wire) -> None:
    assert await wire.messages("conv-123e4567-e89b-42d3-8456-426614174000") == []


async def test_a_provider_error_stores_nothing_but_bumps_updated_at(wire: Wire) -> None:
    conversation_id = await fresh(wire, "one")
    before, rows = await wire.conversation(conversation_id), await wire.messages(conversation_id)
    answer = await wire.send(conversation_id, plan(status=400, error="boom"))
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["type"] == "llm_bad_request"
    assert await wire.messages(conversation_id) == rows
    after = await wire.conversation(conversation_id)
    assert after["updated_at"] > before["updated_at"]
    assert after["last_message_at"] > before["last_message_at"]


async def test_a_turn_bumps_updated_at_at_its_start(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], "hi")
    told = await wire.conversation(made["id"])
    assert told["updated_at"] > made["updated_at"]
    assert told["last_message_at"] is not None
    assert told["last_message_at"] <= told["updated_at"]


async def test_a_turn_without_messages_is_refused_without_a_trace_id(wire: Wire) -> None:
    conversation_id = await fresh(wire)
    answer = await wire.send(conversation_id, "", messages=[])
    assert (answer.status_code, answer.json()) == (422, {"detail": "Messages must not be empty"})
