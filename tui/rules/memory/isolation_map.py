"""The isolation map: which conversations of an agent isolate which labels, and how the copies compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tui.model.block import Block
from tui.model.errors import LettaError

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


class CellState(Enum):
    """What a label is in a conversation."""

    SHARED = "shared"
    SAME = "same"
    DIVERGED = "diverged"
    DEAD = "dead"
    NONE = "none"
    UNREAD = "not read"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class MapCell:
    """A label in a conversation, with the blocks that it is about."""

    state: CellState
    isolated: Block | None = None
    shared: Block | None = None

    @property
    def block(self) -> Block | None:
        """The block that the conversation uses."""
        return self.isolated or self.shared


@dataclass(frozen=True)
class MapRow:
    """One conversation of the map, with a cell per label."""

    conversation: Conversation
    cells: Mapping[str, MapCell]

    @property
    def isolates(self) -> bool:
        """Whether it has isolated blocks, read or not."""
        return bool(self.conversation.isolated_block_ids)


@dataclass(frozen=True)
class LabelMap:
    """Labels by conversations; `not_reported` counts rows whose isolated blocks the server does not report."""

    labels: tuple[str, ...]
    rows: tuple[MapRow, ...]
    not_reported: int

    def counts(self) -> dict[CellState, int]:
        """How many cells there are of each state."""
        counts = dict.fromkeys(CellState, 0)
        for row in self.rows:
            for cell in row.cells.values():
                counts[cell.state] += 1
        return counts


def isolated_block_ids(conversations: Iterable[Conversation]) -> tuple[str, ...]:
    """Return the ids of all isolated blocks of these conversations, each once."""
    return tuple(dict.fromkeys(key for row in conversations for key in row.isolated_block_ids or ()))


def isolation_map(
    conversations: Iterable[Conversation],
    shared: Iterable[Block] | LettaError,
    blocks: Mapping[str, Block | LettaError],
) -> LabelMap:
    """Return the map of what was read so far: the agent's labels first, then those that it no longer has."""
    known = None if isinstance(shared, LettaError) else {block.label or "": block for block in shared}
    rows = tuple(conversations)
    alive = sorted(known or {})
    isolated = {
        block.label or ""
        for row in rows
        for key in row.isolated_block_ids or ()
        if isinstance(block := blocks.get(key), Block)
    }
    labels = (*alive, *sorted(isolated - set(alive)))
    map_rows = tuple(MapRow(row, _cells(row, labels, known, blocks)) for row in rows)
    return LabelMap(labels, map_rows, sum(row.isolated_block_ids is None for row in rows))


def _cells(
    row: Conversation,
    labels: tuple[str, ...],
    shared: Mapping[str, Block] | None,
    blocks: Mapping[str, Block | LettaError],
) -> dict[str, MapCell]:
    isolated: dict[str, Block] = {}
    otherwise = CellState.SHARED
    for key in row.isolated_block_ids or ():
        block = blocks.get(key)
        if isinstance(block, Block):
            isolated[block.label or ""] = block
        elif block is None and otherwise is not CellState.UNKNOWN:
            otherwise = CellState.UNREAD
        else:
            otherwise = CellState.UNKNOWN
    if row.isolated_block_ids is None or shared is None:
        otherwise = CellState.UNKNOWN
    return {
        label: _cell(isolated.get(label), (shared or {}).get(label), otherwise, known=shared is not None)
        for label in labels
    }


def _cell(isolated: Block | None, shared: Block | None, otherwise: CellState, *, known: bool) -> MapCell:
    """The cell of a label; `otherwise` is its state if no isolated block of it was read."""
    if isolated is None:
        # A label that the agent lacks can only be an isolated one: if all were read, there is none.
        none = shared is None and otherwise is CellState.SHARED
        return MapCell(CellState.NONE if none else otherwise, None, shared)
    if not known:
        return MapCell(CellState.UNKNOWN, isolated, None)
    if shared is None:
        return MapCell(CellState.DEAD, isolated, None)
    if isolated.value is None or shared.value is None:
        return MapCell(CellState.UNKNOWN, isolated, shared)
    same = isolated.value == shared.value
    return MapCell(CellState.SAME if same else CellState.DIVERGED, isolated, shared)
