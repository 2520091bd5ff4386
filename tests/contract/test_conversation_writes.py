"""Creating, changing and deleting conversations."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Wire

pytestmark = pytest.mark.anyio
NOBODY = "conv-123e4567-e89b-42d3-8456-426614174000"
DATABASE = (500, {"detail": "A database error occurred."})


async def test_create_answers_without_ids_in_context_although_a_system_message_exists(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, summary="new")
    assert made["in_context_message_ids"] == []
    assert (made["summary"], made["agent_id"], made["last_message_at"]) == ("new", agent_id, None)
    assert made["created_at"] == made["updated_at"]
    assert len((await wire.conversation(made["id"]))["in_context_message_ids"]) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"nobody_knows": 1, "summary": null}'])
async def test_create_takes_no_body_null_and_unknown_keys(wire: Wire, body: bytes) -> None:
    agent_id = await wire.agent_id()
    answer = await wire.http.post(
        "/v1/conversations/",
        params={"agent_id": agent_id},
        content=body,
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["summary"]) == (200, None)


async def test_create_wants_the_agent_in_the_query_not_in_the_body(wire: Wire) -> None:
    answer = await wire.http.post("/v1/conversations/", json={"agent_id": await wire.agent_id()})
    assert answer.status_code == 422
    assert "'loc': ('query', 'agent_id')" in answer.json()["detail"]


@pytest.mark.parametrize("agent_id", ["agent-123e4567-e89b-42d3-8456-426614174000", "x"])
async def test_create_for_an_unknown_or_malformed_agent_is_a_404(wire: Wire, agent_id: str) -> None:
    answer = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json={})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Agent not found"})


async def test_create_copies_the_blocks_that_are_to_be_isolated(wire: Wire) -> None:
    agent = await wire.agent(human="Name: Sam", persona="I am terse.")
    made = await wire.create(agent["id"], isolated_block_labels=["persona", "human"])
    assert len(made["isolated_block_ids"]) == 2
    copies = {}
    for block_id in made["isolated_block_ids"]:
        block = await wire.get(f"/v1/blocks/{block_id}")
        copies[block["label"]] = block["value"]
        assert "created_at" not in block
    assert copies == {"human": "Name: Sam", "persona": "I am terse."}
    assert not {b["id"] for b in agent["blocks"]} & set(made["isolated_block_ids"])


async def test_create_with_an_unknown_label_is_refused_and_leaves_an_orphan(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    told = {"summary": "orphan", "isolated_block_labels": ["nope"]}
    answer = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=told)
    detail = f"INVALID_ARGUMENT: Block with label 'nope' not found on agent '{agent_id}'"
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})
    (orphan,) = await wire.listed(agent_id)
    assert orphan["summary"] == "orphan"
    assert (await wire.conversation(orphan["id"]))["in_context_message_ids"] == []
    assert await wire.messages(orphan["id"]) == []


async def test_create_with_a_label_twice_is_a_conflict_and_leaves_an_orphan(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    told = {"isolated_block_labels": ["human", "human"]}
    answer = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=told)
    assert answer.status_code == 409
    assert "unique_label_per_conversation" in answer.json()["detail"]
    (orphan,) = await wire.listed(agent_id)
    assert len(orphan["isolated_block_ids"]) == 1
    assert (await wire.conversation(orphan["id"]))["in_context_message_ids"] == []


async def test_create_that_is_refused_keeps_all_but_the_last_block_before_the_bad_label(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    for labels, kept in ((["human", "nope"], 0), (["human", "persona", "nope"], 1)):
        told = {"isolated_block_labels": labels}
        answer = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=told)
        assert answer.status_code == 400
        assert len((await wire.listed(agent_id, limit=1))[0]["isolated_block_ids"]) == kept


async def test_patch_changes_the_summary_and_answers_without_ids_in_context(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id(), summary="old", isolated_block_labels=["human"])
    before = await wire.conversation(made["id"])
    answer = (await wire.patch(made["id"], summary="new")).json()
    assert (answer["summary"], answer["in_context_message_ids"]) == ("new", [])
    assert answer["isolated_block_ids"] == made["isolated_block_ids"]
    after = await wire.conversation(made["id"])
    assert after == before | {"summary": "new", "updated_at": answer["updated_at"]}
    assert answer["updated_at"] > before["updated_at"]


@pytest.mark.parametrize("body", [{"summary": None}, {}, {"archived": True}, {"nobody_knows": [1]}])
async def test_patch_of_nothing_is_a_no_op_that_still_bumps_updated_at(
    wire: Wire, body: dict[str, object]
) -> None:
    made = await wire.create(await wire.agent_id(), summary="stays")
    answer = await wire.patch(made["id"], **body)
    assert (answer.status_code, answer.json()["summary"]) == (200, "stays")
    assert answer.json()["updated_at"] > made["updated_at"]
    assert (await wire.conversation(made["id"]))["summary"] == "stays"


SETTINGS = {"provider_type": "openai", "temperature": 0.1}


async def test_a_model_of_its_own_is_stored_with_the_defaults_of_its_provider(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, model="openai/gpt-4o", model_settings=SETTINGS)
    assert made["model"] == "openai/gpt-4o"
    whole = {
        "max_output_tokens": 4096,
        "parallel_tool_calls": True,
        "reasoning": {"reasoning_effort": "high"},
    }
    whole |= {"response_format": None, "strict": True, **SETTINGS}
    assert made["model_settings"] == whole
    (row,) = await wire.listed(agent_id)
    assert row == made
    answer = (await wire.patch(made["id"], model="openai/gpt-4o-mini")).json()
    assert (answer["model"], answer["model_settings"]) == ("openai/gpt-4o-mini", whole)
    answer = (
        await wire.patch(made["id"], model_settings={"provider_type": "openai", "max_output_tokens": 7})
    ).json()
    assert answer["model_settings"] == whole | {"max_output_tokens": 7, "temperature": 0.7}
    again = (await wire.patch(made["id"], model=None, model_settings=None)).json()
    assert again == answer | {"updated_at": again["updated_at"]}
    assert (await wire.patch(made["id"], model="")).json()["model"] == ""
    told = await wire.conversation(made["id"])
    assert (told["model"], told["model_settings"]) == ("", answer["model_settings"])


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"model": "nope"}, 400, "provider/model-name"),
        ({"model": "openai/"}, 400, "provider/model-name"),
        ({"model": 5}, 422, "string_type"),
        ({"model_settings": 5}, 422, "model_attributes_type"),
        ({"model_settings": {}}, 422, "union_tag_not_found"),
        ({"model_settings": {"provider_type": "nope"}}, 422, "union_tag_invalid"),
    ],
    ids=["no provider", "no model", "number", "no object", "no tag", "unknown tag"],
)
async def test_a_model_that_is_none_is_refused_by_create_and_patch(
    wire: Wire, body: dict[str, object], status: int, kind: str
) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    created = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=body)
    for answer in (created, await wire.patch(made["id"], **body)):
        assert answer.status_code == status
        assert kind in answer.json()["detail"]
    assert [row["id"] for row in await wire.listed(agent_id)] == [made["id"]]


async def test_the_time_of_the_last_message_can_be_set(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id())
    for given, stored in (
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        (5, "1970-01-01T00:00:05Z"),
        (None, "1970-01-01T00:00:05Z"),
    ):
        answer = await wire.patch(made["id"], last_message_at=given)
        assert (answer.status_code, answer.json()["last_message_at"]) == (200, stored)
    assert (await wire.patch(made["id"], last_message_at="never")).status_code == 422


@pytest.mark.parametrize("labels", [[1], "human", {"human": 1}])
async def test_labels_that_are_no_list_of_texts_are_refused_before_anything_is_made(
    wire: Wire, labels: object
) -> None:
    agent_id = await wire.agent_id()
    body = {"isolated_block_labels": labels}
    answer = await wire.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=body)
    assert answer.status_code == 422
    assert "isolated_block_labels" in answer.json()["detail"]
    assert await wire.listed(agent_id) == []


async def test_without_a_turn_there_is_nothing_to_cancel(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    for name, query in ((made["id"], {}), (agent_id, {}), ("default", {"agent_id": agent_id})):
        answer = await wire.http.post(f"/v1/conversations/{name}/cancel", params=query)
        detail = f"CONFLICT: No active runs to cancel for conversation {name}"
        assert (answer.status_code, answer.json()) == (409, {"detail": detail})
    for name in (NOBODY, "default"):
        answer = await wire.http.post(f"/v1/conversations/{name}/cancel")
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("Conversation not found")


async def test_preconditions_are_ignored(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id(), summary="old")
    headers = {"if-match": '"nope"', "if-unmodified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    answer = await wire.http.patch(
        f"/v1/conversations/{made['id']}", json={"summary": "new"}, headers=headers
    )
    assert (answer.status_code, answer.json()["summary"]) == (200, "new")
    assert "etag" not in answer.headers


async def test_only_an_empty_string_clears_a_summary(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id(), summary="old")
    assert (await wire.patch(made["id"], summary="")).json()["summary"] == ""
    assert (await wire.conversation(made["id"]))["summary"] == ""


async def test_summary_keeps_every_character(wire: Wire) -> None:
    text = " \x1b[31mred\x07 \u202ertl [/foo] 日本語 👩‍🔧\r\n\ttail "
    made = await wire.create(await wire.agent_id(), summary="old")
    assert (await wire.patch(made["id"], summary=text)).json()["summary"] == text
    assert (await wire.conversation(made["id"]))["summary"] == text


@pytest.mark.parametrize("escaped", [r"a\u0000b", r"\ud800"])
async def test_nul_and_lone_surrogates_are_a_500_that_changes_nothing(wire: Wire, escaped: str) -> None:
    made = await wire.create(await wire.agent_id(), summary="old")
    answer = await wire.http.patch(
        f"/v1/conversations/{made['id']}",
        content=f'{{"summary": "{escaped}"}}',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()) == DATABASE
    assert await wire.conversation(made["id"]) == made | {
        "in_context_message_ids": (await wire.conversation(made["id"]))["in_context_message_ids"]
    }


@pytest.mark.parametrize(
    ("body", "status", "fragment"),
    [
        (b"", 422, "'loc': ('body',), 'msg': 'Field required'"),
        (b"5", 422, "'type': 'model_attributes_type'"),
        (b"[1]", 422, "'type': 'model_attributes_type'"),
        (b"{bad", 422, "'loc': ('body', 1), 'msg': 'JSON decode error'"),
        (b'{"summary": 5}', 422, "'loc': ('body', 'summary'), 'msg': 'Input should be a valid string'"),
        (b'{"summary": "\xff"}', 400, "There was an error parsing the body"),
    ],
)
async def test_patch_bodies_that_are_refused(wire: Wire, body: bytes, status: int, fragment: str) -> None:
    made = await wire.create(await wire.agent_id())
    headers = {"content-type": "application/json"}
    answer = await wire.http.patch(f"/v1/conversations/{made['id']}", content=body, headers=headers)
    assert answer.status_code == status
    detail = answer.json()["detail"]
    assert isinstance(detail, str)
    assert fragment in detail


async def test_json_without_its_content_type_is_refused(wire: Wire) -> None:
    made = await wire.create(await wire.agent_id())
    answer = await wire.http.patch(f"/v1/conversations/{made['id']}", content=b'{"summary": "x"}')
    assert answer.status_code == 422
    assert "'type': 'model_attributes_type'" in answer.json()["detail"]


async def test_delete_is_soft_for_the_conversation_and_hard_for_its_isolated_blocks(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, isolated_block_labels=["human"])
    path, (block_id,) = f"/v1/conversations/{made['id']}", made["isolated_block_ids"]
    system_id = (await wire.conversation(made["id"]))["in_context_message_ids"][0]
    answer = await wire.http.delete(path)
    assert (answer.status_code, answer.json()) == (200, None)
    assert (await wire.http.get(path)).status_code == 404
    assert (await wire.http.patch(path, json={"summary": "x"})).status_code == 404
    assert (await wire.http.delete(path)).status_code == 404
    assert (await wire.http.get(f"/v1/blocks/{block_id}")).status_code == 404
    assert (await wire.http.get(f"/v1/messages/{system_id}")).status_code == 404
    assert await wire.messages(made["id"]) == []
    assert await wire.history(made["id"]) == []
    assert await wire.listed(agent_id) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_conversation_is_a_404_that_leaks_the_actor(wire: Wire, method: str) -> None:
    answer = await wire.http.request(method, f"/v1/conversations/{NOBODY}", json={"summary": "x"})
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(
        f"Conversation not found with id='['{NOBODY}']', access level in"
    )
    assert answer.json()["detail"].endswith(", is_deleted=False")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_default_cannot_be_retrieved_changed_or_deleted(wire: Wire, method: str) -> None:
    told = {"agent_id": await wire.agent_id()}
    answer = await wire.http.request(method, "/v1/conversations/default", params=told, json={"summary": "x"})
    assert answer.status_code == 422
    assert "String should have at least 41 characters" in answer.json()["detail"]
