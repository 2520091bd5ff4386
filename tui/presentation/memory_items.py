"""The memory pane: a label an item, shown as its value, against the shared block, or against what the model reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.api.errors import LettaError
from tui.model.text import one_line, size
from tui.presentation.item import Beside, Item, Part, Text, is_long
from tui.presentation.memory_mode import Mode
from tui.presentation.times import since
from tui.rules.memory.isolation import Label, Memory, Relation, State, memory

if TYPE_CHECKING:
    from tui.api.models import Block
    from tui.api.opening import Opened
    from tui.rules.memory.compiled_memory import Compiled


GLYPHS = {
    State.LIVE: "✓",
    State.STALE: "↺",
    State.LOST: "⚠",
    State.LEAKED: "⚠",
    State.MISSING: "∅",
    State.DEAD: "✗",
    State.REMOVED: "∅",
    State.UNTOLD: "?",
}
RELATIONS = {
    Relation.SAME: "= same as shared",
    Relation.DIFFERS: "≠ differs from shared",
    Relation.UNKNOWN: "? shared not read",
}


def memory_items(opened: Opened, mode: Mode, now: datetime) -> tuple[Item, ...]:
    """The pane: what could not be read first, then when the model's copy was compiled, then every label."""
    found = memory(opened)
    items = [*_notices(opened), _heading(found, mode, now), *(_item(label, mode) for label in found.labels)]
    return (*items, *_files(found.compiled))


def _notices(opened: Opened) -> Iterator[Item]:
    if opened.isolated is None:
        words = (
            "This server does not report isolated blocks: it may have none, or hide them "
            "(Letta before 0.16.4 has none)."
        )
        yield Item("notice-isolated", "!", "unknown", "warning", parts=(Text(words),))
    elif opened.conversation.is_default:
        words = "The default conversation has no isolated blocks: it reads the agent's shared ones."
        yield Item("notice-default", "·", "default", "muted", parts=(Text(words, "muted"),))
    elif not opened.isolated:
        words = "No isolated blocks: this conversation reads and writes the agent's shared ones."
        yield Item("notice-none", "·", "none", "muted", parts=(Text(words, "muted"),))
    if isinstance(opened.shared, LettaError):
        yield Item("notice-shared", "✗", "unreadable", "error", parts=(Text(str(opened.shared), "error"),))
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            text = Text(f"{block_id}\n{block}", "error")
            yield Item(f"lost-{block_id}", "✗", "unreadable", "error", parts=(text,), copy_id=block_id)


def _heading(found: Memory, mode: Mode, now: datetime) -> Item:
    seen = found.compiled
    if seen is None or seen.rendering == "none":
        words = f"what the model reads cannot be told: {found.why}"
    else:
        when = f"compiled {since(seen.at, now)}" if seen.at else "compiled at a time that it does not say"
        words = f"the model reads what was {when}"
    head = f"{mode.value} · d changes the view"
    return Item("heading", "▤", "memory", "muted", head=head, parts=(Text(words, "muted"),))


def _item(label: Label, mode: Mode) -> Item:
    block, isolated = label.block, label.isolated is not None
    parts = (*_reason(label), *_body(label, mode), *_footnotes(label))
    glyph, word = ("▣", "isolated") if isolated else ("▢", "shared") if block else ("∅", "removed")
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
    if label.state is not State.LIVE and label.why:
        yield Text(f"{label.state.value}: {label.why}", "muted" if label.state.sound else "warning")


def _body(label: Label, mode: Mode) -> Iterator[Part]:
    own, shared, block = label.isolated, label.shared, label.block
    if block is None:
        yield Text(label.compiled or "(empty)", "dimmed")
    elif mode is Mode.COMPILED and label.compiled is not None and label.state is not State.LIVE:
        yield Beside(
            _value(block), _text(label.compiled), ("the block now", "what the model reads"), marked=True
        )
    elif mode is not Mode.COMPILED and own and shared and label.relation is Relation.DIFFERS:
        captions = ("this conversation's copy", "the agent's shared block")
        yield Beside(_value(own), _value(shared), captions, marked=mode is Mode.SHARED)
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


def _files(seen: Compiled | None) -> Iterator[Item]:
    """Files of attached folders, which stand in the system message beside the blocks."""
    for file in seen.files if seen else ():
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
