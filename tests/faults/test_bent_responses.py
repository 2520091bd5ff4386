"""Responses changed in any field, passed through every rule to what is shown and exported."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app_helpers import HOSTILE, NOW, only_agent, small_server
from tests.faults.mutating import BENDS, Bend, bent, kinds
from tests.faults.tally import TALLY
from tests.letta.servers import AT_ONCE, FIXTURES, real
from tui.backends.demo.transport import DemoTransport
from tui.letta.client import LettaClient
from tui.letta.collect import gather
from tui.letta.history import read_history
from tui.letta.open_conversation import open_conversation
from tui.letta.response import parsed
from tui.letta.transport import Wire
from tui.model.agent import Agent, Health
from tui.model.block import Block
from tui.model.conversation import Conversation, Page
from tui.model.errors import LettaError, attempt
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.model.record import Record
from tui.model.server_model import ServerModel
from tui.model.text import visible
from tui.model.trace import ContextSize, Trace
from tui.presentation.changes import delete, fork, recompile
from tui.presentation.conversation_info import facts_line, first_user_words, info_items, title, title_of
from tui.presentation.find import texts_of
from tui.presentation.history import history_items
from tui.presentation.isolation_map import cell_items, map_text
from tui.presentation.item import Item, chunks
from tui.presentation.json_output import check_json, finding_json, show_json
from tui.presentation.memory_items import memory_items
from tui.presentation.payload import payload_items, sizes
from tui.presentation.plain_text import findings_text, show_text
from tui.presentation.transcript import message_items, transcript
from tui.presentation.ways_out import ShellServer, explained
from tui.rules.changes.recompile import plan as recompile_plan
from tui.rules.check import check
from tui.rules.memory.isolation_map import isolated_block_ids, isolation_map
from tui.rules.memory.traces import all_labels, read_trace, steps_of
from tui.rules.paging import ConversationPages
from tui.rules.sort_order import Order, Sort
from tui.rules.view_state import MemoryMode

MODELS: tuple[type[Record | ServerModel | Message], ...] = (
    Conversation,
    Agent,
    Block,
    Message,
    ContextSize,
    Trace,
    Health,
)
MESSAGES = [
    name.stem for name in sorted(FIXTURES.glob("*.json")) if isinstance(real(name.stem), list)
    and real(name.stem) and isinstance(real(name.stem)[0], dict) and "message_type" in real(name.stem)[0]
]  # fmt: skip


def count(bends: list[Bend]) -> None:
    for name, times in kinds(bends).items():
        TALLY.fault(name, times)


def over_the_wire(value: object) -> Any:
    """A value as it is after it was sent and read."""
    wrong, body = parsed(json.dumps(value).encode())
    assert not wrong
    return body


def check_items(items: tuple[Item, ...]) -> None:
    """Items can be cut into chunks, searched, copied and distinguished; heads are one harmless line."""
    for item in items:
        for folded in (True, False):
            assert chunks(item, folded=folded)
        assert item.text is not None
        assert item.copied is not None
        for _ in texts_of(item):
            pass
        for line in (item.title, item.head, item.word, item.preview):
            assert line == visible(line), item
            assert "\n" not in line


def check_printed(text: str) -> None:
    assert text == visible(text), "a control reaches the terminal"
    text.encode()


def check_messages(messages: tuple[Message, ...], ids: tuple[str, ...] | None) -> None:
    context = Context(ids, messages)
    check_items(transcript(context, NOW))
    check_items(tuple(message_items(messages, None, NOW)))
    steps_of(messages)


@pytest.mark.parametrize("name", MESSAGES)
@given(bends=BENDS, known=st.booleans())
@settings(max_examples=40)
def test_messages_of_real_servers_with_any_field_bent(name: str, bends: list[Bend], known: bool) -> None:
    count(bends)
    with TALLY.trying():
        sent = over_the_wire(bent(real(name), bends))
        messages = []
        for part in sent if isinstance(sent, list) else [sent]:
            try:
                messages.append(Message.read(part))
            except ValueError:
                continue
        ids = tuple(dict.fromkeys(message.id for message in messages)) if known else None
        check_messages(tuple(messages), ids)


TEXTS = st.one_of(st.text(max_size=40), st.just(HOSTILE), st.characters(categories=["Cs", "Cc", "Cf"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
@settings(max_examples=60)
def test_a_model_reads_any_object_or_says_what_is_missing(
    model: type[Record | ServerModel | Message], data: st.DataObject
) -> None:
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(model.__annotations__, JSON))
    told = data.draw(st.one_of(JSON, known))
    with TALLY.trying():
        try:
            found = model.read(over_the_wire(told))
        except ValueError:
            return
        json.dumps(dict(found.raw) if isinstance(found, Message) else found.as_json()).encode()
        repr(found)


class Bending(httpx.AsyncBaseTransport):
    """The embedded server, with some of its answers bent."""

    def __init__(self, inner: DemoTransport, plan: Mapping[int, list[Bend]]) -> None:
        self._inner = inner
        self._plan = plan
        self._asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        bends = self._plan.get(self._asked % 12)
        self._asked += 1
        if bends is None or answer.status_code != 200:
            return answer
        count(bends)
        return httpx.Response(200, content=json.dumps(bent(answer.json(), bends)), request=request)


def filled_server() -> tuple[DemoTransport, Conversation, Agent]:
    """One conversation with everything in it: isolated blocks, calls, returns, evicted messages."""
    transport = small_server(blocks={"human": "Robin", "persona": "Ada"})
    store = transport.store
    agent_id = only_agent(transport)
    isolated_block_ids = store.add_conversation(agent_id, "A summary", ["human"])
    for role in ("user", "assistant"):
        store.add_message(isolated_block_ids, role, "hello")
    row = Conversation(id=isolated_block_ids, agent_id=agent_id)
    return transport, row, Agent(id=agent_id, name="Ada")


async def read_all(transport: httpx.AsyncBaseTransport, row: Conversation, agent: Agent) -> None:
    client = LettaClient(Wire("http://letta.test", transport=transport, patience=AT_ONCE))
    await attempt(client.health)
    await attempt(client.agents)
    await attempt(client.agent, agent.id)
    await attempt(client.context_size, agent.id, row.id)
    await read_list(client, agent)
    await read_tools(client, row, agent)
    for wanted_row in (row, Conversation(id="default", agent_id=agent.id)):
        opened = await attempt(open_conversation, client, wanted_row, agent, NOW)
        history = await attempt(read_history, client, wanted_row, agent.id)
        if isinstance(opened, Opened):
            use(opened, history)

    whole = await attempt(gather, client, row, agent, NOW)
    if not isinstance(whole, LettaError):
        json.dumps(delete.backup_json(whole, "http://letta.test", None)).encode()
    await client.close()


async def read_list(client: LettaClient, agent: Agent) -> None:
    for sort in Sort:
        feed = ConversationPages(Order(sort, True), page_size=3)
        for _ in range(4):
            ask = feed.next_request()
            if ask is None:
                break
            page = await attempt(client.conversations, agent.id, after=ask.after, limit=ask.limit)
            if isinstance(page, Page):
                feed.add_page(ask, page)
        for found in feed.shown():
            check_printed(title(found))
        feed.shown("word conv-")


async def read_tools(client: LettaClient, row: Conversation, agent: Agent) -> None:
    payload = await attempt(client.preview, agent.id)
    if isinstance(payload, Mapping):
        check_items(payload_items(payload, named=True))
        check_printed(sizes(payload))
    trace = await attempt(client.trace, "step-1")
    read_trace(trace)
    blocks = await attempt(client.agent_blocks, agent.id)
    page = await attempt(client.conversations, agent.id)
    listed = page.rows if isinstance(page, Page) else ()
    own = {block_id: await attempt(client.block, block_id) for block_id in isolated_block_ids(listed)[:5]}
    found = isolation_map(listed, blocks, own)
    map_text(found)
    for line in found.rows:
        for cell in line.cells.values():
            check_items(cell_items(cell))


SHELL = ShellServer("http://localhost:8283", ("--base-url", "http://localhost:8283"), keyed=True)


def use(opened: Opened, history: Any) -> None:
    """Everything that the app and the commands make of a conversation."""
    findings = check(opened)
    for mode in MemoryMode:
        check_items(memory_items(opened, mode, NOW))
    check_items(info_items(opened, NOW))
    if isinstance(opened.context, Context):
        check_items(tuple(history_items(opened.context, history, NOW)))
    check_printed(facts_line(opened, NOW))
    check_printed(first_user_words(opened))
    check_printed(title(opened.conversation))
    check_printed(show_text(opened, history, NOW))
    with_ways = explained(opened, findings, SHELL)
    check_printed(findings_text(opened.conversation, title_of(opened), opened.agent, with_ways))
    shapes = [finding_json(opened.conversation, opened.agent, one) for one in with_ways]
    json.dumps(check_json(1, shapes), allow_nan=False).encode()
    json.dumps(show_json(opened, history), allow_nan=False).encode()
    fork.consequences(opened)
    delete.consequences(opened, "folder", "draft")
    if isinstance(opened.context, Context):
        plan = recompile_plan(opened, "<memory_blocks>")
        if not isinstance(plan, str):
            recompile.consequences(opened, plan)


@given(plan=st.dictionaries(st.integers(0, 11), BENDS, min_size=1, max_size=4))
@settings(max_examples=60)
def test_a_conversation_whose_answers_are_bent_is_read_shown_and_exported(
    plan: dict[int, list[Bend]],
) -> None:
    transport, row, agent = filled_server()
    with TALLY.trying():
        asyncio.run(read_all(Bending(transport, plan), row, agent))


@given(bends=BENDS)
@settings(max_examples=60)
def test_a_payload_and_a_trace_with_any_field_bent(bends: list[Bend]) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    called = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f"}}]}
    answer = {"role": "tool", "content": '{"status": "OK"}', "tool_call_id": "1"}
    system = {"role": "system", "content": "<memory_blocks>\n"}
    payload = {"model": "m", "messages": [system, called, answer], "tools": [tool], "system": [{"text": "x"}]}
    count(bends)
    with TALLY.trying():
        told = over_the_wire(bent(payload, bends))
        if isinstance(told, Mapping):
            check_items(payload_items(told, named=False))
            check_printed(sizes(told))
        try:
            trace = Trace.read(
                over_the_wire(bent({"request_json": payload, "created_at": NOW.isoformat()}, bends))
            )
        except ValueError:
            return
        found = read_trace(trace)
        all_labels({"human": "x"}, [found])
