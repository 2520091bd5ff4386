"""The scope of messages: whose history it has, whether that is stale, and which types are hidden."""

from __future__ import annotations

from tests.rules.histories import NOW, context, history, opened, said
from tui.model.errors import ServerTrouble
from tui.model.opened import Context
from tui.presentation.transcript import transcript
from tui.rules.message_scope import MessageScope, count_by_type

TROUBLE = ServerTrouble("Reading the history: the server failed", server="x", status=500)


def test_a_history_is_stale_once_the_context_has_changed() -> None:
    view = opened(context(["b"], said("a", "b")))
    scope = MessageScope().read(view, history(said("a", "b")), None)
    assert not scope.is_stale(view)
    assert scope.is_stale(opened(context(["b", "c"], said("a", "b", "c"))))
    assert MessageScope().read(view, TROUBLE, None).is_stale(view)


def test_hidden_types_are_left_out_and_what_is_no_message_is_never_hidden() -> None:
    rows = (*said("a", "b"), *said("c", kind="assistant"))
    items = transcript(Context(("x", "a", "b", "c"), rows), NOW)
    assert count_by_type(items) == {"user": 2, "assistant": 1}
    shown = MessageScope(hidden=frozenset({"user", "reasoning"})).shown(items)
    assert [item.word for item in shown] == ["no message", "assistant"]
    assert MessageScope().shown(items) == items
