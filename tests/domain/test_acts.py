"""Fork, delete, recompile and archive against a server with faults before, after and instead of the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, asked, only_agent, small_server, writes
from tui.api.client import LettaClient
from tui.api.errors import BadSetting, LettaError, NoAnswer, NotOffered, OutcomeUnknown
from tui.api.gathering import gather
from tui.api.models import Message
from tui.api.opening import Opened, open_conversation
from tui.api.rows import Agent, Conversation
from tui.api.wire import Patience, Wire
from tui.backends.demo.transport import DemoTransport
from tui.domain import archiving, forking, recompiling, removing
from tui.domain.creating import Created, NotCreated, Uncertain

pytestmark = pytest.mark.anyio

RESET, REFUSED = httpx.ReadError, httpx.ConnectError


def client_of(transport: DemoTransport, *, readonly: bool = False) -> LettaClient:
    """A client without pauses."""
    patience = Patience(backoff=0.0)
    return LettaClient(Wire("http://letta.test", transport=transport, patience=patience, readonly=readonly))


def isolated_server(*summaries: str) -> DemoTransport:
    """Conversations with isolated `human` (changed in the first one) and `project` (never changed)."""
    transport = small_server()
    store, agent_id = transport.store, only_agent(transport)
    for summary in summaries or ("mine",):
        store.add_conversation(agent_id, summary, ("human", "project"))
    first = next(iter(store.conversations.values()))
    store.set_block(first.isolated[0], "Robin, who moved")
    store.add_message(first.id, "user", "hello")
    return transport


def first_id(transport: DemoTransport) -> str:
    """The conversation that was made first."""
    return next(iter(transport.store.conversations))


async def opened_of(client: LettaClient, transport: DemoTransport, conversation_id: str = "") -> Opened:
    """A conversation as the panes have it."""
    agent_id = only_agent(transport)
    row = Conversation(id=conversation_id or first_id(transport), agent_id=agent_id)
    return await open_conversation(client, row, Agent(id=agent_id), NOW)


# fork


async def test_a_fork_is_made_once_and_says_nothing_of_its_context() -> None:
    transport = isolated_server()
    client = client_of(transport)
    made = await forking.fork(client, (await opened_of(client, transport)).conversation)
    assert isinstance(made, Created)
    assert made.conversation.in_context_message_ids is None
    assert made.conversation.summary is None
    assert len(writes(transport)) == 1


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind", "new"),
    [
        (REFUSED, False, NotCreated, 0),
        (RESET, False, Uncertain, 0),
        (RESET, True, Uncertain, 1),
        (504, True, Uncertain, 1),
        (500, False, NotCreated, 0),
        (500, True, NotCreated, 1),
        (b"{", True, Uncertain, 1),
    ],
)
async def test_a_fork_without_an_answer_is_looked_up_and_never_repeated(
    fault: Any, after_commit: bool, kind: type, new: int
) -> None:
    transport = isolated_server()
    client = client_of(transport)
    row = (await opened_of(client, transport)).conversation
    transport.fail(fault, method="POST", path="/fork$", after_commit=after_commit)
    made = await forking.fork(client, row)
    assert isinstance(made, kind)
    assert isinstance(made, NotCreated | Uncertain)
    appeared = made.left if isinstance(made, NotCreated) else made.seen
    assert appeared is not None
    assert len(appeared) == new
    assert len(writes(transport)) == 1


async def test_what_a_fork_leaves_behind_is_told() -> None:
    transport = isolated_server()
    told = forking.question(await opened_of(client_of(transport), transport))
    assert not told.forced
    assert "Isolation and summary are not copied" in told.words
    assert "2 isolated blocks" in told.words
    assert {item.title: item.head for item in told.items} == {
        "human": "≠ differs from shared",
        "project": "= same as shared",
    }


async def test_forking_the_default_conversation_needs_the_second_key() -> None:
    transport = small_server()
    told = forking.question(await opened_of(client_of(transport), transport, "default"))
    assert told.forced
    assert "empties its own message list for ever" in told.words


# delete


async def test_nothing_is_deleted_without_a_copy() -> None:
    transport = isolated_server()
    client = client_of(transport)

    async def full_disk() -> str:
        raise OSError(28, "No space left on device")

    async def unreadable() -> str:
        raise NoAnswer("Reading a block: reset")

    for back_up in (full_disk, unreadable):
        removal = await removing.remove(client, first_id(transport), back_up)
        assert isinstance(removal, removing.NotDeleted)
        assert removal.backup is None
        assert "nothing was deleted" in removal.reason
    assert writes(transport) == []


async def copied() -> str:
    """A copy that worked."""
    return "/copies/one.json"


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (None, False, removing.Deleted),
        (REFUSED, False, removing.NotDeleted),
        (RESET, False, removing.Unsure),
        (RESET, True, removing.Deleted),
        (504, True, removing.Deleted),
        (500, False, removing.NotDeleted),
        (500, True, removing.Deleted),
        (httpx.Response(404, json={"detail": "Conversation not found with id"}), False, removing.Deleted),
        (404, False, removing.NotDeleted),
        (405, False, removing.NotDeleted),
        (401, False, removing.NotDeleted),
        (b"<html>", True, removing.Deleted),
    ],
)
async def test_after_a_lost_answer_reading_tells_whether_it_went(
    fault: Any, after_commit: bool, kind: type
) -> None:
    transport = isolated_server()
    if fault is not None:
        transport.fail(fault, method="DELETE", after_commit=after_commit)
    removal = await removing.remove(client_of(transport), first_id(transport), copied)
    assert isinstance(removal, kind)
    assert removal.backup == "/copies/one.json"
    assert len(writes(transport)) == 1


async def test_where_nothing_can_be_read_back_it_stays_unknown() -> None:
    transport = isolated_server()
    transport.fail(RESET, method="DELETE", after_commit=True)
    transport.fail(REFUSED, method="GET")
    removal = await removing.remove(client_of(transport), first_id(transport), copied)
    assert isinstance(removal, removing.Unsure)
    assert isinstance(removal.error, OutcomeUnknown)


async def test_what_dies_is_told() -> None:
    transport = isolated_server()
    opened = await opened_of(client_of(transport), transport)
    told = removing.question(opened, "/state/backups", "half a thought")
    assert "2 isolated blocks die with it, 1 held nowhere else: human." in told.words
    assert "/state/backups" in told.words
    assert "half a thought" in told.words
    assert [item.title for item in told.items] == ["human", "project"]


async def test_one_block_that_dies_is_not_told_as_several() -> None:
    transport = small_server("One")
    made = transport.store.add_conversation(only_agent(transport), "Billing", ("human",))
    opened = await opened_of(client_of(transport), transport, made)
    assert (
        "1 isolated block dies with it, the same as its shared block."
        in removing.question(opened, "/x", None).words
    )


async def test_the_copy_holds_every_text() -> None:
    """Conversation, messages before the context too, isolated and shared values, the agent, the draft."""
    transport = isolated_server()
    store, key = transport.store, first_id(transport)
    for number in range(5):
        store.add_message(key, "assistant", f"said {number} 🎉")
    ids = store.in_context(key)
    store.set_in_context(key, [ids[0], *ids[-2:]])
    whole = await gather(client_of(transport), Conversation(id=key), Agent(id=only_agent(transport)), NOW)
    held = json.loads(json.dumps(removing.backup_of(whole, "http://letta.test", "a draft")))
    assert [message["id"] for message in held["messages"]] == ids
    assert held["in_context_message_ids"] == [ids[0], *ids[-2:]]
    assert held["conversation"]["summary"] == "mine"
    assert {block["label"]: block["value"] for block in held["isolated_blocks"]} == {
        "human": "Robin, who moved",
        "project": "ledger",
    }
    assert {block["label"] for block in held["shared_blocks"]} == {"human", "persona", "project"}
    assert held["agent"]["id"] == only_agent(transport)
    assert held["draft"] == "a draft"


async def test_the_copy_of_a_fork_holds_the_messages_that_it_shares() -> None:
    transport = isolated_server()
    client = client_of(transport)
    made = await client.fork(first_id(transport))
    whole = await gather(client, made, Agent(id=only_agent(transport)), NOW)
    assert {message.id for message in whole.messages} == set(transport.store.in_context(made.id))


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/core-memory/blocks$", RESET),
        ("/v1/blocks/", 500),
        ("/v1/messages/$", RESET),
        ("/conv-[^/]+/messages$", 500),
        ("/conv-[^/]+$", RESET),
    ],
)
async def test_a_part_that_cannot_be_read_fails_the_whole_copy(path: str, fault: Any) -> None:
    transport = isolated_server()
    transport.fail(fault, method="GET", path=path)
    row = Conversation(id=first_id(transport), isolated_block_ids=())
    with pytest.raises(LettaError):
        await gather(client_of(transport), row, Agent(id=only_agent(transport)), NOW)


async def test_an_isolated_block_that_is_gone_does_not_keep_the_rest_from_being_copied() -> None:
    transport = isolated_server()
    gone = transport.store.conversations[first_id(transport)].isolated[0]
    transport.store.blocks.pop(gone)
    row = Conversation(id=first_id(transport))
    whole = await gather(client_of(transport), row, Agent(id=only_agent(transport)), NOW)
    assert whole.gone == (gone,)
    assert [block.label for block in whole.isolated] == ["project"]


# recompile


async def planned(client: LettaClient, transport: DemoTransport) -> tuple[Opened, recompiling.Plan]:
    """What a recompile of the first conversation would do."""
    opened = await opened_of(client, transport)
    plan = recompiling.plan(opened, await client.recompiled_text(opened.conversation.id))
    assert isinstance(plan, recompiling.Plan)
    return opened, plan


@dataclass
class Struck:
    """The client, with a fault at the recompile in earnest."""

    client: LettaClient
    transport: DemoTransport
    fault: Any
    after_commit: bool

    async def recompiled_text(self, conversation_id: str) -> str:
        return await self.client.recompiled_text(conversation_id)

    async def recompile(self, conversation_id: str) -> None:
        if self.fault is not None:
            self.transport.fail(self.fault, method="POST", after_commit=self.after_commit, times=1)
        await self.client.recompile(conversation_id)

    async def message(self, message_id: str) -> tuple[Message, ...]:
        return await self.client.message(message_id)


def shared_server() -> DemoTransport:
    """A conversation without isolation, whose model reads an older `human`."""
    transport = small_server("one")
    store = transport.store
    human = next(block for block in store.blocks.values() if block.label == "human")
    store.set_block(human.id, "Robin\nmoved")
    return transport


async def test_a_recompile_is_shown_label_by_label() -> None:
    transport = shared_server()
    told = recompiling.question(*await planned(client_of(transport), transport))
    assert not told.forced
    assert "1 label would change" in told.words
    assert "CONVERSATION_ID would say default" in told.words
    assert {item.title: item.word for item in told.items if item.title} == {
        "human": "changes",
        "persona": "stays",
        "project": "stays",
    }


async def test_a_recompile_of_isolated_blocks_is_refused_saying_what_would_be_lost() -> None:
    transport = isolated_server()
    told = recompiling.question(*await planned(client_of(transport), transport))
    assert told.forced
    assert "Refused: 2 isolated blocks" in told.words
    words = {item.title: item.word for item in told.items if item.title}
    assert words == {"human": "not read", "project": "stays", "persona": "stays"}
    lost = next(item for item in told.items if item.title == "human")
    assert "Robin, who moved" in lost.text


async def test_an_isolated_value_that_the_model_reads_now_would_be_lost() -> None:
    transport = isolated_server()
    project = next(one for one in transport.store.blocks.values() if one.label == "project")
    transport.store.set_block(project.id, "somebody else's")
    told = recompiling.question(*await planned(client_of(transport), transport))
    assert "1 label would change" in told.words
    assert {item.title: item.word for item in told.items if item.title}["project"] == "is lost"


async def test_a_server_that_says_nothing_of_isolation_is_refused_too() -> None:
    transport = shared_server()
    opened, plan = await planned(client_of(transport), transport)
    unsaid = Opened(opened.conversation, opened.agent, opened.at, opened.context, opened.shared, None)
    told = recompiling.question(unsaid, plan)
    assert told.forced
    assert "does not say whether anything is isolated" in told.words


async def test_without_a_system_message_there_is_nothing_to_recompile() -> None:
    transport = small_server("one")
    key = first_id(transport)
    transport.store.set_in_context(key, [])
    why = recompiling.plan(await opened_of(client_of(transport), transport), "text")
    assert isinstance(why, str)
    assert "no system message" in why


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (None, False, recompiling.Recompiled),
        (REFUSED, False, recompiling.NotRecompiled),
        (RESET, False, recompiling.Uncertain),
        (RESET, True, recompiling.Recompiled),
        (500, False, recompiling.NotRecompiled),
        (500, True, recompiling.Recompiled),
        (404, False, recompiling.NotRecompiled),
    ],
)
async def test_a_recompile_is_sent_once_and_read_back_where_no_answer_came(
    fault: Any, after_commit: bool, kind: type
) -> None:
    transport = shared_server()
    client = client_of(transport)
    _, plan = await planned(client, transport)
    outcome = await recompiling.recompile(Struck(client, transport, fault, after_commit), plan)
    assert isinstance(outcome, kind)
    in_earnest = [line for line in writes(transport) if "dry_run" not in line]
    assert len(in_earnest) == 1


async def test_what_is_no_longer_what_was_shown_is_not_written() -> None:
    transport = shared_server()
    client = client_of(transport)
    _, plan = await planned(client, transport)
    human = next(block for block in transport.store.blocks.values() if block.label == "human")
    transport.store.set_block(human.id, "somebody else")
    assert isinstance(await recompiling.recompile(client, plan), recompiling.Outdated)
    assert [line for line in writes(transport) if "dry_run" not in line] == []


async def test_a_server_without_recompile_says_so() -> None:
    transport = shared_server()
    transport.fail(httpx.Response(404, json={"detail": "Not Found"}), method="POST", path="/recompile$")
    with pytest.raises(NotOffered):
        await client_of(transport).recompiled_text(first_id(transport))


# archive


class Archive:
    """A server that keeps `archived` as it likes."""

    def __init__(self, before: bool | None, after: bool | None, error: LettaError | None = None) -> None:
        self.held, self._after, self._error = before, after, error
        self.wrote = 0

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        return Conversation(id=conversation_id, archived=self.held)

    async def archive(self, conversation_id: str, archived: bool) -> Conversation:
        self.wrote += 1
        self.held = self._after
        if self._error is not None:
            raise self._error
        return Conversation(id=conversation_id)


SILENT = OutcomeUnknown("Archiving: silent")


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (Archive(False, True), archiving.Archived),
        (Archive(False, False), archiving.NoArchive),
        (Archive(False, None), archiving.NoArchive),
        (Archive(False, False, NotOffered("no such call", status=405)), archiving.NoArchive),
        (Archive(False, True, SILENT), archiving.Archived),
        (Archive(False, False, SILENT), archiving.Unsure),
    ],
)
async def test_archiving_counts_only_as_read_back(server: Archive, kind: type) -> None:
    assert isinstance(await archiving.archive(server, "conv-1", True), kind)
    assert server.wrote == 1


def test_a_server_that_never_says_archived_is_not_asked() -> None:
    assert isinstance(archiving.question(Conversation(id="conv-1")), archiving.NoArchive)


async def test_the_embedded_server_takes_the_request_and_changes_nothing() -> None:
    transport = small_server("one")
    outcome = await archiving.archive(client_of(transport), first_id(transport), True)
    assert outcome == archiving.NoArchive(archiving.NOTHING_DONE)


# read-only


async def test_a_read_only_wire_sends_no_write_at_all() -> None:
    transport = isolated_server()
    client = client_of(transport, readonly=True)
    key = first_id(transport)
    calls = (
        client.fork(key),
        client.delete_conversation(key),
        client.recompile(key),
        client.recompiled_text(key),
        client.archive(key, True),
        client.update_summary(key, "x"),
        client.create_conversation(only_agent(transport)),
    )
    for call in calls:
        with pytest.raises(BadSetting, match="--readonly"):
            await call
    assert asked(transport) == []
    assert (await client.conversation(key)).summary == "mine"
