"""The memory pane: an item per label, as its value, against the shared block, or against what the model reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.text import one_line, size
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.presentation.times import since
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label, LabelState, Memory, Relation
from tui.rules.view_state import MemoryMode

if TYPE_CHECKING:
    from tui.model.block import Block
    from tui.model.opened import Opened
    from tui.rules.memory.compiled_memory import CompiledMemory


GLYPHS = {
    LabelState.LIVE: "✓",
    LabelState.STALE: "↺",
    LabelState.LOST: "⚠",
    LabelState.LEAKED: "⚠",
    LabelState.MISSING: "∅",
    LabelState.DEAD: "✗",
    LabelState.REMOVED: "∅",
    LabelState.UNKNOWN: "?",
}
MEMORY_IN_GIT = (
    "This agent keeps its memory in git (tag git-memory-enabled): its blocks mirror files there, if any."
)
RELATIONS = {
    Relation.SAME: "= same as shared",
    Relation.DIFFERS: "≠ differs from shared",
    Relation.UNKNOWN: "? shared not read",
}


def memory_items(opened: Opened, mode: MemoryMode, now: datetime) -> tuple[Item, ...]:
    """Return what could not be read, then when the model's copy was compiled, then every label, then open files."""
    memory = memory_of(opened)
    labels = (_item(label, mode) for label in memory.labels)
    return (*_notices(opened), _heading(memory, mode, now), *labels, *_files(memory.compiled))


def memory_text(opened: Opened) -> str:
    """ "2 isolated, 1 differs, 1 stale", or what is not known; isolation is left out where there is none at all."""
    if opened.isolated is None:
        return "isolated blocks not reported"
    pieces = ["memory in git"] if opened.agent.keeps_memory_in_git else []
    if opened.isolated:
        pieces.append(f"{len(opened.isolated)} isolated")
    elif not opened.supported.lacks("isolate"):
        pieces.append("no isolated blocks")
    labels = memory_of(opened).labels
    differ = sum(label.relation is Relation.DIFFERS for label in labels)
    pieces += [f"{differ} differ{'s' if differ == 1 else ''}"] if differ else []
    unsound = [label.state for label in labels if not label.state.sound]
    for state in dict.fromkeys(unsound):
        pieces.append(f"{unsound.count(state)} {state.value}")
    return ", ".join(pieces) or "shared blocks only"


def _notices(opened: Opened) -> Iterator[Item]:
    if opened.agent.keeps_memory_in_git:
        yield Item("notice-git", "·", "git", "muted", parts=(Text(MEMORY_IN_GIT, "muted"),))
    if opened.supported.lacks("isolate") and not opened.isolated:
        text = "No blocks are isolated on this server: every conversation reads and writes the agent's shared ones."
        yield Item("notice-shared-only", "·", "shared", "muted", parts=(Text(text, "muted"),))
    elif opened.isolated is None:
        text = (
            "This server does not report isolated blocks: it may have none, or hide them "
            "(Letta before 0.16.4 has none)."
        )
        yield Item("notice-isolated", "!", "unknown", "warning", parts=(Text(text),))
    elif opened.conversation.is_default:
        text = "The default conversation has no isolated blocks: it reads the agent's shared ones."
        yield Item("notice-default", "·", "default", "muted", parts=(Text(text, "muted"),))
    elif not opened.isolated:
        text = "No isolated blocks: this conversation reads and writes the agent's shared ones."
        yield Item("notice-none", "·", "none", "muted", parts=(Text(text, "muted"),))
    if isinstance(opened.shared, LettaError):
        yield Item("notice-shared", "✗", "unreadable", "error", parts=(Text(str(opened.shared), "error"),))
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            parts = (Text(f"{block_id}\n{block}", "error"),)
            yield Item(f"lost-{block_id}", "✗", "unreadable", "error", parts=parts, copy_id=block_id)


def _heading(memory: Memory, mode: MemoryMode, now: datetime) -> Item:
    compiled = memory.compiled
    if compiled is None or compiled.rendering == "none":
        text = f"what the model reads cannot be told: {memory.why}"
    else:
        when = (
            f"compiled {since(compiled.at, now)}"
            if compiled.at
            else "compiled at a time that it does not say"
        )
        text = f"the model reads what was {when}"
    head = f"{mode.value} · d changes the view"
    return Item("heading", "▤", "memory", "muted", head=head, parts=(Text(text, "muted"),))


def _item(label: Label, mode: MemoryMode) -> Item:
    block, isolated = label.block, label.isolated is not None
    parts = (*_reason(label), *_body(label, mode), *_footnotes(label))
    glyph, word = ("▣", "isolated") if isolated else ("▢", "shared") if block else ("∅", "removed")
    if block is None and label.state is LabelState.UNKNOWN:
        glyph, word = "▤", "in git"
    return Item(
        key=f"label-{label.name}",
        glyph=glyph,
        word=word,
        tone=word if block else "warning",
        title=one_line(label.name, 60) or "(no label)",
        head=" · ".join(_facts(label, block)),
        head_role="muted" if label.state.sound and not label.over else "warning",
        preview=one_line((block.value if block else label.compiled) or "", 200),
        parts=parts,
        folded=is_long(*parts),
        spaced=True,
        copy_id=block.id if block else label.name,
        copy_text=(block.value if block else label.compiled) or "",
        raw=_raw(label),
    )


def _facts(label: Label, block: Block | None) -> Iterator[str]:
    yield f"{GLYPHS[label.state]} {label.state.value}"
    if label.relation in RELATIONS:
        yield RELATIONS[label.relation]
    if block is not None and block.value is not None:
        limit = "" if block.limit is None else f" of {size(block.limit)}"
        yield f"{size(len(block.value))}{limit} characters" + (
            f", {label.over} over its limit" if label.over else ""
        )
    if block is not None and block.read_only:
        yield "read-only"


def _reason(label: Label) -> Iterator[Part]:
    if label.state is not LabelState.LIVE and label.why:
        yield Text(f"{label.state.value}: {label.why}", "muted" if label.state.sound else "warning")


def _body(label: Label, mode: MemoryMode) -> Iterator[Part]:
    isolated, shared, block = label.isolated, label.shared, label.block
    if block is None:
        yield Text(label.compiled or "(empty)", "dimmed")
    elif mode is MemoryMode.COMPILED and label.compiled is not None and label.state is not LabelState.LIVE:
        yield SideBySide(
            _value(block), _text(label.compiled), ("the block now", "what the model reads"), marked=True
        )
    elif mode is not MemoryMode.COMPILED and isolated and shared and label.relation is Relation.DIFFERS:
        captions = ("this conversation's copy", "the agent's shared block")
        yield SideBySide(_value(isolated), _value(shared), captions, marked=mode is MemoryMode.SHARED)
    else:
        yield _value(block)


def _value(block: Block) -> Text:
    return (
        Text("the server did not say what it holds", "warning") if block.value is None else _text(block.value)
    )


def _text(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")


def _footnotes(label: Label) -> Iterator[Part]:
    block = label.block
    if block is None:
        return
    lines = [f"┄ {one_line(block.description, 160)}"] if block.description else []
    lines.append(f"┄ {block.id}")
    if label.isolated is not None and label.shared is not None:
        lines.append(f"┄ {label.shared.id} (shared)")
    yield Text("\n".join(lines), "muted")


def _files(compiled: CompiledMemory | None) -> Iterator[Item]:
    """Files of attached folders, which are in the system message next to the blocks."""
    for file in compiled.files if compiled else ():
        head = f"{file.status} file" + (f" · {len(file.value)} characters" if file.value else "")
        parts = (Text(file.value),) if file.value else ()
        title = one_line(file.name, 60)
        yield Item(
            f"file-{file.name}",
            "▤",
            "file",
            "muted",
            title,
            head,
            parts=parts,
            folded=True,
            copy_id=file.name,
        )


def _raw(label: Label) -> dict[str, object]:
    blocks = {"isolated": label.isolated, "shared": label.shared}
    raw: dict[str, object] = {name: block.as_json() for name, block in blocks.items() if block}
    return {**raw, "compiled": label.compiled, "state": label.state.value, "why": label.why}
