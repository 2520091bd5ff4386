"""Undo and redo as the journal plays them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import OutcomeUnknown, Rejected
from tui.rules.changes.block import BlockChange
from tui.rules.changes.outcome import Conflict, Done, Refused, Unknown
from tui.rules.changes.save import SummaryChange
from tui.rules.changes.undo import (
    By,
    Entry,
    Past,
    Step,
    block_entries,
    history,
    outcome_entries,
    promoted_since,
    replay,
    step,
)

AT = datetime(2026, 3, 14, tzinfo=UTC)


def seen(text: str) -> Entry:
    return Entry(AT, "http://letta.test", "conv-1", "seen", text)


def wrote(text: str, by: By = "edit") -> Entry:
    return Entry(AT, "http://letta.test", "conv-1", "written", text, by)


def undo(*entries: Entry) -> Step | None:
    return step(replay(entries), "undo")


def redo(*entries: Entry) -> Step | None:
    return step(replay(entries), "redo")


def test_nothing_known_means_nothing_to_undo() -> None:
    assert undo() is None
    assert undo(seen("a")) is None
    assert redo(seen("a"), wrote("b")) is None
    assert replay(()) == Past()


def test_the_last_edit_is_taken_back() -> None:
    assert undo(seen("a"), wrote("b")) == Step("undo", "a", "b", foreign=False)


def test_a_cleared_summary_comes_back() -> None:
    assert undo(seen("a"), wrote("")) == Step("undo", "a", "", foreign=False)


def test_the_first_summary_is_taken_back_to_none() -> None:
    assert undo(seen(""), wrote("a")) == Step("undo", "", "a", foreign=False)


def test_undo_goes_back_step_by_step_and_redo_forth() -> None:
    edits = (seen("a"), wrote("b"), wrote("c"))
    assert undo(*edits, wrote("b", "undo")) == Step("undo", "a", "b", foreign=False)
    twice = (*edits, wrote("b", "undo"), wrote("a", "undo"))
    assert undo(*twice) is None
    assert redo(*twice) == Step("redo", "b", "a", foreign=False)
    assert redo(*twice, wrote("b", "redo")) == Step("redo", "c", "b", foreign=False)
    assert redo(*twice, wrote("b", "redo"), wrote("c", "redo")) is None


def test_an_edit_after_an_undo_ends_the_redo() -> None:
    entries = (seen("a"), wrote("b"), wrote("a", "undo"), wrote("x"))
    assert redo(*entries) is None
    assert undo(*entries) == Step("undo", "a", "x", foreign=False)


def test_somebody_elses_text_is_foreign() -> None:
    entries = (seen("a"), wrote("b"), seen("theirs"))
    assert undo(*entries) == Step("undo", "b", "theirs", foreign=True)
    assert redo(seen("a"), wrote("b"), wrote("a", "undo"), seen("theirs")) is None


def test_reading_ones_own_text_again_changes_nothing() -> None:
    assert undo(seen("a"), wrote("b"), seen("b"), seen("b")) == Step("undo", "a", "b", foreign=False)


def test_a_text_read_before_its_own_writing_was_noted_counts_as_written() -> None:
    assert undo(seen("a"), seen("b"), wrote("b")) == Step("undo", "a", "b", foreign=False)


def test_an_undo_whose_past_is_lost_is_like_an_edit() -> None:
    assert undo(seen("x"), wrote("a", "undo")) == Step("undo", "x", "a", foreign=False)
    assert undo(wrote("a", "redo"), wrote("b")) == Step("undo", "a", "b", foreign=False)


def test_the_history_marks_what_somebody_else_changed_since() -> None:
    lines = history((seen("a"), wrote("b"), seen("b"), seen("theirs"), wrote("c"), seen("c")))
    told = [(line.entry.text, line.entry.kind, line.changed_since, line.current) for line in lines]
    assert told == [
        ("c", "written", False, True),
        ("theirs", "seen", False, False),
        ("b", "written", True, False),
        ("a", "seen", False, False),
    ]


def test_the_default_conversations_of_all_agents_share_no_journal() -> None:
    """Each has the id `default`, under which one agent's texts would be another one's history."""
    change = SummaryChange(DEFAULT, "agent-1", "a", "b")
    saved = Done(Conversation(id=DEFAULT, agent_id="agent-1", summary="b"))
    assert outcome_entries(AT, "http://letta.test", change, saved) == ()
    named = SummaryChange("conv-1", "agent-1", "a", "b")
    assert outcome_entries(AT, "http://letta.test", named, saved) == (seen("a"), wrote("b"))


CHANGE = BlockChange("block-1", "human", True, "old", "new")


def block(value: str) -> Block:
    return Block.read({"id": "block-1", "label": "human", "value": value})


def test_a_changed_block_is_noted_with_the_value_that_it_began_from() -> None:
    def noted(outcome: object, by: By = "edit") -> list[tuple[str, str, str, str]]:
        entries = block_entries(AT, "http://letta.test", CHANGE, outcome, "conv-1", by)  # type: ignore[arg-type]
        assert {one.conversation_id for one in entries} <= {"block-1"}
        return [(one.kind, one.text, one.by, one.via) for one in entries]

    old, new = ("seen", "old", "edit", ""), ("written", "new", "undo", "conv-1")
    assert noted(Done(block("new")), "undo") == [old, new]
    assert noted(Done(block("new"), already=True), "undo") == [new]
    assert noted(Conflict(block("theirs"), sent=True), "undo") == [old, new, ("seen", "theirs", "edit", "")]
    assert noted(Conflict(block("theirs"), sent=False)) == [("seen", "theirs", "edit", "")]
    assert noted(Refused(Rejected("no", status=422))) == noted(Unknown(OutcomeUnknown("silent"))) == []


def test_a_promotion_is_undone_until_the_own_block_is_changed_again() -> None:
    def at(minutes: int, via: str = "conv-1") -> Entry:
        return wrote("x")._replace(at=AT + timedelta(minutes=minutes), via=via)

    assert promoted_since((), (at(0),), "conv-1")
    assert promoted_since((at(0), seen("b")), (at(1), seen("c")), "conv-1")
    assert not promoted_since((at(2),), (at(1),), "conv-1")
    assert not promoted_since((at(0),), (at(1, via="conv-2"),), "conv-1")
    assert not promoted_since((at(0),), (seen("b"),), "conv-1")
    assert not promoted_since((at(0),), (), "conv-1")
