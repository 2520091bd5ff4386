"""The record of the default conversation, in each combination of what a server allows of GET and PATCH."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.app_helpers import only_agent, small_server, writes
from tui.backends.demo.transport import DemoTransport
from tui.letta.client import LettaClient
from tui.letta.default_summary import read_default, update_default_summary
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import NoResponse, NotOffered, Rejected

pytestmark = pytest.mark.anyio


def cloud(*methods: str, id: str = "default", summary: str | None = "About Robin") -> DemoTransport:
    """A server that allows these methods on its default conversation."""
    transport = small_server("One", flavour="cloud")
    assert transport.cloud is not None
    transport.cloud.default_methods, transport.cloud.default_id = frozenset(methods), id
    transport.store.agents[only_agent(transport)].default_summary = summary
    return transport


def client_of(transport: DemoTransport) -> LettaClient:
    return LettaClient(Wire("http://letta.test", transport=transport, patience=Patience(backoff=0.0)))


@pytest.mark.parametrize("methods", [("GET",), ("GET", "PATCH")])
async def test_what_can_be_read_is_read(methods: tuple[str, ...]) -> None:
    transport = cloud(*methods)
    read = await read_default(client_of(transport), only_agent(transport))
    assert (read.id, read.agent_id, read.summary) == ("default", only_agent(transport), "About Robin")
    assert writes(transport) == []


async def test_what_can_only_be_changed_is_known_from_a_change_of_nothing() -> None:
    transport = cloud("PATCH")
    client = client_of(transport)
    assert (await read_default(client, only_agent(transport))).summary == "About Robin"
    assert json.loads(transport.requests[-1].content) == {}
    assert transport.store.agents[only_agent(transport)].default_summary == "About Robin"


async def test_what_is_refused_either_way_has_both_answers_in_its_error() -> None:
    """As by Letta 0.16.8 (measured)."""
    transport = small_server("One")
    with pytest.raises(Rejected) as refused:
        await read_default(client_of(transport), only_agent(transport))
    assert refused.value.what == (
        "Reading and changing the default conversation: refused (422: String should have at least 41 characters): "
        "this server stores no summary of it"
    )
    transport.fail(404, method="PATCH", path="default")
    with pytest.raises(NotOffered) as refused_otherwise:
        await read_default(client_of(transport), only_agent(transport))
    assert "Reading the conversation: refused (422" in refused_otherwise.value.what
    assert (
        "Changing the default conversation: not supported by this server (404" in refused_otherwise.value.what
    )


async def test_a_server_without_the_call_is_not_one_without_an_answer() -> None:
    transport = small_server("One")
    transport.fail(405, method="PATCH", path="default")
    with pytest.raises(NotOffered):
        await read_default(client_of(transport), only_agent(transport))
    transport.fail(httpx.ConnectError, path="default")
    with pytest.raises(NoResponse):
        await read_default(client_of(transport), only_agent(transport))


async def test_the_id_that_the_server_gives_is_used_where_default_is_refused() -> None:
    transport = cloud("GET", id="unused")
    key = next(iter(transport.store.conversations))
    assert transport.cloud is not None
    transport.cloud.default_id = key
    client = client_of(transport)
    read = await read_default(client, only_agent(transport))
    assert read.id == key
    await update_default_summary(client, read, "New")
    assert transport.store.conversations[key].summary == "New"
    sent = [request.url.path for request in transport.requests if request.method == "PATCH"]
    assert sent == ["/v1/conversations/default", f"/v1/conversations/{key}"]
