"""How the isolation map reads: its counts, a cell, and the blocks of two conversations."""

from __future__ import annotations

from tests.rules.memory.test_isolation_map import HUMAN, SHARED, copy, row
from tui.model.conversation import Conversation
from tui.presentation.isolation_map import cell_items, map_text, pair_items
from tui.presentation.item import SideBySide
from tui.rules.memory.isolation_map import CellState, MapCell, isolation_map


def test_the_count_is_told_in_words() -> None:
    blocks = {"1": copy("1", "Sam"), "2": copy("2", "Kim")}
    found = isolation_map([row("a", "1"), row("b", "2"), row("c")], SHARED, blocks)
    assert map_text(found) == "Isolated blocks in 2 of 3 conversations · 1 diverged · 1 same"


def test_a_server_that_does_not_report_isolated_blocks_is_named() -> None:
    found = isolation_map([Conversation(id="a")], SHARED, {})
    assert map_text(found).endswith("so there is nothing to map in 1 conversation")
    mixed = isolation_map([Conversation(id="a"), row("b")], SHARED, {})
    assert "1 not reported" in map_text(mixed)


def test_a_cell_shows_the_shared_block_against_the_copy() -> None:
    own = copy("1", "Kim")
    (item,) = cell_items(MapCell(CellState.DIVERGED, own, HUMAN))
    beside = item.parts[0]
    assert isinstance(beside, SideBySide)
    assert (beside.left.source, beside.right.source, beside.marked) == ("Sam", "Kim", True)
    assert item.copy_id == "1"
    (dead,) = cell_items(MapCell(CellState.DEAD, own, None))
    assert "Kim" in dead.text
    (nothing,) = cell_items(MapCell(CellState.UNREAD))
    assert "nothing has been read" in nothing.text


def test_two_conversations_are_compared_by_what_they_work_on() -> None:
    own = MapCell(CellState.DIVERGED, copy("1", "Kim"), HUMAN)
    other = MapCell(CellState.SHARED, None, HUMAN)
    (item,) = pair_items("human", ("one", "two"), (own, other))
    assert (item.word, item.head) == ("differs", "isolated against shared")
    (equal,) = pair_items("human", ("one", "two"), (own, own))
    assert equal.word == "same"
    (none,) = pair_items("human", ("one", "two"), (MapCell(CellState.NONE), MapCell(CellState.NONE)))
    assert none.word == "differs"
