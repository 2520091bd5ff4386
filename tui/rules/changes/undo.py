"""Undo and redo of saved summaries, played back from a journal that outlives the program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.model.conversation import DEFAULT
from tui.rules.changes.outcome import Conflict, Done

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.rules.changes.outcome import Outcome
    from tui.rules.changes.save import SummaryChange

Kind = Literal["seen", "written"]
By = Literal["edit", "undo", "redo"]


class Entry(NamedTuple):
    """A summary that was seen on a server, or written to it from here by an edit, an undo or a redo."""

    at: datetime
    server: str
    conversation_id: str
    kind: Kind
    text: str
    by: By = "edit"


class Past(NamedTuple):
    """The texts that a summary had: the current one, those before it, and those that were undone."""

    now: Entry | None = None
    before: tuple[Entry, ...] = ()
    undone: tuple[Entry, ...] = ()


class Step(NamedTuple):
    """One undo or redo: `text` is to replace `begun_from`; `foreign` where somebody else wrote that one."""

    by: By
    text: str
    begun_from: str
    foreign: bool


def replay(entries: Iterable[Entry]) -> Past:
    """The past of one conversation from its entries, oldest first; a text twice in a row counts once."""
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
    """What an undo or a redo would do now, or None where there is nothing to undo or to redo."""
    known = past.before if by == "undo" else past.undone
    if past.now is None or not known:
        return None
    foreign = past.now.kind == "seen"
    return Step(by, known[-1].text, past.now.text, foreign)


def outcome_entries(
    at: datetime, server: str, change: SummaryChange, outcome: Outcome[Conversation], by: By = "edit"
) -> tuple[Entry, ...]:
    """The entries that a finished save adds; also the text that it began from, or an undo could not restore it.

    None for a default conversation, whose id is that of every agent's.
    """
    if change.conversation_id == DEFAULT:
        return ()

    def entry(kind: Kind, text: str | None, by: By = "edit") -> Entry:
        return Entry(at, server, change.conversation_id, kind, text or "", by)

    began, written = entry("seen", change.began_from), entry("written", change.text, by)
    if isinstance(outcome, Done):
        return (written,) if outcome.already else (began, written)
    if isinstance(outcome, Conflict):
        current = entry("seen", outcome.current.summary)
        return (began, written, current) if outcome.sent else (current,)
    return ()


class Line(NamedTuple):
    """One text of a summary's history, and whether somebody else wrote over it later."""

    entry: Entry
    changed_since: bool
    current: bool


def history(entries: Iterable[Entry]) -> tuple[Line, ...]:
    """Every text in turn, newest first; one that was written here and then changed by others is marked."""
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
