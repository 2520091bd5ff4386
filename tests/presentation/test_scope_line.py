"""The line above the messages: how much more there is, and nothing that is not known."""

from __future__ import annotations

from dataclasses import replace

from tests.rules.histories import context, history, opened, said
from tui.model.errors import ServerTrouble
from tui.model.message import Message
from tui.model.trace import ContextSize
from tui.presentation.item import Item
from tui.presentation.scope_line import hidden_text, scope_text
from tui.rules.message_scope import MessageScope, conversation_key

TROUBLE = ServerTrouble("Reading the history: the server failed", server="x", status=500)


def test_the_line_above_says_what_is_known_and_no_more() -> None:
    rows = said("a", "b", "c")
    plain = opened(context(["a", "b", "c"], rows))
    assert scope_text(MessageScope(), plain) == ""
    shorter = opened(context(["c"], rows))
    known = MessageScope().read(shorter, history(rows), None)
    assert scope_text(known, shorter) == "2 earlier messages, not in context · H"
    summary = Message.read({"id": "s", "message_type": "summary_message", "summary": "what was said before"})
    certain = opened(context(["s", "c"], (summary, *rows)))
    assert scope_text(MessageScope(), certain) == "earlier messages, not in context · H whole history"
    left_out = opened(replace(context(["c"], rows), left_out=("a", "b")))
    assert scope_text(MessageScope(), left_out) == "earlier messages, not in context · H whole history"


def test_the_line_above_the_whole_history() -> None:
    view = opened(context(["c"], said("a", "b", "c")))
    wanted = MessageScope(whole_of=conversation_key(view))
    assert scope_text(wanted, view) == "reading the whole history…"
    size = ContextSize(context_window_size_current=2400, context_window_size_max=128_000)
    told = scope_text(wanted.read(view, history(said("a", "b", "c")), size), view)
    assert told == "2 before the context · 2,400 / 128,000 tokens · c boundary · H in context only"
    assert "could not be read · r retries" in scope_text(wanted.read(view, TROUBLE, None), view)


def test_a_context_that_is_not_reported_is_said_the_same_with_and_without_the_history() -> None:
    rows = said("a", "b", "c")
    view = opened(replace(context(["c"], rows), ids=None))
    assert scope_text(MessageScope(), view) == "in context: not reported · H whole history"
    wanted = MessageScope(whole_of=conversation_key(view)).read(view, history(rows), None)
    assert scope_text(wanted, view) == "all 3 messages · in context: not reported · H back"


def test_hidden_messages_are_counted() -> None:
    items = tuple(Item(key, "▪", "user") for key in "abc")
    assert hidden_text(items, items[:1]) == "2 hidden · t"
    assert hidden_text(items, items) == ""
