"""The memory of a conversation label by label: its own copy, the agent's shared block, and how they relate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tui.api.errors import LettaError
from tui.api.models import Block
from tui.api.opening import Opened
from tui.domain.content import pretty
from tui.domain.reading import Beside, Item, Part, Text, is_long
from tui.domain.text import one_line


class Relation(Enum):
    """How an isolated block stands to the agent's shared block of the same label; the value is what the pane says."""

    SAME = "= same as shared"
    DIFFERS = "≠ differs from shared"
    DEAD = "∅ the agent has no shared block of this label, so it cannot see this one"
    UNKNOWN = "? the shared block could not be read"
    UNSAID = "? the server did not say what both of them hold"
    SHARED = "shared with the agent"


@dataclass(frozen=True)
class Label:
    """One label of the memory; `isolated` or `shared` is None where there is no such block."""

    name: str
    isolated: Block | None
    shared: Block | None
    relation: Relation


def labels(opened: Opened) -> tuple[Label, ...]:
    """Isolated labels first, then the agent's other ones, each in alphabetical order."""
    known = not isinstance(opened.shared, LettaError)
    attached = () if isinstance(opened.shared, LettaError) else opened.shared
    shared = {block.label or "": block for block in attached}
    own = [block for block in opened.isolated or () if isinstance(block, Block)]
    own.sort(key=lambda block: (block.label or "", block.id))
    rows = [
        Label(block.label or "", block, shared.get(block.label or ""), _relation(block, shared, known))
        for block in own
    ]
    taken = {label.name for label in rows}
    rest = (block for block in attached if (block.label or "") not in taken)
    return (*rows, *(Label(block.label or "", None, block, Relation.SHARED) for block in rest))


def _relation(block: Block, shared: dict[str, Block], known: bool) -> Relation:
    if not known:
        return Relation.UNKNOWN
    twin = shared.get(block.label or "")
    if twin is None:
        return Relation.DEAD
    if twin.value is None or block.value is None:
        return Relation.UNSAID
    return Relation.SAME if twin.value == block.value else Relation.DIFFERS


def differing(opened: Opened) -> int:
    """How many isolated blocks hold something else than their shared block."""
    return sum(label.relation is Relation.DIFFERS for label in labels(opened))


def memory_items(opened: Opened) -> tuple[Item, ...]:
    """The memory pane: what could not be read is said first, then a label an item."""
    return (*_notices(opened), *map(_item, labels(opened)))


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


def _item(label: Label) -> Item:
    block = label.isolated or label.shared
    assert block is not None, "a label stands for a block"
    isolated = label.isolated is not None
    parts = (*_values(label), *_footnotes(label))
    return Item(
        key=f"{'own' if isolated else 'shared'}-{block.id}",
        glyph="▣" if isolated else "▢",
        word="isolated" if isolated else "shared",
        tone="isolated" if isolated else "shared",
        title=one_line(label.name, 60) or "(no label)",
        head=" · ".join(_facts(label, block)),
        head_role="warning" if label.relation in (Relation.DIFFERS, Relation.DEAD) else "muted",
        preview=one_line(block.value or "", 200),
        parts=parts,
        folded=is_long(*parts),
        spaced=True,
        copy_id=block.id,
        raw=_raw(label),
    )


def _facts(label: Label, block: Block) -> Iterator[str]:
    if label.relation is not Relation.SHARED:
        yield label.relation.value
    if block.value is not None:
        used = f"{len(block.value)} of {block.limit}" if block.limit is not None else f"{len(block.value)}"
        over = block.limit is not None and len(block.value) > block.limit
        yield f"{used} characters{', over its limit' if over else ''}"
    if block.read_only:
        yield "read-only"


def _values(label: Label) -> Iterator[Part]:
    own, shared = label.isolated, label.shared
    if own is not None and shared is not None and label.relation is Relation.DIFFERS:
        captions = ("this conversation's copy", "the agent's shared block")
        yield Beside(_value(own), _value(shared), captions)
    else:
        block = own or shared
        assert block is not None
        yield _value(block)


def _value(block: Block) -> Text:
    if block.value is None:
        return Text("the server did not say what it holds", "warning")
    return Text(block.value) if block.value else Text("(empty)", "muted")


def _footnotes(label: Label) -> Iterator[Part]:
    block = label.isolated or label.shared
    assert block is not None
    lines = [f"┄ {one_line(block.description, 400)}"] if block.description else []
    lines.append(f"┄ {block.id}")
    if label.isolated is not None and label.shared is not None:
        lines.append(f"┄ {label.shared.id} (shared)")
    yield Text("\n".join(lines), "muted")


def _raw(label: Label) -> dict[str, object]:
    blocks = {"isolated": label.isolated, "shared": label.shared}
    return {name: block.model_dump(mode="json") for name, block in blocks.items() if block is not None}


def memory_words(opened: Opened) -> str:
    """ "2 isolated, 1 differs", or what is not known."""
    if opened.isolated is None:
        return "isolated blocks not reported"
    if not opened.isolated:
        return "no isolated blocks"
    differ = differing(opened)
    words = f"{len(opened.isolated)} isolated"
    return f"{words}, {differ} differ{'s' if differ == 1 else ''}" if differ else words


def raw_text(item: Item) -> str:
    """What the server sent for an item, as JSON to read."""
    return pretty(item.raw)
