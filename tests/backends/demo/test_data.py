"""What the demo data promises to the people and the tests that look at it."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.backends.demo.conftest import NOW
from tui.backends.demo import DemoTransport
from tui.backends.demo.data import build_demo_store
from tui.backends.demo.message_rendering import TYPES

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


class Ada:
    """The first agent of the demo and her conversations."""

    def __init__(self, http: httpx.AsyncClient, agent: Json, listed: list[Json]) -> None:
        self.http, self.agent, self.listed = http, agent, listed

    def find(self, start: str) -> Json:
        return next(row for row in self.listed if (row["summary"] or "").startswith(start))

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params or None)
        assert answer.status_code == 200
        return answer.json()

    async def messages(self, start: str) -> list[Json]:
        path = f"/v1/conversations/{self.find(start)['id']}/messages"
        told: list[Json] = await self.get(path, order="asc", limit=1000)
        return told


@pytest.fixture
async def ada(http: httpx.AsyncClient) -> Ada:
    agent = (await http.get("/v1/agents/")).json()[0]
    listed = await http.get("/v1/conversations/", params={"agent_id": agent["id"], "limit": 1000})
    return Ada(http, agent, listed.json())


async def everything(demo: DemoTransport) -> list[Any]:
    paths = (
        "/v1/agents/",
        "/v1/conversations/?limit=9999",
        "/v1/blocks/?limit=9999",
        "/v1/messages/?limit=99999",
    )
    async with httpx.AsyncClient(transport=demo, base_url="http://demo") as http:
        told = [(await http.get(path)).json() for path in paths]
    told[-1].sort(key=lambda message: message["id"])
    return told


async def test_equal_moments_give_equal_data_whatever_was_opened_first() -> None:
    first, second = DemoTransport(now=NOW), DemoTransport(now=NOW)
    for conversation_id in list(second.store.conversations)[::-7]:
        second.store.links(conversation_id)
    assert await everything(first) == await everything(second)
    for conversation_id in first.store.conversations:
        assert first.store.in_context(conversation_id) == second.store.in_context(conversation_id)


def test_all_ids_are_version_four_uuids() -> None:
    store = build_demo_store(NOW)
    store.write_all()
    pattern = re.compile(r"[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    for identifier in (*store.agents, *store.blocks, *store.conversations, *store.rows):
        assert pattern.fullmatch(identifier)


def test_no_text_holds_what_postgres_cannot_keep() -> None:
    store = build_demo_store(NOW)
    store.write_all()
    for row in store.rows.values():
        text = json.dumps(row.parts, ensure_ascii=False)
        assert "\\u0000" not in text
        text.encode()


def test_messages_lie_between_creation_and_last_message() -> None:
    store = build_demo_store(NOW)
    store.write_all()
    for row in store.rows.values():
        assert row.created_at <= NOW.replace(microsecond=999_999)
        if row.conversation_id is not None:
            conversation = store.conversations[row.conversation_id]
            assert conversation.created_at <= row.created_at <= (conversation.last_message_at or NOW)


async def test_there_are_agents_of_every_kind(http: httpx.AsyncClient) -> None:
    agents = (await http.get("/v1/agents/")).json()
    assert agents[0]["name"] == "Ada"
    assert agents[0]["model"] == "openai/gpt-4o-mini"
    assert any("\x1b" in agent["name"] for agent in agents)
    counts = []
    for agent in agents:
        told = await http.get("/v1/conversations/", params={"agent_id": agent["id"], "limit": 1000})
        counts.append(len(told.json()))
    assert counts[0] == 240
    assert 0 in counts
    assert any(0 < count < 10 for count in counts)
    blocks = [block for agent in agents for block in agent["blocks"]]
    assert any(block["read_only"] for block in blocks)
    assert any(len(block["value"]) > block["limit"] for block in blocks)
    assert any(block["value"] == "" for block in blocks)
    assert any(len(block["description"] or "") > 200 for block in blocks)


async def test_the_newest_conversation_is_compacted_and_has_one_block_that_differs(ada: Ada) -> None:
    assert ada.listed[0]["summary"] == "Refactor the billing API, second try"
    told = await ada.get(f"/v1/conversations/{ada.listed[0]['id']}")
    assert len(told["in_context_message_ids"]) == 13
    messages = await ada.messages("Refactor")
    assert len({m["id"] for m in messages} - set(told["in_context_message_ids"])) == 201
    blocks = [await ada.get(f"/v1/blocks/{block_id}") for block_id in told["isolated_block_ids"]]
    shared = {block["label"]: block["value"] for block in ada.agent["blocks"]}
    assert sorted(block["value"] == shared[block["label"]] for block in blocks) == [False, True]
    stale = [b["label"] for b in blocks if f"<value>\n{b['value']}\n</value>" not in messages[0]["content"]]
    assert stale == ["project"]


async def test_summaries_of_every_kind_are_in_reach(ada: Ada) -> None:
    summaries = [row["summary"] for row in ada.listed[:25]]
    assert None in summaries
    assert "" in summaries
    assert any(text and "\n" in text for text in summaries)
    assert any(text and len(text) > 2000 for text in summaries)
    assert any(text and "\x1b" in text and "[/foo]" in text for text in summaries)


async def test_the_untitled_one_asks_why_the_build_fails(ada: Ada) -> None:
    untitled = next(row for row in ada.listed if row["summary"] is None)
    messages = await ada.get(f"/v1/conversations/{untitled['id']}/messages", order="asc")
    assert messages[1]["content"] == "why does the build fail"


async def test_one_conversation_has_every_type_and_one_that_nobody_knows(ada: Ada) -> None:
    messages = await ada.messages("One of every")
    types = {message["message_type"] for message in messages}
    assert set(TYPES) <= types
    assert len(types - set(TYPES)) == 1
    assert len([m for m in messages if m["message_type"] == "system_message"]) == 2


async def test_the_result_of_a_client_side_tool_stands_in_an_approval_and_may_be_a_picture(ada: Ada) -> None:
    messages = await ada.messages("One of every")
    answers = [m for m in messages if m["message_type"] == "approval_response_message"]
    supplied = answers[-1]
    assert [m["approve"] for m in answers] == [False, True, None]
    assert supplied["approvals"][0]["type"] == "tool"
    assert supplied["approvals"][0]["tool_return"] == "a picture [Image omitted]"
    back = next(m for m in messages if isinstance(m.get("tool_returns", [{}])[0].get("tool_return"), list))
    assert back["tool_return"] == "a picture [Image omitted]"
    assert [part["type"] for part in back["tool_returns"][0]["tool_return"]] == ["text", "image"]


async def test_one_conversation_waits_for_approval_and_refuses_to_go_on(ada: Ada) -> None:
    made = ada.find("Drop the old")
    assert (await ada.messages("Drop the old"))[-1]["message_type"] == "approval_request_message"
    told = {"messages": [{"role": "user", "content": "well?"}], "streaming": False}
    answer = await ada.http.post(f"/v1/conversations/{made['id']}/messages", json=told)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("CONFLICT: Cannot send a new message")


async def test_one_conversation_is_huge(ada: Ada) -> None:
    messages = await ada.messages("The log")
    returns = [m["tool_return"] for m in messages if m["message_type"] == "tool_return_message"]
    assert max(len(text) for text in returns) >= 290_000
    assert max(len(line) for text in returns for line in text.splitlines()) >= 100_000
    assert max(len(m["tool_call"]["arguments"]) for m in messages if "tool_call" in m) > 30_000


async def test_one_isolated_label_is_detached_from_the_agent(ada: Ada) -> None:
    (block_id,) = ada.find("Onboard")["isolated_block_ids"]
    assert (await ada.get(f"/v1/blocks/{block_id}"))["label"] == "runbook"
    assert "runbook" not in {block["label"] for block in ada.agent["blocks"]}


async def test_one_conversation_lost_its_isolation_to_a_recompile(ada: Ada) -> None:
    (block_id,) = ada.find("Importer")["isolated_block_ids"]
    value = (await ada.get(f"/v1/blocks/{block_id}"))["value"]
    text = (await ada.messages("Importer"))[0]["content"]
    assert "- CONVERSATION_ID: default\n" in text
    assert value not in text


async def test_one_conversation_is_a_fork(ada: Ada) -> None:
    made = ada.find("Weekly report, with adjectives")
    listed = await ada.messages("Weekly report, with adjectives")
    own = await ada.get("/v1/messages/", conversation_id=made["id"], order="asc")
    assert len(listed) > len(own) > 1


async def test_some_conversations_were_made_in_the_same_instant(ada: Ada) -> None:
    stamps = [row["created_at"] for row in ada.listed]
    assert len(set(stamps)) < len(stamps)


async def test_a_cold_message_id_is_found(http: httpx.AsyncClient) -> None:
    warm = build_demo_store(NOW)
    warm.write_all()
    last = list(warm.rows)[-1]
    assert (await http.get(f"/v1/messages/{last}")).status_code == 200
