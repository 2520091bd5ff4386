"""Creating a conversation: sent once, and whatever was left behind is reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from tui.flows.write import create
from tui.letta.supported import SupportLearner
from tui.model.conversation import Conversation, Page
from tui.model.errors import (
    KeyRefused,
    LettaError,
    NoResponse,
    NotOffered,
    NotThere,
    OutcomeUnknown,
    Rejected,
    ServerTrouble,
)
from tui.presentation.changes.create import isolation_text
from tui.rules.changes.create import NEWEST, Wanted, shares_all
from tui.rules.changes.outcome import Done, Refused, Unknown

pytestmark = pytest.mark.anyio

SILENT = OutcomeUnknown("Creating: silent")
BAD_LABEL = Rejected("Creating: no such label", status=400)
BROKEN = ServerTrouble("Creating: broken", status=500)
NOBODY = NoResponse("Listing: nobody there")
CANNOT = "This server cannot isolate blocks."


def row(name: str) -> Conversation:
    return Conversation(id=f"conv-{name}", agent_id="agent-1")


@dataclass
class Server:
    """A list of conversations, newest first; a creation may be refused, lost, and leave one all the same."""

    rows: list[Conversation] = field(default_factory=lambda: [row("b"), row("a")])
    refusal: LettaError | None = None
    leaves: bool = True
    lists: list[LettaError | None] = field(default_factory=list)
    sent: list[tuple[str | None, tuple[str, ...]]] = field(default_factory=list)
    deletes: str = ""
    copies: tuple[str, ...] | None = ("block-1", "block-2")
    told_by: str = "create"
    unread: LettaError | None = None
    learner: SupportLearner = field(default_factory=SupportLearner)

    def made(self, by: str) -> Conversation:
        """The new conversation as the answer to this request has it."""
        return row("new").changed(isolated_block_ids=self.copies if by == self.told_by else None)

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        assert conversation_id == "conv-new"
        if self.unread is not None:
            raise self.unread
        return self.made("read")

    async def conversations(self, agent_id: str, *, limit: int) -> Page[Conversation]:
        assert agent_id == "agent-1"
        trouble = self.lists.pop(0) if self.lists else None
        if trouble is not None:
            raise trouble
        return Page(tuple(self.rows[:limit]), len(self.rows[:limit]))

    async def create_conversation(
        self,
        agent_id: str,
        *,
        summary: str | None = None,
        isolated_block_labels: Iterable[str] = (),
        description: str | None = None,
        model: str | None = None,
        hidden: bool | None = None,
    ) -> Conversation:
        assert agent_id == "agent-1"
        assert (description, model, hidden) == (None, None, None)
        self.sent.append((summary, tuple(isolated_block_labels)))
        self.rows = [found for found in self.rows if found.id != self.deletes]
        if self.leaves:
            self.rows.insert(0, row("new"))
        if self.refusal is not None:
            raise self.refusal
        return self.made("create")


@pytest.mark.parametrize(("summary", "sent"), [("s", "s"), ("", None)])
async def test_a_conversation_is_created_once(summary: str, sent: str | None) -> None:
    server = Server()
    made = await create(server, "agent-1", Wanted(summary, ("human", "persona")))
    assert made == Done(server.made("create"))
    assert isolation_text(made.value, 2, CANNOT) == ""
    assert server.sent == [(sent, ("human", "persona"))]


@pytest.mark.parametrize("told_by", ["create", "read"])
@pytest.mark.parametrize(
    ("copies", "shares", "words"),
    [
        (("block-1",), False, "only 1 of 2 blocks is isolated in it"),
        ((), True, f"no blocks are isolated in it: all are shared. {CANNOT}"),
        (
            None,
            True,
            f"the server does not report isolated blocks, so all its blocks may be shared. {CANNOT}",
        ),
    ],
)
async def test_isolation_that_did_not_come_about_is_told_from_what_is_read_back(
    copies: tuple[str, ...] | None, shares: bool, words: str, told_by: str
) -> None:
    """Letta 0.16.2 takes labels, answers 200 and shares every block (measured)."""
    server = Server(copies=copies, told_by=told_by)
    made = await create(server, "agent-1", Wanted("s", ("human", "persona")))
    assert server.learner.current.lacks("isolate") is shares
    assert isinstance(made, Done)
    assert shares_all(made.value, 2) is shares
    assert isolation_text(made.value, 2, CANNOT) == words
    assert len(server.sent) == 1


async def test_isolation_that_cannot_be_read_back_is_not_believed_in() -> None:
    server = Server(told_by="nobody", unread=NOBODY)
    made = await create(server, "agent-1", Wanted("s", ("human",)))
    assert not server.learner.current.lacks("isolate"), "nothing was read that shows it"
    assert isinstance(made, Done)
    assert shares_all(made.value, 1)
    assert isolation_text(made.value, 1, CANNOT).startswith("the server does not report")


async def test_where_nothing_was_to_be_isolated_nothing_is_said_of_it() -> None:
    made = await create(Server(copies=None), "agent-1", Wanted("s"))
    assert isinstance(made, Done)
    assert not shares_all(made.value, 0)
    assert isolation_text(made.value, 0, CANNOT) == ""


@pytest.mark.parametrize("refusal", [BAD_LABEL, BROKEN], ids=repr)
async def test_what_a_refusal_left_behind_is_found(refusal: LettaError) -> None:
    server = Server(refusal=refusal)
    assert await create(server, "agent-1", Wanted("s", ("nope",))) == Refused(refusal, appeared=(row("new"),))
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        BAD_LABEL,
        BROKEN,
        NoResponse("Creating: nobody"),
        KeyRefused("no", status=401),
        NotThere("no agent", status=404),
        NotOffered("no such call", status=405),
    ],
    ids=repr,
)
async def test_a_refusal_that_left_nothing_says_so(refusal: LettaError) -> None:
    assert await create(Server(refusal=refusal, leaves=False), "agent-1", Wanted("s")) == Refused(refusal)


@pytest.mark.parametrize(("leaves", "seen"), [(True, (row("new"),)), (False, ())])
async def test_a_lost_answer_is_looked_up_and_never_sent_again(
    leaves: bool, seen: tuple[Conversation, ...]
) -> None:
    server = Server(refusal=SILENT, leaves=leaves)
    assert await create(server, "agent-1", Wanted("s")) == Unknown(SILENT, appeared=seen)
    assert len(server.sent) == 1


async def test_a_lost_answer_and_an_unreadable_list_leave_it_open() -> None:
    server = Server(refusal=SILENT, lists=[None, NOBODY])
    assert await create(server, "agent-1", Wanted("s")) == Unknown(SILENT, appeared=None)


async def test_without_the_list_before_nothing_is_sent() -> None:
    server = Server(lists=[NOBODY])
    assert await create(server, "agent-1", Wanted("s")) == Refused(NOBODY)
    assert server.sent == []


async def test_a_row_that_only_moved_up_is_not_taken_for_a_new_one() -> None:
    many = [row(f"{number:02}") for number in range(NEWEST + 5)]
    server = Server(many, refusal=SILENT, leaves=False, deletes="conv-03")
    assert await create(server, "agent-1", Wanted("s")) == Unknown(SILENT, appeared=())
