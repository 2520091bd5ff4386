"""The whole history as items: messages before the context, dimmed, then the boundary, then the context."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.text import plural
from tui.presentation.item import Item, Text
from tui.presentation.transcript import iter_transcript, message_items
from tui.rules.history import MessageCounts, count_messages, count_shared, evicted_messages, with_history

if TYPE_CHECKING:
    from tui.model.opened import Context, History, Opened
    from tui.rules.message_scope import MessageScope

BOUNDARY = "boundary"
"""Key and tone of the item where the context starts."""

TOO_MANY = "Not everything was read: the newest messages before the context are missing here."
NONE_LISTED = "The server lists only what is in context."
FORKED = (
    "{count} shared with the conversation this one was forked from; "
    "messages that its summaries replaced can only be read there."
)


def conversation_items(scope: MessageScope, opened: Opened, now: datetime) -> Iterator[Item]:
    """Return the items of a conversation, hidden types included: of its context, or of its whole history."""
    context = opened.context
    if isinstance(context, LettaError):
        return
    history = scope.history_of(opened)
    if scope.is_whole(opened) and history is not None:
        yield from history_items(context, history, now)
    else:
        yield from iter_transcript(context, now)


def history_items(context: Context, history: History | LettaError, now: datetime) -> Iterator[Item]:
    """Return every known message as items; messages in context occur once, in context order."""
    if isinstance(history, LettaError):
        yield _failed(history)
    elif context.ids is None:
        yield from _gaps(context, history)
        context = with_history(context, history)
    else:
        yield from _gaps(context, history)
        yield from message_items(evicted_messages(context, history), None, now, dimmed=True)
        yield _boundary(count_messages(context, history))
    yield from iter_transcript(context, now)


def _boundary(counts: MessageCounts) -> Item:
    head = f"context starts here: {counts.in_context} of {plural(counts.total, 'message')}"
    return Item(BOUNDARY, "═", "context", BOUNDARY, head=head)


def _failed(error: LettaError) -> Item:
    hint = f"\n{error.hint}" if error.hint else ""
    parts = (Text(f"{error.what}{hint}", "error"),)
    return Item(
        "gap-failed", "✗", "failed", "error", head="messages before the context are not shown", parts=parts
    )


def _gaps(context: Context, history: History) -> Iterator[Item]:
    """Items about messages missing from the history, shown where these would be."""
    shared = count_shared(context, history)
    if shared:
        yield _gap("forked", FORKED.format(count=plural(shared, "message is", "messages are")))
    if context.ids and not history.messages:
        yield _gap("none", NONE_LISTED)
    if not history.whole:
        yield _gap("more", TOO_MANY)
    if history.problem is not None:
        yield _gap("shared", f"Messages shared with a source conversation: {history.problem.what}")


def _gap(key: str, text: str) -> Item:
    return Item(f"gap-{key}", "┄", "gap", "warning", parts=(Text(text, "warning"),))
