"""The demo data in the cloud's flavour: the same story as in the other, and what only newer servers have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.backends.demo.conftest import NOW
from tui.backends.demo import DemoTransport

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


@pytest.fixture
def cloud() -> DemoTransport:
    return DemoTransport(now=NOW, flavour="cloud")


@pytest.fixture
async def http(cloud: DemoTransport) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=cloud, base_url="http://demo-cloud") as client:
        yield client


async def ada(http: httpx.AsyncClient, **params: Any) -> list[Json]:
    """The rows of the first agent."""
    agent = (await http.get("/v1/agents/")).json()[0]
    told = await http.get("/v1/conversations/", params={"agent_id": agent["id"], "limit": 1000, **params})
    rows: list[Json] = told.json()
    return rows


def test_both_flavours_have_the_same_agents_conversations_and_messages(cloud: DemoTransport) -> None:
    other = DemoTransport(now=NOW)
    cloud.store.write_all()
    other.store.write_all()
    assert list(cloud.store.agents) == list(other.store.agents)
    assert [(c.id, c.summary) for c in cloud.store.conversations.values()] == [
        (c.id, c.summary) for c in other.store.conversations.values()
    ]
    assert list(cloud.store.rows) == list(other.store.rows)
    for row in cloud.store.rows.values():
        same = other.store.rows[row.id]
        assert (row.created_at, row.role) == (same.created_at, same.role)
        assert row.role == "system" or row.parts == same.parts


async def test_one_is_archived_one_has_only_a_description_and_one_a_model_of_its_own(
    http: httpx.AsyncClient,
) -> None:
    every = await ada(http, archive_status="all")
    (archived,) = [row for row in every if row["archived"]]
    assert archived["summary"].startswith("Postmortem")
    assert archived["archived_at"] > archived["last_message_at"]
    assert archived["id"] not in {row["id"] for row in await ada(http)}
    assert [row["id"] for row in await ada(http, archive_status="archived")] == [archived["id"]]
    described = [row for row in every if row["description"] and not row["summary"]]
    assert [row["description"][:10] for row in described] == ["The linker"]
    assert [row["model"] for row in every if row["model"]] == ["openai/gpt-4.1"]


async def test_of_one_it_is_not_reported_what_is_in_context(http: httpx.AsyncClient) -> None:
    told = [(await http.get(f"/v1/conversations/{row['id']}")).json() for row in (await ada(http))[:30]]
    assert [row["in_context_message_ids"] is None for row in told].count(True) == 1


async def test_memory_is_stale_although_nothing_is_isolated(
    cloud: DemoTransport, http: httpx.AsyncClient
) -> None:
    row = next(row for row in await ada(http) if (row["summary"] or "").startswith("Who am I?"))
    messages = (await http.get(f"/v1/conversations/{row['id']}/messages", params={"order": "asc"})).json()
    assert "isolated_block_ids" not in row
    assert not any(conversation.isolated for conversation in cloud.store.conversations.values())
    assert "<value>\nName: R. Okafor\n" in messages[0]["content"]
    agent = (await http.get("/v1/agents/", params={"include": "agent.blocks"})).json()[0]
    values = {block["label"]: block["value"] for block in agent["blocks"]}
    assert values["human"].startswith("Name: Robin Okafor\n")


async def test_the_memory_of_one_agent_is_kept_in_git(http: httpx.AsyncClient) -> None:
    agents = (await http.get("/v1/agents/", params={"include": "agent.tags"})).json()
    tagged = [agent["name"] for agent in agents if "git-memory-enabled" in agent["tags"]]
    assert [name.partition(",")[0] for name in tagged] == ["Linus"]
    assert [agent["name"] for agent in agents if agent["memory"]["git_enabled"]] == tagged
    untold = (await http.get("/v1/agents/")).json()
    assert not any(agent["tags"] or agent["memory"]["git_enabled"] for agent in untold)
