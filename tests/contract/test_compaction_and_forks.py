"""What compaction and forks do to ids, positions and lists."""

from __future__ import annotations

import json

import pytest

from tests.contract.conftest import Json, Wire

pytestmark = pytest.mark.anyio


async def compacted(wire: Wire) -> tuple[str, Json, Json, list[Json]]:
    """A compacted conversation: its id, its record before and after, its history before."""
    made = await wire.create(await wire.agent_id(), summary="long")
    await wire.say(made["id"], *(f"turn {number}" for number in range(8)))
    before, history = await wire.conversation(made["id"]), await wire.history(made["id"], order="asc")
    told = await wire.compact(made["id"])
    after = await wire.conversation(made["id"])
    assert told["num_messages_before"] == len(before["in_context_message_ids"]) == 17
    assert told["num_messages_after"] == len(after["in_context_message_ids"])
    return made["id"], before, after, history


async def test_compaction_keeps_the_system_message_a_new_summary_and_the_last_rows(wire: Wire) -> None:
    _, before, after, _ = await compacted(wire)
    old, new = before["in_context_message_ids"], after["in_context_message_ids"]
    assert new[0] == old[0]
    assert new[1] not in old
    kept = new[2:]
    assert 0 < len(kept) < len(old) - 1
    assert kept == old[-len(kept) :]


async def test_a_summary_is_a_user_message_whose_content_is_a_json_string(wire: Wire) -> None:
    conversation_id, _, after, _ = await compacted(wire)
    summary_id = after["in_context_message_ids"][1]
    (summary,) = [m for m in await wire.messages(conversation_id) if m["id"] == summary_id]
    assert (summary["message_type"], summary["otid"]) == ("user_message", None)
    told = json.loads(summary["content"])
    assert set(told) == {"type", "message", "time"}
    assert told["type"] == "system_alert"
    assert "The following is a summary of the previous messages:\n " in told["message"]
    assert await wire.get(f"/v1/messages/{summary_id}") == [summary]


async def test_compaction_changes_neither_updated_at_nor_last_message_at(wire: Wire) -> None:
    _, before, after, _ = await compacted(wire)
    assert after | {"in_context_message_ids": []} == before | {"in_context_message_ids": []}


async def test_compaction_does_not_rewrite_the_system_message(wire: Wire) -> None:
    conversation_id, _, _, history = await compacted(wire)
    assert await wire.system_text(conversation_id) == history[0]["content"]


async def test_after_compaction_the_list_is_complete_but_not_chronological(wire: Wire) -> None:
    conversation_id, _, after, history = await compacted(wire)
    listed = [m["id"] for m in await wire.messages(conversation_id, order="asc")]
    summary_id = after["in_context_message_ids"][1]
    assert sorted(listed) == sorted([m["id"] for m in history] + [summary_id])
    assert [i for i in listed if i != summary_id] != [m["id"] for m in history]
    places = {identifier: place for place, identifier in enumerate(listed)}
    kept = after["in_context_message_ids"]
    assert sorted(kept, key=lambda i: places[i]) == kept


async def test_after_compaction_a_walk_by_cursors_loses_rows(wire: Wire) -> None:
    conversation_id, _, _, history = await compacted(wire)
    seen: list[str] = []
    for _ in range(20):
        cursor = {"after": seen[-1]} if seen else {}
        page = await wire.messages(conversation_id, order="asc", limit=2, **cursor)
        if not page:
            break
        seen += [m["id"] for m in page]
    assert len(set(seen)) < len(history) + 1


async def test_after_compaction_one_request_with_a_large_limit_holds_all_that_is_in_context(
    wire: Wire,
) -> None:
    conversation_id, _, after, _ = await compacted(wire)
    wanted = after["in_context_message_ids"]
    page = await wire.messages(conversation_id, order="asc", limit=2 * len(wanted) + 50)
    assert set(wanted) <= {m["id"] for m in page}


async def test_after_compaction_the_history_by_sequence_is_chronological_with_the_summary_last(
    wire: Wire,
) -> None:
    conversation_id, _, after, history = await compacted(wire)
    summary_id = after["in_context_message_ids"][1]
    told = [m["id"] for m in await wire.history(conversation_id, order="asc")]
    assert told == [m["id"] for m in history] + [summary_id]


async def test_after_compaction_a_new_turn_comes_last_in_every_order(wire: Wire) -> None:
    conversation_id, _, after, _ = await compacted(wire)
    await wire.say(conversation_id, "one more")
    ids = (await wire.conversation(conversation_id))["in_context_message_ids"]
    assert ids[:-2] == after["in_context_message_ids"]
    assert [m["id"] for m in await wire.messages(conversation_id, order="asc")][-2:] == ids[-2:]
    assert [m["id"] for m in await wire.history(conversation_id, order="asc")][-2:] == ids[-2:]


async def test_too_short_a_conversation_cannot_be_compacted(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id())
    answer = await wire.http.post(f"/v1/conversations/{made['id']}/compact")
    assert answer.status_code == 400
    assert "Summarization failed" in answer.json()["detail"]


async def fork(wire: Wire, conversation_id: str, **params: str) -> Json:
    answer = await wire.http.post(f"/v1/conversations/{conversation_id}/fork", params=params)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_a_fork_has_no_summary_no_isolated_blocks_and_its_own_system_message(wire: Wire) -> None:
    source = await wire.create(await wire.agent_id(), summary="source", isolated_block_labels=["human"])
    await wire.say(source["id"], "one")
    made = await fork(wire, source["id"])
    assert (made["summary"], made["isolated_block_ids"], made["in_context_message_ids"]) == (None, [], [])
    ids = (await wire.conversation(made["id"]))["in_context_message_ids"]
    source_ids = (await wire.conversation(source["id"]))["in_context_message_ids"]
    assert ids[1:] == source_ids[1:]
    assert ids[0] != source_ids[0]
    assert f"- CONVERSATION_ID: {made['id']}\n" in await wire.system_text(made["id"])


async def test_a_fork_has_the_model_of_its_source(wire: Wire) -> None:
    settings = {"provider_type": "openai", "temperature": 0.1}
    source = await wire.create(await wire.agent_id(), model="openai/gpt-4o", model_settings=settings)
    made = await fork(wire, source["id"])
    assert made["model"] == "openai/gpt-4o"
    assert made["model_settings"] == source["model_settings"]
    assert (made["summary"], made["last_message_at"]) == (None, None)


async def test_a_fork_of_a_compacted_conversation_shares_only_what_is_in_context(wire: Wire) -> None:
    conversation_id, _, after, _ = await compacted(wire)
    made = await fork(wire, conversation_id)
    ids = (await wire.conversation(made["id"]))["in_context_message_ids"]
    assert ids[1:] == after["in_context_message_ids"][1:]
    assert [m["id"] for m in await wire.messages(made["id"], order="asc")] == ids


async def test_forked_rows_are_in_the_forks_list_but_not_in_its_history(wire: Wire) -> None:
    source = await wire.create(await wire.agent_id())
    await wire.say(source["id"], "one")
    made = await fork(wire, source["id"])
    await wire.say(made["id"], "two")
    listed = [m["id"] for m in await wire.messages(made["id"], order="asc")]
    assert len(listed) == 5
    assert [m["id"] for m in await wire.history(made["id"], order="asc")] == [listed[0], *listed[3:]]


async def test_forking_does_not_change_the_source(wire: Wire) -> None:
    source = await wire.create(await wire.agent_id(), summary="source")
    await wire.say(source["id"], "one")
    before = await wire.conversation(source["id"])
    await fork(wire, source["id"])
    assert await wire.conversation(source["id"]) == before


async def test_deleting_the_source_keeps_the_shared_rows_readable(wire: Wire) -> None:
    source = await wire.create(await wire.agent_id())
    await wire.say(source["id"], "one")
    made = await fork(wire, source["id"])
    shared = (await wire.messages(made["id"], order="asc"))[1]
    await wire.http.delete(f"/v1/conversations/{source['id']}")
    assert await wire.get(f"/v1/messages/{shared['id']}") == [shared]
    assert shared in await wire.messages(made["id"])


async def test_forking_the_default_conversation_empties_its_list_for_ever(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    await wire.say(agent_id, "one", "two")
    ids = (await wire.get(f"/v1/agents/{agent_id}"))["message_ids"]
    assert len(ids) == 5
    made = await fork(wire, "default", agent_id=agent_id)
    assert (await wire.conversation(made["id"]))["in_context_message_ids"][1:] == ids[1:]
    left = [m["id"] for m in await wire.messages("default", agent_id=agent_id)]
    assert left == ids[:1]
    await wire.http.delete(f"/v1/conversations/{made['id']}")
    assert [m["id"] for m in await wire.messages("default", agent_id=agent_id)] == ids[:1]
    assert (await wire.get(f"/v1/agents/{agent_id}"))["message_ids"] == ids
    mixed = await wire.get(f"/v1/agents/{agent_id}/messages", order="asc")
    assert set(ids) <= {m["id"] for m in mixed}


async def test_default_without_its_agent_cannot_be_forked_or_recompiled(wire: Wire) -> None:
    for act in ("fork", "recompile"):
        answer = await wire.http.post(f"/v1/conversations/default/{act}")
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("Conversation not found with id='['default']'")
