"""Deleting several conversations: one question, then one after the other, until one outcome is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from tui.model.conversation import Conversation
from tui.model.errors import BadSetting, KeyRefused, LettaError, NoAnswer, NotOffered, NotThere
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title
from tui.presentation.item import Item, Text
from tui.rules.changes.consequences import Consequences
from tui.rules.changes.delete import Deletion, reason
from tui.rules.changes.outcome import Done, Refused, Unknown

NAMED = 3
"""So many of each outcome are named at the end; the rest is counted."""

HOPELESS = BadSetting, KeyRefused, NoAnswer, NotOffered
"""After these, the next one would fare no better."""

Looked = Conversation | LettaError


def doomed(looked: Iterable[Looked]) -> list[Conversation]:
    """Those that are still there, and could be read."""
    return [one for one in looked if isinstance(one, Conversation)]


def consequences(
    rows: Iterable[Conversation],
    looked: dict[str, Looked],
    folder: str,
    drafts: Collection[str],
    copied: Collection[str],
) -> Consequences | str:
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
    return Consequences("\n".join(lines), f"Delete {len(dying)}", items)


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
    head = " · ".join(_facts(looked, drafted, copied))
    role = "warning" if drafted or looked.isolated_block_ids else "muted"
    name = _name(looked)
    return Item(row.id, "●", "dies", "removed", title=name, head=head, head_role=role, copy_id=row.id)


def _facts(row: Conversation, drafted: bool, copied: bool) -> Iterator[str]:
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
class Step:
    """What became of one conversation; None where it was left alone, since its mark was taken away meanwhile."""

    row: Conversation
    outcome: Deletion | None

    @property
    def deleted(self) -> bool:
        """Whether it was deleted by us."""
        return isinstance(self.outcome, Done) and not self.outcome.already

    @property
    def gone(self) -> bool:
        """Whether somebody else deleted it; where that was seen before the copy, there is no copy."""
        return isinstance(self.outcome, Done) and self.outcome.already


@dataclass(frozen=True)
class BulkDeletion:
    """How far the deletion of several conversations is: those done, the one under way, those that wait."""

    waiting: tuple[Conversation, ...]
    steps: tuple[Step, ...] = ()
    under_way: Conversation | None = None
    stopped: str = ""
    """Why those that wait are not tried any more."""

    @property
    def ended(self) -> bool:
        """Whether no other begins."""
        return not self.waiting or bool(self.stopped)

    def next(self) -> BulkDeletion:
        """With the next one under way."""
        return replace(self, waiting=self.waiting[1:], under_way=self.waiting[0])

    def after(self, outcome: Deletion | None) -> BulkDeletion:
        """With the one under way ended so, which can end it all."""
        assert self.under_way is not None
        step = Step(self.under_way, outcome)
        stopped = self.stopped or _ends(outcome)
        return replace(self, steps=(*self.steps, step), under_way=None, stopped=stopped)

    def stop(self, why: str) -> BulkDeletion:
        """Begin no other; the one that is under way is done to its end."""
        return replace(self, stopped=self.stopped or why)

    @property
    def total(self) -> int:
        """How many were to be deleted."""
        return len(self.steps) + (self.under_way is not None) + len(self.waiting)

    @property
    def position(self) -> str:
        """ "2 of 5"."""
        return f"{len(self.steps) + (self.under_way is not None)} of {self.total}"

    @property
    def gone(self) -> frozenset[str]:
        """Ids that the server does not have any more."""
        return frozenset(step.row.id for step in self.steps if step.deleted or step.gone)

    @property
    def copied(self) -> bool:
        """Whether a copy was made of any."""
        return any(step.outcome is not None and step.outcome.backup for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether all of it went as it was asked for."""
        done = all(step.outcome is None or isinstance(step.outcome, Done) for step in self.steps)
        return done and not self.waiting and self.under_way is None

    @property
    def words(self) -> str:
        """What became of all of them, a line for each kind of outcome."""
        deleted = sum(step.deleted for step in self.steps)
        lines = [f"Deleted {deleted} of {plural(self.total, 'conversation')}"]
        gone = [step.row for step in self.steps if step.gone]
        unmarked = [step.row for step in self.steps if step.outcome is None]
        refused = [(step.row, step.outcome) for step in self.steps if isinstance(step.outcome, Refused)]
        unknown = [step.row for step in self.steps if isinstance(step.outcome, Unknown)]
        if self.under_way is not None:
            unknown.append(self.under_way)
        if gone:
            lines.append(f"Gone already: {_names(gone)}")
        lines += [f"“{_name(row)}”: {one_line(reason(why), 300)}" for row, why in refused[:NAMED]]
        if len(refused) > NAMED:
            lines.append(f"{len(refused) - NAMED} more not deleted: their marks are left")
        lines += [f"“{_name(row)}” may or may not be deleted: R reads the list anew" for row in unknown]
        if unmarked:
            lines.append(f"Not marked any more, so left: {_names(unmarked)}")
        if self.waiting:
            lines.append(f"{len(self.waiting)} not tried{f': {self.stopped}' if self.stopped else ''}")
        return "\n".join(lines)


def _ends(outcome: Deletion | None) -> str:
    """Why nothing may follow this outcome; nothing where it may."""
    if isinstance(outcome, Unknown):
        return "the one before may or may not be deleted"
    if not isinstance(outcome, Refused):
        return ""
    hopeless = outcome.error is None or isinstance(outcome.error, HOPELESS)
    return "they would fare no better" if hopeless else ""


def _name(row: Conversation) -> str:
    return one_line(title(row), 40)


def _names(rows: list[Conversation]) -> str:
    """The first titles, and how many more."""
    first = ", ".join(f"“{_name(row)}”" for row in rows[:NAMED])
    return first if len(rows) <= NAMED else f"{first} and {len(rows) - NAMED} more"
