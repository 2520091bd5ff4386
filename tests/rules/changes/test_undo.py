"""Undo and redo as the journal plays them back."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.model.conversation import DEFAULT, Conversation
from tui.rules.changes.outcome import Done
from tui.rules.changes.save import SummaryChange
from tui.rules.changes.undo import By, Entry, Past, Step, history, outcome_entries, replay, step

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
