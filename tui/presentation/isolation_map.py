"""The isolation map: glyph, word and tone of each cell, its blocks as items, and the counts in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.model.text import plural
from tui.presentation.item import Item, Part, SideBySide, Text
from tui.rules.memory.isolation_map import CellState, LabelMap, MapCell

if TYPE_CHECKING:
    from tui.model.block import Block


class CellStyle(NamedTuple):
    """How a cell looks, and what it means."""

    glyph: str
    word: str
    tone: str
    meaning: str


CELL_STYLES = {
    CellState.SHARED: CellStyle("·", "shared", "muted", "reads the agent's shared block"),
    CellState.SAME: CellStyle("=", "same", "shared", "its own copy, equal to the shared block"),
    CellState.DIVERGED: CellStyle(
        "≠", "diverged", "isolated", "its own copy, different from the shared block"
    ),
    CellState.DEAD: CellStyle("∅", "dead", "warning", "its own copy of a label that the agent no longer has"),
    CellState.NONE: CellStyle(" ", "-", "muted", "no block with this label"),
    CellState.UNREAD: CellStyle(
        "…", "not read", "muted", "an isolated block of this conversation has not been read yet"
    ),
    CellState.UNKNOWN: CellStyle(
        "?", "unknown", "warning", "an isolated block or the shared one could not be read"
    ),
}


def cell_items(cell: MapCell) -> tuple[Item, ...]:
    """Return the blocks of a cell: the isolated block against the shared one, or the only block there is."""
    style = CELL_STYLES[cell.state]
    parts: tuple[Part, ...]
    if cell.isolated is not None and cell.shared is not None:
        left, right = Text(cell.shared.value or ""), Text(cell.isolated.value or "")
        captions = ("the agent's shared block", "this conversation's copy")
        parts = (SideBySide(left, right, captions, marked=True),)
    else:
        parts = (_value(cell.block),)
    note = Text("\n".join(f"┄ {line}" for line in _ids(cell)), "muted")
    return (
        Item(
            "cell",
            style.glyph,
            style.word,
            style.tone,
            head=style.meaning,
            parts=(*parts, note),
            copy_id=cell.block.id if cell.block else "",
        ),
    )


def pair_items(label: str, titles: tuple[str, str], pair: tuple[MapCell, MapCell]) -> tuple[Item, ...]:
    """Return the blocks of one label in two conversations, compared to each other."""
    captions = (f"in {titles[0]}", f"in {titles[1]}")
    texts = [Text((cell.block.value if cell.block else None) or "") for cell in pair]
    equal = all(cell.block for cell in pair) and texts[0] == texts[1]
    glyph, word, tone = ("=", "same", "shared") if equal else ("≠", "differs", "isolated")
    head = " against ".join(_kind(cell) for cell in pair)
    ids = "\n".join(f"┄ {cell.block.id} ({_kind(cell)})" for cell in pair if cell.block)
    parts = (SideBySide(texts[0], texts[1], captions, marked=True), Text(ids, "muted"))
    return (Item("pair", glyph, word, tone, label, head, parts=parts),)


def _kind(cell: MapCell) -> str:
    return "isolated" if cell.isolated else "shared" if cell.shared else "no block"


def _ids(cell: MapCell) -> list[str]:
    kinds = (("isolated", cell.isolated), ("shared", cell.shared))
    return [f"{block.id} ({kind})" for kind, block in kinds if block is not None]


def _value(block: Block | None) -> Text:
    if block is None:
        return Text("nothing has been read here", "muted")
    if block.value is None:
        return Text("its value was not reported", "warning")
    return Text(block.value) if block.value else Text("(empty)", "muted")


def map_text(map: LabelMap) -> str:
    """ "Isolated blocks in 41 of 300 conversations · 12 diverged · 2 dead"."""
    if map.rows and map.not_reported == len(map.rows):
        return (
            f"This server does not report isolated blocks (Letta before 0.16.4 has none), so there is nothing to map "
            f"in {plural(map.not_reported, 'conversation')}"
        )
    isolating = sum(row.isolates for row in map.rows)
    pieces = [f"Isolated blocks in {isolating} of {plural(len(map.rows), 'conversation')}"]
    counts = map.counts()
    counted = (CellState.DIVERGED, CellState.SAME, CellState.DEAD, CellState.UNREAD, CellState.UNKNOWN)
    pieces += [f"{counts[state]} {CELL_STYLES[state].word}" for state in counted if counts[state]]
    if map.not_reported:
        pieces.append(f"{map.not_reported} not reported")
    return " · ".join(pieces)
