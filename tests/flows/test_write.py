"""Writes: one request each, against a server with faults before, after and instead of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, asked, only_agent, small_server, writes
from tui.backends.demo import records
from tui.backends.demo.cloud import Cloud
from tui.backends.demo.transport import DemoTransport
from tui.flows.write import archive, delete, fork, recompile, write
from tui.letta.client import LettaClient
from tui.letta.collect import gather
from tui.letta.open_conversation import open_conversation
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import (
    BadSetting,
    LettaError,
    NoResponse,
    NotOffered,
    OutcomeUnknown,
    Rejected,
    ServerTrouble,
)
from tui.model.message import Message
from tui.model.opened import Opened
from tui.model.supported import Supported
from tui.presentation.changes.delete import refusal_text
from tui.rules.changes.archive import NOT_REPORTED, NOTHING_DONE
from tui.rules.changes.outcome import Conflict, Done, Refused, Unknown
from tui.rules.changes.recompile import Plan, plan

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


# what all changes share

SILENCE = OutcomeUnknown("Writing: silent")
BROKEN = ServerTrouble("Writing: broken", status=500)
REJECTED = Rejected("Writing: no", status=422)
UNREAD = NoResponse("Reading: nobody there")


@pytest.mark.parametrize(
    ("check", "known", "answer", "always", "calls"),
    [
        (UNREAD, None, None, False, "check"),
        (None, Done("as it is", already=True), None, False, "check"),
        (None, None, None, False, "check send"),
        (None, None, None, True, "check send read"),
        (None, None, REJECTED, True, "check send"),
        (None, None, BROKEN, False, "check send read"),
        (None, None, SILENCE, False, "check send read"),
    ],
)
async def test_a_change_is_checked_sent_once_and_read_back_where_it_is_in_doubt(
    check: LettaError | None,
    known: Done[str] | None,
    answer: LettaError | None,
    always: bool,
    calls: str,
) -> None:
    made: list[str] = []

    async def call(name: str, error: LettaError | None) -> str:
        made.append(name)
        if error is not None:
            raise error
        return name

    outcome = await write(
        check=lambda: call("check", check),
        may_send=lambda before: known,
        send=lambda: call("send", answer),
        read_back=lambda: call("read", None),
        outcome=lambda before, sent, now: Done(f"{before}, {sent}, {now}"),
        always_read_back=always,
    )
    assert " ".join(made) == calls
    if check is not None:
        assert outcome == Refused(check)
    elif known is not None:
        assert outcome is known
    else:
        read = "read" if "read" in made else None
        assert outcome == Done(f"check, {answer or 'send'}, {read}")


# fork


async def test_a_fork_is_made_once_and_says_nothing_of_its_context() -> None:
    transport = isolated_server()
    client = client_of(transport)
    made = await fork(client, (await opened_of(client, transport)).conversation)
    assert isinstance(made, Done)
    assert made.value.in_context_message_ids is None
    assert made.value.summary is None
    assert len(writes(transport)) == 1


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind", "new"),
    [
        (REFUSED, False, Refused, 0),
        (RESET, False, Unknown, 0),
        (RESET, True, Unknown, 1),
        (504, True, Unknown, 1),
        (500, False, Refused, 0),
        (500, True, Refused, 1),
        (b"{", True, Unknown, 1),
    ],
)
async def test_a_fork_without_an_answer_is_looked_up_and_never_repeated(
    fault: Any, after_commit: bool, kind: type, new: int
) -> None:
    transport = isolated_server()
    client = client_of(transport)
    row = (await opened_of(client, transport)).conversation
    transport.fail(fault, method="POST", path="/fork$", after_commit=after_commit)
    made = await fork(client, row)
    assert isinstance(made, kind)
    assert isinstance(made, Refused | Unknown)
    assert made.appeared is not None
    assert len(made.appeared) == new
    assert len(writes(transport)) == 1


# delete


async def test_nothing_is_deleted_without_a_copy() -> None:
    transport = isolated_server()
    client = client_of(transport)

    async def full_disk() -> str:
        raise OSError(28, "No space left on device")

    async def unreadable() -> str:
        raise NoResponse("Reading a block: reset")

    for back_up in (full_disk, unreadable):
        removal = await delete(client, first_id(transport), back_up)
        assert isinstance(removal, Refused)
        assert removal.backup is None
        assert "nothing was deleted" in refusal_text(removal)
    assert writes(transport) == []


async def copied() -> str:
    """A copy that worked."""
    return "/copies/one.json"


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (None, False, Done),
        (REFUSED, False, Refused),
        (RESET, False, Unknown),
        (RESET, True, Done),
        (504, True, Done),
        (500, False, Refused),
        (500, True, Done),
        (httpx.Response(404, json={"detail": "Conversation not found with id"}), False, Done),
        (404, False, Refused),
        (405, False, Refused),
        (401, False, Refused),
        (b"<html>", True, Done),
    ],
)
async def test_after_a_lost_answer_reading_tells_whether_it_went(
    fault: Any, after_commit: bool, kind: type
) -> None:
    transport = isolated_server()
    if fault is not None:
        transport.fail(fault, method="DELETE", after_commit=after_commit)
    removal = await delete(client_of(transport), first_id(transport), copied)
    assert isinstance(removal, kind)
    assert removal.backup == "/copies/one.json"
    assert len(writes(transport)) == 1


async def test_where_nothing_can_be_read_back_it_stays_unknown() -> None:
    transport = isolated_server()
    transport.fail(RESET, method="DELETE", after_commit=True)
    transport.fail(REFUSED, method="GET")
    removal = await delete(client_of(transport), first_id(transport), copied)
    assert isinstance(removal, Unknown)
    assert isinstance(removal.error, OutcomeUnknown)


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


async def planned(client: LettaClient, transport: DemoTransport) -> tuple[Opened, Plan]:
    """What a recompile of the first conversation would do."""
    opened = await opened_of(client, transport)
    wanted = plan(opened, await client.recompiled_text(opened.conversation.id))
    assert isinstance(wanted, Plan)
    return opened, wanted


@dataclass
class Struck:
    """The client, with a fault at the recompile in earnest."""

    client: LettaClient
    transport: DemoTransport
    fault: Any
    after_commit: bool

    async def recompiled_text(self, conversation_id: str, agent_id: str | None = None) -> str:
        return await self.client.recompiled_text(conversation_id, agent_id)

    async def recompile(self, conversation_id: str, agent_id: str | None = None) -> None:
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


async def test_without_a_system_message_there_is_nothing_to_recompile() -> None:
    transport = small_server("one")
    key = first_id(transport)
    transport.store.set_in_context(key, [])
    why = plan(await opened_of(client_of(transport), transport), "text")
    assert isinstance(why, str)
    assert "begin with a system message" in why


@pytest.mark.parametrize(
    ("fault", "after_commit", "kind"),
    [
        (None, False, Done),
        (REFUSED, False, Refused),
        (RESET, False, Unknown),
        (RESET, True, Done),
        (500, False, Refused),
        (500, True, Done),
        (404, False, Refused),
    ],
)
async def test_a_recompile_is_sent_once_and_read_back_where_no_answer_came(
    fault: Any, after_commit: bool, kind: type
) -> None:
    transport = shared_server()
    client = client_of(transport)
    _, plan = await planned(client, transport)
    outcome = await recompile(Struck(client, transport, fault, after_commit), plan)
    assert isinstance(outcome, kind)
    in_earnest = [line for line in writes(transport) if "dry_run" not in line]
    assert len(in_earnest) == 1


async def test_what_is_no_longer_what_was_shown_is_not_written() -> None:
    transport = shared_server()
    client = client_of(transport)
    _, plan = await planned(client, transport)
    human = next(block for block in transport.store.blocks.values() if block.label == "human")
    transport.store.set_block(human.id, "somebody else")
    outcome = await recompile(client, plan)
    assert isinstance(outcome, Conflict)
    assert not outcome.sent
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

    @property
    def supported(self) -> Supported:
        return Supported()

    async def archive(self, conversation_id: str, archived: bool, *, force: bool = False) -> Conversation:
        self.wrote += 1
        self.held = self._after
        if self._error is not None:
            raise self._error
        return Conversation(id=conversation_id)


SILENT = OutcomeUnknown("Archiving: silent")


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (Archive(False, True), Done),
        (Archive(False, False), Refused),
        (Archive(False, None), Refused),
        (Archive(False, False, Rejected("no", status=422)), Refused),
        (Archive(False, False, NotOffered("no such call", status=405)), Refused),
        (Archive(False, True, SILENT), Done),
        (Archive(False, False, SILENT), Unknown),
    ],
)
async def test_archiving_counts_only_as_read_back(server: Archive, kind: type) -> None:
    assert isinstance(await archive(server, "conv-1", True), kind)
    assert server.wrote == 1


@pytest.mark.parametrize("archived", [True, False])
async def test_what_is_so_already_is_not_sent(archived: bool) -> None:
    server = Archive(archived, not archived)
    outcome = await archive(server, "conv-1", archived)
    assert isinstance(outcome, Done)
    assert outcome.already
    assert server.wrote == 0


async def test_a_server_that_never_reports_archived_is_not_asked() -> None:
    transport = small_server("one")
    outcome = await archive(client_of(transport), first_id(transport), True)
    assert outcome == Refused(None, NOT_REPORTED)
    assert writes(transport) == []


async def test_a_server_that_takes_the_request_and_changes_nothing_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = small_server("one")
    sent = records.Conversation.json
    monkeypatch.setattr(records.Conversation, "json", lambda *args: sent(*args) | {"archived": False})
    outcome = await archive(client_of(transport), first_id(transport), True)
    assert outcome == Refused(None, NOTHING_DONE)
    assert len(writes(transport)) == 1


@pytest.mark.parametrize("unarchived", [False, None])
async def test_a_server_that_archives_does_and_undoes_it(
    monkeypatch: pytest.MonkeyPatch, unarchived: bool | None
) -> None:
    """What is not archived may be null, which is not the same as not reported."""
    sent = Cloud.row

    def row(*args: Any) -> dict[str, Any]:
        return (found := sent(*args)) | {"archived": found["archived"] or unarchived}

    monkeypatch.setattr(Cloud, "row", row)
    transport = small_server("one", flavour="cloud")
    client, key = client_of(transport), first_id(transport)
    assert isinstance(await archive(client, key, True), Done)
    assert transport.store.conversations[key].archived_at is not None
    assert isinstance(await archive(client, key, False), Done)
    assert transport.store.conversations[key].archived_at is None


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
        client.unchanged_default(only_agent(transport)),
        client.create_conversation(only_agent(transport)),
    )
    for call in calls:
        with pytest.raises(BadSetting, match="--readonly"):
            await call
    assert asked(transport) == []
    assert (await client.conversation(key)).summary == "mine"
