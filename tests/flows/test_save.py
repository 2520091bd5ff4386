"""Saving a summary: nobody's text is overwritten unseen, and "saved" is said of what the server holds only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tui.flows.write import save
from tui.model.conversation import Conversation
from tui.model.errors import (
    BadSetting,
    KeyRefused,
    LettaError,
    NoResponse,
    NotOffered,
    NotThere,
    OutcomeUnknown,
    Rejected,
    ServerTrouble,
)
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown
from tui.rules.changes.save import SummaryChange

pytestmark = pytest.mark.anyio

ID, AGENT = "conv-1", "agent-1"
NOBODY = NoResponse("Saving: nobody there")
SILENT = OutcomeUnknown("Saving: silent")
BROKEN = ServerTrouble("Saving: broken", status=500)
GONE = NotThere("Reading: gone", status=404)

REFUSALS: list[LettaError] = [
    NOBODY,
    BadSetting("no such address"),
    KeyRefused("no", status=401),
    GONE,
    NotOffered("no PATCH", status=405),
    Rejected("no", status=422),
]
TROUBLES: list[LettaError] = [*REFUSALS, BROKEN]

Act = Callable[["Server"], None]


@dataclass
class Server:
    """One conversation; what it answers to a write may be lost, refused, or somebody else's text."""

    summary: str | None = "old"
    reads: list[LettaError | None] = field(default_factory=list)
    refusal: LettaError | None = None
    stores: bool = True
    afterwards: Act = lambda server: None
    calls: list[str] = field(default_factory=list)

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        assert (conversation_id, agent_id) == (ID, AGENT)
        self.calls.append("read")
        trouble = self.reads.pop(0) if self.reads else None
        if trouble is not None:
            raise trouble
        return Conversation(id=ID, agent_id=AGENT, summary=self.summary, in_context_message_ids=("m",))

    async def update_summary(
        self, conversation_id: str, summary: str, agent_id: str | None = None, *, force: bool = False
    ) -> Conversation:
        assert (conversation_id, agent_id, force) == (ID, AGENT, False)
        self.calls.append(f"write {summary}")
        if self.stores:
            self.summary = summary
        self.afterwards(self)
        if self.refusal is not None:
            raise self.refusal
        return Conversation(id=ID, agent_id=AGENT, summary=self.summary)

    async def unchanged_default(self, agent_id: str) -> Conversation:
        raise AssertionError("a named conversation is read by its id")


def somebody_writes(text: str) -> Act:
    def act(server: Server) -> None:
        server.summary = text

    return act


def edit(text: str = "new", began_from: str | None = "old") -> SummaryChange:
    return SummaryChange(ID, AGENT, began_from, text)


async def saved(server: Server, wanted: SummaryChange | None = None) -> Outcome[Conversation]:
    return await save(server, wanted or edit())


@pytest.mark.parametrize(
    ("held", "began_from", "text"),
    [("old", "old", "new"), (None, None, "new"), ("", None, "new"), (None, "", "new"), ("old", "old", "")],
)
async def test_a_text_that_nobody_changed_is_saved_and_read_back(
    held: str | None, began_from: str | None, text: str
) -> None:
    server = Server(held)
    outcome = await saved(server, edit(text, began_from))
    assert isinstance(outcome, Done)
    assert (outcome.already, outcome.value.summary) == (False, text)
    assert server.calls == ["read", f"write {text}", "read"]


@pytest.mark.parametrize(("held", "text"), [("new", "new"), ("", ""), (None, "")])
async def test_a_text_that_is_there_already_is_not_written(held: str | None, text: str) -> None:
    server = Server(held)
    outcome = await saved(server, edit(text))
    assert isinstance(outcome, Done)
    assert outcome.already
    assert server.calls == ["read"]


@pytest.mark.parametrize("theirs", ["theirs", "", None, "old "])
async def test_a_text_that_somebody_changed_is_a_conflict_and_stays(theirs: str | None) -> None:
    server = Server(theirs)
    outcome = await saved(server)
    current = Conversation(id=ID, agent_id=AGENT, summary=theirs, in_context_message_ids=("m",))
    assert outcome == Conflict(current, sent=False)
    assert server.calls == ["read"]


async def test_mine_over_theirs_is_written_from_theirs() -> None:
    server = Server("theirs")
    outcome = await saved(server)
    assert isinstance(outcome, Conflict)
    assert isinstance(await saved(server, edit().over(outcome.current.summary)), Done)
    assert server.summary == "new"


async def test_somebody_who_writes_right_after_has_overtaken() -> None:
    outcome = await saved(Server(afterwards=somebody_writes("theirs")))
    assert isinstance(outcome, Conflict)
    assert (outcome.current.summary, outcome.sent) == ("theirs", True)


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
async def test_without_the_first_read_nothing_is_written(trouble: LettaError) -> None:
    server = Server(reads=[trouble])
    assert await saved(server) == Refused(trouble)
    assert server.calls == ["read"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
async def test_a_refused_write_is_not_saved_and_not_repeated(refusal: LettaError) -> None:
    server = Server(refusal=refusal, stores=False)
    assert await saved(server) == Refused(refusal)
    assert server.calls == ["read", "write new"]


@pytest.mark.parametrize("lost", [SILENT, BROKEN], ids=repr)
async def test_a_write_whose_answer_was_lost_and_that_is_there_is_saved(lost: LettaError) -> None:
    server = Server(refusal=lost)
    outcome = await saved(server)
    assert isinstance(outcome, Done)
    assert not outcome.already
    assert server.calls == ["read", "write new", "read"]


async def test_a_write_after_silence_that_is_not_there_may_be_on_its_way() -> None:
    server = Server(refusal=SILENT, stores=False)
    assert await saved(server) == Unknown(SILENT)
    assert server.calls == ["read", "write new", "read"]


async def test_a_write_that_a_broken_server_did_not_keep_is_not_saved() -> None:
    assert await saved(Server(refusal=BROKEN, stores=False)) == Refused(BROKEN)


@pytest.mark.parametrize("lost", [SILENT, BROKEN], ids=repr)
async def test_a_lost_write_that_reads_back_as_a_third_text_was_overtaken(lost: LettaError) -> None:
    outcome = await saved(Server(refusal=lost, afterwards=somebody_writes("theirs")))
    assert isinstance(outcome, Conflict)
    assert (outcome.current.summary, outcome.sent) == ("theirs", True)


@pytest.mark.parametrize("lost", [SILENT, BROKEN], ids=repr)
@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
async def test_a_lost_write_that_cannot_be_read_back_is_unknown(
    lost: LettaError, trouble: LettaError
) -> None:
    assert await saved(Server(refusal=lost, reads=[None, trouble])) == Unknown(lost)


@pytest.mark.parametrize("trouble", [error for error in TROUBLES if error is not GONE], ids=repr)
async def test_an_answer_that_shows_the_text_is_enough_where_it_cannot_be_read_back(
    trouble: LettaError,
) -> None:
    outcome = await saved(Server(reads=[None, trouble]))
    assert isinstance(outcome, Done)
    assert not outcome.already
    assert (outcome.value.summary, outcome.value.in_context_message_ids) == ("new", ("m",))


@pytest.mark.parametrize(
    ("server", "error"),
    [
        (Server(reads=[None, NOBODY], afterwards=somebody_writes("theirs")), NOBODY),
        (Server(reads=[None, NOBODY], stores=False), NOBODY),
        (Server(reads=[None, GONE]), GONE),
    ],
    ids=["another text in the answer", "the old text in the answer", "deleted since"],
)
async def test_otherwise_it_is_unknown(server: Server, error: LettaError) -> None:
    assert await saved(server) == Unknown(error)
