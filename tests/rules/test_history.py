"""The whole history: counts, what was evicted, what a fork shares, and the true order of all messages."""

from __future__ import annotations

from tests.rules.histories import context, history, said
from tui.model.errors import ServerTrouble
from tui.model.opened import Context
from tui.rules.history import all_messages, count_messages, count_shared, evicted_messages, with_history


def test_counts_are_of_rows_and_not_of_their_parts() -> None:
    rows = (*said("a"), *said("a", kind="assistant"), *said("b"))
    held = context(["b"], rows)
    known = count_messages(held, history(rows))
    assert (known.total, known.in_context, known.evicted) == (2, 1, 1)
    assert len(evicted_messages(held, history(rows))) == 2


def test_without_a_reported_context_nothing_counts_as_evicted() -> None:
    rows = said("a", "b", "c")
    unreported = Context(None, rows[1:])
    assert count_messages(unreported, history(rows[:2])).evicted == 0
    assert count_messages(unreported, history(rows[:2])).total == 3
    assert [message.id for message in with_history(unreported, history(rows[:2])).messages] == ["a", "b", "c"]


def test_messages_of_another_conversation_are_shared_but_for_the_system_message() -> None:
    rows = (*said("s", kind="system"), *said("old", "new"))
    assert count_shared(context(["s", "new"], rows), history(rows, own=frozenset({"new"}))) == 1
    assert count_shared(context(["s", "old", "new"], rows), history(rows, own=frozenset({"old", "new"}))) == 0
    assert count_shared(context(["s", "old"], rows), history(rows, own=frozenset())) == 0


def test_messages_that_only_the_context_has_are_inserted_by_their_date() -> None:
    rows = said("a", "b", "c")
    missing = context(["b"], rows)
    messages = all_messages(missing, history((rows[0], rows[2])))
    assert messages is not None
    assert [message.id for message in messages] == ["a", "b", "c"]
    trouble = ServerTrouble("failed", server="x", status=500)
    assert all_messages(missing, trouble) is None
    assert all_messages(trouble, history(rows)) == rows
