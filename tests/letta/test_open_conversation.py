"""Opening a conversation: exactly what is in context, in that order, in one round trip, whatever fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.letta.conftest import NOW
from tests.letta.servers import AT_ONCE, page, real
from tui.backends.demo import DemoTransport, Store
from tui.backends.demo.transport import Fault
from tui.letta.client import LettaClient
from tui.letta.collect import gather
from tui.letta.open_conversation import open_conversation
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import (
    BadResponse,
    LettaError,
    NoResponse,
    NotOffered,
    NotThere,
    RateLimited,
    ServerTrouble,
    TooLarge,
    WebPage,
    attempt,
)
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.rules.check import check
from tui.rules.check.finding import Kind

pytestmark = pytest.mark.anyio


def paths(server: DemoTransport) -> Counter[str]:
    """How often each collection was asked."""

    def kind(path: str) -> str:
        parts = path.strip("/").split("/")
        return "/".join(part for part in parts[1:] if "-" not in part or part == "core-memory")

    return Counter(kind(request.url.path) for request in server.requests)


def add_agent(store: Store) -> Agent:
    return Agent(id=store.add_agent("Ada", {"human": "Sam", "persona": "terse"}))


def talk(store: Store, home: str, turns: int) -> None:
    for turn in range(turns):
        store.add_message(home, "user", f"question {turn}")
        store.add_message(home, "assistant", f"answer {turn}")


async def listed(client: LettaClient, agent: Agent, conversation_id: str) -> Conversation:
    """The row as the list gives it."""
    rows = (await client.conversations(agent.id, limit=1000)).rows
    return next(row for row in rows if row.id == conversation_id)


def in_context(opened: Opened) -> Context:
    assert isinstance(opened.context, Context), opened.context
    return opened.context


def check_membership(opened: Opened) -> None:
    """Order and membership are those of the ids, each id with at least one message."""
    context = in_context(opened)
    assert context.ids is not None
    assert tuple(dict.fromkeys(message.id for message in context.messages)) == context.ids
    assert context.without_message == ()


async def test_a_conversation_opens_with_everything_that_is_shown_of_it(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human"])
    talk(server.store, conv_id, 3)
    row = await listed(client, agent, conv_id)
    server.requests.clear()
    opened = await open_conversation(client, row, agent, NOW)
    assert opened.conversation.summary == "s"
    assert opened.at == NOW
    check_membership(opened)
    assert len(in_context(opened).messages) == 7
    assert isinstance(opened.shared, tuple)
    assert [block.label for block in opened.shared] == ["human", "persona"]
    assert opened.isolated is not None
    assert [block.id for block in opened.isolated if isinstance(block, Block)] == list(
        row.isolated_block_ids or ()
    )
    once = ("conversations", "conversations/messages", "agents/core-memory/blocks", "blocks")
    assert paths(server) == dict.fromkeys(once, 1)


class Together(httpx.AsyncBaseTransport):
    """Answers no request before so many have come."""

    def __init__(self, server: DemoTransport, requests: int) -> None:
        self._server = server
        self._all_here = asyncio.Barrier(requests)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._all_here.wait()
        return await self._server.handle_async_request(request)


@pytest.mark.parametrize("default_one", [False, True], ids=["named", "default"])
async def test_all_of_it_is_asked_for_at_once(server: DemoTransport, default_one: bool) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human", "persona"])
    isolated = tuple(server.store.conversations[conv_id].isolated)
    row = default(agent) if default_one else Conversation(id=conv_id, isolated_block_ids=isolated)
    together = Together(server, 3 if default_one else 5)
    client = LettaClient(Wire("http://demo", transport=together, patience=AT_ONCE))
    async with asyncio.timeout(60):
        check_membership(await open_conversation(client, row, agent, NOW))
    assert len(server.requests) == (3 if default_one else 5)
    await client.close()


async def test_isolated_blocks_that_the_row_did_not_name_are_fetched_after(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human"])
    opened = await open_conversation(client, Conversation(id=conv_id, agent_id=agent.id), agent, NOW)
    assert opened.isolated is not None
    assert [block.label for block in opened.isolated if isinstance(block, Block)] == ["human"]


@pytest.mark.parametrize("turns", [1, 10, 99, 100, 101, 250])
async def test_context_is_complete_however_long_it_is(
    server: DemoTransport, client: LettaClient, turns: int
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, turns)
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    check_membership(opened)
    assert len(in_context(opened).messages) == 2 * turns + 1
    assert paths(server)["conversations/messages"] <= 2
    assert paths(server)["messages"] == 0


@pytest.mark.parametrize("turns", [4, 40, 150])
async def test_after_compactions_order_and_membership_are_those_of_the_ids(
    server: DemoTransport, client: LettaClient, turns: int
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    for _ in range(3):
        talk(server.store, conv_id, turns)
        told = await client.wire.write(
            "POST", f"/v1/conversations/{conv_id}/compact", None, {}, what="Compacting"
        )
        assert told["num_messages_after"] < told["num_messages_before"]
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    check_membership(opened)
    shown = await client.conversation_messages(conv_id, limit=10_000)
    assert len({message.id for message in shown}) > len(in_context(opened).ids or ())


async def at_once(server: DemoTransport, turns: int) -> tuple[Agent, str, list[str]]:
    """Turns sent at once: the last to end leaves only the system message and its own in context (measured)."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, turns)
    every = server.store.in_context(conv_id)
    for place, message_id in enumerate(every):
        row = server.store.rows[message_id]
        row.created_at = NOW + timedelta(seconds=place)
    server.store.set_in_context(conv_id, [every[0], *every[-2:]])
    return agent, conv_id, every


async def test_messages_that_fell_out_without_a_compaction_are_named(
    server: DemoTransport, client: LettaClient
) -> None:
    agent, conv_id, every = await at_once(server, 3)
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    check_membership(opened)
    assert sorted(in_context(opened).left_out) == sorted(every[1:-2])
    assert [finding.kind for finding in check(opened)] == [Kind.LEFT_OUT]


async def test_after_a_compaction_none_fell_out(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 8)
    await client.wire.write("POST", f"/v1/conversations/{conv_id}/compact", None, {}, what="Compacting")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert in_context(opened).left_out == ()


async def test_a_compaction_between_the_two_responses_leaves_nothing_out(
    server: DemoTransport, client: LettaClient
) -> None:
    """The ids are from before it, the list from after."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 8)
    before = (await client.conversation(conv_id)).in_context_message_ids
    await client.wire.write("POST", f"/v1/conversations/{conv_id}/compact", None, {}, what="Compacting")
    answer = {"id": conv_id, "agent_id": agent.id, "in_context_message_ids": before}
    server.fail(page(200, answer), path=f"/conversations/{conv_id}$")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert in_context(opened).ids == before
    assert in_context(opened).left_out == ()


async def test_a_turn_that_ends_between_the_two_responses_leaves_nothing_out(
    server: DemoTransport, client: LettaClient
) -> None:
    """Its messages are listed, and the ids are from before it."""
    agent, conv_id, every = await at_once(server, 3)
    server.store.set_in_context(conv_id, every)
    answer = {"id": conv_id, "agent_id": agent.id, "in_context_message_ids": every[:-2]}
    server.fail(page(200, answer), path=f"/conversations/{conv_id}$")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert len(in_context(opened).messages) == 5
    assert in_context(opened).left_out == ()


async def test_rows_that_no_list_shows_are_fetched_by_id(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 3)
    whole = await client.conversation_messages(conv_id, limit=100)
    hidden = {whole[0].id, whole[4].id}
    rest = [message.raw for message in whole if message.id not in hidden]
    server.fail(page(200, rest), path="/conversations/.*/messages")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    check_membership(opened)
    assert [message.raw for message in in_context(opened).messages] == [message.raw for message in whole]
    assert paths(server)["messages"] == 2


class Hiding(LettaClient):
    """Lists every fifth row as nothing, as servers do with results of `send_message`."""

    hidden: frozenset[str] = frozenset()

    async def conversation_messages(self, conversation_id: str, *, limit: int) -> tuple[Message, ...]:
        rows = await super().conversation_messages(conversation_id, limit=limit)
        return tuple(row for row in rows if row.id not in self.hidden)


async def test_a_list_that_shows_fewer_rows_than_were_asked_for_is_no_end_of_it(
    server: DemoTransport, client: LettaClient
) -> None:
    """Only the hidden rows are asked for one by one, not all behind the first list."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 150)
    ids = (await client.conversation(conv_id)).in_context_message_ids or ()
    hiding = Hiding(client.wire)
    hiding.hidden = frozenset(ids[::5])
    server.requests.clear()
    check_membership(await open_conversation(hiding, Conversation(id=conv_id), agent, NOW))
    assert paths(server)["messages"] == len(hiding.hidden)


async def test_an_id_that_nothing_answers_keeps_its_place(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 1)
    ids = (await client.conversation(conv_id)).in_context_message_ids or ()
    server.store.rows[ids[1]].parts = []
    server.store.rows[ids[1]].role = "assistant"
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    context = in_context(opened)
    assert context.ids == ids
    assert context.without_message == (ids[1],)
    assert context.failed == {}
    assert [message.id for message in context.messages] == [ids[0], ids[2]]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(404, NotOffered), (500, ServerTrouble), (503, WebPage), (httpx.ReadError, NoResponse)],
)
async def test_a_row_that_cannot_be_read_says_why(
    server: DemoTransport, client: LettaClient, trouble: int | type[Exception], kind: type[LettaError]
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 1)
    server.fail(page(200, []), path="/conversations/.*/messages")
    server.fail(trouble, path="/v1/messages/")
    context = in_context(await open_conversation(client, Conversation(id=conv_id), agent, NOW))
    assert context.messages == ()
    assert context.without_message == context.ids
    assert {type(error) for error in context.failed.values()} == {kind}


async def test_a_context_of_more_ids_than_are_requested_one_by_one_says_so(
    server: DemoTransport, client: LettaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server can name a million ids in one response; each was a request, and all of them a task at once."""
    monkeypatch.setattr("tui.letta.open_conversation.MOST_BY_ID", 3)
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 3)
    server.fail(page(200, []), path="/conversations/.*/messages")
    context = in_context(await open_conversation(client, Conversation(id=conv_id), agent, NOW))
    assert paths(server)["messages"] == 3
    ids = context.ids or ()
    assert [message.id for message in context.messages] == list(ids[:3])
    assert context.without_message == ids[3:]
    assert {type(context.failed[message_id]) for message_id in ids[3:]} == {TooLarge}
    assert "lists 4 more than can be requested" in context.failed[ids[3]].what
    with pytest.raises(TooLarge):
        await gather(client, Conversation(id=conv_id), agent, NOW)


async def test_more_isolated_blocks_than_are_requested_are_errors_in_their_place(
    server: DemoTransport, client: LettaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.letta.open_conversation.MOST_BLOCKS", 1)
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human", "persona"])
    opened = await open_conversation(client, await listed(client, agent, conv_id), agent, NOW)
    assert opened.isolated is not None
    assert [type(block) for block in opened.isolated] == [Block, TooLarge]
    assert paths(server)["blocks"] == 1


async def test_a_list_that_the_server_cannot_make_is_read_row_by_row(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 4)
    server.fail(500, path="/conversations/.*/messages")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    check_membership(opened)
    assert paths(server)["messages"] == 9


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, RateLimited),
        (502, WebPage),
        (503, WebPage),
        (504, WebPage),
        (page(503, {"detail": "busy"}), ServerTrouble),
    ],
)
async def test_an_overloaded_server_is_not_asked_row_by_row(
    server: DemoTransport, client: LettaClient, status: Fault, kind: type[LettaError]
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 4)
    server.fail(status, path="/conversations/.*/messages")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert type(opened.context) is kind
    assert paths(server)["messages"] == 0


async def test_messages_fail_and_the_rest_stands(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human"])
    server.fail(httpx.ConnectError, path="/messages")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert isinstance(opened.context, NoResponse)
    assert opened.conversation.summary == "s"
    assert isinstance(opened.shared, tuple)
    assert opened.isolated is not None
    assert len(opened.isolated) == 1


async def test_shared_blocks_fail_and_the_rest_stands(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human"])
    server.fail(500, path="/core-memory/")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert isinstance(opened.shared, ServerTrouble)
    check_membership(opened)


async def test_an_isolated_block_that_was_deleted_is_an_error_in_its_place(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human", "persona"])
    row = await listed(client, agent, conv_id)
    assert row.isolated_block_ids is not None
    del server.store.blocks[row.isolated_block_ids[0]]
    opened = await open_conversation(client, row, agent, NOW)
    assert opened.isolated is not None
    lost, kept = opened.isolated
    assert isinstance(lost, NotThere)
    assert isinstance(kept, Block)


async def test_a_conversation_that_cannot_be_read_itself_is_an_error(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    row = await listed(client, agent, conv_id)
    server.store.delete_conversation(conv_id)
    with pytest.raises(NotThere, match=r"Reading the conversation: not found \(404\)"):
        await open_conversation(client, row, agent, NOW)


@pytest.mark.parametrize("said", [{}, {"isolated_block_ids": None}], ids=["0.16.2", "null"])
async def test_a_server_that_reports_no_isolated_blocks_leaves_them_unsaid(
    server: DemoTransport, client: LettaClient, said: dict[str, None]
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    answer: dict[str, Any] = {"id": conv_id, "agent_id": agent.id, "in_context_message_ids": [], **said}
    server.fail(page(200, answer), path="/conversations/conv-[^/]+$")
    opened = await open_conversation(client, Conversation(id=conv_id), agent, NOW)
    assert opened.isolated is None


async def test_context_that_the_server_does_not_report_is_all_that_it_lists(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 2)
    answer = {"id": conv_id, "agent_id": agent.id, "in_context_message_ids": None}
    server.fail(page(200, answer), path="/conversations/conv-[^/]+$")
    context = in_context(await open_conversation(client, Conversation(id=conv_id), agent, NOW))
    assert context.ids is None
    assert len(context.messages) == 5


async def test_an_id_that_is_named_twice_is_shown_once(server: DemoTransport, client: LettaClient) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id)
    talk(server.store, conv_id, 1)
    ids = (await client.conversation(conv_id)).in_context_message_ids or ()
    answer = {"id": conv_id, "in_context_message_ids": [*ids, ids[1]]}
    server.fail(page(200, answer), path="/conversations/conv-[^/]+$")
    context = in_context(await open_conversation(client, Conversation(id=conv_id), agent, NOW))
    assert context.ids == ids
    assert [message.id for message in context.messages] == list(ids)


async def test_a_real_compacted_conversation_shows_its_rows_in_the_order_of_the_ids(
    server: DemoTransport, client: LettaClient
) -> None:
    (conversation,) = real("compaction_after")
    listing = real("compaction_after_messages")
    server.fail(page(200, conversation), path="/conversations/conv-[^/]+$")
    server.fail(page(200, listing), path="/conversations/conv-[^/]+/messages$")
    row = Conversation(id=conversation["id"])
    opened = await open_conversation(client, row, Agent(id=conversation["agent_id"]), NOW)
    check_membership(opened)
    shown = [message.id for message in in_context(opened).messages]
    assert shown != [message["id"] for message in listing]
    assert shown == conversation["in_context_message_ids"]
    assert in_context(opened).left_out == ()


# the default conversation


def default(agent: Agent) -> Conversation:
    return Conversation(id=DEFAULT, agent_id=agent.id)


@pytest.mark.parametrize("turns", [0, 3, 99, 140])
async def test_the_default_conversation_reads_its_ids_from_the_agent(
    server: DemoTransport, client: LettaClient, turns: int
) -> None:
    agent = add_agent(server.store)
    named = server.store.add_conversation(agent.id)
    talk(server.store, agent.id, turns)
    talk(server.store, named, 2)
    opened = await open_conversation(client, default(agent), agent, NOW)
    check_membership(opened)
    assert opened.conversation.is_default
    assert opened.isolated == ()
    assert opened.agent.name == "Ada"
    assert len(in_context(opened).messages) == 2 * turns + 1
    assert paths(server)["agents/messages"] <= 2
    assert paths(server)["messages"] <= 1


async def test_a_default_conversation_of_known_length_is_asked_for_in_one_go(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    talk(server.store, agent.id, 140)
    known = await client.agent(agent.id)
    talk(server.store, agent.id, 20)
    server.requests.clear()
    opened = await open_conversation(client, default(agent), known, NOW)
    check_membership(opened)
    assert len(in_context(opened).messages) == 2 * 160 + 1
    assert paths(server)["agents/messages"] == 1


async def test_a_forked_default_conversation_still_shows_all_of_its_rows(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    talk(server.store, agent.id, 30)
    params = {"agent_id": agent.id}
    await client.wire.write("POST", "/v1/conversations/default/fork", params, {}, what="Forking")
    assert len(await client.agent_messages(agent.id, limit=100)) <= 1
    server.requests.clear()
    opened = await open_conversation(client, default(agent), agent, NOW)
    check_membership(opened)
    assert len(in_context(opened).messages) == 61
    assert len(server.requests) <= 5


async def test_the_default_conversation_of_a_deleted_agent_is_an_error(client: LettaClient) -> None:
    gone = Agent(id="agent-00000000-0000-4000-8000-000000000000")
    with pytest.raises(NotThere):
        await open_conversation(client, default(gone), gone, NOW)


async def test_messages_of_the_default_conversation_fail_and_its_blocks_stand(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    server.fail(httpx.Response(200, text="<p>"), path="/agents/.*/messages")
    opened = await open_conversation(client, default(agent), agent, NOW)
    assert isinstance(opened.context, BadResponse)
    assert isinstance(opened.shared, tuple)


async def test_a_default_list_that_the_server_cannot_make_is_read_row_by_row(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    talk(server.store, agent.id, 2)
    server.fail(500, path="/agents/.*/messages")
    check_membership(await open_conversation(client, default(agent), agent, NOW))


async def test_an_agent_without_message_ids_shows_what_is_listed(
    server: DemoTransport, client: LettaClient
) -> None:
    agent = add_agent(server.store)
    talk(server.store, agent.id, 2)
    server.fail(page(200, {"id": agent.id, "message_ids": None}), path="/agents/[^/]+$")
    context = in_context(await open_conversation(client, default(agent), agent, NOW))
    assert context.ids is None
    assert len(context.messages) == 5


# all of the demo


async def test_every_conversation_of_the_demo_opens_complete() -> None:
    server = DemoTransport(now=NOW)
    client = LettaClient(Wire("http://demo", transport=server, patience=AT_ONCE))
    without_message: list[str] = []
    for agent in (await client.agents(limit=100)).rows:
        for row in (default(agent), *(await client.conversations(agent.id, limit=40)).rows):
            server.requests.clear()
            context = in_context(await open_conversation(client, row, agent, NOW))
            assert context.ids is not None
            answered = [message_id for message_id in context.ids if message_id not in context.without_message]
            assert list(dict.fromkeys(message.id for message in context.messages)) == answered
            without_message += context.without_message
            assert not context.left_out
            assert len(server.requests) <= 12
    await client.close()
    assert len(without_message) < 10


async def test_attempt_gives_errors_as_values_and_lets_bugs_out() -> None:
    async def refuse() -> int:
        raise NoResponse("Asking: nobody there")

    async def stumble() -> int:
        raise KeyError("bug")

    assert isinstance(await attempt(refuse), LettaError)
    with pytest.raises(KeyError):
        await attempt(stumble)


async def test_an_attempt_that_is_cancelled_before_it_begins_makes_no_call() -> None:
    made: list[str] = []

    async def call(word: str) -> str:
        made.append(word)
        return word

    task = asyncio.create_task(attempt(call, "asked"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert made == []


async def test_the_first_part_is_shown_before_the_rest_is_asked_for(
    server: DemoTransport, client: LettaClient
) -> None:
    """What the rest takes to come and to be read must not stand before what can be read already."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s")
    talk(server.store, conv_id, 200)
    row = await listed(client, agent, conv_id)
    server.requests.clear()
    asked: list[int] = []

    async def shown(part: Opened) -> None:
        assert in_context(part).partial
        await asyncio.sleep(0)
        asked.append(paths(server)["conversations/messages"])

    opened = await open_conversation(client, row, agent, NOW, on_part=shown)
    assert asked == [1]
    assert paths(server)["conversations/messages"] == 2
    check_membership(opened)


async def test_no_block_stands_before_the_first_messages(server: DemoTransport, client: LettaClient) -> None:
    """The first part says that it knows nothing of blocks, and what comes last has them all."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s", ["human"])
    talk(server.store, conv_id, 200)
    row = await listed(client, agent, conv_id)
    shared = server.hold(path="/v1/agents/.*/core-memory/blocks")
    isolated = server.hold(path="/v1/blocks/.*")
    parts: list[Opened] = []

    async def shown(part: Opened) -> None:
        parts.append(part)
        shared.open()
        isolated.open()

    opened = await open_conversation(client, row, agent, NOW, on_part=shown)
    assert [(part.blocks_pending, part.shared, part.isolated) for part in parts] == [(True, (), None)]
    assert not opened.blocks_pending
    assert isinstance(opened.shared, tuple)
    assert opened.shared
    assert opened.isolated is not None
    assert len(opened.isolated) == 1


@pytest.mark.parametrize("trouble", [500, 404])
async def test_an_opening_that_fails_waits_for_no_block(
    server: DemoTransport, client: LettaClient, trouble: int
) -> None:
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s")
    row = await listed(client, agent, conv_id)
    server.hold(path="/v1/agents/.*/core-memory/blocks")
    server.fail(trouble, path=f"/v1/conversations/{conv_id}")
    with pytest.raises(LettaError):
        await open_conversation(client, row, agent, NOW)


async def test_parts_of_a_message_that_stand_apart_are_put_together(
    server: DemoTransport, client: LettaClient
) -> None:
    """A list that has every id in its order is taken as it is, and this one is none."""
    agent = add_agent(server.store)
    conv_id = server.store.add_conversation(agent.id, "s")
    talk(server.store, conv_id, 2)
    row = await listed(client, agent, conv_id)
    told = in_context(await open_conversation(client, row, agent, NOW)).messages
    second = {**told[0].raw, "content": "another part"}
    server.fail(page(200, [*(message.raw for message in told), second]), path="/conversations/.*/messages")
    opened = await open_conversation(client, row, agent, NOW)
    context = in_context(opened)
    assert context.ids == tuple(message.id for message in told)
    assert [message.raw for message in context.messages] == [
        told[0].raw,
        second,
        *(message.raw for message in told[1:]),
    ]
