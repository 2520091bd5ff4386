"""Checks memory: where the model reads something else than the server has, label by label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, NotThere
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.memory.file_states import COMPILED_BY, committed_since, differs, recompile_due
from tui.rules.memory.isolation import IN_GIT, OUTSIDE, UNREAD, memory_of, next_compilation
from tui.rules.memory.label_states import Label, LabelState, Memory

if TYPE_CHECKING:
    from tui.model.local_memory import LocalMemory

FINDING_KINDS = {
    LabelState.STALE: (Severity.WARNING, Kind.STALE),
    LabelState.LOST: (Severity.ERROR, Kind.LOST),
    LabelState.LEAKED: (Severity.ERROR, Kind.LEAKED),
    LabelState.MISSING: (Severity.WARNING, Kind.MISSING),
    LabelState.DEAD: (Severity.WARNING, Kind.DEAD),
    LabelState.REMOVED: (Severity.WARNING, Kind.REMOVED),
}
SENTENCES = {
    LabelState.LOST: "A recompile overwrote this conversation's own text with the agent's shared text: the model reads "
    "text that isolation should have kept out.",
    LabelState.LEAKED: "The model reads the agent's shared text instead of this conversation's own copy.",
    LabelState.MISSING: "The model does not see this block: it was attached after the system message was compiled.",
    LabelState.REMOVED: "The model still reads a block that the agent no longer has: editing it will fail.",
}
FORGOTTEN = (
    "The model has forgotten an edit of this memory: it was sent the new text once, and has read the old text in its "
    f"prompt since. To bring it back: {COMPILED_BY}."
)
SINCE = (
    "This memory was committed after the last turn. The next turn is sent it once; later turns read the old text until "
    f"{COMPILED_BY}."
)
UNCOMMITTED = (
    "This memory file was edited but not committed: no model reads the edit until it is committed. The first turn "
    "after the commit is sent it once."
)


def memory_findings(opened: Opened) -> Iterator[Finding]:
    """Report labels that the model reads with another text, blocks over their limit, and blocks that are gone."""
    if isinstance(opened.shared, LettaError):
        sentence = f"The agent's blocks could not be read, so memory was not checked: {opened.shared.what}"
        yield Finding(Severity.WARNING, Kind.UNREAD, sentence, "memory", "notice-shared")
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            yield _unread(block_id, block)
    memory = memory_of(opened)
    if opened.local is not None:
        yield from _file_findings(opened.local, memory)
    for label in memory.labels:
        if label.state in FINDING_KINDS:
            yield _unsound(label, next_compilation(opened))
        if label.over:
            yield _over(label)
    yield from _unknown(memory)


def _file_findings(local: LocalMemory, memory: Memory) -> Iterator[Finding]:
    """Memory in files: what the model has forgotten, gets once at its next turn, or is not committed."""
    for part, what in ((local.prompt, "The prompt's record"), (local.files, "The memory files")):
        if isinstance(part, LettaError):
            sentence = f"{what} could not be read, so memory was not checked: {part.what}"
            yield Finding(Severity.WARNING, Kind.UNREAD, sentence, "memory", "heading")
    due = recompile_due(local)
    if due:
        labels = [label.name for label in memory.labels if label.state is LabelState.RECOMPILED]
        with_text = f", with the committed text of {one_line(', '.join(labels), 120)}" if labels else ""
        sentence = (
            "The agent's own prompt was changed: the next turn recompiles this conversation's prompt"
            f"{with_text}."
        )
        yield Finding(Severity.NOTE, Kind.RECOMPILE_DUE, sentence, "memory", "heading")
    for label in memory.labels:
        file = label.file
        if file is None:
            continue
        if label.state is LabelState.FORGOTTEN:
            yield _about(label, Severity.ERROR, Kind.FORGOTTEN, FORGOTTEN, label.state.value)
        in_files = label.state is not LabelState.UNKNOWN
        newer = label.state in (LabelState.SENT_ONCE, LabelState.FORGOTTEN) and committed_since(file)
        if label.state is LabelState.SENT_ONCE or newer:
            yield _about(label, Severity.WARNING, Kind.COMMITTED_SINCE, SINCE, LabelState.SENT_ONCE.value)
        if in_files and differs(file.committed, file.work_tree):
            state = LabelState.NOT_COMMITTED.value
            yield _about(label, Severity.NOTE, Kind.NOT_COMMITTED, UNCOMMITTED, state)


def _unknown(memory: Memory) -> Iterator[Finding]:
    """Labels of which the state is unknown, by reason; a missing system message is reported by another check."""
    labels: dict[str, list[Label]] = {}
    for label in memory.labels if memory.compiled is not None else ():
        if label.state is LabelState.UNKNOWN and label.why not in (IN_GIT, OUTSIDE, UNREAD):
            labels.setdefault(label.why, []).append(label)
    for why, same_reason in labels.items():
        names = one_line(", ".join(label.name for label in same_reason), 120)
        sentence = f"What the model reads of {plural(len(same_reason), 'label')} is unknown: {why}."
        key, state = f"label-{same_reason[0].name}", LabelState.UNKNOWN.value
        yield Finding(Severity.NOTE, Kind.MEMORY_UNKNOWN, sentence, "memory", key, names, state)


def _unsound(label: Label, until: str) -> Finding:
    severity, kind = FINDING_KINDS[label.state]
    if label.state is LabelState.STALE:
        sentence = _stale_sentence(label, until)
    else:
        sentence = SENTENCES.get(label.state) or _dead_sentence(label)
    return _about(label, severity, kind, sentence, label.state.value)


def _stale_sentence(label: Label, until: str) -> str:
    whose = "this conversation's own block" if label.isolated else "the agent's block"
    return f"The model reads an older text than {whose} has now, and will until {until}."


def _dead_sentence(label: Label) -> str:
    sentence = (
        "The agent no longer has a block with this label, so it can neither read nor edit this conversation's "
        "copy"
    )
    compiled = label.compiled is not None
    return (
        f"{sentence}; the system message still contains text with this label." if compiled else f"{sentence}."
    )


def _over(label: Label) -> Finding:
    count = plural(label.over, "character")
    sentence = f"The block is {count} over its limit: the model reads all of it, and a server may refuse to change it."
    return _about(label, Severity.NOTE, Kind.OVER_LIMIT, sentence)


def _about(label: Label, severity: Severity, kind: Kind, sentence: str, state: str = "") -> Finding:
    block = label.block
    ids = {"block": block.id} if block else {}
    return Finding(severity, kind, sentence, "memory", f"label-{label.name}", label.name, state, ids)


def _unread(block_id: str, error: LettaError) -> Finding:
    ids, key = {"block": block_id}, f"lost-{block_id}"
    if isinstance(error, NotThere):
        sentence = (
            "This conversation's own block is gone, so the agent can no longer edit it. Cleaning up unattached "
            "blocks deletes isolated ones too."
        )
        return Finding(Severity.ERROR, Kind.BLOCK_GONE, sentence, "memory", key, ids=ids)
    sentence = f"An isolated block could not be read, so its state is unknown: {error.what}"
    return Finding(Severity.WARNING, Kind.UNREAD, sentence, "memory", key, ids=ids)
