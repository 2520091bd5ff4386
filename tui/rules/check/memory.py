"""The context check of memory: where the model reads something else than the server says, label by label."""

from __future__ import annotations

from collections.abc import Iterator

from tui.api.errors import LettaError, NotThere
from tui.api.opening import Opened
from tui.model.text import one_line, plural
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.memory.isolation import OUTSIDE, UNREAD, Label, Memory, State, compiled_next, memory

FOUND = {
    State.STALE: (Severity.WARNING, Kind.STALE),
    State.LOST: (Severity.ERROR, Kind.LOST),
    State.LEAKED: (Severity.ERROR, Kind.LEAKED),
    State.MISSING: (Severity.WARNING, Kind.MISSING),
    State.DEAD: (Severity.WARNING, Kind.DEAD),
    State.REMOVED: (Severity.WARNING, Kind.REMOVED),
}
WORDS = {
    State.LOST: "A recompile wrote the agent's shared text over this conversation's own: the model reads what "
    "the isolation was to keep out.",
    State.LEAKED: "The model reads the agent's shared text instead of this conversation's own copy.",
    State.MISSING: "The model does not see this block: it was attached after the system message was compiled.",
    State.REMOVED: "The model still reads a block that the agent no longer has: editing it will fail.",
}


def memory_findings(opened: Opened) -> Iterator[Finding]:
    """Labels whose text the model does not read as it is, blocks over their limit, blocks that are gone."""
    if isinstance(opened.shared, LettaError):
        words = f"The agent's blocks could not be read, so memory was not checked: {opened.shared.what}"
        yield Finding(Severity.WARNING, Kind.UNREAD, words, "memory", "notice-shared")
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            yield _unread(block_id, block)
    found = memory(opened)
    for label in found.labels:
        if label.state in FOUND:
            yield _unsound(label, compiled_next(opened.conversation))
        if label.over:
            yield _over(label)
    yield from _untold(found)


def _untold(found: Memory) -> Iterator[Finding]:
    """Labels of which nobody can say what the model reads, by why; without a system message that is said elsewhere."""
    labels: dict[str, list[Label]] = {}
    for label in found.labels if found.compiled is not None else ():
        if label.state is State.UNTOLD and label.why not in (OUTSIDE, UNREAD):
            labels.setdefault(label.why, []).append(label)
    for why, alike in labels.items():
        names = one_line(", ".join(label.name for label in alike), 120)
        words = f"What the model reads of {plural(len(alike), 'label')} cannot be told: {why}."
        key, state = f"label-{alike[0].name}", State.UNTOLD.value
        yield Finding(Severity.NOTE, Kind.MEMORY_UNTOLD, words, "memory", key, names, state)


def _unsound(label: Label, until: str) -> Finding:
    severity, kind = FOUND[label.state]
    if label.state is State.STALE:
        words = _stale(label, until)
    else:
        words = WORDS.get(label.state) or _dead(label)
    return _about(label, severity, kind, words, label.state.value)


def _stale(label: Label, until: str) -> str:
    whose = "this conversation's own block" if label.isolated else "the agent's block"
    return f"The model reads an older text than {whose} holds now, and will until {until}."


def _dead(label: Label) -> str:
    words = "The agent has no block of this label any more, so it can neither read nor edit this conversation's copy"
    kept = label.compiled is not None
    return f"{words}; a text of it still stands in the system message." if kept else f"{words}."


def _over(label: Label) -> Finding:
    count = plural(label.over, "character")
    words = f"The block is {count} over its limit, which no server enforces: the model reads all of it."
    return _about(label, Severity.NOTE, Kind.OVER_LIMIT, words)


def _about(label: Label, severity: Severity, kind: Kind, words: str, state: str = "") -> Finding:
    block = label.block
    ids = {"block": block.id} if block else {}
    return Finding(severity, kind, words, "memory", f"label-{label.name}", label.name, state, ids)


def _unread(block_id: str, error: LettaError) -> Finding:
    ids, key = {"block": block_id}, f"lost-{block_id}"
    if isinstance(error, NotThere):
        words = (
            "This conversation's own block is gone (clean-ups of unattached blocks delete live ones): the agent "
            "cannot edit it any more."
        )
        return Finding(Severity.ERROR, Kind.BLOCK_GONE, words, "memory", key, ids=ids)
    words = f"An isolated block could not be read, so its state is not known: {error.what}"
    return Finding(Severity.WARNING, Kind.UNREAD, words, "memory", key, ids=ids)
