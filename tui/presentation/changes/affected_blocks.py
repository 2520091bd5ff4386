"""The isolated blocks that a change affects, as items to read before it is confirmed."""

from __future__ import annotations

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.model.text import one_line
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label, Relation

RELATIONS = {
    Relation.SAME: "= same as shared",
    Relation.DIFFERS: "≠ differs from shared",
    Relation.ALONE: "∅ the agent has no shared block with this label",
    Relation.UNKNOWN: "? the shared block could not be read",
}


def isolated_items(opened: Opened, becomes: str) -> tuple[Item, ...]:
    """Return an item per isolated block: what happens to it (`becomes`) and how it compares to the shared one."""
    items = [_item(label, becomes) for label in memory_of(opened).labels if label.isolated is not None]
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            text = Text(f"{block_id}\n{block}", "error")
            items.append(Item(f"lost-{block_id}", "✗", "unread", "error", parts=(text,)))
    return tuple(items)


def block_text(block: Block | None) -> Text:
    """A block's value as text to show."""
    if block is None or block.value is None:
        return Text("its value was not reported", "warning")
    return Text(block.value) if block.value else Text("(empty)", "muted")


def _item(label: Label, becomes: str) -> Item:
    block = label.isolated
    parts: tuple[Part, ...] = (block_text(block),)
    if label.relation is Relation.DIFFERS:
        captions = ("the agent's shared block", "this conversation's copy")
        parts = (SideBySide(block_text(label.shared), block_text(block), captions, marked=True),)
    return Item(
        key=f"own-{block.id if block else label.name}",
        glyph="▣",
        word=becomes,
        tone="isolated",
        title=one_line(label.name, 60) or "(no label)",
        head=RELATIONS.get(label.relation, ""),
        head_role="muted" if label.relation is Relation.SAME else "warning",
        preview=one_line((block.value if block else None) or "", 200),
        parts=parts,
        folded=label.relation is Relation.SAME or is_long(*parts),
        spaced=True,
        copy_id=block.id if block else "",
    )
