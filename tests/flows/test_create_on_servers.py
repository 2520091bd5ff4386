"""What is sent to a server depends on what it is known to have: learned from its list first, never by making one."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.app_helpers import asked, ids, only_agent, small_server, writes
from tests.flows.test_write import client_of
from tui.backends.demo.transport import DemoTransport
from tui.flows.write import create, fork
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.errors import Rejected
from tui.model.supported import Feature
from tui.rules.changes.create import Wanted
from tui.rules.changes.outcome import Done, Refused

pytestmark = pytest.mark.anyio

EVERYTHING = Wanted("s", (), "what it is about", "openai/gpt-4.1", True)


def sent(transport: DemoTransport) -> list[Any]:
    """The bodies of all requests that made something."""
    return [json.loads(request.content) for request in transport.requests if request.method == "POST"]


async def test_isolation_is_refused_before_anything_is_made_where_there_is_none() -> None:
    transport = small_server("One", flavour="cloud")
    client = client_of(transport)
    outcome = await create(client, only_agent(transport), Wanted("s", ("human",)))
    assert outcome == Refused(None, missing="isolate")
    assert writes(transport) == []
    assert len(ids(transport)) == 1


async def test_an_agent_without_conversations_is_judged_by_those_of_others() -> None:
    transport = small_server("One", flavour="cloud")
    new = transport.store.add_agent("New", {"human": "Robin"})
    client = client_of(transport)
    assert await create(client, new, Wanted("s", ("human",))) == Refused(None, missing="isolate")
    assert asked(transport, "GET")[-1] == "GET /v1/conversations/?limit=1"
    assert writes(transport) == []
    made = await create(client, new, EVERYTHING)
    assert isinstance(made, Done)
    assert len(asked(transport, "GET")) == 3, "what is known is not asked for again"


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
@pytest.mark.parametrize(
    ("wanted", "missing"), [(Wanted(description="d"), "description"), (Wanted(hidden=True), "hidden")]
)
async def test_on_a_server_without_any_conversation_newer_fields_are_not_sent(
    flavour: str, wanted: Wanted, missing: Feature
) -> None:
    transport = small_server(flavour=flavour)
    client = client_of(transport)
    assert await create(client, only_agent(transport), wanted) == Refused(None, missing=missing)
    assert client.supported[missing].state == "unknown"
    assert writes(transport) == []


async def test_what_isolates_nothing_is_known_after_the_first_conversation() -> None:
    transport = small_server(flavour="cloud")
    client = client_of(transport)
    made = await create(client, only_agent(transport), Wanted("s", ("human",)))
    assert isinstance(made, Done)
    assert client.supported.lacks("isolate")
    assert isinstance(await create(client, only_agent(transport), Wanted("s", ("human",))), Refused)
    assert len(writes(transport)) == 1


async def test_labels_that_an_unknown_server_refuses_make_nothing() -> None:
    transport = small_server(flavour="cloud")
    assert transport.cloud is not None
    transport.cloud.refuses_labels = True
    outcome = await create(client_of(transport), only_agent(transport), Wanted("s", ("human",)))
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, Rejected)
    assert ids(transport) == []


async def test_a_server_that_has_the_fields_gets_them() -> None:
    transport = small_server("One", flavour="cloud")
    made = await create(client_of(transport), only_agent(transport), EVERYTHING)
    assert isinstance(made, Done)
    held = transport.store.conversations[made.value.id]
    assert (held.summary, held.description, held.model, held.hidden) == (
        "s",
        "what it is about",
        "openai/gpt-4.1",
        True,
    )
    assert sent(transport) == [
        {"summary": "s", "description": "what it is about", "model": "openai/gpt-4.1", "hidden": True}
    ]


@pytest.mark.parametrize("version", ["0.16.2", "0.16.4", "0.16.5", "0.16.8"])
@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("s"),
        Wanted("s", ("human",)),
        Wanted("s", (), "d"),
        Wanted("s", (), "", "openai/gpt-4.1"),
        Wanted("s", (), "", "", True),
        EVERYTHING,
    ],
)
@pytest.mark.parametrize("summaries", [(), ("One",)])
async def test_no_letta_up_to_0_16_8_is_sent_a_field_that_it_does_not_know(
    version: str, wanted: Wanted, summaries: tuple[str, ...]
) -> None:
    transport = small_server(*summaries, version=version)
    await create(client_of(transport), only_agent(transport), wanted)
    known = {"summary", "isolated_block_labels"} | ({"model"} if version >= "0.16.5" else set())
    for body in sent(transport):
        assert set(body) <= known
    if version >= "0.16.5" and summaries and wanted.model and not wanted.description:
        assert len(sent(transport)) == 1


# fork


async def forked(transport: DemoTransport, up_to: str | None) -> Any:
    """The outcome of a fork of the first conversation."""
    row = Conversation(id=ids(transport)[0], agent_id=only_agent(transport))
    return await fork(client_of(transport), row, up_to)


def talk(flavour: str) -> tuple[DemoTransport, list[str]]:
    """A conversation of four messages, and the ids of all in context."""
    transport = small_server("One", flavour=flavour)
    (first,) = ids(transport)
    for number in range(4):
        transport.store.add_message(first, "user" if number % 2 == 0 else "assistant", f"text {number}")
    return transport, transport.store.in_context(first)


async def test_a_fork_up_to_a_message_ends_with_it() -> None:
    transport, context = talk("cloud")
    made = await forked(transport, context[2])
    assert isinstance(made, Done)
    assert made.value.in_context_message_ids is not None
    assert made.value.in_context_message_ids[1:] == (context[1], context[2])
    (posted,) = [request for request in transport.requests if request.method == "POST"]
    assert dict(posted.url.params) == {"message_id": context[2]}


async def test_a_whole_fork_names_no_message() -> None:
    transport, _ = talk("self-hosted")
    made = await forked(transport, None)
    assert isinstance(made, Done)
    (posted,) = [request for request in transport.requests if request.method == "POST"]
    assert posted.url.query == b""


async def test_a_server_that_forks_only_whole_conversations_is_not_asked_for_a_part() -> None:
    transport, context = talk("self-hosted")
    assert await forked(transport, context[2]) == Refused(None, missing="fork-from-message")
    assert writes(transport) == []


class Dropping(httpx.AsyncBaseTransport):
    """A proxy that drops the parameters of a fork."""

    def __init__(self, behind: DemoTransport) -> None:
        self._behind = behind

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/fork"):
            request = httpx.Request("POST", request.url.copy_with(query=b""), content=request.content)
        return await self._behind.handle_async_request(request)


async def test_a_fork_that_went_beyond_the_message_is_known_as_one() -> None:
    transport, context = talk("cloud")
    client = LettaClient(Wire("http://letta.test", transport=Dropping(transport)))
    row = Conversation(id=ids(transport)[0], agent_id=only_agent(transport))
    made = await fork(client, row, context[2])
    assert isinstance(made, Done)
    assert made.value.in_context_message_ids is not None
    assert made.value.in_context_message_ids[-1] == context[-1]
    assert client.supported.lacks("fork-from-message")
