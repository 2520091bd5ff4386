"""Searching messages: a feature of the cloud, whose route the other servers have too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import Wire

pytestmark = pytest.mark.anyio


async def test_messages_cannot_be_searched_without_the_services_for_it(wire: Wire) -> None:
    answer = await wire.http.post("/v1/messages/search", json={"query": "x"})
    detail = "Message search requires message embedding, OpenAI, and Turbopuffer to be enabled."
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})


@pytest.mark.parametrize("body", [{}, {"query": 5}, {"query": "x", "search_mode": "nope"}])
async def test_a_search_that_is_malformed_is_refused(wire: Wire, body: dict[str, Any]) -> None:
    assert (await wire.http.post("/v1/messages/search", json=body)).status_code == 422


async def test_conversations_have_no_search_and_its_name_is_no_id(wire: Wire) -> None:
    answer = await wire.http.post("/v1/conversations/search", json={"query": "x"})
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert (await wire.http.get("/v1/conversations/search")).status_code == 422
    assert (await wire.http.delete("/v1/agents/count")).status_code == 422


async def test_a_message_has_no_such_id(wire: Wire) -> None:
    assert (await wire.http.get("/v1/messages/search")).status_code == 422
