"""The memory pane: an item per label with its value, or its diff with the shared block or with what the model reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.local_memory import MemoryFiles
from tui.model.text import one_line
from tui.presentation.item import LABEL_KEY, Item, Part, SideBySide, Text, is_long
from tui.presentation.times import since
from tui.rules.memory.compiled_memory import body_of
from tui.rules.memory.file_states import WHY, differs, recompile_due
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import FileValues, Label, LabelState, Memory, Relation
from tui.rules.view_state import MemoryMode

if TYPE_CHECKING:
    from tui.model.block import Block
    from tui.model.local_memory import LocalMemory
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
    LabelState.FORGOTTEN: "✗",
    LabelState.SENT_ONCE: "↺",
    LabelState.NOT_COMMITTED: "✎",
    LabelState.RECOMPILED: "↻",
    LabelState.UNKNOWN: "?",
}
MEMORY_IN_GIT = (
    "This agent's memory is stored in git (tag git-memory-enabled): its blocks mirror files there, if any."
)
SAME = "the same"
MODEL_READS = "what the model reads"
RELATIONS = {
    Relation.SAME: "= same as shared",
    Relation.DIFFERS: "≠ differs from shared",
    Relation.UNKNOWN: "? shared not read",
}


def memory_items(opened: Opened, mode: MemoryMode, now: datetime) -> tuple[Item, ...]:
    """Return the items: what could not be read, when the model's copy was compiled, every label, open files."""
    memory = memory_of(opened)
    labels = (_item(label, mode) for label in memory.labels)
    return (*_notices(opened), _heading(memory, mode, now), *labels, *_files(memory.compiled))


def memory_text(opened: Opened) -> str:
    """ "2 isolated, 1 differs, 1 stale", or what is not known; isolation is left out where there is none at all."""
    if opened.isolated is None:
        return "isolated blocks not reported"
    pieces = ["memory in files"] if opened.local is not None else []
    pieces += ["memory in git"] if opened.agent.keeps_memory_in_git and opened.local is None else []
    if opened.isolated:
        pieces.append(f"{len(opened.isolated)} isolated")
    elif not opened.supported.lacks("isolate") and opened.local is None:
        pieces.append("no isolated blocks")
    labels = memory_of(opened).labels
    differ = sum(label.relation is Relation.DIFFERS for label in labels)
    pieces += [f"{differ} differ{'s' if differ == 1 else ''}"] if differ else []
    out_of_sync = [label.state for label in labels if not label.state.is_in_sync]
    for state in dict.fromkeys(out_of_sync):
        pieces.append(f"{out_of_sync.count(state)} {state.value}")
    return ", ".join(pieces) or "shared blocks only"


def _notices(opened: Opened) -> Iterator[Item]:
    if opened.local is not None:
        yield from _file_notices(opened.local)
        return
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


def _file_notices(local: LocalMemory) -> Iterator[Item]:
    """Which memory files could not be read, and what the next turn does to all of them."""
    for part, word in ((local.prompt, "prompt"), (local.files, "files")):
        if isinstance(part, LettaError):
            parts = (Text(str(part), "error"),)
            yield Item(f"notice-{word}", "✗", "unreadable", "error", parts=parts)
    files = local.files
    if isinstance(files, MemoryFiles):
        if files.problem:
            yield Item("notice-files", "!", "memory", "warning", parts=(Text(files.problem, "warning"),))
        elif files.state == "ok":
            newest = f"newest commit {files.head[:10]}" if files.head else "nothing is committed yet"
            text = f"Memory in files, stored in git ({newest}): prompts are compiled from what is committed."
            yield Item("notice-files", "·", "files", "muted", parts=(Text(text, "muted"),))
    if recompile_due(local):
        text = WHY[LabelState.RECOMPILED]
        yield Item(
            "notice-due", "↻", "due", "warning", parts=(Text(f"{text[:1].upper()}{text[1:]}.", "warning"),)
        )


def _heading(memory: Memory, mode: MemoryMode, now: datetime) -> Item:
    compiled = memory.compiled
    if compiled is None or compiled.rendering == "none":
        text = f"what the model reads is unknown: {memory.why}"
    elif compiled.at is None and any(label.state is LabelState.FORGOTTEN for label in memory.labels):
        text = "the model reads an older prompt than its record says"
    else:
        when = f"compiled {since(compiled.at, now)}" if compiled.at else "compiled at an unknown time"
        text = f"the model reads what was {when}"
    head = mode.value
    if mode is not MemoryMode.VALUE and not any(_differs(label, mode) for label in memory.labels):
        head += ": no differences"
    head += " · d changes the view"
    return Item("heading", "▤", "memory", "muted", head=head, parts=(Text(text, "muted"),))


def _item(label: Label, mode: MemoryMode) -> Item:
    block, isolated = label.block, label.isolated is not None
    parts = (*_reason(label), *_body(label, mode), *_footnotes(label))
    head, *shorter = _heads(label, block)
    glyph, word = ("▣", "isolated") if isolated else ("▢", "shared") if block else ("∅", "removed")
    tone = word if block else "warning"
    if label.file is not None:
        glyph, word = ("▤", "file") if block or label.file.work_tree is not None else ("∅", "removed")
    elif block is None and label.state is LabelState.UNKNOWN:
        glyph, word = "▤", "in git"
    return Item(
        key=f"{LABEL_KEY}{label.name}",
        glyph=glyph,
        word=word,
        tone=tone,
        title=one_line(label.name, 60) or "(no label)",
        head=head,
        shorter_heads=tuple(shorter),
        head_role="muted" if label.state.is_in_sync and not label.over else "warning",
        preview=one_line((block.value if block else label.compiled) or "", 200),
        parts=parts,
        folded=is_long(*parts) or not _differs(label, mode),
        spaced=True,
        copy_id=block.id if block else label.name,
        copy_text=(block.value if block else label.compiled) or "",
        raw=_raw(label),
    )


def _differs(label: Label, mode: MemoryMode) -> bool:
    """Whether a label has something to show in this mode; in a diff, the others are folded."""
    if mode is MemoryMode.SHARED:
        return label.relation is Relation.DIFFERS
    return mode is MemoryMode.VALUE or label.state is not LabelState.LIVE


def _heads(label: Label, block: Block | None) -> list[str]:
    """The facts of a label, then ever shorter forms, which drop the least important facts first and keep the size."""
    glyph, state = GLYPHS[label.state], f"{GLYPHS[label.state]} {label.state.value}"
    relation = RELATIONS.get(label.relation, "")
    chars = over = own = ""
    if block is not None and block.value is not None:
        limit = "" if block.limit is None else f" / {block.limit:,}"
        own = f"{len(block.value):,} chars"
        chars = f"{len(block.value):,}{limit} chars"
        over = f", {label.over:,} over its limit" if label.over else ""
    read_only = "read-only" if block is not None and block.read_only else ""
    forms = (
        (state, relation, chars + over, read_only),
        (state, relation, chars + over),
        (state, " ".join(relation.split()[:2]), chars + over),
        (state, relation[:1], chars + over),
        (state, relation[:1], chars),
        (state, chars),
        (glyph, chars),
        (glyph, own),
    )
    return list(dict.fromkeys(" · ".join(filter(None, form)) for form in forms))


def _reason(label: Label) -> Iterator[Part]:
    if label.state is not LabelState.LIVE and label.why:
        yield Text(f"{label.state.value}: {label.why}", "muted" if label.state.is_in_sync else "warning")


def _body(label: Label, mode: MemoryMode) -> Iterator[Part]:
    isolated, shared, block = label.isolated, label.shared, label.block
    if label.file is not None:
        yield from _file_body(label, label.file, mode)
        return
    if block is None:
        yield Text(label.compiled or "(empty)", "dimmed")
    elif mode is MemoryMode.COMPILED and label.compiled is not None and label.state is not LabelState.LIVE:
        captions = (MODEL_READS, "the current block")
        yield SideBySide(_text(label.compiled), _value(block), captions, marked=True)
    elif mode is not MemoryMode.COMPILED and isolated and shared and label.relation is Relation.DIFFERS:
        captions = ("the agent's shared block", "this conversation's copy")
        yield SideBySide(_value(shared), _value(isolated), captions, marked=mode is MemoryMode.SHARED)
    else:
        yield _value(block)


def _file_body(label: Label, file: FileValues, mode: MemoryMode) -> Iterator[Part]:
    """The texts of a file: the model's next to the committed one, that next to the work tree's, or the only one."""
    committed = "" if file.committed is None else body_of(file.committed)
    reads = label.compiled
    marked = mode is MemoryMode.COMPILED
    if (
        not label.state.is_in_sync
        and (reads is not None or label.state is LabelState.FORGOTTEN)
        and (differs(reads, file.committed))
    ):
        captions = (MODEL_READS, "committed in git now")
        yield SideBySide(_text(reads or ""), _text(committed), captions, marked=marked)
    elif differs(file.committed, file.work_tree) and file.work_tree is not None:
        captions = ("committed in git now", "in the work tree")
        yield SideBySide(_text(committed), _text(body_of(file.work_tree)), captions, marked=marked)
    else:
        yield _text(committed if file.committed is not None else reads or "")


def _file_facts(label: Label, file: FileValues) -> str:
    """Where the text of a label is, and which places have another one than what is committed now."""
    places = {"in the prompt's record": "not known", "in the prompt": "not known"}
    if file.recorded_known:
        places["in the prompt's record"] = _compared(file.recorded, file.committed)
    if label.state is not LabelState.UNKNOWN:
        places["in the prompt"] = _compared(label.compiled, file.committed)
    places["in the work tree"] = _compared(file.work_tree, file.committed)
    if set(places.values()) == {SAME}:
        return "the same in git, in the prompt's record, in the prompt and in the work tree"
    committed = "committed in git" if file.committed is not None else "not committed in git"
    return " · ".join([committed, *(f"{where}: {what}" for where, what in places.items())])


def _compared(value: str | None, committed: str | None) -> str:
    if not differs(value, committed):
        return SAME
    return "not there" if value is None else "another text"


def _value(block: Block) -> Text:
    return Text("its value was not reported", "warning") if block.value is None else _text(block.value)


def _text(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")


def _footnotes(label: Label) -> Iterator[Part]:
    block = label.block
    if label.file is not None:
        described = f"┄ {one_line(block.description, 160)}\n" if block and block.description else ""
        yield Text(
            f"{described}┄ {one_line(label.file.path, 160)}\n┄ {_file_facts(label, label.file)}", "muted"
        )
        return
    if block is None:
        return
    lines = [f"┄ description: {one_line(block.description, 160)}"] if block.description else []
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
    if label.file is not None:
        file = label.file
        raw = {"committed": file.committed, "recorded": file.recorded, "work_tree": file.work_tree}
    return {**raw, "compiled": label.compiled, "state": label.state.value, "why": label.why}
