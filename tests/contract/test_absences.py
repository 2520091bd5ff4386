"""What older servers answer where they lack something; the embedded server does the same, as far as these tests say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contract.conftest import Json, Wire, to_demo, to_real
from tests.live.lacks import older
from tests.live.running import RealServer

pytestmark = pytest.mark.anyio
OLD = ("0.16.2", "0.16.5", "0.16.6", "0.16.7", "0.16.8")


@pytest.fixture(params=[*OLD, pytest.param("real", marks=pytest.mark.live)])
async def aged(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Wire, str]]:
    """A server of an older version, embedded or real, and its version."""
    if request.param == "real":
        real = request.getfixturevalue("real_server")
        async with to_real(real) as wire:
            yield wire, real.version
    else:
        async with to_demo(request.param) as wire:
            yield wire, request.param


@pytest.fixture
async def real(real_server: RealServer) -> AsyncIterator[tuple[Wire, str]]:
    """A real server and its version: for what the app shows and never does, which the embedded one leaves out."""
    async with to_real(real_server) as wire:
        yield wire, real_server.version


def answer_of(response: httpx.Response) -> tuple[int, Json]:
    """Status and body."""
    return response.status_code, response.json()


NO_ROUTE = (404, {"detail": "Not Found"})
NO_METHOD = (405, {"detail": "Method Not Allowed"})


async def test_health_tells_the_version(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    assert (await wire.get("/v1/health/"))["version"] == version


async def test_a_summary_cannot_be_changed_before_0_16_4(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    made = await wire.create(await wire.agent_id(), summary="old")
    answer = await wire.patch(made["id"], summary="new")
    lacks = older(version, "0.16.4")
    assert answer_of(answer) == NO_METHOD if lacks else answer.status_code == 200
    assert (await wire.conversation(made["id"]))["summary"] == ("old" if lacks else "new")


async def test_a_conversation_cannot_be_deleted_before_0_16_5(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    answer = await wire.http.delete(f"/v1/conversations/{made['id']}")
    lacks = older(version, "0.16.5")
    assert answer_of(answer) == (NO_METHOD if lacks else (200, None))
    assert len(await wire.listed(agent_id)) == int(lacks)


async def test_conversations_of_all_agents_are_listed_from_0_16_5_on(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    made = await wire.create(await wire.agent_id())
    answer = await wire.http.get("/v1/conversations/", params={"limit": 1_000})
    if older(version, "0.16.5"):
        assert answer.status_code == 422
        assert "agent_id" in answer.json()["detail"]
    else:
        assert made["id"] in [row["id"] for row in answer.json()]


async def test_labels_are_ignored_before_0_16_4_and_an_unknown_one_is_no_error(
    aged: tuple[Wire, str],
) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, isolated_block_labels=["human"])
    answer = await wire.http.post(
        "/v1/conversations/", params={"agent_id": agent_id}, json={"isolated_block_labels": ["nope"]}
    )
    if older(version, "0.16.4"):
        assert "isolated_block_ids" not in made
        assert "isolated_block_ids" not in await wire.conversation(made["id"])
        assert answer.status_code == 200
    else:
        assert len(made["isolated_block_ids"]) == 1
        assert answer.status_code == 400


@pytest.mark.parametrize("act", ["fork", "recompile"])
async def test_fork_and_recompile_are_no_routes_before_0_16_7(aged: tuple[Wire, str], act: str) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id)
    answer = await wire.http.post(f"/v1/conversations/{made['id']}/{act}", json={})
    lacks = older(version, "0.16.7")
    assert answer_of(answer) == NO_ROUTE if lacks else answer.status_code == 200
    assert len(await wire.listed(agent_id)) == (2 if act == "fork" and not lacks else 1)


async def test_a_message_has_no_route_of_its_own_before_0_16_4(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    (system_id,) = (await wire.agent(human="x"))["message_ids"]
    answer = await wire.http.get(f"/v1/messages/{system_id}")
    assert answer_of(answer) == NO_ROUTE if older(version, "0.16.4") else answer.status_code == 200


async def test_the_list_is_newest_first_whatever_is_asked_before_0_16_5(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    made = [(await wire.create(agent_id))["id"] for _ in range(3)]
    listed = [row["id"] for row in await wire.listed(agent_id, order="asc")]
    assert listed == (made[::-1] if older(version, "0.16.5") else made)


async def test_an_order_by_last_message_is_ignored_then_refused_then_heeded(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    await wire.create(agent_id)
    told = {"agent_id": agent_id, "order_by": "last_message_at"}
    answer = await wire.http.get("/v1/conversations/", params=told)
    refused = older(version, "0.16.7") and not older(version, "0.16.5")
    assert answer.status_code == (422 if refused else 200)


async def test_rows_show_by_their_fields_which_letta_it_is(aged: tuple[Wire, str]) -> None:
    """What the client goes by, since a version is only a name."""
    wire, version = aged
    agent_id = await wire.agent_id()
    await wire.create(agent_id)
    (row,) = await wire.listed(agent_id)
    for name, first in (("isolated_block_ids", "0.16.4"), ("model", "0.16.5"), ("last_message_at", "0.16.7")):
        assert (name in row) is not older(version, first), name


async def test_words_in_the_summary_are_not_searched_before_0_16_4(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    agent_id = await wire.agent_id()
    await wire.create(agent_id, summary="billing")
    found = await wire.listed(agent_id, summary_search="nothing like it")
    assert len(found) == int(older(version, "0.16.4"))


async def test_messages_are_oldest_first_whatever_is_asked_before_0_16_4(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], "hello")
    first = (await wire.messages(made["id"], order="desc"))[0]
    assert (first["message_type"] == "system_message") is older(version, "0.16.4")


async def test_a_history_by_conversation_is_empty_before_0_16_4(aged: tuple[Wire, str]) -> None:
    wire, version = aged
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], "hello")
    assert (await wire.history(made["id"]) == []) is older(version, "0.16.4")
    kinds = {message["message_type"] for message in await wire.messages(made["id"], order="asc")}
    assert {"system_message", "user_message", "assistant_message"} <= kinds


@pytest.mark.live
async def test_a_limit_is_enforced_before_0_16_7(real: tuple[Wire, str]) -> None:
    wire, version = real
    (block,) = (await wire.agent(human="Name: Sam"))["blocks"]
    lower, longer = {"limit": 8}, {"value": "x" * (block["limit"] + 1)}
    refused = older(version, "0.16.7")
    for changes, reason in (
        (lower, "Limit (8) cannot be less than current value length (9 characters)"),
        (
            longer,
            f"Value length ({len(longer['value'])} characters) exceeds block limit ({block['limit']} characters)",
        ),
    ):
        answer = await wire.http.patch(f"/v1/blocks/{block['id']}", json=changes)
        if refused:
            assert answer_of(answer) == (400, {"detail": f"INVALID_ARGUMENT: {reason}"})
        else:
            assert answer.status_code == 200
    answer = await wire.http.post("/v1/blocks/", json={"label": "over", "value": "x" * 9, "limit": 8})
    assert answer.status_code == (422 if refused else 200)


@pytest.mark.live
async def test_messages_outlive_their_conversation_before_0_16_7(real: tuple[Wire, str]) -> None:
    wire, version = real
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], "hello")
    before = await wire.messages(made["id"], order="asc")
    await wire.http.delete(f"/v1/conversations/{made['id']}")
    stays = older(version, "0.16.7")
    assert await wire.messages(made["id"], order="asc") == (before if stays else [])
    if not older(version, "0.16.4"):
        answer = await wire.http.get(f"/v1/messages/{before[0]['id']}")
        assert answer.status_code == (200 if stays else 404)


@pytest.mark.live
async def test_a_system_message_names_no_conversation_before_0_16_7(real: tuple[Wire, str]) -> None:
    wire, version = real
    made = await wire.create(await wire.agent_id())
    await wire.say(made["id"], "hello")
    assert (f"- CONVERSATION_ID: {made['id']}\n" in await wire.system_text(made["id"])) is not older(
        version, "0.16.7"
    )
