"""The whole history of a conversation: what is before the context, and the true order of all messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.model.envelope import is_summary
from tui.model.errors import LettaError

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Context, History


@dataclass(frozen=True)
class MessageCounts:
    """How many stored messages there are: in all, in context, and evicted from it."""

    total: int
    in_context: int
    evicted: int


def is_compacted(context: Context) -> bool:
    """Return whether the context has a summary, so that there certainly are earlier messages."""
    return any(is_summary(message) for message in context.messages)


def count_messages(context: Context, history: History) -> MessageCounts:
    """Count the messages; if the server does not report the context, none counts as evicted."""
    stored = {message.id for message in history.messages}
    if context.ids is None:
        return MessageCounts(
            len(stored | {message.id for message in context.messages}), len(context.messages), 0
        )
    ids = set(context.ids)
    return MessageCounts(len(stored | ids), len(ids), len(stored - ids))


def evicted_messages(context: Context, history: History) -> tuple[Message, ...]:
    """Return the messages that the model no longer reads, oldest first."""
    ids = set(context.ids or ())
    return tuple(message for message in history.messages if message.id not in ids)


def count_shared(context: Context, history: History) -> int:
    """Count the messages that a fork shares with the conversation it was forked from; 0 if it is not a fork."""
    own = history.own
    listed = {message.id for message in history.messages if message.message_type != "system_message"}
    in_context = {message.id for message in context.messages if message.message_type != "system_message"}
    shared = (listed - own) | ((in_context & set(context.ids or ())) - own)
    return len(shared) if own else 0


def with_history(context: Context, history: History) -> Context:
    """Return a context of everything, for a server that does not report which messages are in context."""
    stored = {message.id for message in history.messages}
    rest = (message for message in context.messages if message.id not in stored)
    return replace(context, messages=(*history.messages, *rest))


def all_messages(context: Context | LettaError, history: History | LettaError) -> tuple[Message, ...] | None:
    """Return all messages, oldest first, or None if the history could not be read.

    Messages that only the context has are inserted by their date.
    """
    if isinstance(history, LettaError):
        return None
    messages = list(history.messages)
    stored = {message.id for message in messages}
    for message in () if isinstance(context, LettaError) else context.messages:
        if message.id not in stored:
            messages.insert(_index_by_date(message, messages), message)
    return tuple(messages)


def _index_by_date(message: Message, messages: list[Message]) -> int:
    """The index before everything that is later; without a date, the end."""
    date = message.date
    if date is None:
        return len(messages)
    later = (at for at, other in enumerate(messages) if other.date is not None and other.date > date)
    return next(later, len(messages))
