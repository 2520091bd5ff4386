"""A file served as a server: whatever stands in it, it is refused in words or it can be browsed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import NOW, only_agent, small_server
from tui.backends.bundle.open_file import read_recording
from tui.backends.bundle.recording import UnreadableFile
from tui.backends.bundle.transport import BundleTransport
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.letta.transport import Wire
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import LettaError, NotOffered, Rejected, attempt
from tui.presentation.bundle_file import bundle
from tui.presentation.plain_text import show_text
from tui.rules.check import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
ODD: tuple[Any, ...] = (None, 3, "x", [], {}, [3], [{"id": 4}])


def client_of(held: Any) -> LettaClient:
    return LettaClient(
        Wire("http://offline", transport=BundleTransport(read_recording(json.dumps(held).encode())))
    )


def small_bundle() -> Any:
    """A bundle with an isolated block and a message."""
    server = small_server()
    made = server.store.add_conversation(only_agent(server), "Mine", ["project"])
    server.store.add_message(made, "user", "hello")

    async def gathered() -> Any:
        client = LettaClient(Wire("http://demo", transport=server))
        row = await client.conversation(made)
        return await collect(client, row, await client.agent(row.agent_id), NOW)

    found = asyncio.run(gathered())
    return json.loads(json.dumps(bundle([found], base_url="http://demo", letta="0.16.8", at=NOW)))


def places(held: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    steps = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for step, value in steps:
        yield (step,)
        for rest in places(value):
            yield (step, *rest)


def changed(held: Any, place: tuple[Any, ...], value: Any) -> Any:
    copy = deepcopy(held)
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return copy


async def browse(client: LettaClient) -> None:
    """Read everything that a file holds, as the screen and the commands do."""
    for agent in (await client.agents(limit=50)).rows:
        rows = (await client.conversations(agent.id, limit=50)).rows
        for row in (Conversation(id=DEFAULT, agent_id=agent.id), *rows):
            found = await attempt(collect, client, row, agent, NOW)
            if not isinstance(found, LettaError):
                check(found.opened)
                assert show_text(found.opened, found.history, NOW)


@pytest.mark.parametrize("name", ["bundle", "agent file"])
def test_a_file_with_anything_at_any_place_is_refused_in_words_or_browsed(name: str) -> None:
    whole = small_bundle() if name == "bundle" else json.loads((FIXTURES / "agent_file.json").read_text())
    if name != "bundle":
        whole["agents"][0]["llm_config"] = {"model": "m"}
        whole["agents"][0]["embedding_config"] = None

    async def every() -> tuple[int, int]:
        refused = browsed = 0
        for number, place in enumerate(places(whole)):
            try:
                client = client_of(changed(whole, place, ODD[number % len(ODD)]))
            except UnreadableFile:
                refused += 1
                continue
            await attempt(browse, client)
            browsed += 1
        return refused, browsed

    refused, browsed = asyncio.run(every())
    assert refused > 10
    assert browsed > 50


def test_what_a_file_does_not_hold_is_said_as_a_server_says_it() -> None:
    client = client_of(small_bundle())

    async def asked() -> tuple[Any, ...]:
        (agent,) = (await client.agents()).rows
        (row,) = (await client.conversations(agent.id)).rows
        return (
            await attempt(client.trace, "step-1"),
            await attempt(client.context_size, agent.id, row.id),
            await attempt(client.preview, agent.id),
            await attempt(client.update_summary, row.id, "New"),
            (await client.health()).version,
            (await client.blocks(limit=50)).sent,
            (await client.agents(query="nobody")).sent,
            (await client.conversations(agent.id, search="Mine")).sent,
            (await client.conversations(agent.id, after=row.id)).sent,
        )

    trace, size, preview, update, version, *counts = asyncio.run(asked())
    assert isinstance(trace, NotOffered)
    assert isinstance(size, NotOffered)
    assert isinstance(preview, NotOffered | Rejected)
    assert isinstance(update, NotOffered | Rejected)
    assert version == "0.16.8"
    assert counts == [4, 0, 1, 0]


def test_a_file_says_beforehand_what_it_does_not_have() -> None:
    client = client_of(small_bundle())
    asyncio.run(client.health())
    assert client.supported["payload"].reason == "a file has none"
    for feature in ("create", "edit", "archive", "delete", "fork", "recompile"):
        assert client.supported[feature].reason == "a file is read-only"
    assert not client.supported.lacks("history")
