"""Fork, delete, recompile and archive a conversation: shown first, confirmed, then done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from tui.flows import write
from tui.flows.availability import READ_ONLY
from tui.flows.find_by_id import own_agent
from tui.flows.protocols import Asks, Question, Workers
from tui.flows.results import LONG
from tui.letta.collect import gather
from tui.letta.open_conversation import open_conversation
from tui.model.errors import LettaError, TurnRunning, attempt
from tui.presentation.changes import archive, delete, fork, recompile, turn_running
from tui.presentation.changes.create import failure_text
from tui.rules.changes.archive import before, not_supported
from tui.rules.changes.fork import is_whole
from tui.rules.changes.outcome import Conflict, Done, Refused, Unknown
from tui.rules.changes.recompile import plan

if TYPE_CHECKING:
    from tui.flows.results import ListedConversations, Results, Server
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.opened import Opened
    from tui.presentation.changes.consequences import Consequences
    from tui.rules.changes.delete import Deletion
    from tui.rules.changes.recompile import Plan
    from tui.storage.backups import Backups
    from tui.storage.draft_writer import DraftWriter


Confirmed = bool | Literal["part"]
"""The answer to the question before a change: yes, or only a part of it if the consequences offer that."""


@dataclass(frozen=True)
class ConfirmChange(Question[Confirmed]):
    """Whether to make a change; `prepare` reads what it would do, or returns why it cannot be done."""

    title: str
    prepare: Callable[[], Awaitable[Consequences | str]]


async def may_force(screen: Asks, title: str, error: LettaError | None) -> bool:
    """Ask whether to change files in which a turn seems to run; False for any other error."""
    if not isinstance(error, TurnRunning):
        return False

    async def prepare() -> Consequences:
        return turn_running.consequences(error)

    return await screen.ask(ConfirmChange(title, prepare)) is True


class ChangeScreen(Asks, Workers, Protocol):
    """Shows the question before a change."""


class ChangeConversation:
    """The changes of one whole conversation; what a server turned out not to support is not offered again."""

    def __init__(
        self,
        server: Server,
        clock: Callable[[], datetime],
        drafts: DraftWriter,
        backups: Backups,
        listed: ListedConversations,
        results: Results,
        screen: ChangeScreen,
        *,
        readonly: bool,
    ) -> None:
        self._server, self._clock, self._drafts, self._backups = server, clock, drafts, backups
        self._listed, self._results, self._screen, self._readonly = listed, results, screen, readonly

    async def _ask(
        self, verb: str, row: Conversation, prepare: Callable[[], Awaitable[Consequences | str]]
    ) -> Confirmed:
        if self._readonly:
            self._results.message(READ_ONLY, error=True)
            return False
        question = ConfirmChange(f"{verb} “{self._results.title(row)}”?", prepare)
        return await self._screen.ask(question) or False

    async def _confirmed(
        self, verb: str, row: Conversation, prepare: Callable[[], Awaitable[Consequences | str]]
    ) -> bool:
        return await self._ask(verb, row, prepare) is True

    async def _read(self, row: Conversation, agent: Agent) -> Opened | LettaError:
        """The conversation as it is now, regardless of what the panes show."""
        opened = await attempt(self._open, row, agent)
        self._results.report(opened if isinstance(opened, LettaError) else None)
        return opened

    async def _open(self, row: Conversation, agent: Agent) -> Opened:
        client = self._server.client
        return await open_conversation(client, row, await own_agent(client, row, agent), self._clock())

    # fork

    async def fork(self, row: Conversation, agent: Agent, message_id: str | None = None) -> None:
        """Show what a fork does not copy, then fork once, all or up to the selected message, and select the fork."""

        async def prepare() -> Consequences | str:
            opened = await self._read(row, agent)
            return str(opened) if isinstance(opened, LettaError) else fork.consequences(opened, message_id)

        answer = await self._ask("Fork", row, prepare)
        if answer:
            self._screen.start_write(self._fork(row, agent, message_id if answer == "part" else None))

    async def _fork(self, row: Conversation, agent: Agent, up_to: str | None) -> None:
        made = await write.fork(self._server.client, row, up_to)
        if isinstance(made, Done):
            self._results.report()
            self._show_fork(agent, (made.value,))
            if up_to is not None and is_whole(made.value, up_to):
                text = f"Forked as {made.value.id}, but in full: the server did not stop at the message"
                self._results.message(text, error=True, seconds=LONG)
            else:
                self._results.message(f"Forked as {made.value.id} · e edits its summary")
            return
        self._results.report(made.error)
        unsupported = self._results.not_supported("fork", made.error) if made.error is not None else ""
        self._show_fork(agent, made.appeared or ())
        failure = failure_text(made, self._server.client.supported, self._results.version)
        self._results.message(unsupported or failure, error=True)

    def _show_fork(self, agent: Agent, rows: tuple[Conversation, ...]) -> None:
        """Show what is new in the list; one row alone is the fork, and gets the cursor."""
        self._results.add(agent.id, rows)
        if len(rows) == 1:
            self._results.select(agent.id, rows[0].id)

    # delete

    async def delete(self, row: Conversation, agent: Agent) -> None:
        """Show what is lost, copy all of it to this machine, and only then delete."""
        stored = await self._drafts.take(self._server.address, row.id, row.agent_id)
        draft = stored.text if stored else None

        async def prepare() -> Consequences | str:
            opened = await self._read(row, agent)
            if isinstance(opened, LettaError):
                return str(opened)
            return delete.consequences(opened, f"{self._backups.folder}", draft)

        if await self._confirmed("Delete", row, prepare):
            self._results.message("Copying, then deleting…")
            self._screen.start_write(self._delete(row, agent, draft))

    async def _delete(self, row: Conversation, agent: Agent, draft: str | None) -> None:
        outcome = await write.delete(self._server.client, row.id, lambda: self.back_up(row, agent, draft))
        self._show_deletion(row, agent, outcome)
        if draft is not None and isinstance(outcome, Done):
            await self.drop_draft(row)

    async def drop_draft(self, row: Conversation) -> None:
        """Drop a draft that is in the copy."""
        left = await self._drafts.drop(self._server.address, row.id, row.agent_id)
        if not self._server.left:
            self._results.mark_draft(row.key, has_draft=left)

    async def back_up(self, row: Conversation, agent: Agent, draft: str | None) -> str:
        """Copy a conversation in full, with the draft of its summary; returns the path.

        Raises LettaError and OSError.
        """
        agent = await own_agent(self._server.client, row, agent)
        whole = await gather(self._server.client, row, agent, self._clock())
        backup = delete.backup_json(whole, self._server.address, draft)
        return str(await asyncio.to_thread(self._backups.save, row.id, self._clock(), backup))

    def _show_deletion(self, row: Conversation, agent: Agent, outcome: Deletion) -> None:
        copy = f"\nCopy: {outcome.backup}" if outcome.backup else ""
        if isinstance(outcome, Done):
            self._results.report()
            self._results.remove(agent.id, row.id)
            done = "Somebody else already deleted" if outcome.already else "Deleted"
            self._results.message(f"{done} “{self._results.title(row)}”{copy}", seconds=LONG)
            return
        if outcome.error is not None:
            self._results.report(outcome.error)
        if isinstance(outcome, Refused):
            # Without a copy, it was not the deletion that was refused, but a request that the copy needs.
            unsupported = self._results.not_supported("delete", outcome.error) if outcome.backup else ""
            text = f"not deleted: {unsupported}" if unsupported else delete.refusal_text(outcome)
            text = f"{text[:1].upper()}{text[1:]}"
        else:
            text = f"{outcome.error.what}\nIt may or may not be deleted: R reloads the list."
        self._results.message(text + copy, error=True, seconds=LONG)

    # recompile

    async def recompile(self, row: Conversation, agent: Agent) -> None:
        """Show what would change in what the model reads, then write it."""
        plans: list[Plan] = []

        async def prepare() -> Consequences | str:
            opened, text = await asyncio.gather(
                self._read(row, agent), attempt(self._server.client.recompiled_text, row.id)
            )
            if isinstance(opened, LettaError):
                return str(opened)
            if isinstance(text, LettaError):
                return self._results.not_supported("recompile", text) or str(text)
            planned = plan(opened, text)
            if isinstance(planned, str):
                return planned
            plans.append(planned)
            return await asyncio.to_thread(recompile.consequences, opened, planned)

        if await self._confirmed("Recompile", row, prepare):
            self._screen.start_write(self._recompile(row, plans[-1]))

    async def _recompile(self, row: Conversation, plan: Plan) -> None:
        outcome = await write.recompile(self._server.client, plan)
        if isinstance(outcome, Done):
            self._results.report()
            self._results.message(f"Recompiled “{self._results.title(row)}”")
        elif isinstance(outcome, Conflict):
            text = "Not recompiled: the shared values have changed since. C shows them again"
            self._results.message(text, error=True)
        else:
            error = outcome.error
            assert error is not None
            self._results.report(error)
            unknown = isinstance(outcome, Unknown)
            tail = "\nIt may or may not have happened: r reads it back"
            self._results.message(f"{error.what}{tail}" if unknown else str(error), error=True)
        self._results.reload(row)

    # archive

    async def archive(self, row: Conversation) -> None:
        """Archive, or unarchive where the row is archived; what is read back decides whether it was done."""
        archived = not row.archived

        async def prepare() -> Consequences | str:
            now = await attempt(self._server.client.conversation, row.id)
            if isinstance(now, LettaError):
                self._results.report(now)
                return str(now)
            nothing = before(archived, now, self._server.client.supported)
            if nothing is None:
                return archive.consequences(archived)
            if isinstance(nothing, Done):
                self._results.put(nothing.value)
            return archive.outcome_text(archived, nothing)

        if await self._confirmed(archive.verb(archived), row, prepare):
            self._screen.start_write(self._archive(row, archived=archived))

    async def _archive_anyway(self, row: Conversation, error: TurnRunning, *, archived: bool) -> None:
        """Ask whether to change the files although a turn seems to run, and do it then."""
        if await may_force(self._screen, f"{'Archive' if archived else 'Unarchive'} it anyway?", error):
            self._screen.start_write(self._archive(row, archived=archived, force=True))

    async def _archive(self, row: Conversation, *, archived: bool, force: bool = False) -> None:
        """Archive or unarchive; the row stays where it is until the list is read again."""
        outcome = await write.archive(self._server.client, row.id, archived, force=force)
        running = outcome.error if isinstance(outcome, Refused) else None
        if isinstance(running, TurnRunning) and not self._server.left:
            self._screen.start_flow(partial(self._archive_anyway, row, running, archived=archived))
            return
        text = archive.outcome_text(archived, outcome)
        if isinstance(outcome, Done):
            self._results.report()
            self._results.put(outcome.value)
            back = "unarchives" if archived else "archives"
            self._results.message(f"{text}: {self._results.title(row)} · A {back} it")
            return
        if outcome.error is not None:
            self._results.report(outcome.error)
        if isinstance(outcome, Refused) and not_supported(outcome):
            self._server.client.learner.failed("archive", outcome.reason)
        tail = ": r reads it back" if isinstance(outcome, Unknown) else ""
        self._results.message(text + tail, error=True)
