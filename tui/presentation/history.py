"""One timeline: what was said before the context, in true order and dimmed, the boundary, then the context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tui.api.errors import LettaError
from tui.model.text import plural
from tui.presentation.item import Item, Text
from tui.presentation.transcript import each, is_summary, rows

if TYPE_CHECKING:
    from tui.api.history import History
    from tui.api.models import Message
    from tui.api.opening import Context

BOUNDARY = "boundary"
"""Key and tone of the item that is drawn where the context starts."""

TOO_MANY = "There is more than was read: the newest messages before the context are missing here."
NONE_LISTED = "The server lists nothing of this conversation beside what is in context."
FORKED = "{count} also in the conversation that this one was forked from; what its summaries stand for is only there."


@dataclass(frozen=True)
class Extent:
    """How much there is, in stored rows: all that is known, in context, and before it."""

    total: int
    in_context: int
    evicted: int


def compacted(context: Context) -> bool:
    """Whether the context holds a summary, so that earlier messages certainly exist."""
    return any(is_summary(message) for message in context.messages)


def extent(context: Context, history: History) -> Extent:
    """Rows in all, in context, and evicted; where the server names no context, none count as evicted."""
    told = {message.id for message in history.messages}
    if context.ids is None:
        return Extent(len(told | {message.id for message in context.messages}), len(context.messages), 0)
    ids = set(context.ids)
    return Extent(len(told | ids), len(ids), len(told - ids))


def evicted(context: Context, history: History) -> tuple[Message, ...]:
    """The messages that the model does not see any more, the oldest first."""
    ids = set(context.ids or ())
    return tuple(message for message in history.messages if message.id not in ids)


def whole_timeline(context: Context, history: History | LettaError, now: datetime) -> Iterator[Item]:
    """Everything that is known to have been said; each row of the context once, in context order."""
    if isinstance(history, LettaError):
        yield _failed(history)
    elif context.ids is None:
        yield from _gaps(context, history)
        context = replace(context, messages=_merged(context, history))
    else:
        yield from _gaps(context, history)
        yield from rows(evicted(context, history), None, now, dimmed=True)
        yield _boundary(extent(context, history))
    yield from each(context, now)


def _merged(context: Context, history: History) -> tuple[Message, ...]:
    """The history, then what only the other list has: which of it is in context, nobody says."""
    told = {message.id for message in history.messages}
    return (*history.messages, *(message for message in context.messages if message.id not in told))


def _boundary(size: Extent) -> Item:
    head = f"context starts here: {size.in_context} of {plural(size.total, 'message')}"
    return Item(BOUNDARY, "═", "context", BOUNDARY, head=head)


def _failed(error: LettaError) -> Item:
    hint = f"\n{error.hint}" if error.hint else ""
    parts = (Text(f"{error.what}{hint}", "error"),)
    return Item(
        "gap-failed", "✗", "failed", "error", head="what was before the context is not shown", parts=parts
    )


def _gaps(context: Context, history: History) -> Iterator[Item]:
    """What is missing from the history, in words, where it would stand."""
    ids = set(context.ids or ())
    own, told = history.own, {message.id for message in history.messages}
    shared = {message.id for message in history.messages if message.message_type != "system_message"} - own
    known = {message.id for message in context.messages if message.message_type != "system_message"}
    borrowed = shared | (known & ids) - own
    if own and borrowed:
        yield _gap("forked", FORKED.format(count=plural(len(borrowed), "message is", "messages are")))
    if ids and not told:
        yield _gap("none", NONE_LISTED)
    if not history.whole:
        yield _gap("more", TOO_MANY)
    if history.problem is not None:
        yield _gap("shared", f"Messages shared with a source conversation: {history.problem.what}")


def _gap(key: str, words: str) -> Item:
    return Item(f"gap-{key}", "┄", "gap", "warning", parts=(Text(words, "warning"),))
