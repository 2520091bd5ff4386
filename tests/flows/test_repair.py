"""Denying and compacting: checked first, sent once, read back, whether or not a response arrives."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server, writes
from tests.flows.test_write import client_of
from tui.backends.demo.transport import DemoTransport
from tui.flows.repair import compact, deny
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.rules.changes.compact import NOTHING, UNCHANGED, Compacted
from tui.rules.changes.deny import (
    AGENT_WOULD_RUN,
    NOT_MEASURED,
    STILL_PENDING,
    TOOL_WOULD_RUN,
    agent_went_on,
)
from tui.rules.changes.outcome import Done, Outcome, Refused, Unknown

pytestmark = pytest.mark.anyio
INSERT = {"name": "memory_insert", "arguments": {"label": "human", "new_string": "F", "insert_line": -1}}
SEARCH = {"name": "conversation_search", "arguments": {"query": "x"}}


async def say(transport: DemoTransport, text: str, conversation: str) -> None:
    """One turn in a conversation, by another client; of a default one by the id of its agent."""
    body = {"messages": [{"role": "user", "content": text}]}
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        (await http.post(f"/v1/conversations/{conversation}/messages", json=body)).raise_for_status()
    transport.requests.clear()


async def waiting(*calls: Any, default: bool = False) -> DemoTransport:
    """A conversation that waits for approval of memory_insert, called with these."""
    transport = small_server("one")
    agent_id = only_agent(transport)
    transport.store.agents[agent_id].need_approval.add("memory_insert")
    plan = json.dumps({"tool_calls": list(calls or (INSERT,)), "then": "done"})
    await say(transport, f"@@{plan}", agent_id if default else ids(transport)[0])
    return transport


def row_of(transport: DemoTransport, *, default: bool = False) -> tuple[Conversation, Agent]:
    agent_id = only_agent(transport)
    return Conversation(id=DEFAULT if default else ids(transport)[0], agent_id=agent_id), Agent(id=agent_id)


async def denied(transport: DemoTransport, *, default: bool = False) -> Outcome[tuple[str, ...]]:
    return await deny(client_of(transport), *row_of(transport, default=default), lambda: NOW)


def human(transport: DemoTransport) -> str:
    return next(block.value for block in transport.store.blocks.values() if block.label == "human")


CAME = ("approval_response_message", "tool_return_message")


@pytest.mark.parametrize("default", [False, True])
async def test_a_denial_is_sent_once_and_runs_nothing(default: bool) -> None:
    transport = await waiting(default=default)
    assert await denied(transport, default=default) == Done(CAME)
    assert len(writes(transport)) == 1
    assert human(transport) == "Robin"
    assert not agent_went_on(CAME)
    assert await denied(transport, default=default) == Done((), already=True)
    assert len(writes(transport)) == 1


async def test_a_denial_ends_after_its_step() -> None:
    transport = await waiting()
    await denied(transport)
    (body,) = (json.loads(one.content) for one in transport.requests if one.method == "POST")
    assert (body["max_steps"], body["streaming"]) == (1, False)
    assert [one["approve"] for one in body["messages"][0]["approvals"]] == [False]


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (httpx.ReadError, False, Unknown),
        (httpx.ReadError, True, Done),
        (500, False, Refused),
        (500, True, Done),
        (400, False, Refused),
    ],
)
async def test_after_a_lost_answer_what_is_read_back_decides(
    fault: Any, after_commit: bool, kind: type
) -> None:
    transport = await waiting()
    transport.fail(fault, method="POST", after_commit=after_commit, times=1)
    assert isinstance(await denied(transport), kind)
    assert len(writes(transport)) == 1


async def test_a_server_that_accepts_it_and_does_nothing_is_caught() -> None:
    transport = await waiting()
    transport.fail(httpx.Response(200, json={}), method="POST")
    outcome = await denied(transport)
    assert isinstance(outcome, Refused)
    assert outcome.reason == STILL_PENDING


async def test_what_cannot_be_read_back_is_unknown() -> None:
    transport = await waiting()
    gate = transport.hold(method="POST")
    gate.open()
    client = client_of(transport)
    send = client.deny

    async def strike(*given: Any) -> None:
        await send(*given)
        transport.fail(400, method="GET")

    client.deny = strike  # type: ignore[method-assign, assignment]
    assert isinstance(await deny(client, *row_of(transport), lambda: NOW), Unknown)


async def test_nothing_is_sent_where_a_denial_would_run_a_tool_or_an_agent() -> None:
    transport = await waiting(SEARCH, INSERT)
    outcome = await denied(transport)
    assert isinstance(outcome, Refused)
    assert outcome.reason == TOOL_WOULD_RUN
    transport = await waiting()
    row, _ = row_of(transport)
    group = Agent.read({"id": row.agent_id, "enable_sleeptime": True})
    outcome = await deny(client_of(transport), row, group, lambda: NOW)
    assert isinstance(outcome, Refused)
    assert outcome.reason == AGENT_WOULD_RUN
    assert writes(transport) == []


async def test_where_a_denial_was_never_measured_nothing_is_sent() -> None:
    transport = await waiting()
    client = client_of(transport)
    client.learner.worked("archive")  # as servers after 0.16.8 show
    outcome = await deny(client, *row_of(transport), lambda: NOW)
    assert isinstance(outcome, Refused)
    assert outcome.reason == NOT_MEASURED
    assert writes(transport) == []


async def test_cancelling_the_run_of_a_default_conversation_denies_tools_that_wait_with_it() -> None:
    transport = await waiting(SEARCH, INSERT, default=True)
    assert await denied(transport, default=True) == Done(CAME)
    assert [one.rsplit("/", 1)[1] for one in writes(transport)] == ["cancel"]


async def test_an_answer_of_somebody_else_is_noticed() -> None:
    """Answered between the look and the request: what is read back shows that the agent ran."""
    transport = await waiting()
    client = client_of(transport)

    async def too_late(*given: Any) -> None:
        plain = {"type": "approval", "approve": True, "tool_call_id": given[2][0]}
        body = {"messages": [{"type": "approval", "approvals": [plain], "approval_request_id": given[1]}]}
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
            await http.post(f"/v1/conversations/{given[0]}/messages", json=body)

    client.deny = too_late  # type: ignore[method-assign, assignment]
    outcome = await deny(client, *row_of(transport), lambda: NOW)
    assert isinstance(outcome, Done)
    assert agent_went_on(outcome.value)


# compact


async def long(*, default: bool = False) -> DemoTransport:
    transport = small_server("one")
    for text in ("one", "two", "three", "four"):
        await say(transport, text, only_agent(transport) if default else ids(transport)[0])
    return transport


@pytest.mark.parametrize("default", [False, True])
async def test_compacting_all_leaves_the_system_message_and_a_summary(default: bool) -> None:
    transport = await long(default=default)
    outcome = await compact(client_of(transport), *row_of(transport, default=default), "all")
    assert outcome == Done(Compacted(9, 2))
    assert len(writes(transport)) == 1


async def test_without_a_mode_the_newest_messages_stay() -> None:
    transport = await long()
    outcome = await compact(client_of(transport), *row_of(transport))
    assert isinstance(outcome, Done)
    assert 2 < outcome.value.after < outcome.value.before == 9
    (body,) = (json.loads(one.content) for one in transport.requests if one.method == "POST")
    assert body == {}


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (httpx.ReadTimeout, False, Unknown),
        (httpx.ReadTimeout, True, Done),
        (500, True, Done),
        (400, False, Refused),
        (404, False, Refused),
    ],
)
async def test_a_lost_summary_is_looked_for(fault: Any, after_commit: bool, kind: type) -> None:
    transport = await long()
    transport.fail(fault, method="POST", after_commit=after_commit, times=1)
    assert isinstance(await compact(client_of(transport), *row_of(transport), "all"), kind)
    assert len(writes(transport)) == 1


async def test_what_has_nothing_to_summarise_is_refused_unsent_or_by_the_server() -> None:
    transport = small_server("one")
    outcome = await compact(client_of(transport), *row_of(transport), "all")
    assert isinstance(outcome, Refused)
    assert (outcome.reason, writes(transport)) == (NOTHING, [])
    transport = await long()
    client, row = client_of(transport), row_of(transport)
    await compact(client, *row, "all")
    again = await compact(client, *row, "all")
    assert isinstance(again, Refused)
    assert again.error is not None
    assert "not have enough messages" in again.error.what
    transport.fail(httpx.Response(200, json={}), method="POST")
    unchanged = await compact(client, *row, "all")
    assert isinstance(unchanged, Refused)
    assert unchanged.reason == UNCHANGED
