"""The line above the messages: how much of a conversation is shown, what is not, and the keys that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.text import plural
from tui.presentation.conversation_info import CONTEXT_NOT_REPORTED
from tui.rules.history import count_messages, is_compacted

if TYPE_CHECKING:
    from tui.model.opened import Context, History, Opened
    from tui.presentation.item import Item
    from tui.rules.message_scope import MessageScope


def scope_text(scope: MessageScope, opened: Opened) -> str:
    """Return how much is not shown, the size of the context, and the keys that show more."""
    context = opened.context
    if isinstance(context, LettaError):
        return ""
    history = scope.history_of(opened)
    pieces = _whole_text(context, history) if scope.is_whole(opened) else _earlier_text(context, history)
    return " · ".join(filter(None, (*pieces[:1], _tokens_text(scope, opened), *pieces[1:])))


def _whole_text(context: Context, history: History | LettaError | None) -> tuple[str, ...]:
    if history is None:
        return ("reading the whole history…",)
    if isinstance(history, LettaError):
        return "the history could not be read", "r retries", "H in context only"
    counts = count_messages(context, history)
    if context.ids is None:
        return f"all {plural(counts.total, 'message')}", CONTEXT_NOT_REPORTED, "H back"
    if not counts.evicted:
        text = f"all {plural(counts.total, 'message')}, nothing before the context"
        return text, "H in context only"
    return f"{counts.evicted} before the context", "c boundary", "H in context only"


def _earlier_text(context: Context, history: History | LettaError | None) -> tuple[str, ...]:
    if context.ids is None:
        return CONTEXT_NOT_REPORTED, "H whole history"
    if history is not None and not isinstance(history, LettaError):
        earlier = count_messages(context, history).evicted
        return (f"{plural(earlier, 'earlier message')}, not in context", "H") if earlier else ()
    known = is_compacted(context) or context.left_out
    return ("earlier messages, not in context", "H whole history") if known else ()


def _tokens_text(scope: MessageScope, opened: Opened) -> str:
    tokens = scope.tokens_of(opened)
    if tokens is None:
        return ""
    return f"{tokens.context_window_size_current:,} / {tokens.context_window_size_max:,} tokens"


def hidden_text(items: Sequence[Item], shown: Sequence[Item]) -> str:
    """ "12 hidden · t", or nothing."""
    count = len(items) - len(shown)
    return f"{count} hidden · t" if count else ""
