"""Undo and redo of saved summaries and memory blocks, played back from a journal that outlives the program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tui.model.conversation import DEFAULT
from tui.rules.changes.outcome import Conflict, Done

if TYPE_CHECKING:
    from tui.model.block import Block
    from tui.model.conversation import Conversation
    from tui.rules.changes.block import BlockChange
    from tui.rules.changes.outcome import Outcome
    from tui.rules.changes.save import SummaryChange

Kind = Literal["seen", "written"]
By = Literal["edit", "undo", "redo"]


class Entry(NamedTuple):
    """A text that was seen on a server, or written to it from here by an edit, an undo or a redo.

    It is the summary of a conversation, or the value of a memory block: `conversation_id` is then the block's id.
    """

    at: datetime
    server: str
    conversation_id: str
    kind: Kind
    text: str
    by: By = "edit"
    via: str = ""
    """The conversation that a block was changed from, "" for a summary."""


class Past(NamedTuple):
    """The texts that a summary had: the current one, those before it, and those that were undone."""

    now: Entry | None = None
    before: tuple[Entry, ...] = ()
    undone: tuple[Entry, ...] = ()


class Step(NamedTuple):
    """One undo or redo: `text` is to replace `begun_from`; `foreign` if somebody else wrote that."""

    by: By
    text: str
    begun_from: str
    foreign: bool


def replay(entries: Iterable[Entry]) -> Past:
    """Return the past of one conversation from its entries, oldest first; a text twice in a row counts once."""
    past = Past()
    for entry in entries:
        past = _after(past, entry)
    return past


def _after(past: Past, entry: Entry) -> Past:
    now, before, undone = past.now, past.before, past.undone
    if now is None:
        return Past(entry)
    if now.text == entry.text:
        return past._replace(now=entry) if entry.kind == "written" else past
    if entry.kind == "written" and entry.by == "undo" and before and before[-1].text == entry.text:
        return Past(entry, before[:-1], (*undone, now))
    if entry.kind == "written" and entry.by == "redo" and undone and undone[-1].text == entry.text:
        return Past(entry, (*before, now), undone[:-1])
    return Past(entry, (*before, now))


def step(past: Past, by: By) -> Step | None:
    """Return what an undo or a redo would do now, None if there is nothing to undo or redo."""
    known = past.before if by == "undo" else past.undone
    if past.now is None or not known:
        return None
    foreign = past.now.kind == "seen"
    return Step(by, known[-1].text, past.now.text, foreign)


def outcome_entries(
    at: datetime, server: str, change: SummaryChange, outcome: Outcome[Conversation], by: By = "edit"
) -> tuple[Entry, ...]:
    """Return the entries that a finished save adds, with the text it began from, or undo could not restore that.

    None for a default conversation, whose id is that of every agent's.
    """
    if change.conversation_id == DEFAULT:
        return ()
    current = outcome.current.summary if isinstance(outcome, Conflict) else None
    return _entries(at, server, change.conversation_id, change, outcome, current, by)


def block_entries(
    at: datetime, server: str, change: BlockChange, outcome: Outcome[Block], via: str, by: By = "edit"
) -> tuple[Entry, ...]:
    """Return the entries that a finished change of a block adds; `via` is the conversation it was made from."""
    current = outcome.current.value if isinstance(outcome, Conflict) else None
    entries = _entries(at, server, change.block_id, change, outcome, current, by)
    return tuple(entry._replace(via=via) if entry.kind == "written" else entry for entry in entries)


def promoted_since(own: Iterable[Entry], shared: Iterable[Entry], via: str) -> bool:
    """Return whether a label was promoted from this conversation after its isolated block was last changed here.

    Undo then applies to the shared block, and not to the block that the conversation reads.
    """
    last_own, last_shared = _last_written(own), _last_written(shared)
    if last_shared is None or last_shared.via != via:
        return False
    return last_own is None or last_own.at <= last_shared.at


def _last_written(entries: Iterable[Entry]) -> Entry | None:
    return next((entry for entry in reversed(tuple(entries)) if entry.kind == "written"), None)


def _entries(
    at: datetime,
    server: str,
    id: str,
    change: SummaryChange | BlockChange,
    outcome: Outcome[Any],
    current: str | None,
    by: By,
) -> tuple[Entry, ...]:
    """The entries of a change; `current` is what the server has after a conflict."""

    def entry(kind: Kind, text: str | None, by: By = "edit") -> Entry:
        return Entry(at, server, id, kind, text or "", by)

    began, written = entry("seen", change.began_from), entry("written", change.text, by)
    if isinstance(outcome, Done):
        return (written,) if outcome.already else (began, written)
    if isinstance(outcome, Conflict):
        theirs = entry("seen", current)
        return (began, written, theirs) if outcome.sent else (theirs,)
    return ()


class Line(NamedTuple):
    """One text of a summary's history, and whether somebody else wrote over it later."""

    entry: Entry
    changed_since: bool
    current: bool


def history(entries: Iterable[Entry]) -> tuple[Line, ...]:
    """Return every text in turn, newest first; one that was written here and then changed by others is marked."""
    texts: list[Entry] = []
    for entry in entries:
        if texts and texts[-1].text == entry.text:
            texts[-1] = entry if entry.kind == "written" else texts[-1]
        else:
            texts.append(entry)
    lines = []
    for index, entry in enumerate(texts):
        later = texts[index + 1] if index + 1 < len(texts) else None
        changed = entry.kind == "written" and later is not None and later.kind == "seen"
        lines.append(Line(entry, changed, later is None))
    return tuple(reversed(lines))
