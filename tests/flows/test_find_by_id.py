"""Conversations and agents are found by exact ids, by the beginnings of ids, and agents by name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.letta.servers import AT_ONCE, page
from tui.flows.find_by_id import agent_of, find_agent, find_conversation
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import KeyRefused, LettaError, NothingFits, NotOffered, NotThere, ServerTrouble

pytestmark = pytest.mark.anyio

REST = "-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
ONE, TWO, THREE = f"conv-0f6c1a2b{REST}", f"conv-0f6c1a2c{REST}", f"conv-99999999{REST}"
ADA, BELL = f"agent-aaaaaaaa{REST}", f"agent-aaaaaaab{REST}"


class Listing(httpx.AsyncBaseTransport):
    """A server with these agents and conversations, which lacks the calls whose address matches `lacks`.

    It pages as servers do, and up to 0.16.4 lists conversations of one agent only.
    """

    def __init__(
        self,
        conversations: Sequence[tuple[str, str, bool]] = (
            (ONE, ADA, False),
            (TWO, ADA, False),
            (THREE, BELL, True),
        ),
        *,
        lacks: str = "nothing",
        needs_agent: bool = False,
        endless: bool = False,
    ) -> None:
        self.conversations: dict[str, Any] = {
            id: {"id": id, "agent_id": agent, "summary": f"About {id[5:13]}", "archived": archived}
            for id, agent, archived in conversations
        }
        self.agents: dict[str, Any] = {
            id: {"id": id, "name": name} for id, name in ((ADA, "Ada"), (BELL, "Bell"))
        }
        self.lacks, self.needs_agent, self.endless = lacks, needs_agent, endless
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        self.asked.append(f"{path}?{query}")
        if re.fullmatch(self.lacks, path):
            return page(404, {"message": "Not Found"})
        if path == "/v1/agents/":
            named = query.get("query_text", "").casefold()
            return page(200, [one for one in self.agents.values() if named in one["name"].casefold()])
        if path == "/v1/conversations/":
            if self.needs_agent and "agent_id" not in query:
                return page(422, {"detail": "[{'msg': 'Field required', 'input': None}]"})
            rows = [
                row
                for row in self.conversations.values()
                if query.get("archive_status") == "all" or not row["archived"]
            ]
            rows = [row for row in rows if query.get("agent_id") in (None, row["agent_id"])]
            start = next((n for n, row in enumerate(rows, 1) if row["id"] == query.get("after")), 0)
            limit = int(query["limit"])
            return page(200, (rows * limit)[:limit] if self.endless else rows[start : start + limit])
        kind, _, identifier = path.removeprefix("/v1/").partition("/")
        records: dict[str, Any] = self.agents if kind == "agents" else self.conversations
        if identifier in records:
            return page(200, records[identifier])
        if len(identifier) < 41:
            return page(422, {"detail": "[{'msg': 'String should have at least 41 characters', 'input': 1}]"})
        return page(404, {"detail": f"{kind} not found"})


@asynccontextmanager
async def on(server: httpx.AsyncBaseTransport) -> AsyncIterator[LettaClient]:
    client = LettaClient(Wire("http://letta.test", transport=server, patience=AT_ONCE))
    try:
        yield client
    finally:
        await client.close()


async def conversation(typed: str, server: Listing | None = None, **more: Any) -> Conversation:
    async with on(server or Listing()) as client:
        return await find_conversation(client, typed, **more)


async def agent(typed: str, server: Listing | None = None) -> Agent:
    async with on(server or Listing()) as client:
        return await find_agent(client, typed)


async def test_an_exact_id_is_one_request() -> None:
    server = Listing()
    assert (await conversation(ONE, server)).id == ONE
    assert server.asked == [f"/v1/conversations/{ONE}?"]


@pytest.mark.parametrize(
    "typed", [f" {ONE}\n", f"“{ONE}”", ONE.upper(), ONE[:-1], "conv-0f6c1a2b", "CONV-0F6C1A2B…"]
)
@pytest.mark.parametrize("writing", [False, True])
async def test_what_is_meant_is_found(typed: str, writing: bool) -> None:
    assert (await conversation(typed, writing=writing)).id == ONE


@pytest.mark.parametrize("needs_agent", [False, True])
async def test_an_archived_one_of_another_agent_is_found_on_each_server(needs_agent: bool) -> None:
    assert (await conversation("conv-99999999", Listing(needs_agent=needs_agent))).id == THREE


async def test_the_beginning_is_looked_for_in_the_whole_list() -> None:
    many = [(f"conv-{number:08x}{REST}", ADA, False) for number in range(1200)]
    server = Listing(many)
    assert (await conversation("conv-000004af", server)).id == many[1199][0]


@pytest.mark.parametrize("form", ["local-conv-7", "id", "conversation_id", "agent-local-1"])
async def test_an_exact_id_of_any_other_form_is_taken_as_it_is(form: str) -> None:
    assert (await conversation(form, Listing([(form, ADA, False)]))).id == form


async def test_an_exact_id_wins_over_a_longer_one_that_begins_so() -> None:
    short = "conv-0f6c1a2b"
    assert (await conversation(short, Listing([(ONE, ADA, False), (short, ADA, False)]))).id == short


async def test_several_that_begin_so_are_listed() -> None:
    server = Listing([(f"conv-0f6c1a2b-{number:04x}{REST[5:]}", ADA, False) for number in range(7)])
    with pytest.raises(NothingFits) as caught:
        await conversation("conv-0f6c1a2b", server)
    assert caught.value.what.startswith("7 conversations match “conv-0f6c1a2b”: conv-0f6c1a2b-0000-4e5f")
    assert "About 0f6c1a2b" in caught.value.what
    assert caught.value.what.endswith("and 2 more")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("conv-12345678", "no conversation on letta.test has an id that begins with “conv-12345678”"),
        ("conv-0f6c1", "no conversation “conv-0f6c1” on letta.test: too short, 5 characters after conv-"),
        (f"{ONE}00", "too long, 38 characters after conv-: an id is conv- and 36 characters"),
        (
            "nope",
            "no conversation “nope” on letta.test: an id is conv- and 36 characters, of which the first 8",
        ),
        (ADA, "that is the id of an agent"),
        ("[/foo]\x1b[31m", "no conversation “[/foo]␛[31m” on letta.test"),
    ],
)
async def test_what_fits_nothing_is_a_sentence_and_not_the_servers_check(typed: str, words: str) -> None:
    with pytest.raises(NothingFits) as caught:
        await conversation(typed)
    assert words in caught.value.what
    assert "String should" not in caught.value.what


async def test_a_whole_id_that_is_not_there_is_said_by_the_server() -> None:
    server = Listing()
    with pytest.raises(NotThere):
        await conversation(f"conv-77777777{REST}", server)
    assert len(server.asked) == 1


async def test_a_write_needs_the_whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a list has no end, nobody knows whether another one begins so."""
    monkeypatch.setattr("tui.rules.paging.LARGEST_LIMIT", 2_000)
    assert (await conversation("conv-0f6c1a2b", Listing(endless=True))).id == ONE
    with pytest.raises(NothingFits, match=r"only the first 3 conversations could be read.*give the whole id"):
        await conversation("conv-0f6c1a2b", Listing(endless=True), writing=True)


async def test_a_server_that_lists_nothing_is_said_to_lack_it() -> None:
    with pytest.raises(NothingFits, match="this server lists no conversations: give the whole id"):
        await conversation("conv-0f6c1a2b", Listing(lacks="/v1/conversations/"))


@pytest.mark.parametrize(("status", "kind"), [(401, KeyRefused), (500, ServerTrouble)])
async def test_what_is_no_matter_of_ids_is_raised(status: int, kind: type[LettaError]) -> None:
    async with on(httpx.MockTransport(lambda _: page(status))) as client:
        for typed in (ONE, "conv-0f6c1a2b", "nope"):
            with pytest.raises(kind):
                await find_conversation(client, typed)
        for typed in (ADA, "agent-aaaaaaaa", "nope"):
            with pytest.raises(kind):
                await find_agent(client, typed)


# agents


@pytest.mark.parametrize(
    "typed", [ADA, ADA.upper(), f" '{ADA}' ", ADA[:-3], "agent-aaaaaaaa", "Ada", "ada", "ad"]
)
async def test_an_agent_is_found_by_id_beginning_or_name(typed: str) -> None:
    assert (await agent(typed)).name == "Ada"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("agent-aaaaaaa", "too short, 7 characters after agent-"),
        ("agent-12345678", "no agent on letta.test has an id that begins with “agent-12345678”"),
        (f"agent-77777777{REST}", f"no agent “agent-77777777{REST}” on letta.test"),
        (ONE, "that is the id of a conversation"),
        ("a", "2 agents match “a”: Ada (agent-aaaaaaaa"),
        ("Cleo", "no agent “Cleo” on letta.test"),
    ],
)
async def test_an_agent_that_is_not_there_is_a_sentence(typed: str, words: str) -> None:
    server = Listing()
    if typed == "a":
        server.agents[BELL]["name"] = "Bella"
    with pytest.raises(NothingFits) as caught:
        await agent(typed, server)
    assert words in caught.value.what


@pytest.mark.parametrize("lacks", ["/v1/agents/.*", "/v1/agents/agent-.*"])
async def test_an_exact_id_needs_no_call_that_the_server_lacks(lacks: str) -> None:
    assert (await agent(ADA, Listing(lacks=lacks))).id == ADA


@pytest.mark.parametrize("typed", ["agent_id", "agent-1", "Ada"])
async def test_without_any_call_about_agents_an_id_is_taken_as_it_is_given(typed: str) -> None:
    assert await agent(typed, Listing(lacks="/v1/agents/.*")) == Agent(id=typed)


async def test_an_agent_that_is_not_in_the_list_is_not_made_up() -> None:
    with pytest.raises(NothingFits, match="no agent"):
        await agent(f"agent-77777777{REST}", Listing(lacks="/v1/agents/agent-.*"))


async def test_the_agent_of_a_conversation_may_be_known_by_its_id_alone() -> None:
    row = Conversation(id=ONE, agent_id=ADA)
    async with on(Listing()) as client:
        assert (await agent_of(client, row)).name == "Ada"
    async with on(Listing(lacks="/v1/agents/.*")) as client:
        assert await agent_of(client, row) == Agent(id=ADA)
    async with on(Listing(lacks="/v1/conversations/.*")) as client:
        with pytest.raises(NotOffered):
            await find_conversation(client, ONE)
