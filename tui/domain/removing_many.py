"""Deleting several conversations: one question, then one after the other, until one cannot be told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from tui.api.errors import BadSetting, KeyRefused, LettaError, NoAnswer, NotOffered, NotThere
from tui.api.opening import attempt
from tui.api.rows import Conversation
from tui.domain.question import Question
from tui.domain.removing import Deleted, DeletionServer, NotDeleted, Removal, Unsure, remove
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title
from tui.presentation.item import Item, Text

AT_ONCE = 4
"""So many conversations are looked at together before the question."""

NAMED = 3
"""So many of each outcome are named at the end; the rest is counted."""

HOPELESS = BadSetting, KeyRefused, NoAnswer, NotOffered
"""After these, the next one would fare no better."""

Looked = Conversation | LettaError


async def survey(server: DeletionServer, rows: Iterable[Conversation]) -> dict[str, Looked]:
    """Each of the conversations as it is now, by id, or why it cannot be read; GET /v1/conversations/{id}."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(row: Conversation) -> tuple[str, Looked]:
        async with gate:
            found = await attempt(server.conversation, row.id)
        return row.id, found if isinstance(found, LettaError) else found.merged_over(row)

    return dict(await asyncio.gather(*(look(row) for row in rows)))


def doomed(looked: Iterable[Looked]) -> list[Conversation]:
    """Those that are still there, and could be read."""
    return [one for one in looked if isinstance(one, Conversation)]


def question(
    rows: Iterable[Conversation],
    looked: dict[str, Looked],
    folder: str,
    drafts: Collection[str],
    copied: Collection[str],
) -> Question | str:
    """What dies, each named; `drafts` and `copied` are ids with an unsaved draft and with an earlier copy."""
    dying = doomed(looked.values())
    gone = sum(isinstance(one, NotThere) for one in looked.values())
    unread = len(looked) - len(dying) - gone
    left = []
    if gone:
        left.append(f"{gone} of those marked {'is' if gone == 1 else 'are'} gone already.")
    if unread:
        left.append(f"{unread} cannot be read now, and {'stays' if unread == 1 else 'stay'}.")
    if not dying:
        return " ".join(["Nothing to delete.", *left])
    lines = [
        f"{_counted(dying)}. The server cannot bring them back, and u undoes no deletion.",
        *left,
        f"Each is copied, then deleted, one after the other. Copies: {folder}",
    ]
    items = tuple(_item(row, looked[row.id], row.id in drafts, row.id in copied) for row in rows)
    return Question("\n".join(lines), f"Delete {len(dying)}", items)


def _counted(dying: list[Conversation]) -> str:
    """ "3 conversations die for good, and 4 isolated blocks with them", where the server says so."""
    blocks = [row.isolated_block_ids for row in dying]
    known = sum(len(ids) for ids in blocks if ids is not None)
    count = plural(known, "isolated block") if known else "no isolated block"
    if all(ids is None for ids in blocks):
        count = "an unsaid number of isolated blocks"
    elif None in blocks:
        count = f"at least {plural(known, 'isolated block')}"
    die, them = ("dies", "it") if len(dying) == 1 else ("die", "them")
    return f"{plural(len(dying), 'conversation')} {die} for good, and {count} with {them}"


def _item(row: Conversation, looked: Looked, drafted: bool, copied: bool) -> Item:
    name = _name(row)
    if isinstance(looked, NotThere):
        return Item(row.id, "∅", "gone", "muted", title=name, head="deleted by somebody else", copy_id=row.id)
    if isinstance(looked, LettaError):
        parts = (Text(str(looked), "error"),)
        return Item(row.id, "✗", "stays", "error", title=name, head="cannot be read", parts=parts)
    head = " · ".join(_stakes(looked, drafted, copied))
    role = "warning" if drafted or looked.isolated_block_ids else "muted"
    name = _name(looked)
    return Item(row.id, "●", "dies", "removed", title=name, head=head, head_role=role, copy_id=row.id)


def _stakes(row: Conversation, drafted: bool, copied: bool) -> Iterator[str]:
    if row.isolated_block_ids is None:
        yield "isolated blocks not said"
    elif row.isolated_block_ids:
        yield f"▣{len(row.isolated_block_ids)} isolated"
    if row.in_context_message_ids is not None:
        yield f"{len(row.in_context_message_ids)} in context"
    if drafted:
        yield "✎ unsaved draft"
    if copied:
        yield "copied before"


@dataclass(frozen=True)
class Unmarked:
    """Left alone, since its mark was taken away meanwhile."""


@dataclass(frozen=True)
class Gone:
    """Somebody else deleted it; where that was seen before the copy, there is none."""

    backup: str | None = None


@dataclass(frozen=True)
class Step:
    """What became of one conversation."""

    row: Conversation
    outcome: Deleted | NotDeleted | Unsure | Gone | Unmarked


BackUp = Callable[[Conversation], Awaitable[str]]


class Removals:
    """Deletes one after the other what is still marked and there, each behind its copy; `steps` are those done."""

    def __init__(self, server: DeletionServer, rows: Iterable[Conversation]) -> None:
        self.steps: list[Step] = []
        self.waiting = list(rows)
        self.under_way: Conversation | None = None
        self.why = ""
        """Why those that wait are not tried any more."""
        self._server = server

    @property
    def place(self) -> str:
        """ "2 of 5"."""
        count = len(self.steps) + (self.under_way is not None)
        return f"{count} of {len(self.steps) + (self.under_way is not None) + len(self.waiting)}"

    def stop(self, why: str) -> None:
        """Begin no other; the one that is under way is done to its end."""
        self.why = self.why or why

    async def run(self, back_up: BackUp, marked: Callable[[str], bool], after: Callable[[], None]) -> None:
        """Do them all, unless something ends it early; `after` is called before and after each one."""
        while self.waiting and not self.why:
            row = self.under_way = self.waiting.pop(0)
            after()
            step = Step(row, await self._one(row, back_up) if marked(row.id) else Unmarked())
            self.under_way = None
            self.steps.append(step)
            self.why = self.why or _ends(step)
            after()

    async def _one(self, row: Conversation, back_up: BackUp) -> Removal | Gone:
        removal = await remove(self._server, row.id, lambda: back_up(row))
        if isinstance(removal, Deleted) and removal.already:
            return Gone(removal.backup)
        if isinstance(removal, NotDeleted) and isinstance(removal.error, NotThere):
            # Something that the copy needs is not there; only the conversation itself tells whether it is all of it.
            found = await attempt(self._server.conversation, row.id)
            return Gone() if isinstance(found, NotThere) else removal
        return removal

    @property
    def off(self) -> frozenset[str]:
        """Ids that the server does not have any more."""
        return frozenset(step.row.id for step in self.steps if isinstance(step.outcome, Deleted | Gone))

    @property
    def copied(self) -> bool:
        """Whether a copy was made of any."""
        return any(getattr(step.outcome, "backup", None) for step in self.steps)

    @property
    def sound(self) -> bool:
        """Whether all of it went as it was asked for."""
        done = all(isinstance(step.outcome, Deleted | Gone | Unmarked) for step in self.steps)
        return done and not self.waiting and self.under_way is None

    @property
    def words(self) -> str:
        """What became of all of them, a line for each kind of outcome."""
        total = len(self.steps) + len(self.waiting) + (self.under_way is not None)
        deleted = len(self._of(Deleted))
        lines = [f"Deleted {deleted} of {plural(total, 'conversation')}"]
        gone, unmarked = self._of(Gone), self._of(Unmarked)
        if gone:
            lines.append(f"Gone already: {_names(gone)}")
        lines += [
            f"“{_name(step.row)}”: {one_line(step.outcome.reason, 300)}"
            for step in self._of(NotDeleted)[:NAMED]
            if isinstance(step.outcome, NotDeleted)
        ]
        rest = len(self._of(NotDeleted)) - NAMED
        if rest > 0:
            lines.append(f"{rest} more not deleted: their marks are left")
        lines += [f"“{_name(row)}” may or may not be deleted: R reads the list anew" for row in self._unsure]
        if unmarked:
            lines.append(f"Not marked any more, so left: {_names(unmarked)}")
        if self.waiting:
            lines.append(f"{len(self.waiting)} not tried{f': {self.why}' if self.why else ''}")
        return "\n".join(lines)

    @property
    def _unsure(self) -> list[Conversation]:
        cut = [] if self.under_way is None else [self.under_way]
        return [step.row for step in self._of(Unsure)] + cut

    def _of(self, kind: type) -> list[Step]:
        return [step for step in self.steps if isinstance(step.outcome, kind)]


def _ends(step: Step) -> str:
    """Why nothing may follow this outcome; nothing where it may."""
    outcome = step.outcome
    if isinstance(outcome, Unsure):
        return "the one before may or may not be deleted"
    if not isinstance(outcome, NotDeleted):
        return ""
    hopeless = outcome.error is None or isinstance(outcome.error, HOPELESS)
    return "they would fare no better" if hopeless else ""


def _name(row: Conversation) -> str:
    return one_line(title(row), 40)


def _names(steps: list[Step]) -> str:
    """The first titles, and how many more."""
    first = ", ".join(f"“{_name(step.row)}”" for step in steps[:NAMED])
    return first if len(steps) <= NAMED else f"{first} and {len(steps) - NAMED} more"
