"""Search on a real server: a phrase that occurs once, before the context; memory; the requests."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.app_helpers import main_screen, make_quick, press, row_id, settle, type_text
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tests.live.test_history import app_on, compact, in_context, say
from tui.cli import main
from tui.flows.search import Search
from tui.letta.client import LettaClient
from tui.letta.steering import Steering
from tui.letta.transport import Wire
from tui.rules.search import Hit, Query
from tui.ui.tools.search import SearchScreen

pytestmark = [pytest.mark.live, pytest.mark.anyio]

PHRASE = "the cobalt lighthouse of Vesterborg"
OTHERS = 12


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses that people need."""
    make_quick(monkeypatch)


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[str]:
    """An agent of the test's own."""
    made = create_agent(real_server, "searched", "Name: Sam")
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


def make(server: RealServer, agent: str, summary: str, *labels: str) -> str:
    """A conversation without a turn."""
    body = {"summary": summary, "isolated_block_labels": list(labels) or None}
    return str(server.call("POST", f"/v1/conversations/?agent_id={agent}", body)["id"])


def compacted(server: RealServer, agent: str) -> tuple[str, str]:
    """A conversation whose first message has the phrase and is no longer in context; its id and the message's."""
    wanted = make(server, agent, "About paint")
    say(server, wanted, f"I painted {PHRASE.upper()} today", "turn 1", "turn 2", "turn 3", "turn 4", "turn 5")
    rows = server.call("GET", f"/v1/conversations/{wanted}/messages?order=asc&limit=100")
    message = next(str(row["id"]) for row in rows if PHRASE.upper() in str(row.get("content")))
    compact(server, wanted)
    assert message not in in_context(server, wanted)
    for number in range(OTHERS):
        make(server, agent, f"Other {number}")
    return wanted, message


async def searched(server: RealServer, agent: str, query: Query) -> tuple[list[Hit], Search, list[str]]:
    """The hits, the search, and the paths of its requests."""
    client = LettaClient(Wire(server.base_url, server.api_key, readonly=True))
    try:
        chosen = await client.agent(agent)
        search = Search(client, query, chosen)
        before = len(client.wire.log)
        with Steering().applied():
            hits = [hit async for hit in search.hits()]
        paths = [f"{one.method} {one.path.partition('?')[0]}" for one in client.wire.log]
        return hits, search, paths[: len(paths) - before]
    finally:
        await client.close()


async def test_a_phrase_that_is_no_longer_in_context_is_found_in_one_request_for_each_conversation(
    real_server: RealServer, agent: str
) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    wanted, message = compacted(real_server, agent)
    hits, search, paths = await searched(
        real_server, agent, Query((PHRASE,), places=frozenset({"messages"}), role="user")
    )
    assert [(hit.conversation, hit.message, hit.in_context) for hit in hits] == [(wanted, message, False)]
    assert hits[0].excerpt.match == PHRASE.upper()
    assert search.progress.how == "reading"
    assert search.progress.refusal
    assert search.progress.conversations == OTHERS + 2
    # The search that it refuses, the list, each conversation, and the context of the one with a hit.
    assert len(paths) == 1 + 1 + (OTHERS + 2) + 1


async def test_isolated_and_shared_memory_and_the_stale_system_message_are_found(
    real_server: RealServer, agent: str
) -> None:
    wanted = make(real_server, agent, "Own memory", "human")
    isolated = real_server.call("GET", f"/v1/conversations/{wanted}")["isolated_block_ids"]
    real_server.call("PATCH", f"/v1/blocks/{isolated[0]}", {"value": f"Sam of {PHRASE}"})
    hits, _, _ = await searched(real_server, agent, Query((PHRASE,), places=frozenset({"memory"})))
    assert [(hit.conversation, hit.label) for hit in hits] == [(wanted, "human")]
    hits, search, _ = await searched(real_server, agent, Query(("Name: Sam",)))
    assert [(hit.conversation, hit.label, hit.readers) for hit in hits] == [
        (None, "human", search.progress.system)
    ]
    hits, _, _ = await searched(real_server, agent, Query(("Name: Sam",), role="system"))
    assert (wanted, "system") in [(hit.conversation, hit.role) for hit in hits]


def test_the_command_says_the_same(
    real_server: RealServer, agent: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    monkeypatch.setenv("LETTA_BASE_URL", real_server.base_url)
    if real_server.api_key:
        monkeypatch.setenv("LETTA_API_KEY", real_server.api_key)
    wanted, message = compacted(real_server, agent)
    arguments = ["search", PHRASE, "--agent", agent, "--role", "user", "--jsonl"]
    assert main(arguments) == 0
    (hit,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (hit["conversation"], hit["message"], hit["in_context"]) == (wanted, message, False)
    assert main([*arguments[:1], r"cobalt\s+light\w+", *arguments[2:], "--regex"]) == 0
    assert main(["search", "no such words anywhere", "--agent", agent]) == 1


async def test_enter_goes_to_the_message(real_server: RealServer, agent: str) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    wanted, message = compacted(real_server, agent)
    app = app_on(real_server, agent, "default")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+f")
        await type_text(pilot, f"painted {PHRASE}")
        await press(pilot, "enter")
        assert isinstance(app.screen, SearchScreen)
        assert [hit.message for hit in app.screen.list.hits][:1] == [message]
        await press(pilot, "enter")
        assert row_id(app) == wanted
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert dict(item.ids)["id"] == message
