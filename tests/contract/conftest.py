"""One wire, three servers: the same assertions meet the embedded server in both flavours and a real Letta 0.16.8."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.contract.differences import difference
from tests.live.lacks import MEASURED, missing
from tests.live.rest import RestError
from tests.live.running import RealServer
from tui.backends.demo import DemoTransport, Store

Json = dict[str, Any]


def shape(messages: list[Json]) -> list[str]:
    """The types of messages, short."""
    return [message["message_type"].removesuffix("_message") for message in messages]


@dataclass
class Wire:
    """A client and the shortest ways to make what a test needs; deletes the agents that it made."""

    http: httpx.AsyncClient
    model: str
    embedding: str
    made: list[str] = field(default_factory=list)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def agent(self, name: str | None = None, **blocks: str) -> Json:
        told = {
            "name": name or f"contract-{uuid.uuid4().hex[:12]}",
            "model": self.model,
            "embedding": self.embedding,
            "parallel_tool_calls": True,
            "memory_blocks": [{"label": label, "value": value} for label, value in blocks.items()],
        }
        answer = await self.http.post("/v1/agents/", json=told)
        assert answer.status_code == 200, answer.text
        agent: Json = answer.json()
        self.made.append(agent["id"])
        return agent

    async def agent_id(self, **blocks: str) -> str:
        agent = await self.agent(**(blocks or {"human": "Name: Sam", "persona": "I am terse."}))
        return str(agent["id"])

    async def create(self, agent_id: str, **body: Any) -> Json:
        answer = await self.http.post("/v1/conversations/", params={"agent_id": agent_id}, json=body)
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()
        return made

    async def conversation(self, conversation_id: str) -> Json:
        told: Json = await self.get(f"/v1/conversations/{conversation_id}")
        return told

    async def patch(self, conversation_id: str, **body: Any) -> httpx.Response:
        return await self.http.patch(f"/v1/conversations/{conversation_id}", json=body)

    async def send(self, conversation_id: str, text: str, **more: Any) -> httpx.Response:
        told = {"messages": [{"role": "user", "content": text}], "streaming": False, **more}
        return await self.http.post(f"/v1/conversations/{conversation_id}/messages", json=told)

    async def say(self, conversation_id: str, *texts: str) -> None:
        for text in texts:
            answer = await self.send(conversation_id, text)
            assert answer.status_code == 200, answer.text

    async def compact(self, conversation_id: str) -> Json:
        answer = await self.http.post(f"/v1/conversations/{conversation_id}/compact")
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def messages(self, conversation_id: str, **params: Any) -> list[Json]:
        told: list[Json] = await self.get(f"/v1/conversations/{conversation_id}/messages", **params)
        return told

    async def history(self, conversation_id: str, **params: Any) -> list[Json]:
        told: list[Json] = await self.get("/v1/messages/", conversation_id=conversation_id, **params)
        return told

    async def system_text(self, conversation_id: str) -> str:
        first = (await self.messages(conversation_id, order="asc", limit=1))[0]
        assert first["message_type"] == "system_message"
        return str(first["content"])

    async def listed(self, agent_id: str, **params: Any) -> list[Json]:
        told: list[Json] = await self.get("/v1/conversations/", agent_id=agent_id, **params)
        return told


@asynccontextmanager
async def to_demo(version: str = "0.16.8") -> AsyncIterator[Wire]:
    """An embedded server without anything in it."""
    store = Store.empty(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))
    transport = DemoTransport(store, version=version)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        yield Wire(http, "openai/gpt-4o-mini", "openai/text-embedding-3-small")


@asynccontextmanager
async def to_cloud() -> AsyncIterator[tuple[Wire, DemoTransport]]:
    """An embedded server of the cloud's flavour without anything in it, and its switches."""
    store = Store.empty(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))
    transport = DemoTransport(store, flavour="cloud")
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        yield Wire(http, "openai/gpt-4o-mini", "openai/text-embedding-3-small"), transport


@asynccontextmanager
async def to_real(real: RealServer) -> AsyncIterator[Wire]:
    """A real server; what was made goes over connections of its own, since a 500 leaves a dead one (measured)."""
    async with httpx.AsyncClient(base_url=real.base_url, timeout=60) as http:
        served = Wire(http, real.model, real.embedding)
        yield served
    for agent_id in served.made:
        with suppress(RestError):
            real.call("DELETE", f"/v1/agents/{agent_id}")


def expect_failure(request: pytest.FixtureRequest, version: str) -> None:
    """Expect this test to fail where an older server lacks what it is about; should it pass, the table is wrong."""
    lacking = missing(version, request.node.name)
    if lacking is not None:
        reason = f"Letta {version} lacks {lacking.what}, which came with {lacking.first}"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=version in MEASURED))


def expect_difference(request: pytest.FixtureRequest) -> None:
    """Expect this test to fail where the API after 0.16.8 promises something else; if it passes, the table is wrong."""
    reason = difference(request.node.name)
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=f"after 0.16.8: {reason}", strict=True))


@pytest.fixture(params=["demo", "cloud", pytest.param("real", marks=pytest.mark.live)])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    if request.param == "demo":
        async with to_demo() as served:
            yield served
    elif request.param == "cloud":
        expect_difference(request)
        async with to_cloud() as (served, _):
            yield served
    else:
        real = request.getfixturevalue("real_server")
        expect_failure(request, real.version)
        async with to_real(real) as served:
            yield served
