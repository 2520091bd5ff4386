"""What a server supports is learned from answers that come anyway: fields of rows, and how requests end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.letta.servers import AT_ONCE, Scripted, page
from tui.letta.client import LettaClient
from tui.letta.supported import SupportLearner
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotOffered
from tui.model.supported import Feature, Support, Supported

pytestmark = pytest.mark.anyio

MINIMAL: dict[str, Any] = {"id": "conv-1", "agent_id": "agent-1", "summary": "s", "created_at": None}
"""The fields that 0.16.2 sends, and that the API reference gives for rows of a list."""
ISOLATING: dict[str, Any] = MINIMAL | {"isolated_block_ids": []}
LETTA_0_16_8 = ISOLATING | {"model": None, "model_settings": None, "last_message_at": None}
CLOUD = MINIMAL | {
    "archived": False,
    "archived_at": None,
    "description": None,
    "context_window_limit": None,
    "last_message_at": None,
    "model": None,
    "model_settings": None,
}
OF_ROWS: tuple[Feature, ...] = (
    "isolate",
    "archive",
    "description",
    "hidden",
    "fork-from-message",
    "model",
    "last_run_completion",
    "last_message_at",
)


def learned(*rows: dict[str, Any]) -> Supported:
    learner = SupportLearner()
    learner.saw_rows(Conversation.read(row) for row in rows)
    return learner.current


def states(supported: Supported) -> dict[Feature, str]:
    return {feature: supported[feature].state for feature in OF_ROWS}


@pytest.mark.parametrize(
    ("row", "yes", "unknown"),
    [
        (MINIMAL, set(), {"isolate"}),
        (ISOLATING, {"isolate"}, set()),
        (ISOLATING | {"model": None}, {"isolate", "model", "last_run_completion"}, set()),
        (LETTA_0_16_8, {"isolate", "model", "last_run_completion", "last_message_at"}, set()),
        (CLOUD, {*OF_ROWS} - {"isolate"}, set()),
        (MINIMAL | {"model": None}, {"model", "last_run_completion"}, {"isolate"}),
        (CLOUD | {"isolated_block_ids": []}, {*OF_ROWS}, set()),
        (CLOUD | {"isolated_block_ids": None}, {*OF_ROWS} - {"isolate"}, {"isolate"}),
        (
            MINIMAL | {"archived": True},
            {"archive"},
            {"description", "hidden", "fork-from-message", "model", "last_run_completion", "last_message_at"},
        ),
    ],
    ids=[
        "0.16.2",
        "0.16.4",
        "0.16.5",
        "0.16.8",
        "newer",
        "behind a proxy",
        "both",
        "null",
        "only what is set",
    ],
)
def test_fields_of_rows_show_what_a_server_has(
    row: dict[str, Any], yes: set[Feature], unknown: set[Feature]
) -> None:
    expected = {f: "yes" if f in yes else "unknown" if f in unknown else "no" for f in OF_ROWS}
    assert states(learned(row)) == expected


def test_the_evidence_is_named() -> None:
    assert learned(CLOUD)["archive"].evidence == "conversations report `archived`"
    assert learned(LETTA_0_16_8)["archive"].evidence == "no conversation reports `archived`"
    assert learned(CLOUD)["isolate"] == Support(
        "no", "conversations report `archived` and never `isolated_block_ids`"
    )


def test_without_an_answer_nothing_is_known_and_nothing_is_lacking() -> None:
    for supported in (Supported(), learned()):
        assert set(states(supported).values()) == {"unknown"}
        assert not supported.lacks("isolate")
        assert not supported.has("isolate")


def test_one_row_with_a_field_outweighs_all_that_lack_it() -> None:
    """The API reference has isolated blocks in the answers to POST and PATCH only."""
    learner = SupportLearner()
    learner.saw_rows([Conversation.read(MINIMAL)])
    learner.saw_rows([Conversation.read(ISOLATING)])
    learner.saw_rows([Conversation.read(CLOUD)])
    learner.saw_rows([Conversation.read(MINIMAL)])
    assert set(states(learner.current).values()) == {"yes"}


def test_how_a_request_ended_outweighs_every_field() -> None:
    learner = SupportLearner()
    learner.saw_rows([Conversation.read(CLOUD)])
    learner.failed("archive", "the request was taken and nothing changed")
    learner.saw_rows([Conversation.read(CLOUD)])
    assert learner.current["archive"] == Support("no", "the request was taken and nothing changed")
    learner.worked("archive")
    assert learner.current.has("archive")


def test_only_news_is_reported() -> None:
    learner = SupportLearner()
    seen: list[Supported] = []
    learner.when_changed(seen.append)
    for _ in range(3):
        learner.saw_rows([Conversation.read(CLOUD)])
        learner.worked("fork")
    assert len(seen) == 2
    assert seen[-1] is learner.current


def client_on(*answers: Any) -> LettaClient:
    return LettaClient(Wire("http://letta.test", transport=Scripted(*answers), patience=AT_ONCE))


CALLS: list[tuple[Feature, Callable[[LettaClient], Awaitable[object]], object]] = [
    ("create", lambda c: c.create_conversation("agent-1"), MINIMAL),
    ("edit", lambda c: c.update_summary("conv-1", "s"), MINIMAL),
    ("default-summary", lambda c: c.update_summary("default", "s", "agent-1"), MINIMAL),
    ("fork", lambda c: c.fork("conv-1"), MINIMAL),
    ("delete", lambda c: c.delete_conversation("conv-1"), None),
    ("recompile", lambda c: c.recompiled_text("conv-1"), "text"),
    ("recompile", lambda c: c.recompile("conv-1"), "text"),
    ("history", lambda c: c.own_messages("conv-1"), []),
    ("traces", lambda c: c.trace("step-1"), None),
    ("payload", lambda c: c.preview("agent-1"), {}),
]


@pytest.mark.parametrize(("feature", "call", "answer"), CALLS)
async def test_a_call_shows_by_its_end_whether_the_server_has_it(
    feature: Feature, call: Callable[[LettaClient], Awaitable[object]], answer: object
) -> None:
    client = client_on(page(200, answer))
    await call(client)
    assert client.supported.has(feature)
    for status, detail in [(404, "Not Found"), (405, "Method Not Allowed"), (501, "Not Implemented")]:
        client = client_on(page(status, {"detail": detail}))
        with pytest.raises(NotOffered):
            await call(client)
        assert client.supported[feature].state == "no"
        assert f"({status})" in client.supported[feature].evidence
        assert client.supported[feature].reason == ""
    for status in (400, 401, 409, 422, 500):
        client = client_on(page(status, {"detail": "no"}))
        with pytest.raises(LettaError):
            await call(client)
        assert client.supported[feature].state == "unknown", "a failure of one request shows nothing"


async def test_a_server_may_say_why_it_has_no_such_call() -> None:
    why = "Letta Code starts conversations itself"
    client = client_on(page(501, {"detail": why}))
    with pytest.raises(NotOffered):
        await client.create_conversation("agent-1")
    assert client.supported["create"].reason == why


async def test_a_server_may_say_beforehand_what_it_lacks() -> None:
    lacking = {"fork": "a file cannot be forked", "no such feature": "x", "delete": 3}
    client = client_on(page(200, {"status": "ok", "unsupported": lacking}))
    await client.health()
    assert client.supported["fork"] == Support("no", "the server says so", "a file cannot be forked")
    assert not client.supported.lacks("delete")
    for odd in ("fork", ["fork"], None):
        await client_on(page(200, {"unsupported": odd})).health()


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda c: c.conversations("agent-1"), [CLOUD]),
        (lambda c: c.conversation("conv-1"), CLOUD),
        (lambda c: c.create_conversation("agent-1"), CLOUD),
        (lambda c: c.update_summary("conv-1", "s"), CLOUD),
        (lambda c: c.fork("conv-1"), CLOUD),
    ],
)
async def test_each_answer_with_conversations_is_learned_from(
    call: Callable[[LettaClient], Awaitable[object]], answer: object
) -> None:
    client = client_on(page(200, answer))
    await call(client)
    assert client.supported.lacks("isolate")


async def test_an_archived_field_that_the_server_ignores_is_no_proof_of_an_archive() -> None:
    """0.16.x answers 200 and does nothing (measured)."""
    client = client_on(page(200, LETTA_0_16_8))
    await client.archive("conv-1", True)
    assert client.supported.lacks("archive")
    client = client_on(page(405, {"detail": "Method Not Allowed"}))
    with pytest.raises(NotOffered):
        await client.archive("conv-1", True)
    assert client.supported.lacks("archive")


async def test_an_order_that_is_refused_is_not_asked_for_again() -> None:
    """0.16.5 and 0.16.6 answer 422 to the order by last message (measured)."""
    client = client_on(page(422, {"detail": "no such order"}))
    with pytest.raises(LettaError):
        await client.conversations("agent-1", order_by="last_message_at")
    assert client.supported.lacks("last_message_at")
    with pytest.raises(LettaError):
        await client.conversations("agent-1", after="conv-9", order_by="last_run_completion")
    assert not client.supported.lacks("last_run_completion"), "it may be the cursor that was refused"
