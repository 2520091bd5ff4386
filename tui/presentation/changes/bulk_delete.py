"""Texts about deleting several conversations: what is lost with them, and the outcome for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotThere
from tui.model.text import one_line, plural
from tui.presentation.changes.consequences import Consequences
from tui.presentation.changes.delete import refusal_text
from tui.presentation.conversation_info import title
from tui.presentation.item import Item, Text
from tui.rules.changes.bulk_delete import BulkDeletion, Current, deletable
from tui.rules.changes.outcome import Refused, Unknown

NAMED = 3
"""Maximum number of conversations to name per outcome; the others are counted."""

NONE: Mapping[str, str] = {}


def consequences(
    rows: Iterable[Conversation],
    current: dict[str, Current],
    folder: str,
    drafts: Collection[str],
    copied: Collection[str],
    stand_ins: Mapping[str, str] = NONE,
    *,
    isolates: bool = True,
) -> Consequences | str:
    """Return what is lost, each conversation named; `drafts` and `copied` are the ids with a draft, with a copy.

    `stand_ins` are the words by which conversations without a summary are shown, by id; `isolates` is False where the
    server is known to isolate no block.
    """
    targets = deletable(current.values())
    gone = sum(isinstance(one, NotThere) for one in current.values())
    unread = len(current) - len(targets) - gone
    left = []
    if gone:
        left.append(f"{gone} of the marked conversations no longer {'exists' if gone == 1 else 'exist'}.")
    if unread:
        left.append(f"{unread} cannot be read now and {'stays' if unread == 1 else 'stay'}.")
    if not targets:
        return " ".join(["Nothing to delete.", *left])
    lines = [
        f"{_counted(targets, isolates=isolates)}. u cannot bring them back.",
        *left,
        f"Each is copied first, then deleted. Copies: {folder}",
    ]
    items = tuple(
        _item(
            row,
            current[row.id],
            row.id in drafts,
            row.id in copied,
            stand_ins.get(row.id, ""),
            isolates=isolates,
        )
        for row in rows
    )
    return Consequences("\n".join(lines), f"Delete {len(targets)}", items)


def _counted(targets: list[Conversation], *, isolates: bool) -> str:
    """ "This permanently deletes 3 conversations and 4 isolated blocks", where the server reports blocks."""
    deletes = f"This permanently deletes {plural(len(targets), 'conversation')}"
    if not isolates:
        return deletes
    blocks = [row.isolated_block_ids for row in targets]
    known = sum(len(ids) for ids in blocks if ids is not None)
    count = plural(known, "isolated block") if known else "no isolated blocks"
    if all(ids is None for ids in blocks):
        count = "an unknown number of isolated blocks"
    elif None in blocks:
        count = f"at least {plural(known, 'isolated block')}"
    return f"{deletes} and {count}"


def _item(
    row: Conversation, current: Current, drafted: bool, copied: bool, stand_in: str, *, isolates: bool
) -> Item:
    name = _name(row, stand_in)
    if isinstance(current, NotThere):
        return Item(row.id, "∅", "gone", "muted", title=name, head="deleted by somebody else", copy_id=row.id)
    if isinstance(current, LettaError):
        parts = (Text(str(current), "error"),)
        return Item(row.id, "✗", "stays", "error", title=name, head="cannot be read", parts=parts)
    head = " · ".join(_facts(current, drafted, copied, isolates=isolates))
    role = "warning" if drafted or current.isolated_block_ids else "muted"
    name = _name(current, stand_in)
    return Item(row.id, "●", "delete", "removed", title=name, head=head, head_role=role, copy_id=row.id)


def _facts(row: Conversation, drafted: bool, copied: bool, *, isolates: bool) -> Iterator[str]:
    if row.isolated_block_ids is None and isolates:
        yield "isolated blocks not reported"
    elif row.isolated_block_ids:
        yield f"▣{len(row.isolated_block_ids)} isolated"
    if row.in_context_message_ids is not None:
        yield f"{len(row.in_context_message_ids)} in context"
    if drafted:
        yield "✎ unsaved draft"
    if copied:
        yield "already copied"


def summary(progress: BulkDeletion, stand_ins: Mapping[str, str] = NONE) -> str:
    """Return the outcomes, a line for each kind."""

    def name(row: Conversation) -> str:
        return _name(row, stand_ins.get(row.id, ""))

    deleted = sum(step.deleted for step in progress.steps)
    lines = [f"Deleted {deleted} of {plural(progress.total, 'conversation')}"]
    gone = [step.row for step in progress.steps if step.gone]
    unmarked = [step.row for step in progress.steps if step.outcome is None]
    refused = [(step.row, step.outcome) for step in progress.steps if isinstance(step.outcome, Refused)]
    unknown = [step.row for step in progress.steps if isinstance(step.outcome, Unknown)]
    if progress.under_way is not None:
        unknown.append(progress.under_way)
    if gone:
        lines.append(f"Gone already: {_names(gone, stand_ins)}")
    lines += [f"“{name(row)}”: {one_line(refusal_text(why), 300)}" for row, why in refused[:NAMED]]
    if len(refused) > NAMED:
        lines.append(f"{len(refused) - NAMED} more not deleted; they stay marked")
    lines += [f"“{name(row)}” may or may not be deleted: R reloads the list" for row in unknown]
    if unmarked:
        lines.append(f"No longer marked, so not deleted: {_names(unmarked, stand_ins)}")
    if progress.waiting:
        lines.append(
            f"{len(progress.waiting)} not tried{f': {progress.stopped}' if progress.stopped else ''}"
        )
    return "\n".join(lines)


def _name(row: Conversation, stand_in: str = "") -> str:
    return one_line(title(row, stand_in), 40)


def _names(rows: list[Conversation], stand_ins: Mapping[str, str]) -> str:
    """The first titles, and the number of others."""
    first = ", ".join(f"“{_name(row, stand_ins.get(row.id, ''))}”" for row in rows[:NAMED])
    return first if len(rows) <= NAMED else f"{first} and {len(rows) - NAMED} more"
