"""The server's own search: what is sent, what is read of the response, and what a refusal shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.letta.servers import AT_ONCE, Scripted, page
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.errors import BadResponse, LettaError, NotOffered, Rejected
from tui.model.found_message import FoundMessage

pytestmark = pytest.mark.anyio

RESULT = {
    "message_type": "user_message",
    "content": "hello",
    "message_id": "message-1",
    "agent_id": "agent-1",
    "conversation_id": "conv-1",
    "created_at": "2026-03-14T09:00:00Z",
}


def client_of(server: Scripted, *, readonly: bool = False) -> LettaClient:
    return LettaClient(Wire("http://letta.test", transport=server, patience=AT_ONCE, readonly=readonly))


async def test_the_words_are_sent_in_a_post_that_readonly_allows() -> None:
    server = Scripted(page(200, []))
    client = client_of(server, readonly=True)
    assert await client.search_messages("red sun") == ()
    assert (server.only.method, server.only.url.path) == ("POST", "/v1/messages/search")
    assert json.loads(server.only.content) == {"query": "red sun", "search_mode": "fts", "limit": 50}
    assert client.wire.writes == 0


async def test_agent_times_and_limit_are_sent_too() -> None:
    server = Scripted(page(200, []))
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    await client_of(server).search_messages("x", agent_id="agent-1", start=start, end=end, limit=7)
    sent = json.loads(server.only.content)
    assert (sent["agent_id"], sent["limit"]) == ("agent-1", 7)
    assert (sent["start_date"], sent["end_date"]) == (
        "2026-03-01T00:00:00+00:00",
        "2026-03-02T00:00:00+00:00",
    )


async def test_a_result_is_a_message_with_its_place() -> None:
    (found,) = await client_of(Scripted(page(200, [RESULT]))).search_messages("x")
    assert (found.agent_id, found.conversation_id) == ("agent-1", "conv-1")
    assert (found.message.id, found.message.message_type) == ("message-1", "user_message")
    assert found.message.date == datetime(2026, 3, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "sent",
    [
        {"message": {"id": "message-1", "message_type": "user_message"}, "rrf_score": 0.1},
        {"id": "message-1", "agent_id": 5, "conversation_id": None},
        {"message_id": "message-1", "created_at": "not a time"},
    ],
)
def test_a_result_may_lack_all_but_its_id(sent: dict[str, Any]) -> None:
    found = FoundMessage.read(sent)
    assert (found.message.id, found.agent_id, found.conversation_id) == ("message-1", "", "")


@pytest.mark.parametrize("sent", [None, [], "x", {}, {"message": {}}, {"message_id": None}, {"id": ""}])
def test_a_result_without_an_id_is_none(sent: object) -> None:
    with pytest.raises(ValueError, match=r"expected an object|no message_id|valid"):
        FoundMessage.read(sent)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (page(400, {"detail": "Message search requires message embedding."}), Rejected),
        (page(404, {"detail": "Not Found"}), NotOffered),
        (page(405, {"detail": "Method Not Allowed"}), NotOffered),
    ],
)
async def test_a_refusal_shows_that_this_server_does_not_search(answer: Any, kind: type[LettaError]) -> None:
    client = client_of(Scripted(answer))
    with pytest.raises(kind):
        await client.search_messages("x")
    assert client.supported.lacks("search")


async def test_an_answer_shows_that_it_does() -> None:
    client = client_of(Scripted(page(200, [RESULT])))
    await client.search_messages("x")
    assert client.supported.has("search")


@pytest.mark.parametrize("body", [{}, None, "x", [{"no": "id"}]])
async def test_an_answer_that_is_no_list_of_messages_is_a_bad_answer(body: object) -> None:
    with pytest.raises(BadResponse):
        await client_of(Scripted(page(200, body))).search_messages("x")
