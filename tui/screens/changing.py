"""Acts that change the server, each told before it is done: fork, delete, recompile, archive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tui.api.errors import LettaError
from tui.api.opening import Opened, attempt, open_conversation
from tui.screens.browsing import Browsing
from tui.screens.creating import Creating
from tui.screens.undoing import Undoing

if TYPE_CHECKING:
    from tui.api.rows import Agent, Conversation
    from tui.domain import recompiling, removing
    from tui.domain.question import Question
    from tui.screens.asking import Prepare


class Changing(Creating, Undoing, Browsing):
    """The acts on whole conversations; what a server turned out to lack is not offered again."""

    def offers(self, action: str) -> bool:
        """Whether an act makes sense for what is under the cursor."""
        row = self.list.row
        if self.agent is None or row is None or self.edit is not None or self.filtering:
            return False
        needed = "edit" if action in ("undo", "redo") else action
        return needed not in self.lacking and (action == "fork" or not row.is_default)

    async def _agreed(self, title: str, row: Conversation, prepare: Prepare) -> bool:
        from tui.screens.asking import AskScreen

        if self.changeable() is None:
            return False
        answer = await self.app.push_screen_wait(AskScreen(f"{title} “{self.name_of(row)}”?", prepare))
        return answer is True

    async def _survey(self, row: Conversation, agent: Agent) -> Opened | LettaError:
        """The conversation as it is now, whatever the panes show."""
        found = await attempt(open_conversation, self.desk.client, row, agent, self.now)
        self.heard(found if isinstance(found, LettaError) else None)
        return found

    def _is_shown(self, agent: Agent) -> bool:
        return self.agent is not None and self.agent.id == agent.id

    # fork

    def action_fork(self) -> None:
        """Fork the conversation under the cursor."""
        row, agent = self.changeable(), self.agent
        if row is not None and agent is not None:
            self.ask_fork(row, agent)

    @work(group="act", description="ask fork")
    async def ask_fork(self, row: Conversation, agent: Agent) -> None:
        """Say what a fork leaves behind, then fork once and go to the fork."""

        from tui.domain import forking
        from tui.domain.creating import Created, NotCreated, words_for

        async def prepare() -> Question | str:
            opened = await self._survey(row, agent)
            return str(opened) if isinstance(opened, LettaError) else forking.question(opened)

        if not await self._agreed("Fork", row, prepare):
            return
        creation = await forking.fork(self.desk.client, row)
        if isinstance(creation, Created):
            self.heard()
            self._go_to_fork(agent, (creation.conversation,))
            self.say(f"Forked as {creation.conversation.id} · e gives it a summary")
            return
        self.heard(creation.error)
        lacking = self.lacks("fork", creation.error)
        self._go_to_fork(agent, creation.left if isinstance(creation, NotCreated) else creation.seen or ())
        self.say(lacking or words_for(creation), trouble=True)

    def _go_to_fork(self, agent: Agent, rows: tuple[Conversation, ...]) -> None:
        """Show what is new in the list; one row alone is the fork, and gets the cursor."""
        self._add(agent, rows)
        if len(rows) == 1 and self._is_shown(agent) and self.edit is None:
            self.show_rows(keep=rows[0].id)

    # delete

    def action_delete(self) -> None:
        """Delete the conversation under the cursor."""
        row, agent = self.changeable(), self.agent
        if row is not None and agent is not None and not row.is_default:
            self.ask_delete(row, agent)

    @work(group="act", description="ask delete")
    async def ask_delete(self, row: Conversation, agent: Agent) -> None:
        """Say what dies, copy it whole to this machine, and only then delete."""

        from tui.api.gathering import gather
        from tui.domain import removing

        desk = self.desk
        kept = await desk.drafts.find(desk.server, row.id, row.agent_id)
        draft = kept.text if kept else None

        async def prepare() -> Question | str:
            opened = await self._survey(row, agent)
            if isinstance(opened, LettaError):
                return str(opened)
            return removing.question(opened, f"{desk.backups.folder}", draft)

        async def back_up() -> str:
            whole = await gather(desk.client, row, agent, self.now)
            held = removing.backup_of(whole, desk.server, draft)
            return str(await asyncio.to_thread(desk.backups.save, row.id, self.now, held))

        if await self._agreed("Delete", row, prepare):
            self.say("Copying it, then deleting it…")
            removal = await removing.remove(desk.client, row.id, back_up)
            self._after_removal(row, agent, removal)
            if draft is not None and isinstance(removal, removing.Deleted):
                await self._drop_draft(row)

    def _after_removal(self, row: Conversation, agent: Agent, removal: removing.Removal) -> None:
        from tui.domain import removing

        copy = f"\nCopy: {removal.backup}" if removal.backup else ""
        if isinstance(removal, removing.Deleted):
            self.heard()
            self.feed.remove(row.id)
            if self._is_shown(agent):
                self.show_rows()
                if self.list.row is None:
                    self.view = None
            done = "Somebody else had deleted" if removal.already else "Deleted"
            self.tell(f"{done} “{self.name_of(row)}”{copy}")
            return
        if isinstance(removal, removing.NotDeleted):
            if removal.error is not None:
                self.heard(removal.error)
            # Without a copy it was no deletion that was refused, but a call that the copy needs.
            lacking = self.lacks("delete", removal.error) if removal.backup else ""
            reason = f"not deleted: {lacking}" if lacking else removal.reason
            self.tell(f"{reason[:1].upper()}{reason[1:]}{copy}", trouble=True)
            return
        self.heard(removal.error)
        words = f"{removal.error.what}\nIt may or may not be deleted: R reads the list anew."
        self.tell(words + copy, trouble=True)

    async def _drop_draft(self, row: Conversation) -> None:
        """The draft went into the copy."""
        await self.desk.drafts.drop(self.desk.server, row.id, row.agent_id)
        self.list.drafts -= {row.id}

    # recompile

    def action_recompile(self) -> None:
        """Compile the system message of the conversation under the cursor anew."""
        row, agent = self.changeable(), self.agent
        if row is not None and agent is not None and not row.is_default:
            self.ask_recompile(row, agent)

    @work(group="act", description="ask recompile")
    async def ask_recompile(self, row: Conversation, agent: Agent) -> None:
        """Show what would change in what the model reads, then write it."""

        from tui.domain import recompiling

        plans: list[recompiling.Plan] = []

        async def prepare() -> Question | str:
            opened, text = await asyncio.gather(
                self._survey(row, agent), attempt(self.desk.client.recompiled_text, row.id)
            )
            if isinstance(opened, LettaError):
                return str(opened)
            if isinstance(text, LettaError):
                return self.lacks("recompile", text) or str(text)
            plan = recompiling.plan(opened, text)
            if isinstance(plan, str):
                return plan
            plans.append(plan)
            return await asyncio.to_thread(recompiling.question, opened, plan)

        if await self._agreed("Recompile", row, prepare):
            self._after_recompile(row, await recompiling.recompile(self.desk.client, plans[-1]))

    def _after_recompile(self, row: Conversation, outcome: recompiling.Recompiling) -> None:
        from tui.domain import recompiling

        if isinstance(outcome, recompiling.Recompiled):
            self.heard()
            self.say(f"Recompiled “{self.name_of(row)}”")
        elif isinstance(outcome, recompiling.Outdated):
            self.say(
                "Not recompiled: the shared values changed while you looked. C shows them anew", trouble=True
            )
        else:
            self.heard(outcome.error)
            unsure = isinstance(outcome, recompiling.Uncertain)
            tail = "\nIt may or may not be done: r reads it back" if unsure else ""
            self.say(f"{outcome.error.what if unsure else outcome.error}{tail}", trouble=True)
        if self.list.row is not None and self.list.row.id == row.id and self.agent is not None:
            self.read(row)

    # archive

    def action_archive(self) -> None:
        """Archive the conversation under the cursor, or take it back."""

        from tui.domain import archiving

        row = self.changeable()
        if row is None or row.is_default:
            return
        known = (*self.feed.shown(), row)
        if all(one.archived is None for one in known):
            self.lacking.add("archive")
            self.say(archiving.NEVER_SAID)
        else:
            self.ask_archive(row)

    @work(group="act", description="ask archive")
    async def ask_archive(self, row: Conversation) -> None:
        """Archive where the server really does it, which is read back."""

        from tui.domain import archiving

        found: list[Conversation] = []

        async def prepare() -> Question | str:
            now = await attempt(self.desk.client.conversation, row.id)
            if isinstance(now, LettaError):
                return str(now)
            found.append(now)
            asked = archiving.question(now)
            return asked.words if isinstance(asked, archiving.NoArchive) else asked

        if not await self._agreed("Archive", row, prepare):
            return
        wanted = not found[-1].archived
        outcome = await archiving.archive(self.desk.client, row.id, wanted)
        if isinstance(outcome, archiving.Archived):
            self.heard()
            self.take_over(outcome.conversation)
            self.say(f"{'Archived' if wanted else 'No longer archived'}: {self.name_of(row)}")
        elif isinstance(outcome, archiving.NoArchive):
            self.lacking.add("archive")
            self.say(outcome.words, trouble=True)
        else:
            self.heard(outcome.error)
            unsure = isinstance(outcome, archiving.Unsure)
            tail = "\nIt may or may not be done: r reads it back"
            self.say(f"{outcome.error.what}{tail}" if unsure else str(outcome.error), trouble=True)
