"""Flows on the embedded server, with files in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.app_helpers import NOW, only_agent, small_server
from tests.flows.fakes import FakeScreen
from tests.flows.test_write import client_of, isolated_server
from tui.backends.demo.transport import DemoTransport
from tui.flows.block_journal import BlockJournal
from tui.flows.change_conversation import ChangeConversation
from tui.flows.change_memory import ChangeMemory
from tui.flows.create_conversation import CreateConversation
from tui.flows.delete_marked import DeleteMarked
from tui.flows.edit_summary import EditSummary
from tui.flows.export import ExportConversations
from tui.flows.mark import MarkConversations
from tui.flows.results import Results, Server
from tui.flows.summary_journal import SummaryJournal
from tui.flows.undo_summary import UndoSummary
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.storage.backups import Backups
from tui.storage.draft_store import DraftStore
from tui.storage.draft_writer import DraftWriter
from tui.storage.journal import Journal
from tui.storage.journal_writer import JournalWriter

ADDRESS = "http://letta.test"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that these tests wait for takes time by design."""
    monkeypatch.setattr("tui.flows.open_conversation.REST", 0.0)
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 0)
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS_REST", 0.0)
    monkeypatch.setattr("tui.flows.list_conversations.TYPING", 0.0)


@dataclass
class Desk:
    """Every flow that writes, made for one server and one screen."""

    transport: DemoTransport
    screen: FakeScreen
    server: Server
    drafts: DraftWriter
    folder: Path
    edit: EditSummary
    undo: UndoSummary
    change: ChangeConversation
    create: CreateConversation
    marks: MarkConversations
    export: ExportConversations
    delete_marked: DeleteMarked
    memory: ChangeMemory

    @property
    def agent(self) -> Agent:
        """The only agent."""
        return Agent(id=only_agent(self.transport))

    def row(self, at: int = 0) -> Conversation:
        """A conversation as the list has it."""
        found = list(self.transport.store.conversations.values())[at]
        return Conversation(id=found.id, agent_id=self.agent.id, summary=found.summary)

    def summary(self, at: int = 0) -> str | None:
        """What the server has as a summary."""
        return list(self.transport.store.conversations.values())[at].summary

    async def draft(self, at: int = 0) -> str | None:
        """The stored draft of a summary."""
        self.drafts.flush()
        found = await self.drafts.find(ADDRESS, self.row(at).id, self.agent.id)
        return None if found is None else found.text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from desk_at(isolated_server("One", "Two"), tmp_path)


@pytest.fixture
def cloud_desk(tmp_path: Path) -> Iterator[Desk]:
    """The same at a server that archives and has a summary of the default conversation."""
    yield from desk_at(small_server("One", "Two", flavour="cloud"), tmp_path)


def desk_at(transport: DemoTransport, tmp_path: Path) -> Iterator[Desk]:
    """The flows for this server."""
    screen = FakeScreen()
    client = client_of(transport)
    drafts = DraftWriter(DraftStore(tmp_path / "drafts"))
    keeper = JournalWriter(Journal(tmp_path / "journal"))
    backups = Backups(tmp_path / "backups")

    server = Server(client, ADDRESS, "letta.test")
    results = Results(server, screen, screen, screen, screen)
    journal = SummaryJournal(keeper, ADDRESS, lambda: NOW)
    edit = EditSummary(server, lambda: NOW, drafts, journal, results, screen, screen)
    undo = UndoSummary(server, lambda: NOW, journal, edit, results, screen, readonly=False)
    change = ChangeConversation(server, lambda: NOW, drafts, backups, screen, results, screen, readonly=False)
    create = CreateConversation(server, results, screen)
    marks = MarkConversations(screen, screen)
    export = ExportConversations(server, ADDRESS, lambda: NOW, Backups(tmp_path / "exports"), results)
    delete_marked = DeleteMarked(
        server, drafts, backups, change, marks, export, results, screen, readonly=False
    )
    blocks = BlockJournal(keeper, ADDRESS, lambda: NOW)
    memory = ChangeMemory(server, lambda: NOW, drafts, blocks, results, screen, readonly=False)
    flows = edit, undo, change, create, marks, export, delete_marked, memory
    yield Desk(transport, screen, server, drafts, tmp_path, *flows)
    drafts.close()
    keeper.close()
