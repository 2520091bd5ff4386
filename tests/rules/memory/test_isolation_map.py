"""The isolation map: what each cell says, and what it says of what was not read."""

from __future__ import annotations

from tui.api.errors import NoAnswer
from tui.api.models import Block
from tui.api.rows import Conversation
from tui.presentation.isolation_map import cell_items, map_text, pair_items
from tui.presentation.item import SideBySide
from tui.rules.memory.isolation_map import CellState, LabelMap, MapCell, isolated_block_ids, isolation_map

HUMAN = Block(id="block-h", label="human", value="Sam")
PERSONA = Block(id="block-p", label="persona", value="terse")
SHARED = (PERSONA, HUMAN)


def row(name: str, *isolated: str) -> Conversation:
    return Conversation(id=name, isolated_block_ids=isolated)


def copy(name: str, value: str | None, label: str = "human") -> Block:
    return Block(id=name, label=label, value=value)


def standing(map: LabelMap, label: str, line: int = 0) -> CellState:
    return map.rows[line].cells[label].state


def test_a_conversation_without_copies_reads_the_shared_blocks() -> None:
    found = isolation_map([row("a")], SHARED, {})
    assert found.labels == ("human", "persona")
    assert standing(found, "human") is CellState.SHARED
    assert not found.rows[0].isolates


def test_a_copy_is_the_same_or_diverged() -> None:
    blocks = {"1": copy("1", "Sam"), "2": copy("2", "Kim")}
    found = isolation_map([row("a", "1"), row("b", "2")], SHARED, blocks)
    assert standing(found, "human") is CellState.SAME
    assert standing(found, "human", 1) is CellState.DIVERGED
    assert standing(found, "persona", 1) is CellState.SHARED


def test_a_copy_of_a_label_that_the_agent_lost_is_dead_and_comes_last() -> None:
    found = isolation_map([row("a", "1"), row("b")], SHARED, {"1": copy("1", "x", "attic")})
    assert found.labels == ("human", "persona", "attic")
    assert standing(found, "attic") is CellState.DEAD
    assert standing(found, "attic", 1) is CellState.NONE


def test_an_unread_copy_may_be_of_any_label_that_has_none_yet() -> None:
    blocks = {"1": copy("1", "Kim")}
    found = isolation_map([row("a", "1", "2")], SHARED, blocks)
    assert standing(found, "human") is CellState.DIVERGED
    assert standing(found, "persona") is CellState.UNREAD


def test_what_could_not_be_read_is_never_called_shared() -> None:
    lost = NoAnswer("gone")
    assert standing(isolation_map([row("a", "1")], SHARED, {"1": lost}), "human") is CellState.UNKNOWN
    assert standing(isolation_map([row("a", "1")], lost, {"1": copy("1", "x")}), "human") is CellState.UNKNOWN
    assert (
        standing(isolation_map([row("a", "1")], SHARED, {"1": copy("1", None)}), "human") is CellState.UNKNOWN
    )
    mixed = isolation_map([row("a", "1", "2")], SHARED, {"1": lost})
    assert standing(mixed, "human") is CellState.UNKNOWN


def test_a_server_that_does_not_report_copies_is_said() -> None:
    found = isolation_map([Conversation(id="a")], SHARED, {})
    assert standing(found, "human") is CellState.UNKNOWN
    assert found.not_reported == 1
    assert map_text(found).startswith("This server does not report isolated blocks, so there is no map of 1")
    mixed = isolation_map([Conversation(id="a"), row("b")], SHARED, {})
    assert "1 of which the server does not report isolated blocks" in map_text(mixed)


def test_each_block_is_wanted_once() -> None:
    assert isolated_block_ids([row("a", "1", "2"), row("b", "2"), Conversation(id="c")]) == ("1", "2")


def test_the_count_is_told_in_words() -> None:
    blocks = {"1": copy("1", "Sam"), "2": copy("2", "Kim")}
    found = isolation_map([row("a", "1"), row("b", "2"), row("c")], SHARED, blocks)
    assert map_text(found) == "2 of 3 conversations isolate · 1 diverged · 1 same"


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
    assert "nothing was read" in nothing.text


def test_two_conversations_are_compared_by_what_they_work_on() -> None:
    own = MapCell(CellState.DIVERGED, copy("1", "Kim"), HUMAN)
    other = MapCell(CellState.SHARED, None, HUMAN)
    (item,) = pair_items("human", ("one", "two"), (own, other))
    assert (item.word, item.head) == ("differs", "isolated against shared")
    (equal,) = pair_items("human", ("one", "two"), (own, own))
    assert equal.word == "same"
    (none,) = pair_items("human", ("one", "two"), (MapCell(CellState.NONE), MapCell(CellState.NONE)))
    assert none.word == "differs"
