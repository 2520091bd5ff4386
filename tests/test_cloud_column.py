"""The column of Letta Cloud in the table of versions is what the embedded server of that flavour answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.app_helpers import NOW
from tests.test_documents import table
from tui.backends.demo.transport import DemoTransport
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, attempt

pytestmark = pytest.mark.anyio

Check = Callable[[LettaClient, Agent, Conversation], Awaitable[object]]


async def _listed(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return (await client.conversations(agent.id)).rows


async def _second_page(client: LettaClient, agent: Agent, row: Conversation) -> object:
    first = (await client.conversations(agent.id, limit=1)).rows
    return (await client.conversations(agent.id, limit=1, after=first[0].id)).rows != first


def _ordered(order_by: str) -> Check:
    async def check(client: LettaClient, agent: Agent, row: Conversation) -> object:
        up = (await client.conversations(agent.id, order="asc", order_by=order_by)).rows
        return [one.id for one in up] != [
            one.id for one in (await client.conversations(agent.id, order="desc", order_by=order_by)).rows
        ]

    return check


async def _found(client: LettaClient, agent: Agent, row: Conversation) -> object:
    words = next(one.summary for one in (await client.conversations(agent.id)).rows if one.summary)
    return (await client.conversations(agent.id, search=words)).rows


async def _messages(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return await client.conversation_messages(row.id, limit=9) and await client.agent_messages(
        agent.id, limit=9
    )


async def _by_id(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return await client.message((await client.conversation_messages(row.id, limit=9))[0].id)


async def _history(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return await client.own_messages(row.id)


async def _isolates(client: LettaClient, agent: Agent, row: Conversation) -> object:
    made = await client.create_conversation(agent.id, isolated_block_labels=["human"])
    return made.isolated_block_ids


async def _created(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return (await client.create_conversation(agent.id, summary="new")).summary == "new"


async def _edited(client: LettaClient, agent: Agent, row: Conversation) -> object:
    await client.update_summary(row.id, "other")
    return (await client.conversation(row.id)).summary == "other"


async def _deleted(client: LettaClient, agent: Agent, row: Conversation) -> object:
    await client.delete_conversation(row.id)
    return isinstance(await attempt(client.conversation, row.id), LettaError)


async def _messages_of_deleted(client: LettaClient, agent: Agent, row: Conversation) -> object:
    await client.delete_conversation(row.id)
    return await client.conversation_messages(row.id, limit=9)


async def _forked(client: LettaClient, agent: Agent, row: Conversation) -> object:
    await client.recompile(row.id)
    return (await client.fork(row.id)).id != row.id


async def _compacted(client: LettaClient, agent: Agent, row: Conversation) -> object:
    long = (await client.conversations(agent.id)).rows[0]
    await client.compact(long.id, mode="all")
    return (await client.conversation(long.id)).in_context_message_ids


async def _archived(client: LettaClient, agent: Agent, row: Conversation) -> object:
    await client.archive(row.id, True)
    return (await client.conversation(row.id)).archived


async def _payload(client: LettaClient, agent: Agent, row: Conversation) -> object:
    return await client.preview(agent.id)


ROWS: dict[str, tuple[Check, bool]] = {
    "list of conversations": (_listed, True),
    "further pages": (_second_page, True),
    "oldest first, by the server": (_ordered("created_at"), True),
    "sort by last run": (_ordered("last_run_completion"), True),
    "sort by last message": (_ordered("last_message_at"), True),
    "search in summaries": (_found, True),
    "messages; default conversation": (_messages, True),
    "reading a message that no list shows": (_by_id, True),
    "whole history": (_history, True),
    "isolated blocks; isolation map": (_isolates, False),
    "new conversation": (_created, True),
    "edit a summary, undo": (_edited, True),
    "delete": (_deleted, True),
    "messages of a deleted conversation": (_messages_of_deleted, False),
    "fork, recompile": (_forked, True),
    "compact": (_compacted, True),
    "archive": (_archived, True),
    "context check, exact payload": (_payload, True),
}
"""Rows that one call shows, and whether the server does it."""

HAS = {"yes": True, "none": False, "gone": False, "no": False}


def column() -> dict[str, str]:
    """What the column says, by the name of the row."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table("versions.md", "# Letta versions")
    ]
    return {row[0]: row[-1] for row in rows}


@pytest.mark.parametrize("name", ROWS)
async def test_the_column_says_what_the_flavour_does(name: str) -> None:
    check, expected = ROWS[name]
    client = LettaClient(Wire("http://demo", transport=DemoTransport(now=NOW, flavour="cloud")))
    try:
        agent = (await client.agents()).rows[-1]
        rows = [
            row for one in (await client.agents()).rows for row in (await client.conversations(one.id)).rows
        ]
        row = next(row for row in rows if row.summary)
        agent = await client.agent(row.agent_id)
        assert bool(await check(client, agent, row)) is expected
    finally:
        await client.close()
    assert HAS[column()[name].partition(",")[0]] is expected


def test_the_column_is_complete_and_marked_as_not_measured() -> None:
    said = column()
    assert all(said.values())
    assert set(ROWS) <= set(said)
