"""The preview of a recompile: what would change for the model, label by label, and which isolation would be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui.model.block import Block
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.changes.affected_blocks import block_text
from tui.presentation.changes.consequences import Consequences
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.rules.changes.recompile import LabelChange, Plan, label_change
from tui.rules.memory.compiled_memory import CompiledBlock, CompiledMemory, parse_system_message

CAPTIONS = ("what the model reads now", "what it would read")
HEADS = {
    LabelChange.LOST: "the model would not read the isolated value",
    LabelChange.NOT_READ: "the model does not read the isolated value now, either",
}


def consequences(opened: Opened, wanted: Plan) -> Consequences:
    """Return what a recompile would write; refused if anything is isolated, since isolation would be lost."""
    now, then = parse_system_message(wanted.before), parse_system_message(wanted.after)
    own = {block.label or "": block for block in opened.isolated or () if isinstance(block, Block)}
    items = tuple(_items(own, now, then, wanted))
    lines = list(_losses(opened, then))
    forced = bool(lines)
    changed = sum(
        label_change(now.blocks.get(name), then.blocks.get(name), own.get(name)).is_change
        for name in _names(own, now, then)
    )
    if "none" in (now.rendering, then.rendering):
        lines.append("The memory cannot be compared label by label; the two full texts are below.")
    elif not changed:
        lines.append("No label would change: the model already reads these values.")
    else:
        lines.append(f"{plural(changed, 'label')} would change in what the model reads.")
    if then.conversation_id is not None and then.conversation_id != opened.conversation.id:
        lines.append(
            f"The line CONVERSATION_ID in the system message would say {one_line(then.conversation_id, 50)!r}, not "
            "the id of this conversation."
        )
    if forced:
        lines.append("! recompiles it anyway; y does not.")
    return Consequences("\n".join(lines), "Recompile anyway" if forced else "Recompile it", items, forced)


def _losses(opened: Opened, then: CompiledMemory) -> Iterator[str]:
    if opened.isolated is None:
        yield (
            "This server does not report whether anything is isolated here, and a recompile overwrites "
            "isolated values with the shared ones."
        )
    elif opened.isolated:
        names = [
            block.label or block.id if isinstance(block, Block) else "one that could not be read"
            for block in opened.isolated
        ]
        yield (
            f"This conversation has {plural(len(names), 'isolated block')} ({one_line(', '.join(names), 80)}). A "
            "recompile writes the agent's shared values instead, so the model would no longer read this conversation's "
            "own; the blocks themselves stay (measured on Letta 0.16.7 and 0.16.8)."
        )


def _names(own: Mapping[str, Block], now: CompiledMemory, then: CompiledMemory) -> list[str]:
    return list(dict.fromkeys([*own, *now.blocks, *then.blocks]))


def _items(
    own: Mapping[str, Block], now: CompiledMemory, then: CompiledMemory, wanted: Plan
) -> Iterator[Item]:
    names = _names(own, now, then)
    names.sort(key=lambda name: (name not in own, now.blocks.get(name) == then.blocks.get(name), name))
    for name in names:
        yield _item(name, now.blocks.get(name), then.blocks.get(name), own.get(name))
    texts = SideBySide(Text(wanted.before), Text(wanted.after), CAPTIONS, marked=True)
    whole = not names
    head = "the full text, before and after"
    yield Item("system", "⚙", "system", "system", head=head, parts=(texts,), folded=not whole, spaced=True)


def _item(name: str, now: CompiledBlock | None, then: CompiledBlock | None, own: Block | None) -> Item:
    change = label_change(now, then, own)
    head = "" if own is None else HEADS.get(change, "isolated, currently the same as the shared value")
    parts: tuple[Part, ...] = (_value(then or now),)
    if change in HEADS:
        captions = ("it would read", "this conversation's copy")
        parts = (SideBySide(_value(then), block_text(own), captions, marked=True),)
    elif change is LabelChange.CHANGED:
        parts = (SideBySide(_value(now), _value(then), CAPTIONS, marked=True),)
    shown = then or now
    return Item(
        key=f"label-{name}",
        glyph="▣" if own else "▢",
        word=change.value,
        tone="isolated" if own else "shared",
        title=one_line(name, 60) or "(no label)",
        head=head,
        head_role="warning",
        preview=one_line((shown.value if shown else None) or "", 200),
        parts=parts,
        folded=change is LabelChange.UNCHANGED or is_long(*parts),
        spaced=True,
    )


def _value(block: CompiledBlock | None) -> Text:
    if block is None:
        return Text("nothing with this label", "muted")
    if block.value is None:
        return Text(f"unknown: {block.why}", "warning")
    return Text(block.value) if block.value else Text("(empty)", "muted")
