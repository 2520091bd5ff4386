"""Change memory blocks: edit, reset, promote, undo. Each change is shown first and written once.

What was typed is always on disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from tui.flows.availability import READ_ONLY
from tui.flows.change_conversation import ConfirmChange
from tui.flows.edit_summary import (
    DISCARDED,
    EDITOR_FAILED,
    NO_EDITOR,
    OVER_THEIRS,
    TYPED_ELSEWHERE,
    SummaryConflict,
    Then,
    draft_note,
)
from tui.flows.pending_writes import finish
from tui.flows.protocols import Asks, Question, Workers
from tui.flows.read_readers import read_readers
from tui.flows.undo_summary import DONE, ChooseSummary
from tui.flows.write import save_block
from tui.letta.open_conversation import glance, open_conversation
from tui.model.errors import LettaError, attempt
from tui.model.os_errors import reason_of
from tui.model.text import one_line, why_not_saved
from tui.presentation.changes import block as words
from tui.presentation.changes import undo
from tui.presentation.times import since
from tui.rules.changes.block import (
    READ_ONLY_BLOCK,
    BlockChange,
    Readers,
    Verb,
    block_of,
    change_of,
    why_not_changed,
)
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown
from tui.rules.changes.undo import By, Entry, Step, history, promoted_since, replay, step
from tui.rules.memory.isolation import memory_of
from tui.storage.draft_store import Draft

if TYPE_CHECKING:
    from tui.flows.block_journal import BlockJournal
    from tui.flows.results import Results, Server
    from tui.model.agent import Agent
    from tui.model.block import Block
    from tui.model.conversation import Conversation
    from tui.model.opened import Opened
    from tui.presentation.changes.consequences import Consequences
    from tui.storage.draft_writer import DraftWriter

NOUN = "memory block"
CHANGED_MEANWHILE = "not saved: somebody else changed this block · e on it continues your text"
STILL_SAVING = "This block is still being saved"
MAY_BE_SAVED = "it may or may not be saved: r reads it back"
NOTHING = {
    "undo": "Nothing to undo: no earlier value of this block is known here",
    "redo": "Nothing to redo",
}


@dataclass(frozen=True)
class Again:
    """The editor stays open: what is wrong with the text and, after a conflict, the text that the server has now."""

    problem: str = ""
    note: str = ""
    stored: str | None = None


@dataclass(frozen=True)
class EditBlock(Question[Then]):
    """Ask for the new text of a block; the dialog closes when it is saved, and returns which block to edit next.

    None means that the text was discarded.
    """

    TAKES_TEXT = True

    title: str
    facts: str
    stored: str
    """The value as the server had it when the edit began."""
    text: str
    note: str
    discarded: str | None
    """A discarded text, which undo in the editor restores."""
    submit: bool
    """Whether to save the text at once, since it was typed in another editor."""
    why_not: Callable[[str], str]
    """Return why a text cannot be saved, "" if it can."""
    typed: Callable[[str], None]
    """Called with each text that is typed, which is stored as a draft."""
    save: Callable[[str], Awaitable[Again | None]]
    """Show what saving a text would do, and save it; returns None if the editor is to close."""


class MemoryScreen(Asks, Workers, Protocol):
    """Asks the questions about a block."""

    def edit_outside(self, text: str) -> str | None:
        """Return the text that $VISUAL or $EDITOR leaves; None if that program failed.

        Raises OSError and ValueError if it cannot be started.
        """


@dataclass(frozen=True)
class Where:
    """The conversation whose memory is changed, its agent, and the label."""

    row: Conversation
    agent: Agent
    name: str

    @property
    def shown_name(self) -> str:
        """The label as it is shown."""
        return one_line(self.name, 60)


@dataclass
class Typing:
    """A block that is being edited, as the server has it, with the change as typed so far."""

    where: Where
    block: Block
    change: BlockChange
    note: str = ""


class ChangeMemory:
    """Changes memory blocks of the open conversation, one at a time."""

    def __init__(
        self,
        server: Server,
        clock: Callable[[], datetime],
        drafts: DraftWriter,
        journal: BlockJournal,
        results: Results,
        screen: MemoryScreen,
        *,
        readonly: bool,
    ) -> None:
        self._server, self._clock, self._drafts, self._journal = server, clock, drafts, journal
        self._results, self._screen, self._readonly = results, screen, readonly
        self._discarded: dict[str, str] = {}
        """Discarded texts, by the id of the block."""
        self._saving: set[str] = set()
        """Ids of the blocks whose change hasn't ended."""

    # reading

    async def _read(self, where: Where) -> Opened | LettaError:
        """Read the conversation with its blocks and its system message, as they are now."""
        read = open_conversation if where.row.is_default else glance
        opened = await attempt(read, self._server.client, where.row, where.agent, self._clock())
        self._results.report(opened if isinstance(opened, LettaError) else None)
        return opened

    async def _begin(self, where: Where) -> tuple[Opened, BlockChange] | None:
        """Read the conversation and begin a change of the block that it reads; returns None after saying why not."""
        if self._readonly:
            self._results.message(READ_ONLY, error=True)
            return None
        opened = await self._read(where)
        change = str(opened) if isinstance(opened, LettaError) else change_of(opened, where.name)
        if isinstance(opened, LettaError) or isinstance(change, str):
            self._results.message(f"{where.shown_name}: {change}", error=True)
            return None
        if change.block_id in self._saving:
            self._results.message(STILL_SAVING, error=True)
            return None
        return opened, change

    # edit

    async def edit(self, row: Conversation, agent: Agent, name: str, *, outside: bool = False) -> None:
        """Edit the block that a conversation reads for a label, or its draft; `outside` opens $EDITOR first."""
        following: str | None = name
        while following is not None:
            following = await self._edit(Where(row, agent, following), outside=outside)
            outside = False

    async def _edit(self, where: Where, *, outside: bool) -> str | None:
        """Edit one block; returns the label to edit next, if any."""
        begun = await self._begin(where)
        if begun is None:
            return None
        opened, change = begun
        block = block_of(opened, change.block_id)
        assert block is not None, "a change has a block"
        if block.read_only:
            self._results.message(f"{where.shown_name}: {READ_ONLY_BLOCK}", error=True)
            return None
        typing = await self._with_draft(Typing(where, block, change))
        submit = outside and self._edit_outside(typing)
        then = await self._type(typing, submit=submit)
        return None if then is None else self._neighbour(opened, where, then)

    async def _with_draft(self, typing: Typing) -> Typing:
        """Take over the stored draft of the block, if there is one, and report who else is typing one."""
        block, now = typing.block, self._clock()
        draft = await self._drafts.take(self._server.address, block.id, "")
        elsewhere = await self._drafts.elsewhere(self._server.address, block.id, "")
        if elsewhere is not None:
            typed = since(elsewhere.saved_at, now)
            self._results.message(TYPED_ELSEWHERE.format(process=elsewhere.process, typed=typed, noun=NOUN))
        if draft is not None:
            typing.note = draft_note(draft, block.value or "", now)
            typing.change = replace(typing.change, text=draft.text).over(draft.began_from)
        return typing

    def _edit_outside(self, typing: Typing) -> bool:
        """Edit the text in $EDITOR; returns whether to save it."""
        try:
            text = self._screen.edit_outside(typing.change.text)
        except (OSError, ValueError) as problem:
            typing.note = NO_EDITOR.format(reason=reason_of(problem))
            return False
        if text is None:
            typing.note = EDITOR_FAILED
            return False
        typing.change = replace(typing.change, text=text)
        self._store_draft(typing)
        return True

    async def _type(self, typing: Typing, *, submit: bool) -> Then | None:
        """Ask for the text and save it; if the question is cancelled, the text is discarded."""
        change, block = typing.change, typing.block
        stored = block.value or ""

        def typed(text: str) -> None:
            typing.change = replace(typing.change, text=text)
            self._store_draft(typing)

        question = EditBlock(
            words.editor_title(change),
            words.editor_facts(change, block),
            stored,
            change.text,
            typing.note,
            None if change.text != stored else self._discarded.pop(block.id, None),
            submit,
            lambda text: why_not_saved(text, NOUN) or why_not_changed(text, typing.block),
            typed,
            partial(self._save_typed, typing),
        )
        then = await self._screen.ask(question)
        if then is None and not self._server.left:
            if typing.change.text != typing.block.value:
                self._discarded[block.id] = typing.change.text
                self._results.message(DISCARDED)
            self._screen.start_write(self._drop_draft(block.id))
        return then

    async def _save_typed(self, typing: Typing, text: str) -> Again | None:
        """Show what saving the text would do, then save it; returns None when the editor can close."""
        typing.change = replace(typing.change, text=text)
        if text == typing.block.value:
            await self._drop_draft(typing.block.id)
            return None
        self._store_draft(typing)
        where = typing.where
        change = await self._confirmed(where, "edit", typing.change)
        if change is None:
            return Again()
        outcome = await self._write(where, change, typed=True)
        while isinstance(outcome, Conflict):
            theirs = outcome.current
            answer = await self._ask_whose(typing.change, outcome)
            if answer == "theirs":
                await self._drop_draft(theirs.id)
                self._results.reload(where.row)
                return None
            typing.block, typing.change = theirs, typing.change.over(theirs.value)
            self._store_draft(typing)
            if answer is None:
                return Again(note=OVER_THEIRS, stored=theirs.value or "")
            outcome = await self._write(where, typing.change, typed=True)
        if isinstance(outcome, Done):
            self._show_done(where, typing.change, outcome)
            return None
        return Again(self._problem(typing.change, outcome))

    def _neighbour(self, opened: Opened, where: Where, then: Then) -> str | None:
        """Return the label below or above, if that is to be edited next."""
        if then == "stay":
            return None
        names = [label.name for label in memory_of(opened).labels if label.block is not None]
        at = names.index(where.name) + (1 if then == "next" else -1)
        if 0 <= at < len(names):
            return names[at]
        self._results.message("No more blocks to edit")
        return None

    # drafts

    def _store_draft(self, typing: Typing) -> None:
        change, row = typing.change, typing.where.row
        draft = Draft(
            self._server.address,
            row.agent_id,
            row.id,
            change.text,
            change.began_from,
            self._clock(),
            block_id=change.block_id,
        )
        self._drafts.note(draft)

    async def _drop_draft(self, block_id: str) -> None:
        await self._drafts.drop(self._server.address, block_id, "")

    # reset and promote

    async def reset(self, row: Conversation, agent: Agent, name: str) -> None:
        """Write the agent's shared value into this conversation's own block, after showing it."""
        await self._copy(Where(row, agent, name), "reset")

    async def promote(self, row: Conversation, agent: Agent, name: str) -> None:
        """Write this conversation's own value into the agent's shared block, after showing it."""
        await self._copy(Where(row, agent, name), "promote")

    async def _copy(self, where: Where, verb: Verb) -> None:
        if self._readonly:
            self._results.message(READ_ONLY, error=True)
            return
        change = await self._confirmed(where, verb)
        if change is not None:
            await self._put(where, change)

    # steps shared by all changes

    async def _confirmed(
        self, where: Where, verb: Verb, typed: BlockChange | None = None
    ) -> BlockChange | None:
        """Show what a change would do, and return it if the user agrees; `typed` is a change that was typed."""
        known: list[BlockChange] = []

        async def prepare() -> Consequences | str:
            opened = await self._read(where)
            if isinstance(opened, LettaError):
                return str(opened)
            found = change_of(opened, where.name, verb)
            if isinstance(found, str):
                return found
            change = typed or found
            block = block_of(opened, change.block_id)
            if block is None or found.block_id != change.block_id:
                return "this conversation now reads another block with this label"
            if not change.dirty:
                return "both blocks have the same value already"
            if reason := why_not_changed(change.text, block):
                return reason
            readers = Readers()
            if not change.isolated:
                client = self._server.client
                readers = await read_readers(client, opened, change.block_id, where.name)
            known[:] = [change]
            return words.consequences(opened, change, block, readers)

        question = ConfirmChange(words.title(verb, where.name), prepare)
        answer = await self._screen.ask(question)
        return known[0] if answer is True and known else None

    async def _ask_whose(
        self, change: BlockChange, conflict: Conflict[Block]
    ) -> Literal["mine", "theirs"] | None:
        theirs = conflict.current.value or ""
        return await self._screen.ask(SummaryConflict(change.text, theirs, written=conflict.sent, noun=NOUN))

    async def _put(self, where: Where, change: BlockChange, by: By = "edit") -> None:
        """Make a change that was not typed; after a conflict, ask, and change nothing unless the answer is mine."""
        outcome = await self._write(where, change, by)
        while isinstance(outcome, Conflict):
            if await self._ask_whose(change, outcome) != "mine":
                self._results.message("Nothing was changed")
                self._results.reload(where.row)
                return
            change = change.over(outcome.current.value)
            outcome = await self._write(where, change, by)
        if isinstance(outcome, Done):
            self._show_done(where, change, outcome, by)
        else:
            self._results.message(self._problem(change, outcome), error=True)
            self._results.reload(where.row)

    async def _write(
        self, where: Where, change: BlockChange, by: By = "edit", *, typed: bool = False
    ) -> Outcome[Block]:
        """Write once, to the end even if this flow is cancelled; also drops the draft of a `typed` text."""
        self._saving.add(change.block_id)
        write = self._write_and_note(where, change, by, typed=typed)
        return await finish(self._screen, write, partial(self._abandoned, where, change))

    async def _write_and_note(
        self, where: Where, change: BlockChange, by: By, *, typed: bool
    ) -> Outcome[Block]:
        """Write, after storing the old value in the journal."""
        try:
            await self._journal.note_seen(change.block_id, change.began_from)
            outcome = await save_block(self._server.client, change)
            self._journal.note_outcome(change, outcome, where.row.id, by)
            if typed and isinstance(outcome, Done):
                await self._drop_draft(change.block_id)
            return outcome
        finally:
            self._saving.discard(change.block_id)

    def _abandoned(self, where: Where, change: BlockChange, outcome: Outcome[Block]) -> None:
        """The server was left, or the editor closed, before the change ended."""
        if isinstance(outcome, Done):
            self._results.message(f"{words.SAVED[change.verb]}: {where.shown_name}")
        elif isinstance(outcome, Conflict):
            self._results.message(f"{where.shown_name}: {CHANGED_MEANWHILE}", error=True)
        else:
            self._results.message(self._problem(change, outcome), error=True)

    def _show_done(
        self, where: Where, change: BlockChange, outcome: Done[Block], by: By | None = None
    ) -> None:
        """Report what was done, and show the memory as it is now."""
        self._results.report()
        if by in ("undo", "redo"):
            text = one_line(change.text, 50)
            now = f"{where.shown_name} is now {'“' + text + '”' if text else 'empty'}"
            self._results.message(DONE[by].format(now=now))
        elif outcome.already:
            self._results.message(f"Nothing to do: {where.shown_name} already has this text")
        else:
            self._results.message(f"{words.SAVED[change.verb]}: {where.shown_name} · u undoes it")
        self._results.reload(where.row)

    def _problem(self, change: BlockChange, outcome: Refused | Unknown) -> str:
        """Return why a change was not made, or may not have been."""
        error = outcome.error
        if error is not None:
            self._results.report(error)
        if isinstance(outcome, Unknown):
            return f"{outcome.error.what}: {MAY_BE_SAVED}"
        why = outcome.reason
        if not why and error is not None:
            why = self._results.not_supported("edit-block", error) or error.what
        return f"{words.NOT_SAVED[change.verb]}: {why}"

    # undo

    async def step(self, row: Conversation, agent: Agent, name: str, by: By) -> None:
        """Undo or redo one change of a label's block; of the shared block, if the last change was a promotion."""
        found = await self._past(Where(row, agent, name))
        if found is None:
            return
        where, change, entries = found
        wanted = step(replay(entries), by)
        if wanted is None:
            self._results.message(NOTHING[by])
        elif not wanted.foreign or await self._may_replace(wanted):
            change = replace(change, began_from=wanted.begun_from, text=wanted.text)
            await self._put(where, change, by)

    async def history(self, row: Conversation, agent: Agent, name: str) -> None:
        """Show every value that a block is known to have had, and restore the one that is chosen."""
        found = await self._past(Where(row, agent, name))
        if found is None:
            return
        where, change, entries = found
        question = ChooseSummary(
            where.shown_name, history(entries), self._clock(), self._readonly, noun="value", many="values"
        )
        chosen = await self._screen.ask(question)
        if chosen is not None and not self._readonly:
            await self._put(where, replace(change, text=chosen.text))

    async def _past(self, where: Where) -> tuple[Where, BlockChange, tuple[Entry, ...]] | None:
        """Return the block that an undo is about, with its journal up to the value that the server has now."""
        begun = await self._begin(where)
        if begun is None:
            return None
        opened, change = begun
        entries = await self._journal.note_seen(change.block_id, change.began_from)
        if change.isolated:
            shared = change_of(opened, where.name, shared=True)
            if not isinstance(shared, str):
                theirs = await self._journal.note_seen(shared.block_id, shared.began_from)
                if promoted_since(entries, theirs, where.row.id):
                    change, entries = shared, theirs
        return where, change, entries

    async def _may_replace(self, wanted: Step) -> bool:
        """Ask before somebody else's text is replaced."""

        async def prepare() -> Consequences:
            return undo.consequences(wanted, NOUN)

        question = ConfirmChange("Replace somebody else's text of this block?", prepare)
        return await self._screen.ask(question) is True
