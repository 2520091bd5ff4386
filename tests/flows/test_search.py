"""Search: what is found on each kind of Letta, with how many requests, and how a search ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, asked, ids, only_agent, small_server
from tests.flows.test_write import client_of
from tests.local_store import LocalStore, assistant, said, user
from tui.backends.bundle.open_file import read_recording
from tui.backends.bundle.transport import BundleTransport
from tui.backends.demo.conversations import compact_before
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows import every_message
from tui.flows import search as search_module
from tui.flows.bounded_regex import BadPattern
from tui.flows.search import Search
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.errors import KeyRefused, LettaError, NoResponse, RateLimited
from tui.presentation.bundle_file import bundle
from tui.rules.search import Hit, Query, SearchProgress

pytestmark = pytest.mark.anyio

PHRASE = "the cobalt lighthouse"


async def search(
    client: LettaClient, *phrases: str, agent: Agent | None = None, **query: Any
) -> tuple[list[Hit], Search]:
    """Return every hit, and the search after its end."""
    if "places" in query:
        query["places"] = frozenset(query["places"])
    one = Search(client, Query(phrases, **query), agent)
    return [hit async for hit in one.hits()], one


def compacted(flavour: str = "self-hosted") -> tuple[DemoTransport, str]:
    """Two conversations; the phrase is in the first one only, once, before the context."""
    transport = small_server("One", "Two", flavour=flavour)
    store, wanted = transport.store, ids(transport)[0]
    store.add_message(wanted, "user", f"I painted {PHRASE.upper()} today")
    for number in range(6):
        store.add_message(wanted, "user", f"question {number}")
        store.add_message(wanted, "assistant", f"answer {number}")
    compact_before(store, store.conversations[wanted], 9, "they talked about paint")
    return transport, wanted


async def agent_of(transport: DemoTransport, client: LettaClient) -> Agent:
    return await client.agent(only_agent(transport))


# what is found, on each kind of Letta


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
async def test_a_phrase_that_is_no_longer_in_context_is_found(flavour: str) -> None:
    transport, wanted = compacted(flavour)
    hits, done = await search(client_of(transport), PHRASE)
    (hit,) = hits
    assert (hit.place, hit.conversation, hit.title, hit.role) == ("messages", wanted, "One", "user")
    assert (hit.agent, hit.agent_name) == (only_agent(transport), "Ada")
    assert (hit.in_context, hit.matches) == (False, 1)
    assert hit.excerpt.text == "I painted THE COBALT LIGHTHOUSE today"
    assert hit.message in transport.store.rows
    assert hit.time == transport.store.rows[hit.message].created_at.replace(microsecond=0)
    assert done.progress.how == ("server" if flavour == "cloud" else "reading")
    assert done.progress.done


async def test_in_files_of_letta_code_it_is_found_without_asking_any_server(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    ada = store.add_agent("Ada", {"human": f"Sam, of {PHRASE}"})
    rows = (user(1, f"I painted {PHRASE}"), assistant(2, said("Nice.")), user(3, "bye"))
    store.add_conversation("local-conv-1", ada, *rows, summary="Paint", in_context=["ui-msg-3"])
    store.add_conversation("local-conv-2", ada, summary="Hidden", hidden=True, archived=True)
    store.add_conversation("default", ada, user(1, f"again {PHRASE}"))
    client = LettaClient(Wire("http://local", transport=LettaCodeTransport(tmp_path)))
    hits, done = await search(client, PHRASE)
    assert [(hit.place, hit.conversation, hit.in_context) for hit in hits] == [
        ("messages", "default", True),
        ("messages", "local-conv-1", False),
        ("memory", None, None),
    ]
    assert (hits[-1].label, hits[-1].readers) == ("human", 0)
    assert done.progress.how == "reading"
    assert not done.progress.refusal
    assert all("search" not in entry.path for entry in client.wire.log)
    assert done.progress.conversations == 3


async def test_in_a_bundle_it_is_found_offline(letta_bundle: bytes) -> None:
    transport = BundleTransport(read_recording(letta_bundle))
    client = LettaClient(Wire("http://file", transport=transport))
    hits, done = await search(client, PHRASE)
    assert [(hit.place, hit.title, hit.in_context) for hit in hits] == [("messages", "One", False)]
    assert done.progress.gone == 0
    assert done.progress.unread == 0


@pytest.fixture
async def letta_bundle() -> bytes:
    """A bundle of the conversation with the phrase, without the default conversation."""
    transport, wanted = compacted()
    client = client_of(transport)
    agent = await agent_of(transport, client)
    evidence = await collect(client, await client.conversation(wanted), agent, NOW)
    return json.dumps(bundle([evidence], base_url=None, letta=None, at=NOW)).encode()


async def test_summaries_are_those_of_conversations_and_of_compactions() -> None:
    transport, wanted = compacted()
    transport.store.set_summary(wanted, "All about PAINT")
    hits, _ = await search(client_of(transport), "paint", places={"summaries"})
    assert [(hit.place, hit.message is None, hit.role, hit.in_context) for hit in hits] == [
        ("summaries", True, None, None),
        ("summaries", False, "summary", True),
    ]
    assert [hit.title for hit in hits] == ["All about PAINT"] * 2


async def test_shared_and_isolated_blocks_are_memory() -> None:
    transport = small_server(blocks={"human": f"Sam saw {PHRASE}", "persona": "Ada"})
    store, agent_id = transport.store, only_agent(transport)
    many = [store.add_conversation(agent_id, f"Number {number}", ("persona",)) for number in range(30)]
    store.set_block(store.conversations[many[7]].isolated[0], f"Ada of {PHRASE}")
    hits, done = await search(client_of(transport), PHRASE, places={"memory"})
    assert [(hit.place, hit.conversation, hit.label) for hit in hits] == [
        ("memory", None, "human"),
        ("memory", many[7], "persona"),
    ]
    assert done.progress.conversations == 31
    paths = [path.partition("?")[0] for path in asked(transport)]
    assert paths.count("GET /v1/blocks/") == 1  # 30 blocks in one page, not one by one
    assert not [path for path in paths if "messages" in path]


async def test_a_system_message_that_still_says_it_is_found() -> None:
    transport = small_server("One", blocks={"human": f"Sam saw {PHRASE}"})
    store = transport.store
    store.set_block(next(iter(store.blocks)), "Sam")
    hits, _ = await search(client_of(transport), PHRASE, role="system")
    assert [(hit.role, hit.title, hit.in_context) for hit in hits] == [("system", "One", True)]


async def test_archived_conversations_are_searched_too() -> None:
    transport, wanted = compacted("cloud")
    transport.store.archive(wanted)
    hits, _ = await search(client_of(transport), PHRASE.replace("the", "(the)"), regex=PHRASE)
    assert [hit.conversation for hit in hits] == [wanted]


async def test_of_one_agent_or_of_all() -> None:
    transport, _ = compacted()
    other = transport.store.add_agent("Grace", {})
    transport.store.add_message(other, "user", f"mine is {PHRASE}")
    client = client_of(transport)
    hits, done = await search(client, PHRASE)
    assert {hit.agent_name for hit in hits} == {"Ada", "Grace"}
    assert done.progress.agents == 2
    hits, _ = await search(client, PHRASE, agent=await client.agent(other))
    assert [(hit.agent_name, hit.title, hit.in_context) for hit in hits] == [
        ("Grace", "default conversation", True)
    ]


async def test_a_default_conversation_that_a_fork_has_emptied_is_still_searched() -> None:
    transport = small_server()
    store, agent_id = transport.store, only_agent(transport)
    store.add_message(agent_id, "user", "first")
    store.add_message(agent_id, "user", f"I painted {PHRASE}")
    fork = store.open_conversation(agent_id, "The fork")
    store.link_existing(fork.id, store.agents[agent_id].message_ids)
    hits, _ = await search(client_of(transport), PHRASE)
    assert {hit.conversation for hit in hits} == {"default", fork.id}


async def test_role_and_time_narrow_the_search() -> None:
    transport = small_server("One")
    store, wanted = transport.store, ids(transport)[0]
    store.add_message(wanted, "user", PHRASE)
    store.add_message(wanted, "assistant", PHRASE)
    hits, _ = await search(client_of(transport), PHRASE, role="assistant")
    assert [hit.role for hit in hits] == ["assistant"]
    assert len((await search(client_of(transport), PHRASE, since=NOW))[0]) == 2
    assert (await search(client_of(transport), PHRASE, since=NOW + timedelta(hours=1)))[0] == []


async def test_a_message_counts_once_with_the_number_of_its_matches() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", f"{PHRASE}, {PHRASE} and {PHRASE}")
    hits, _ = await search(client_of(transport), PHRASE)
    assert [hit.matches for hit in hits] == [3]


async def test_any_of_several_phrases_is_found_by_reading_even_where_the_server_searches() -> None:
    transport, _ = compacted("cloud")
    hits, done = await search(client_of(transport), PHRASE, "question 5")
    assert [hit.excerpt.match.lower() for hit in hits] == [PHRASE, "question 5"]
    assert done.progress.how == "reading"


@pytest.mark.parametrize("query", [{"role": "tool"}, {"role": "event"}, {"exact": True}])
async def test_what_a_server_s_search_cannot_find_is_read(query: dict[str, Any]) -> None:
    transport, _ = compacted("cloud")
    hits, done = await search(client_of(transport), PHRASE, **query)
    assert done.progress.how == "reading"
    assert not asked(transport, "POST")
    assert len(hits) == ("exact" in query)


# regex


async def test_a_regex_reads_every_message_even_where_the_server_searches() -> None:
    transport, wanted = compacted("cloud")
    hits, done = await search(client_of(transport), regex=r"cobalt\s+L\w+")
    assert [(hit.conversation, hit.excerpt.match) for hit in hits] == [(wanted, "COBALT LIGHTHOUSE")]
    assert done.progress.how == "reading"
    assert not asked(transport, "POST")


async def test_a_bad_regex_sends_nothing_and_a_slow_one_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "a" * 60 + "!")
    with pytest.raises(BadPattern, match="cannot be used"):
        await search(client_of(transport), regex="(")
    assert asked(transport) == []
    monkeypatch.setattr(search_module, "BoundedRegex", _impatient)
    with pytest.raises(BadPattern, match="make it simpler"):
        await search(client_of(transport), regex="(a+)+b")


def _impatient(pattern: str) -> Any:
    from tui.flows.bounded_regex import BoundedRegex

    return BoundedRegex(pattern, seconds=0.2)


# requests


async def test_each_conversation_is_one_request_and_one_more_where_it_has_hits() -> None:
    transport, wanted = compacted()
    await search(client_of(transport), PHRASE, places={"messages"})
    requests = [path.partition("?")[0] for path in asked(transport)]
    second = ids(transport)[1]
    assert sorted(requests) == sorted(
        [
            "POST /v1/messages/search",
            "GET /v1/agents/",
            "GET /v1/conversations/",
            f"GET /v1/agents/{only_agent(transport)}/messages",
            f"GET /v1/conversations/{wanted}/messages",
            f"GET /v1/conversations/{second}/messages",
            f"GET /v1/conversations/{wanted}",
        ]
    )


async def test_a_refused_search_is_sent_once_and_said() -> None:
    transport, _ = compacted()
    client = client_of(transport)
    _, done = await search(client, PHRASE)
    assert "Message search requires" in done.progress.refusal
    assert client.supported.lacks("search")
    hits, done = await search(client, PHRASE)
    assert len(asked(transport, "POST")) == 1
    assert (len(hits), done.progress.refusal) == (1, "")


async def test_a_server_without_that_route_is_read() -> None:
    transport, _ = compacted("cloud")
    assert transport.cloud is not None
    transport.cloud.searches = False
    hits, done = await search(client_of(transport), PHRASE)
    assert len(hits) == 1
    assert done.progress.how == "reading"
    assert done.progress.refusal


async def test_a_long_conversation_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every_message, "PAGE", 10)
    transport = small_server("One")
    store, wanted = transport.store, ids(transport)[0]
    numbers = [store.add_message(wanted, "user", f"{PHRASE} {number}") for number in range(42)]
    in_default = [store.add_message(only_agent(transport), "user", PHRASE) for _ in range(21)]
    client = client_of(transport)
    hits, _ = await search(client, PHRASE, places={"messages"})
    assert [hit.message for hit in hits] == [*in_default, *numbers]


async def test_a_list_that_ignores_cursors_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file does, and 0.16.2, which also has no history."""
    monkeypatch.setattr(every_message, "PAGE", 10)
    transport = small_server("One")
    wanted = ids(transport)[0]
    numbers = [transport.store.add_message(wanted, "user", f"{PHRASE} {number}") for number in range(42)]
    repeats = Repeating(transport)
    client = LettaClient(Wire("http://letta.test", transport=repeats, patience=Patience(backoff=0.0)))
    hits, _ = await search(client, PHRASE, places={"messages"})
    assert [hit.message for hit in hits] == numbers
    repeats.empty = True
    hits, _ = await search(client, PHRASE, places={"messages"})
    assert [hit.message for hit in hits] == numbers


class Repeating(httpx.AsyncBaseTransport):
    """A server that ignores the cursors of messages, or (`empty`) has no messages by conversation."""

    def __init__(self, transport: DemoTransport) -> None:
        self.transport = transport
        self.empty = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.empty and request.url.path == "/v1/messages/":
            return httpx.Response(200, json=[])
        if request.url.path.endswith(("/messages", "/messages/")):
            request.url = request.url.copy_remove_param("after")
        return await self.transport.handle_async_request(request)


# the server's own search


async def test_the_servers_hits_are_its_own_and_read_no_message() -> None:
    transport, wanted = compacted("cloud")
    transport.store.add_message(wanted, "assistant", "a lighthouse in COBALT, the best")
    hits, _ = await search(client_of(transport), PHRASE, places={"messages"})
    assert [(hit.excerpt.match.lower(), hit.matches, hit.in_context) for hit in hits] == [
        ("lighthouse", 0, True),
        (PHRASE, 1, False),
    ]
    assert not [path for path in asked(transport, "GET") if "/messages" in path]
    assert not [path for path in asked(transport, "GET") if path.startswith("/v1/conversations/?")]


async def test_more_than_one_page_of_results_is_found_by_halving_the_time() -> None:
    transport = small_server("One", "Two", flavour="cloud")
    first, second = ids(transport)
    store = transport.store
    sent = {store.add_message(first if number % 3 else second, "user", PHRASE) for number in range(30)}
    old = store.open_conversation(only_agent(transport), "Old")
    for number in range(200):
        at = NOW - timedelta(days=1, minutes=number)
        part = {"type": "text", "text": PHRASE}
        sent.add(store.write(old.agent_id, old.id, "user", [part], at=at).id)
    hits, done = await search(client_of(transport), PHRASE)
    assert {hit.message for hit in hits} == sent
    assert len(hits) == 230
    assert not done.progress.cut


async def test_results_of_one_moment_that_fill_a_page_are_said_to_be_cut() -> None:
    transport = small_server("One", flavour="cloud")
    store, wanted = transport.store, ids(transport)[0]
    for _ in range(60):
        part = {"type": "text", "text": PHRASE}
        store.write(only_agent(transport), wanted, "user", [part], at=NOW)
    hits, done = await search(client_of(transport), PHRASE)
    assert len(hits) == 50
    assert done.progress.cut


async def test_of_a_context_that_is_not_reported_a_hit_says_so() -> None:
    transport, wanted = compacted("cloud")
    transport.store.conversations[wanted].reports_context = False
    hits, _ = await search(client_of(transport), PHRASE)
    assert [hit.in_context for hit in hits] == [None]
    hits, _ = await search(client_of(transport), regex=PHRASE)
    assert [hit.in_context for hit in hits] == [None]


# trouble


@pytest.mark.parametrize(("status", "kind"), [(401, KeyRefused), (429, RateLimited)])
async def test_what_concerns_every_request_ends_the_search(status: int, kind: type[LettaError]) -> None:
    transport, _ = compacted()
    transport.fail(status, path="/messages")
    with pytest.raises(kind):
        await search(client_of(transport), PHRASE)


async def test_a_conversation_that_cannot_be_read_is_named_and_the_others_are_searched() -> None:
    transport, wanted = compacted()
    second = ids(transport)[1]
    transport.fail(500, path=f"{second}/messages")
    hits, done = await search(client_of(transport), PHRASE)
    assert [hit.conversation for hit in hits] == [wanted]
    assert done.progress.unread == 1
    assert [name for name, _ in done.problems] == ["Two"]


async def test_a_conversation_that_was_deleted_meanwhile_is_no_problem() -> None:
    transport, _ = compacted()
    second = ids(transport)[1]
    gone = httpx.Response(404, json={"detail": "Conversation not found"})
    transport.fail(gone, path=f"{second}/messages")
    _, done = await search(client_of(transport), PHRASE)
    assert (done.progress.gone, done.progress.unread) == (1, 0)


async def test_a_conversation_without_an_answer_is_named_while_the_server_answers() -> None:
    transport, wanted = compacted()
    transport.fail(httpx.ReadTimeout, path=f"{ids(transport)[1]}/messages")
    hits, done = await search(client_of(transport), PHRASE)
    assert [hit.conversation for hit in hits] == [wanted]
    assert (done.progress.unread, done.progress.done) == (1, True)


async def test_a_server_that_is_gone_ends_the_search_with_its_error() -> None:
    class Gone(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    with pytest.raises(NoResponse):
        await search(LettaClient(Wire("http://letta.test", transport=Gone())), PHRASE)


# how it ends


@asynccontextmanager
async def held(transport: DemoTransport, path: str) -> AsyncIterator[None]:
    """Give no response to these requests inside this block."""
    gate = transport.hold(path=path)
    try:
        yield
    finally:
        gate.open()


async def test_the_first_hit_comes_while_the_rest_is_still_being_read() -> None:
    transport = small_server(*(f"Number {number}" for number in range(20)))
    every = ids(transport)
    transport.store.add_message(every[0], "user", PHRASE)
    one = Search(client_of(transport), Query((PHRASE,)))
    async with held(transport, f"{every[-1]}/messages"):
        hits = one.hits()
        hit = await anext(hits)
        assert hit.conversation == every[0]
        assert not one.progress.done
        await hits.aclose()
    assert one.progress.hits == 1
    assert not one.progress.done


async def test_a_search_that_is_left_sends_nothing_more() -> None:
    transport = small_server(*(f"Number {number}" for number in range(100)))
    for wanted in ids(transport):
        transport.store.add_message(wanted, "user", PHRASE)
    hits = Search(client_of(transport), Query((PHRASE,))).hits()
    await anext(hits)
    await hits.aclose()
    sent = len(asked(transport))
    assert sent < 80
    assert len(asked(transport)) == sent


async def test_hits_are_bounded_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "MOST_HITS", 5)
    transport = small_server("One")
    for _ in range(9):
        transport.store.add_message(ids(transport)[0], "user", PHRASE)
    hits, done = await search(client_of(transport), PHRASE)
    assert len(hits) == 5
    assert (done.progress.cut, done.progress.done) == (True, True)


async def test_progress_counts_conversations_and_requests() -> None:
    transport, _ = compacted()
    seen: list[SearchProgress] = []
    client = client_of(transport)
    one = Search(client, Query((PHRASE,)), show_progress=seen.append)
    hits = [hit async for hit in one.hits()]
    assert len(hits) == 1
    assert [shown.conversations for shown in seen] == sorted(shown.conversations for shown in seen)
    last = seen[-1]
    assert (last.agents, last.conversations, last.hits, last.done) == (1, 3, 1, True)
    assert last.requests == len(asked(transport))


async def test_nothing_is_written() -> None:
    transport, _ = compacted()
    client = client_of(transport, readonly=True)
    hits, _ = await search(client, PHRASE)
    assert len(hits) == 1
    assert client.wire.writes == 0


async def test_a_store_without_agents_has_no_hits() -> None:
    hits, done = await search(client_of(DemoTransport(Store.empty(NOW))), PHRASE)
    assert (hits, done.progress.done, done.progress.agents) == ([], True, 0)


async def test_a_search_goes_on_behind_a_position() -> None:
    transport = small_server(*(f"Number {number}" for number in range(12)))
    other = transport.store.add_agent("Grace", {})
    for wanted in (*ids(transport), other):
        transport.store.add_message(wanted, "user", PHRASE)
    client = client_of(transport)
    every, done = await search(client, PHRASE)
    assert len(every) == 13
    one = Search(client, Query((PHRASE,)))
    hits = one.hits()
    first = [await anext(hits) for _ in range(6)]
    await hits.aclose()
    rest = Search(client, Query((PHRASE,)), begun=one.checkpoint)
    again = [hit async for hit in rest.hits()]
    assert [*first[: 13 - len(again)], *again] == every
    assert len(again) <= 8
    assert rest.checkpoint == done.checkpoint
