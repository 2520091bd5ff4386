"""Comparing reads both conversations whole, of whichever agent and server they are, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.app_helpers import NOW, asked, ids, only_agent, small_server, writes
from tests.flows.test_write import client_of
from tests.letta_code_store import recorded
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows.compare_conversations import CompareConversations
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import LettaError

pytestmark = pytest.mark.anyio


async def forked(transport: DemoTransport, *, compact: bool = False) -> tuple[Conversation, Conversation]:
    """A conversation and its fork, each with a turn of its own since."""
    (source,) = ids(transport)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:

        async def post(path: str, body: object = None) -> httpx.Response:
            answer = await http.post(f"/v1/conversations/{path}", json=body)
            assert answer.status_code == 200, answer.text
            return answer

        async def say(conversation: str, text: str) -> None:
            await post(f"{conversation}/messages", {"messages": [{"role": "user", "content": text}]})

        for number in range(8):
            await say(source, f"turn {number}")
        if compact:
            await post(f"{source}/compact")
        fork = (await post(f"{source}/fork")).json()["id"]
        await say(source, "go left")
        await say(fork, "go right")
    transport.requests.clear()
    agent = only_agent(transport)
    return Conversation(id=source, agent_id=agent), Conversation(id=fork, agent_id=agent)


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
async def test_a_fork_parts_from_its_source_where_both_went_on(flavour: str) -> None:
    transport = small_server("One", flavour=flavour)
    pair = await forked(transport)
    flow = CompareConversations(client_of(transport), lambda: NOW, Agent(id=only_agent(transport)))
    compared = await flow.read(pair)
    common, difference = compared.hunks[:2]
    assert (common.same, common.rows, compared.shared) == (True, 16, 16)
    assert compared.first_difference == 1
    assert [hunk.raw["content"] for hunk in (difference.first[0], difference.second[0])] == [
        "go left",
        "go right",
    ]
    assert compared.memory == ()
    assert writes(transport) == []


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
async def test_a_fork_of_a_compacted_conversation_begins_with_the_summary(flavour: str) -> None:
    transport = small_server("One", flavour=flavour)
    pair = await forked(transport, compact=True)
    compared = await CompareConversations(client_of(transport), lambda: NOW).read(pair)
    assert compared.earlier is not None
    assert not compared.earlier.second
    assert compared.common is not None
    assert "Earlier: turn 0" in str(compared.common.first[0].raw["content"])
    assert [message.raw["content"] for message in compared.hunks[2].second[:1]] == ["go right"]


async def test_conversations_of_different_agents_can_be_compared() -> None:
    transport = small_server("One")
    store = transport.store
    other = store.add_agent("Bob", {"human": "Kim"}, model="openai/gpt-4.1")
    theirs = store.add_conversation(other, "Two")
    agent = only_agent_named(transport, "Ada")
    pair = Conversation(id=ids(transport)[0], agent_id=agent), Conversation(id=theirs, agent_id=other)
    compared = await CompareConversations(client_of(transport), lambda: NOW, Agent(id=agent)).read(pair)
    assert [fact.name for fact in compared.facts][:1] == ["agent"]
    assert {one.label for one in compared.memory} == {"human", "persona", "project"}
    assert len(asked(transport, path=f"/v1/agents/{other}?")) == 1  # the other one is known


def only_agent_named(transport: DemoTransport, name: str) -> str:
    (found,) = [agent.id for agent in transport.store.agents.values() if agent.name == name]
    return found


async def test_the_default_conversation_can_be_compared() -> None:
    transport = small_server("One")
    agent = only_agent(transport)
    transport.store.add_message(agent, "user", "hello")
    pair = Conversation(id=ids(transport)[0], agent_id=agent), Conversation(id="default", agent_id=agent)
    compared = await CompareConversations(client_of(transport), lambda: NOW).read(pair)
    (difference,) = compared.hunks
    assert (difference.first, difference.second[0].raw["content"]) == ((), "hello")


async def test_one_that_is_gone_is_an_error_and_a_history_that_fails_is_a_part() -> None:
    transport = small_server("One")
    pair = await forked(transport)
    flow = CompareConversations(client_of(transport), lambda: NOW)
    transport.fail(404, path="/v1/messages/")
    compared = await flow.read(pair)
    assert not compared.whole
    assert compared.first_difference == 1
    transport.clear()
    transport.store.delete_conversation(pair[1].id)
    with pytest.raises(LettaError):
        await flow.read(pair)


async def test_a_fork_that_letta_code_made_has_the_same_messages_under_other_ids(tmp_path: Path) -> None:
    """The recorded store: a compacted conversation and the fork of it."""
    transport = LettaCodeTransport(recorded(tmp_path).root)
    client = LettaClient(Wire("http://letta.test", transport=transport))
    rows = [await client.conversation(id) for id in ("local-conv-1", "local-conv-6")]
    compared = await CompareConversations(client, lambda: NOW).read((rows[0], rows[1]))
    await client.close()
    assert compared.shared == 0
    assert compared.earlier is not None
    assert compared.common is not None
    assert compared.common.rows == len({message.id for message in compared.common.second}) > 5
    assert len(compared.hunks) == 2
    assert compared.memory == ()
