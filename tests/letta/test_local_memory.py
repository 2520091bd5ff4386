"""Opening conversations of Letta Code's local agents: memory in files is read with them, by routes of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.local_store import LocalStore, assistant, forgetful_store, said, user
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.letta.client import LettaClient
from tui.letta.history import read_history
from tui.letta.open_conversation import glance, open_conversation
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import LettaError, NotOffered, TurnRunning
from tui.model.local_memory import LocalMemory, MemoryFiles, PromptRecord
from tui.model.opened import Context, Opened
from tui.presentation.transcript import transcript
from tui.rules.check import check
from tui.rules.check.finding import Kind, Severity

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)


class Watched(LettaCodeTransport):
    """The store as a server that notes what it is asked."""

    def __init__(self, store: Path) -> None:
        super().__init__(store)
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return await super().handle_async_request(request)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return forgetful_store(tmp_path / "lc")


@pytest.fixture
def transport(store: LocalStore) -> Watched:
    return Watched(store.path)


@pytest.fixture
def client(transport: Watched) -> LettaClient:
    return LettaClient(Wire("http://letta-code-test", transport=transport, patience=Patience(backoff=0.0)))


async def opened(client: LettaClient, store: LocalStore, conversation_id: str) -> Opened:
    """A conversation of Ada."""
    agent = await client.agent(store.agents["Ada"])
    row = Conversation(id=conversation_id, agent_id=agent.id)
    return await open_conversation(client, row, agent, NOW)


async def test_record_and_files_come_with_the_conversation(client: LettaClient, store: LocalStore) -> None:
    found = await opened(client, store, "local-conv-1")
    assert isinstance(found.local, LocalMemory)
    assert isinstance(found.local.prompt, PromptRecord)
    assert isinstance(found.local.files, MemoryFiles)
    assert "Name: unknown" in (found.local.prompt.memory or "")
    assert "Name: Sam" in (found.local.prompt.core_memory or "")
    assert found.local.prompt.raw_system_current is True
    assert [file.label for file in found.local.files.files] == ["human", "persona"]
    assert found.local.files.head == store.head(store.agents["Ada"])
    assert found.isolated == ()


async def test_the_default_conversation_has_the_ids_of_its_own_record(
    client: LettaClient, store: LocalStore
) -> None:
    ada = store.agents["Ada"]
    store.add_conversation("default", ada, user(1, "hello"), assistant(2, said("Hi.")))
    found = await opened(client, store, DEFAULT)
    assert isinstance(found.context, Context)
    assert found.context.ids == ("system:default", "ui-msg-1", "ui-msg-2")
    assert [message.id for message in found.context.messages] == list(found.context.ids)
    assert found.conversation.created_at is not None


async def test_an_id_that_is_not_in_the_transcript_yet_is_looked_up_nowhere(
    client: LettaClient, store: LocalStore, transport: Watched
) -> None:
    """It names the answer of a turn that runs; the same id may stand in another conversation."""
    ids = ["ui-msg-1", "ui-msg-2"]
    store.add_conversation("local-conv-8", store.agents["Ada"], user(1, "hello"), in_context=ids)
    found = await opened(client, store, "local-conv-8")
    assert isinstance(found.context, Context)
    assert isinstance(found.context.failed["ui-msg-2"], NotOffered)
    assert not [path for path in transport.asked if path.startswith("/v1/messages/")]
    item = transcript(found.context, NOW)[-1]
    assert "not in the transcript yet" in item.text
    notes = [finding for finding in check(found) if finding.tab == "messages"]
    assert [(one.kind, one.severity) for one in notes] == [(Kind.UNREAD, Severity.NOTE)]


async def test_a_call_that_has_not_returned_is_running_and_waits_for_nobody(
    client: LettaClient, store: LocalStore
) -> None:
    call = {"type": "toolCall", "id": "call-1", "name": "Bash", "arguments": {}}
    rows = user(1, "look"), assistant(2, call, stop="toolUse")
    store.add_conversation("local-conv-8", store.agents["Ada"], *rows)
    kinds = {one.kind: one.sentence for one in check(await opened(client, store, "local-conv-8"))}
    assert "may still be running" in kinds[Kind.CALL]
    assert Kind.APPROVAL not in kinds


async def test_neighbours_are_read_with_their_memory(client: LettaClient, store: LocalStore) -> None:
    agent = await client.agent(store.agents["Ada"])
    found = await glance(client, Conversation(id="local-conv-1", agent_id=agent.id), agent, NOW)
    assert [finding.kind for finding in check(found)] == [Kind.FORGOTTEN]


async def test_the_whole_history_has_each_message_once(client: LettaClient, store: LocalStore) -> None:
    row = await client.conversation("local-conv-1")
    history = await read_history(client, row, row.agent_id)
    ids = [message.id for message in history.messages]
    assert len(ids) == len(set(ids)) == 7
    assert history.problem is None


async def test_commits_and_the_text_of_each(client: LettaClient, store: LocalStore) -> None:
    ada = store.agents["Ada"]
    newest, oldest = await client.memory_commits(ada, path="human.md", limit=10)
    assert (newest.subject, newest.author) == ("The user is called Sam", "Sam")
    assert newest.time is not None
    assert "Name: Sam" in (await client.memory_at(ada, newest.revision, "human.md") or "")
    assert "Name: unknown" in (await client.memory_at(ada, oldest.revision, "human.md") or "")
    assert await client.memory_at(ada, oldest.revision, "other.md") is None
    assert await client.memory_commits(ada, path="human.md", limit=10, after=oldest.revision) == ()


async def test_a_running_turn_is_an_error_of_its_own_with_the_reason(
    client: LettaClient, store: LocalStore
) -> None:
    store.add_conversation("local-conv-8", store.agents["Ada"], user(1, "hello"), summary="Busy")
    with pytest.raises(TurnRunning) as caught:
        await client.update_summary("local-conv-8", "New")
    assert "awaits an answer" in caught.value.detail
    assert (await client.update_summary("local-conv-8", "New", force=True)).summary == "New"
    assert (await client.archive("local-conv-8", True, force=True)).archived is True


async def test_all_conversations_are_those_put_away_too(client: LettaClient, store: LocalStore) -> None:
    ada = store.agents["Ada"]
    plain = {row.summary for row in (await client.conversations(ada)).rows}
    every = {row.summary for row in (await client.conversations(ada, archive_status="all")).rows}
    assert every - plain == {"Put away", "Kept out of sight"}
    hidden = next(
        row
        for row in (await client.conversations(ada, archive_status="all")).rows
        if row.summary == "Kept out of sight"
    )
    assert hidden.is_hidden


async def test_health_says_what_letta_code_alone_can_do(client: LettaClient) -> None:
    await client.version()
    for feature in ("create", "fork", "delete", "recompile", "isolate", "payload", "default-summary"):
        assert client.supported.lacks(feature)
        assert "Letta Code" in client.supported[feature].reason


async def test_no_other_server_is_asked_for_it() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        listed = request.url.path.endswith(("/messages", "/blocks"))
        return httpx.Response(200, json=[] if listed else {"id": "conv-1", "agent_id": "agent-1"})

    client = LettaClient(Wire("http://letta.test", transport=httpx.MockTransport(answer)))
    row = Conversation(id="conv-1", agent_id="agent-1")
    found = await open_conversation(client, row, await client.agent("agent-1"), NOW)
    assert found.local is None
    assert not isinstance(found.context, LettaError)
    assert not [path for path in asked if path.startswith("/_local")]
