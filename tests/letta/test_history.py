"""The whole history is read with a limit that grows, up to what is read of one response."""

from __future__ import annotations

import httpx
import pytest

from tests.letta.conftest import NOW
from tests.letta.servers import AT_ONCE
from tui.backends.demo import DemoTransport, Store
from tui.letta import history
from tui.letta.client import LettaClient
from tui.letta.collect import gather
from tui.letta.decoding import MOST_ROWS
from tui.letta.history import read_history
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import BadResponse, TooLarge

pytestmark = pytest.mark.anyio


TOO_MANY = b"[" + b"{}," * MOST_ROWS + b"{}]"


def long_conversation(server: DemoTransport) -> tuple[Conversation, Agent]:
    agent_id = server.store.add_agent("Ada", {})
    conv_id = server.store.add_conversation(agent_id)
    for number in range(40):
        server.store.add_message(conv_id, "user", f"question {number}")
    return Conversation(id=conv_id, agent_id=agent_id), Agent(id=agent_id)


def limits(server: DemoTransport) -> list[int]:
    """The limits of the requests for the history."""
    return [
        int(request.url.params["limit"]) for request in server.requests if request.url.path == "/v1/messages/"
    ]


async def test_the_limit_grows_until_it_is_more_than_enough(
    server: DemoTransport, client: LettaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "FIRST_LIMIT", 10)
    row, agent = long_conversation(server)
    found = await read_history(client, row, agent.id)
    assert found.whole
    assert len(found.own) == 41
    assert limits(server) == [10, 40, 160]


async def test_no_more_is_asked_for_than_is_read_of_one_response(
    server: DemoTransport, client: LettaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "FIRST_LIMIT", 10)
    monkeypatch.setattr(history, "LARGEST_LIMIT", 30)
    row, agent = long_conversation(server)
    found = await read_history(client, row, agent.id)
    assert not found.whole
    assert len(found.own) == 30
    assert limits(server) == [10, 30]
    assert history.LARGEST_LIMIT <= MOST_ROWS


async def test_what_was_read_before_a_response_was_too_large_stands_and_is_said_not_to_be_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Large(DemoTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.params.get("limit") == "40":
                return httpx.Response(200, content=TOO_MANY)
            return await super().handle_async_request(request)

    monkeypatch.setattr(history, "FIRST_LIMIT", 10)
    server = Large(Store.empty(NOW))
    client = LettaClient(Wire("http://demo", transport=server, patience=AT_ONCE))
    row, agent = long_conversation(server)
    found = await read_history(client, row, agent.id)
    assert not found.whole
    assert len(found.own) == 10
    with pytest.raises(BadResponse, match="more than can be read at once"):
        await gather(client, row, agent, NOW)
    await client.close()


async def test_a_first_response_that_is_too_large_is_an_error(
    server: DemoTransport, client: LettaClient
) -> None:
    row, agent = long_conversation(server)
    server.fail(httpx.Response(200, content=TOO_MANY), path="/v1/messages/")
    with pytest.raises(TooLarge, match=r"Reading the history: .* has more than 100,000 rows"):
        await read_history(client, row, agent.id)
