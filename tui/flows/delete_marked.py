"""Deleting several conversations, one after the other, each behind its copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tui.flows.availability import READ_ONLY
from tui.flows.change_conversation import ConfirmChange
from tui.flows.protocols import Asks, Workers
from tui.flows.results import LONG
from tui.flows.write import DeletesConversation, ReadsConversation, delete
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotThere, attempt
from tui.model.text import plural
from tui.presentation.changes.bulk_delete import consequences, summary
from tui.rules.changes.bulk_delete import BulkDeletion, Current, Step, deletable
from tui.rules.changes.delete import Deletion
from tui.rules.changes.outcome import Done, Refused

if TYPE_CHECKING:
    from tui.flows.change_conversation import ChangeConversation
    from tui.flows.export import ExportConversations
    from tui.flows.mark import MarkConversations
    from tui.flows.results import Results, Server
    from tui.model.agent import Agent
    from tui.presentation.changes.consequences import Consequences
    from tui.storage.backups import Backups
    from tui.storage.draft_writer import DraftWriter

AT_ONCE = 4
"""Number of conversations read at once before the question."""

BackUp = Callable[[Conversation], Awaitable[str]]


async def read_current(client: ReadsConversation, rows: Iterable[Conversation]) -> dict[str, Current]:
    """Each of the conversations as it is now, by id, or why it cannot be read; GET /v1/conversations/{id}."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def read(row: Conversation) -> tuple[str, Current]:
        async with limit:
            now = await attempt(client.conversation, row.id)
        return row.id, now if isinstance(now, LettaError) else now.merged_over(row)

    return dict(await asyncio.gather(*(read(row) for row in rows)))


class Deletions:
    """Deletes what is still marked and still exists; `progress` is how far it has come."""

    def __init__(self, client: DeletesConversation, rows: Iterable[Conversation]) -> None:
        self.progress = BulkDeletion(tuple(rows))
        self._client = client

    def stop(self, why: str) -> None:
        """Start no more; the current one is finished."""
        self.progress = self.progress.stop(why)

    async def run(self, back_up: BackUp, marked: Callable[[str], bool], after: Callable[[], None]) -> None:
        """Delete them all, unless something ends it early; `after` is called before and after each one."""
        while not self.progress.ended:
            self.progress = self.progress.next()
            row = self.progress.under_way
            assert row is not None
            after()
            outcome = await self._delete(row, back_up) if marked(row.id) else None
            self.progress = self.progress.after(outcome)
            after()

    async def _delete(self, row: Conversation, back_up: BackUp) -> Deletion:
        outcome = await delete(self._client, row.id, lambda: back_up(row))
        if isinstance(outcome, Refused) and isinstance(outcome.error, NotThere):
            # Something that the copy needs is missing; only the conversation itself shows whether all of it is.
            now = await attempt(self._client.conversation, row.id)
            return Done(None, already=True) if isinstance(now, NotThere) else outcome
        return outcome


class DeleteScreen(Asks, Workers, Protocol):
    """Asks and starts the deletions."""


class DeleteMarked:
    """Shows what is lost, and deletes what was shown and is still marked."""

    def __init__(
        self,
        server: Server,
        drafts: DraftWriter,
        backups: Backups,
        changes: ChangeConversation,
        marks: MarkConversations,
        exports: ExportConversations,
        results: Results,
        screen: DeleteScreen,
        *,
        readonly: bool,
    ) -> None:
        self.running: Deletions | None = None
        self._server, self._drafts, self._backups, self._changes = server, drafts, backups, changes
        self._marks, self._exports, self._results, self._screen = marks, exports, results, screen
        self._readonly = readonly

    def is_busy(self) -> bool:
        """Return whether a bulk export or delete is running; shows a message if so."""
        if self.running is None and not self._exports.running:
            return False
        self._results.message("A bulk export or delete is still running: wait, or stop it with escape")
        return True

    def stop(self, why: str = "stopped") -> None:
        """Start no more; the current one is finished."""
        if self.running is not None:
            self.running.stop(why)
            self._results.show_progress(f"Stopping after {self.running.progress.position}…")

    async def delete(self, rows: Sequence[Conversation], agent: Agent) -> None:
        """Ask, then delete one after the other, each behind its copy."""
        if self._readonly:
            self._results.message(READ_ONLY, error=True)
            return
        if self.is_busy():
            return
        drafts = await self._drafts_of(rows)
        targets: list[Conversation] = []

        async def prepare() -> Consequences | str:
            current = await read_current(self._server.client, rows)
            copied = await asyncio.to_thread(self._backups.existing, [row.id for row in rows])
            targets[:] = deletable(current.values())
            folder, stand_ins = f"{self._backups.folder}", self._results.stand_ins(rows)
            isolates = not self._server.client.supported.lacks("isolate")
            return consequences(rows, current, folder, drafts, copied, stand_ins, isolates=isolates)

        question = ConfirmChange(f"Delete {plural(len(rows), 'marked conversation')}?", prepare)
        if await self._screen.ask(question) is True and not self.is_busy():
            self.running = Deletions(self._server.client, targets)
            self._screen.start_write(self._delete(self.running, agent, drafts))

    async def _delete(self, deletions: Deletions, agent: Agent, drafts: Mapping[str, str]) -> None:
        stand_ins = self._results.stand_ins(deletions.progress.waiting)

        def after() -> None:
            if deletions.progress.under_way is None:
                self._show_step(agent, deletions.progress.steps[-1])
            elif not deletions.progress.stopped:
                self._results.show_progress(f"Deleting {deletions.progress.position} · escape stops")

        try:
            await deletions.run(
                lambda row: self._changes.back_up(row, agent, drafts.get(row.id)),
                self._marks.is_marked,
                after,
            )
            for step in deletions.progress.steps:
                if step.deleted and step.row.id in drafts:
                    await self._changes.drop_draft(step.row)
        finally:
            self.running = None
            self._results.show_progress("")
            copies = f"\nCopies: {self._backups.folder}" if deletions.progress.copied else ""
            text = f"{summary(deletions.progress, stand_ins)}{copies}"
            self._results.message(text, error=not deletions.progress.complete, seconds=LONG)

    async def _drafts_of(self, rows: Sequence[Conversation]) -> dict[str, str]:
        """The unsaved text of each that has one."""
        address = self._server.address
        known = {draft.conversation_id for draft in await self._drafts.all(address)}
        stored = [await self._drafts.take(address, row.id, row.agent_id) for row in rows if row.id in known]
        return {draft.conversation_id: draft.text for draft in stored if draft is not None}

    def _show_step(self, agent: Agent, step: Step) -> None:
        """Show the list without what is gone; the cursor stays where it is."""
        outcome = step.outcome
        self._results.report(None if outcome is None or isinstance(outcome, Done) else outcome.error)
        if step.deleted or step.gone:
            if not self._server.left:
                self._marks.remove((step.row.id,))
            self._results.remove(agent.id, step.row.id)
