"""A store that the real Letta Code made: nothing of it is missing, and reading it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends.letta_code.conftest import Asked
from tests.letta_code_store import StoreMaker, hashes, raw_parts, raw_rows, recorded, shown_part


@pytest.fixture
def store(tmp_path: Path) -> StoreMaker:
    return recorded(tmp_path / "store")


def conversations(store: StoreMaker) -> list[tuple[str, str]]:
    """Every conversation as (id, id of its agent), default ones too."""
    records = [json.loads(path.read_text()) for path in store.root.glob("conversations/*/conversation.json")]
    return [(record["id"], record["agent_id"]) for record in records]


def test_every_message_of_every_conversation_is_shown_once_in_its_place(
    store: StoreMaker, ask: Asked
) -> None:
    count = 0
    for conversation_id, agent_id in conversations(store):
        rows = raw_rows(store.folder(conversation_id, agent_id))
        query = {"agent_id": agent_id, "limit": 9999}
        whole = ask.get("/v1/messages/", conversation_id=conversation_id, **query)
        own = [message for message in whole if message["message_type"] != "system_message"]
        assert [shown_part(message) for message in own] == [part for row in rows for part in raw_parts(row)]
        assert len({message["id"] for message in whole}) == len(whole)
        in_context = ask.get(f"/v1/conversations/{conversation_id}", **query)["in_context_message_ids"]
        listed = [one["id"] for one in ask.get(f"/v1/conversations/{conversation_id}/messages", **query)]
        assert listed[: len(in_context)] == in_context
        assert sorted(listed) == sorted(message["id"] for message in whole)
        count += len(own)
    assert count > 20


def test_after_a_compaction_the_summary_stands_before_what_was_kept(store: StoreMaker, ask: Asked) -> None:
    [one] = [
        row["id"] for row in ask.get("/v1/conversations/", summary_search="Compacted", order="asc", limit=1)
    ]
    record = ask.get(f"/v1/conversations/{one}")
    by_id = {message["id"]: message for message in ask.get("/v1/messages/", conversation_id=one)}
    kinds = [by_id[message_id]["message_type"] for message_id in record["in_context_message_ids"]]
    assert kinds[:4] == ["system_message", "summary_message", "reasoning_message", "assistant_message"]
    summary = by_id[record["in_context_message_ids"][1]]
    assert (
        summary["compaction_stats"]["tokens_before"] == summary["compaction_stats"]["context_tokens_before"]
    )


def test_the_forgotten_edit_is_in_the_record_and_not_in_the_prompt(store: StoreMaker, ask: Asked) -> None:
    [row] = ask.get("/v1/conversations/", summary_search="forgot")
    prompt = ask.get(f"/_local/conversations/{row['id']}/prompt", agent_id=row["agent_id"])
    memory = ask.get(f"/_local/agents/{row['agent_id']}/memory")
    assert prompt["revision"] == memory["head"]
    assert prompt["core_memory"] not in prompt["content"]
    assert "Name: Sam" in prompt["core_memory"]
    blocks = {one["label"]: one for one in ask.get(f"/v1/agents/{row['agent_id']}/core-memory/blocks")}
    assert list(blocks) == ["human", "persona"]
    rendered = (
        f"<description>{blocks['human']['description']}</description>\n{blocks['human']['value']}\n</human>"
    )
    assert rendered in prompt["core_memory"]


def read_everything(ask: Asked, store: StoreMaker) -> None:
    for conversation_id, agent_id in conversations(store):
        ask.get(f"/v1/conversations/{conversation_id}", agent_id=agent_id)
        ask.get(f"/v1/conversations/{conversation_id}/messages", agent_id=agent_id)
        ask.get(f"/_local/conversations/{conversation_id}/prompt", agent_id=agent_id)
    for agent in ask.get("/v1/agents/", show_hidden="true"):
        ask.get(f"/v1/agents/{agent['id']}/core-memory/blocks")
        ask.get(f"/_local/agents/{agent['id']}/memory")
        [first, *_] = ask.get(f"/_local/agents/{agent['id']}/memory/commits")
        ask.get(f"/_local/agents/{agent['id']}/memory/at", revision=first["revision"], path="human.md")
    ask.get("/v1/conversations/", archive_status="all", show_hidden="true")


def test_reading_changes_nothing_and_opens_no_credentials(
    store: StoreMaker, ask: Asked, opened: list[str]
) -> None:
    before = hashes(store.root)
    opened.clear()
    read_everything(ask, store)
    assert "conversation.json" in opened
    assert not [name for name in opened if "providers" in name or "auth" in name]
    assert hashes(store.root) == before


def test_no_path_leads_to_the_credentials(store: StoreMaker, ask: Asked, opened: list[str]) -> None:
    for path in ("providers/auth.json", "..%2Fproviders%2Fauth.json", "../providers"):
        for route in ("/v1/agents/", "/v1/conversations/", "/_local/agents/"):
            assert "sk-secret" not in ask.send("GET", f"{route}{path}").text
            assert "sk-secret" not in ask.send("GET", f"{route}{path}/memory").text
    assert not [name for name in opened if "auth" in name]
