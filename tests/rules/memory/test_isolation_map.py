"""The isolation map: the state of each cell, also of what was not read."""

from __future__ import annotations

from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.rules.memory.isolation_map import CellState, LabelMap, isolated_block_ids, isolation_map

HUMAN = Block(id="block-h", label="human", value="Sam")
PERSONA = Block(id="block-p", label="persona", value="terse")
SHARED = (PERSONA, HUMAN)


def row(name: str, *isolated: str) -> Conversation:
    return Conversation(id=name, isolated_block_ids=isolated)


def copy(name: str, value: str | None, label: str = "human") -> Block:
    return Block(id=name, label=label, value=value)


def state(map: LabelMap, label: str, index: int = 0) -> CellState:
    return map.rows[index].cells[label].state


def test_a_conversation_without_copies_reads_the_shared_blocks() -> None:
    found = isolation_map([row("a")], SHARED, {})
    assert found.labels == ("human", "persona")
    assert state(found, "human") is CellState.SHARED
    assert not found.rows[0].isolates


def test_a_copy_is_the_same_or_diverged() -> None:
    blocks = {"1": copy("1", "Sam"), "2": copy("2", "Kim")}
    found = isolation_map([row("a", "1"), row("b", "2")], SHARED, blocks)
    assert state(found, "human") is CellState.SAME
    assert state(found, "human", 1) is CellState.DIVERGED
    assert state(found, "persona", 1) is CellState.SHARED


def test_a_copy_of_a_label_that_the_agent_lost_is_dead_and_comes_last() -> None:
    found = isolation_map([row("a", "1"), row("b")], SHARED, {"1": copy("1", "x", "attic")})
    assert found.labels == ("human", "persona", "attic")
    assert state(found, "attic") is CellState.DEAD
    assert state(found, "attic", 1) is CellState.NONE


def test_an_unread_copy_may_be_of_any_label_that_has_none_yet() -> None:
    blocks = {"1": copy("1", "Kim")}
    found = isolation_map([row("a", "1", "2")], SHARED, blocks)
    assert state(found, "human") is CellState.DIVERGED
    assert state(found, "persona") is CellState.UNREAD


def test_what_could_not_be_read_is_never_called_shared() -> None:
    lost = NoResponse("gone")
    assert state(isolation_map([row("a", "1")], SHARED, {"1": lost}), "human") is CellState.UNKNOWN
    assert state(isolation_map([row("a", "1")], lost, {"1": copy("1", "x")}), "human") is CellState.UNKNOWN
    assert state(isolation_map([row("a", "1")], SHARED, {"1": copy("1", None)}), "human") is CellState.UNKNOWN
    mixed = isolation_map([row("a", "1", "2")], SHARED, {"1": lost})
    assert state(mixed, "human") is CellState.UNKNOWN


def test_a_server_that_does_not_report_copies_is_said() -> None:
    found = isolation_map([Conversation(id="a")], SHARED, {})
    assert state(found, "human") is CellState.UNKNOWN
    assert found.not_reported == 1


def test_each_block_is_wanted_once() -> None:
    assert isolated_block_ids([row("a", "1", "2"), row("b", "2"), Conversation(id="c")]) == ("1", "2")
