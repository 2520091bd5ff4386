"""Changing the files of a conversation while a turn seems to run in it: refused, asked about, and done if wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import NOW
from tests.flows.fakes import FakeScreen
from tests.local_store import LocalStore, assistant, said, user
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows.change_conversation import ChangeConversation, ConfirmChange
from tui.flows.edit_summary import EditSummary
from tui.flows.results import Results, Server
from tui.flows.summary_journal import SummaryJournal
from tui.flows.undo_summary import UndoSummary
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.presentation.changes.consequences import Consequences
from tui.storage.backups import Backups
from tui.storage.draft_store import DraftStore
from tui.storage.draft_writer import DraftWriter
from tui.storage.journal import Journal
from tui.storage.journal_writer import JournalWriter

pytestmark = pytest.mark.anyio

ADDRESS = "http://letta-code-test"
DONE, AWAITING = (user(1, "hello"), assistant(2, said("Hi."))), (user(1, "hello"),)
"""Transcripts of a conversation at rest, and of one whose turn seems to run."""


@dataclass
class Desk:
    """The flows that write, on a store with one conversation."""

    store: LocalStore
    agent_id: str
    screen: FakeScreen
    server: Server
    edit: EditSummary
    undo: UndoSummary
    change: ChangeConversation

    async def row(self) -> Conversation:
        """The conversation as it is now."""
        return await self.server.client.conversation("local-conv-1")

    def record(self) -> dict[str, Any]:
        """Its record on disk."""
        file = self.store.folder("local-conv-1", self.agent_id) / "conversation.json"
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return record

    def begin_turn(self) -> None:
        """From now on a turn seems to run."""
        self.store.write_rows("local-conv-1", self.agent_id, *AWAITING)

    def asked(self) -> list[str]:
        """The titles of the questions so far."""
        return [one.title for one in self.screen.asked if isinstance(one, ConfirmChange)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = LocalStore(tmp_path / "lc")
    agent_id = store.add_agent("Ada", {"human": "Sam"})
    store.add_conversation("local-conv-1", agent_id, *DONE, summary="Old")
    screen = FakeScreen()
    client = LettaClient(Wire(ADDRESS, transport=LettaCodeTransport(store.path)))
    drafts = DraftWriter(DraftStore(tmp_path / "drafts"))
    keeper = JournalWriter(Journal(tmp_path / "journal"))
    server = Server(client, ADDRESS, "Letta Code · local")
    results = Results(server, screen, screen, screen, screen)
    journal = SummaryJournal(keeper, ADDRESS, lambda: NOW)
    edit = EditSummary(server, lambda: NOW, drafts, journal, results, screen, screen)
    undo = UndoSummary(server, lambda: NOW, journal, edit, results, screen, readonly=False)
    backups = Backups(tmp_path / "backups")
    change = ChangeConversation(server, lambda: NOW, drafts, backups, screen, results, screen, readonly=False)
    yield Desk(store, agent_id, screen, server, edit, undo, change)
    drafts.close()
    keeper.close()


async def save(desk: Desk, text: str) -> None:
    """Edit the summary and save it."""
    await desk.edit.begin(await desk.row())
    desk.edit.save(text)
    await desk.screen.settle()


async def test_while_nothing_runs_nobody_is_asked(desk: Desk) -> None:
    await save(desk, "New")
    assert (desk.record()["summary"], desk.asked()) == ("New", [])


async def test_a_save_during_a_turn_asks_and_is_done_anyway(desk: Desk) -> None:
    desk.begin_turn()
    desk.screen.answers = [True]
    await save(desk, "New")
    assert desk.asked() == ["Save it anyway?"]
    assert desk.record()["summary"] == "New"
    assert desk.screen.edit is None
    assert "Saved" in desk.screen.messages[-1]


async def test_who_does_not_want_it_keeps_the_text_and_is_told_why(desk: Desk) -> None:
    desk.begin_turn()
    await save(desk, "New")
    assert desk.record()["summary"] == "Old"
    assert desk.screen.edit is not None
    assert (desk.screen.edit.text, desk.screen.edit.saving) == ("New", False)
    assert "A turn seems to be running" in desk.screen.edit.problem


async def test_the_question_says_what_may_be_lost_and_takes_a_key_of_its_own(desk: Desk) -> None:
    desk.begin_turn()
    await save(desk, "New")
    (question,) = desk.screen.asked
    assert isinstance(question, ConfirmChange)
    told = await question.prepare()
    assert isinstance(told, Consequences)
    assert "A turn seems to be running" in told.text
    assert "are safe" in told.text
    assert (told.confirm, told.forced) == ("Do it anyway", True)


async def test_undo_asks_too(desk: Desk) -> None:
    await save(desk, "New")
    desk.begin_turn()
    await desk.undo.step(await desk.row(), "undo")
    assert desk.record()["summary"] == "New"
    desk.screen.answers = [True]
    await desk.undo.step(await desk.row(), "undo")
    assert desk.record()["summary"] == "Old"
    assert desk.asked() == ["Save it anyway?"] * 2


async def agree(question: ConfirmChange) -> bool:
    """Say yes once it is known what it would do."""
    return isinstance(await question.prepare(), Consequences)


async def test_archiving_asks_too(desk: Desk) -> None:
    desk.begin_turn()
    desk.screen.answers = [agree, agree]
    await desk.change.archive(await desk.row())
    await desk.screen.settle()
    assert desk.record()["archived"] is True
    assert len(desk.asked()) == 2
    desk.screen.answers = [agree]
    await desk.change.archive(await desk.row())
    await desk.screen.settle()
    assert desk.record()["archived"] is True  # not taken out without the second yes
