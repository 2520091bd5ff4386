"""Each method: exactly which request it makes, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.cases import case
from tests.letta.servers import AT_ONCE, Scripted, page, real
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import BadResponse, LettaError, OutcomeUnknown
from tui.model.message import Message

pytestmark = pytest.mark.anyio

Call = Callable[[LettaClient], Awaitable[Any]]
RECORD = {"id": "conv-1", "agent_id": "agent-1", "summary": "s", "in_context_message_ids": []}
CREATE: Call = lambda client: client.create_conversation("agent-1", summary="s")  # noqa: E731
UPDATE: Call = lambda client: client.update_summary("conv-1", "s")  # noqa: E731


@asynccontextmanager
async def on(server: Scripted) -> AsyncIterator[LettaClient]:
    client = LettaClient(Wire("http://letta.test/prefix", transport=server, patience=AT_ONCE))
    try:
        yield client
    finally:
        await client.close()


async def requested(call: Call, answer: object) -> httpx.Request:
    """The one request that a call makes of a server which answers so."""
    server = Scripted(page(200, answer))
    async with on(server) as client:
        await call(client)
    return server.only


READS: list[tuple[Call, object, str]] = [
    (lambda c: c.health(), {}, "/v1/health/"),
    (lambda c: c.agents(), [], "/v1/agents/?limit=50&include_relationships=&include=agent.tags"),
    (
        lambda c: c.agents(query="Ada L", after="agent-9", limit=7),
        [],
        "/v1/agents/?limit=7&after=agent-9&query_text=Ada+L&include_relationships=&include=agent.tags",
    ),
    (
        lambda c: c.agent("agent-1"),
        {"id": "agent-1"},
        "/v1/agents/agent-1?include_relationships=&include=agent.tags",
    ),
    (lambda c: c.agent_blocks("agent-1"), [], "/v1/agents/agent-1/core-memory/blocks"),
    (lambda c: c.block("block-1"), {"id": "block-1"}, "/v1/blocks/block-1"),
    (lambda c: c.conversations("agent-1"), [], "/v1/conversations/?agent_id=agent-1&limit=50"),
    (
        lambda c: c.conversations(
            "agent-1", after="conv-9", limit=7, order="asc", order_by="created_at", search="50% & more"
        ),
        [],
        "/v1/conversations/?agent_id=agent-1&after=conv-9&limit=7&order=asc&order_by=created_at"
        "&summary_search=50%25+%26+more",
    ),
    (
        lambda c: c.conversations("", limit=1, archive_status="all"),
        [],
        "/v1/conversations/?limit=1&archive_status=all",
    ),
    (lambda c: c.conversation("conv-1"), RECORD, "/v1/conversations/conv-1"),
    (lambda c: c.conversation("conv-1", "agent-1"), RECORD, "/v1/conversations/conv-1"),
    (lambda c: c.conversation(DEFAULT, "agent-1"), RECORD, "/v1/conversations/default?agent_id=agent-1"),
    (
        lambda c: c.conversation_messages("conv-1", limit=9),
        [],
        "/v1/conversations/conv-1/messages?order=asc&limit=9",
    ),
    (
        lambda c: c.agent_messages("agent-1", limit=9),
        [],
        "/v1/agents/agent-1/messages?order=desc&limit=9&conversation_id=default",
    ),
    (
        lambda c: c.agent_messages("agent-1", limit=9, default_only=False),
        [],
        "/v1/agents/agent-1/messages?order=desc&limit=9",
    ),
    (lambda c: c.message("message-1"), [], "/v1/messages/message-1"),
]


@pytest.mark.parametrize(("call", "answer", "address"), READS, ids=[address for _, _, address in READS])
async def test_a_read_is_one_get(call: Call, answer: object, address: str) -> None:
    request = await requested(call, answer)
    assert request.method == "GET"
    assert str(request.url) == f"http://letta.test/prefix{address}"
    assert request.content == b""


WRITES: list[tuple[Call, str, str, object]] = [
    (lambda c: c.create_conversation("agent-1"), "POST", "/v1/conversations/?agent_id=agent-1", {}),
    (
        lambda c: c.create_conversation("agent-1", summary="s", isolated_block_labels=("human", "persona")),
        "POST",
        "/v1/conversations/?agent_id=agent-1",
        {"summary": "s", "isolated_block_labels": ["human", "persona"]},
    ),
    (lambda c: c.update_summary("conv-1", "new"), "PATCH", "/v1/conversations/conv-1", {"summary": "new"}),
    (lambda c: c.update_summary("conv-1", ""), "PATCH", "/v1/conversations/conv-1", {"summary": ""}),
    (
        lambda c: c.update_summary(DEFAULT, "new", "agent-1"),
        "PATCH",
        "/v1/conversations/default?agent_id=agent-1",
        {"summary": "new"},
    ),
    (
        lambda c: c.unchanged_default("agent-1"),
        "PATCH",
        "/v1/conversations/default?agent_id=agent-1",
        {},
    ),
    (lambda c: c.archive("conv-1", False), "PATCH", "/v1/conversations/conv-1", {"archived": False}),
]


@pytest.mark.parametrize(("call", "method", "address", "body"), WRITES)
async def test_a_write_sends_what_it_says_and_nothing_else(
    call: Call, method: str, address: str, body: object
) -> None:
    request = await requested(call, RECORD)
    assert request.method == method
    assert str(request.url) == f"http://letta.test/prefix{address}"
    assert json.loads(request.content) == body


async def test_the_program_says_who_it_is_and_what_it_reads() -> None:
    request = await requested(lambda client: client.health(), {})
    assert request.headers["user-agent"].startswith("letta-tui/")
    assert request.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    ("odd", "segment"),
    [
        ("", "-"),
        (".", "-"),
        ("..", "-"),
        ("../agents", "..%2Fagents"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("50%", "50%25"),
        ("é", "%C3%A9"),
        ("\ud800", "%3F"),
    ],
)
async def test_an_odd_id_stays_one_segment_of_the_path(odd: str, segment: str) -> None:
    request = await requested(lambda client: client.block(odd), {"id": "block-1"})
    assert request.url.raw_path == f"/prefix/v1/blocks/{segment}".encode()


# what comes back


@pytest.mark.parametrize("call", [CREATE, UPDATE], ids=["create", "update"])
async def test_the_answer_to_a_write_says_nothing_about_context(call: Call) -> None:
    async with on(Scripted(page(200, RECORD))) as client:
        row: Conversation = await call(client)
    assert row.summary == "s"
    assert row.in_context_message_ids is None


async def test_list_rows_say_nothing_about_context_and_retrieve_does() -> None:
    (sent,) = real("conversation_get")
    async with on(Scripted(page(200, [sent]), page(200, sent))) as client:
        (row,) = (await client.conversations("agent-1")).rows
        retrieved = await client.conversation(sent["id"])
    assert row.in_context_message_ids is None
    assert row.isolated_block_ids == tuple(sent["isolated_block_ids"])
    assert retrieved.in_context_message_ids == tuple(sent["in_context_message_ids"])


@pytest.mark.parametrize("call", [CREATE, UPDATE], ids=["create", "update"])
@pytest.mark.parametrize("answer", [None, [], {}, {"id": None}, "ok"])
async def test_a_write_with_an_unusable_answer_may_have_happened(call: Call, answer: object) -> None:
    async with on(Scripted(page(200, answer))) as client:
        with pytest.raises(OutcomeUnknown, match="The response is not a valid conversation"):
            await call(client)


@pytest.mark.parametrize(
    ("call", "noun"),
    [
        (lambda c: c.agent("agent-1"), "agent"),
        (lambda c: c.block("block-1"), "block"),
        (lambda c: c.conversation("conv-1"), "conversation"),
        (lambda c: c.health(), "health"),
    ],
)
@pytest.mark.parametrize("answer", [None, [], "ok", 7])
async def test_a_read_of_another_shape_is_a_bad_answer(call: Call, noun: str, answer: object) -> None:
    async with on(Scripted(page(200, answer))) as client:
        with pytest.raises(BadResponse, match=f"The response is not a valid {noun}: expected an object"):
            await call(client)


@pytest.mark.parametrize("answer", [None, {}, "ok", {"data": []}, [{"name": "no id"}], [1, 2]])
async def test_a_list_of_another_shape_is_a_bad_answer(answer: object) -> None:
    async with on(Scripted(page(200, answer))) as client:
        with pytest.raises(BadResponse, match="The response is not a list of agents"):
            await client.agents()


async def test_an_unreadable_row_is_counted_and_the_others_stand() -> None:
    async with on(Scripted(page(200, [{"id": "agent-1"}, {"name": "no id"}, None]))) as client:
        found = await client.agents()
    assert found.rows == (Agent(id="agent-1"),)
    assert (found.sent, found.unreadable) == (3, 2)


async def test_shared_blocks_come_by_label_since_the_server_gives_them_in_any_order() -> None:
    labels = {"b3": "human", "b2": None, "b1": "alpha", "b0": "human"}
    sent = [{"id": block_id, "label": label} for block_id, label in labels.items()]
    async with on(Scripted(page(200, sent))) as client:
        found = await client.agent_blocks("agent-1")
    assert [block.id for block in found] == ["b2", "b1", "b0", "b3"]


@pytest.mark.parametrize("parts", real("messages_by_id"), ids=lambda parts: str(parts[0]["id"])[:16])
async def test_a_row_by_its_id_reads_as_in_the_list(parts: list[dict[str, Any]]) -> None:
    listed = [sent for sent in real("conversation_reasoning_tools") if sent["id"] == parts[0]["id"]]
    async with on(Scripted(page(200, parts))) as client:
        found = await client.message(parts[0]["id"])
    assert [without_nulls(message) for message in found] == [
        without_nulls(Message.read(sent)) for sent in listed
    ]


def without_nulls(message: Message) -> dict[str, Any]:
    return {key: value for key, value in message.raw.items() if value is not None}


async def test_reasoning_of_a_model_that_reasons_stays_reasoning() -> None:
    sent = {"id": "m", "message_type": "reasoning_message", "source": "reasoner_model", "reasoning": "hm"}
    async with on(Scripted(page(200, [sent]))) as client:
        (found,) = await client.message("m")
    assert found.raw == sent


async def test_a_row_that_comes_as_one_object_is_read_too() -> None:
    async with on(Scripted(page(200, {"id": "m", "message_type": "user_message"}))) as client:
        assert [message.id for message in await client.message("m")] == ["m"]


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("x"), page(500), page(200, 7), httpx.Response(200, text="<p>")], ids=repr
)
async def test_every_method_raises_letta_errors_only(trouble: httpx.Response | Exception) -> None:
    for call, _, address in READS:
        async with on(Scripted(trouble)) as client:
            with case(address), pytest.raises(LettaError):
                await call(client)


async def test_the_server_is_named_by_host_and_port() -> None:
    client = LettaClient(Wire("http://letta.test:8283/prefix"))
    assert client.server == "letta.test:8283"
    await client.close()


async def test_a_block_keeps_what_it_says() -> None:
    async with on(Scripted(page(200, {"id": "b", "value": "", "limit": 0, "read_only": False}))) as client:
        found = await client.block("b")
    assert found == Block(id="b", value="", limit=0, read_only=False)
