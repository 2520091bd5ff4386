"""The context check of messages: which ids stand in context, what answers them, what stands first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tui.api.errors import LettaError, NotOffered, NotThere, Rejected
from tui.api.opening import Context, Opened
from tui.model.text import plural
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.check.tool_calls import call_findings

GONE = (NotThere, Rejected)
"""Answers that mean that no message of that id can be had; any other failure may pass."""


def message_findings(opened: Opened) -> Iterator[Finding]:
    """Faults of the ids in context, of the first message, of calls and returns."""
    context = opened.context
    if isinstance(context, LettaError):
        words = f"The messages in context could not be read, so none was checked: {context.what}"
        yield Finding(Severity.WARNING, Kind.UNREAD, words, key="error")
    elif context.ids is None:
        words = (
            "This server does not say which messages are in context, so calls and returns were not checked."
        )
        yield Finding(Severity.NOTE, Kind.UNTOLD, words, key="notice")
    elif not context.ids:
        yield from _empty(opened)
    else:
        yield from _duplicates(opened)
        yield from _first(context)
        yield from _gone(context)
        unread = [message_id for message_id in context.unanswered if _may_pass(context, message_id)]
        if unread:
            yield _unread(context, unread)
        else:
            yield from call_findings(context.messages)


def _empty(opened: Opened) -> Iterator[Finding]:
    """Nothing in context: every new conversation before Letta 0.16.6, whose servers tell no last message."""
    conversation = opened.conversation
    if conversation.is_default or "last_message_at" not in conversation.said:
        return
    words = (
        "Nothing is in context, not even a system message: a creation that was refused leaves such a "
        "conversation behind, without the isolation that was asked for."
    )
    yield Finding(Severity.NOTE, Kind.EMPTY, words, key="note", ids={"conversation": conversation.id})


def _duplicates(opened: Opened) -> Iterator[Finding]:
    """Ids told twice; the messages themselves were read once."""
    conversation = opened.conversation
    told = opened.agent.message_ids if conversation.is_default else conversation.in_context_message_ids
    for message_id, count in Counter(told or ()).items():
        if count > 1:
            words = f"The same message stands in context {count} times, so the model may read it that often."
            ids = {"message": message_id}
            yield Finding(Severity.ERROR, Kind.DUPLICATE_ID, words, key=f"{message_id}#0", ids=ids)


def _first(context: Context) -> Iterator[Finding]:
    first = next(iter(context.messages), None)
    if first is None or not context.ids or first.id != context.ids[0]:
        return
    if first.message_type != "system_message":
        words = (
            "The context does not begin with a system message: the model gets no instructions and no memory."
        )
        yield Finding(Severity.ERROR, Kind.NO_SYSTEM, words, key=f"{first.id}#0", ids={"message": first.id})


def _gone(context: Context) -> Iterator[Finding]:
    for message_id in context.unanswered:
        if isinstance(context.failed.get(message_id), GONE):
            words = "This id stands in context and the server has no message for it: the model misses what it held."
            ids = {"message": message_id}
            yield Finding(Severity.ERROR, Kind.NO_MESSAGE, words, key=f"{message_id}#0", ids=ids)


def _may_pass(context: Context, message_id: str) -> bool:
    error = context.failed.get(message_id)
    return error is not None and not isinstance(error, GONE)


def _unread(context: Context, unread: list[str]) -> Finding:
    """Rows that another request may bring: whether their calls and returns match cannot be told now."""
    error = context.failed[unread[0]]
    severity = Severity.NOTE if isinstance(error, NotOffered) else Severity.WARNING
    count = plural(len(unread), "message")
    words = f"{count} in context could not be read, so calls and returns were not checked: {error.what}"
    return Finding(severity, Kind.UNREAD, words, key=f"{unread[0]}#0", ids={"message": unread[0]})
