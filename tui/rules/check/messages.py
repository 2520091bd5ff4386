"""Checks the messages in context: duplicate ids, ids without a message, the system message, calls and returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, NotOffered, NotThere, Rejected
from tui.model.text import plural
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.check.tool_calls import call_findings
from tui.rules.history import is_compacted

if TYPE_CHECKING:
    from tui.model.opened import Context, Opened

GONE = (NotThere, Rejected)
"""Errors that mean that there is no message with that id; any other failure may be temporary."""


def message_findings(opened: Opened) -> Iterator[Finding]:
    """Report faults of the ids in context, of the first message, and of calls and returns."""
    context = opened.context
    if isinstance(context, LettaError):
        sentence = f"The messages in context could not be read, so none was checked: {context.what}"
        yield Finding(Severity.WARNING, Kind.UNREAD, sentence, key="error")
    elif context.ids is None:
        sentence = "This server does not report which messages are in context, so calls and returns were not checked."
        yield Finding(Severity.NOTE, Kind.CONTEXT_UNKNOWN, sentence, key="notice")
    elif not context.ids:
        if opened.local is None:  # Letta Code writes no prompt before the first turn
            yield from _empty(opened)
    else:
        yield from _duplicates(opened)
        if not _awaits_prompt(opened):
            yield from _first(context)
        yield from _gone(context)
        yield from _left_out(opened, context)
        unread = [
            message_id for message_id in context.without_message if _may_be_temporary(context, message_id)
        ]
        if unread:
            yield _unread(context, unread)
        else:
            yield from call_findings(context.messages, may_wait=opened.local is None)


def _awaits_prompt(opened: Opened) -> bool:
    """Return whether the first turn is yet to compile the prompt, as in a fork with its messages (measured)."""
    prompt = None if opened.local is None else opened.local.prompt
    return prompt is not None and not isinstance(prompt, LettaError) and prompt.content is None


def _empty(opened: Opened) -> Iterator[Finding]:
    """Report an empty context, unless it is normal, as for new conversations before 0.16.6."""
    conversation = opened.conversation
    if conversation.is_default or "last_message_at" not in conversation.sent:
        return
    sentence = (
        "Nothing is in context, not even a system message. A refused creation leaves such "
        "a conversation behind, without the requested isolation."
    )
    yield Finding(Severity.NOTE, Kind.EMPTY, sentence, key="note", ids={"conversation": conversation.id})


def _duplicates(opened: Opened) -> Iterator[Finding]:
    """Report ids that the server lists more than once; the messages themselves were read once."""
    conversation = opened.conversation
    ids = opened.agent.message_ids if conversation.is_default else conversation.in_context_message_ids
    for message_id, count in Counter(ids or ()).items():
        if count > 1:
            sentence = (
                f"The same message is in context {count} times, so the model may read it more than once."
            )
            about = {"message": message_id}
            yield Finding(Severity.ERROR, Kind.DUPLICATE_ID, sentence, key=f"{message_id}#0", ids=about)


def _first(context: Context) -> Iterator[Finding]:
    first = next(iter(context.messages), None)
    if first is None or not context.ids or first.id != context.ids[0]:
        return
    if first.message_type != "system_message":
        sentence = (
            "The context does not begin with a system message: the model gets no instructions and no memory."
        )
        yield Finding(
            Severity.ERROR, Kind.NO_SYSTEM, sentence, key=f"{first.id}#0", ids={"message": first.id}
        )


def _gone(context: Context) -> Iterator[Finding]:
    for message_id in context.without_message:
        if isinstance(context.failed.get(message_id), GONE):
            sentence = "This id is in context but the server has no message for it: the model cannot read its content."
            ids = {"message": message_id}
            yield Finding(Severity.ERROR, Kind.NO_MESSAGE, sentence, key=f"{message_id}#0", ids=ids)


def _left_out(opened: Opened, context: Context) -> Iterator[Finding]:
    """Report messages that fell out of the context although nothing was compacted.

    The default conversation is not checked, since the server's list of it has messages from before there were
    conversations; nor one with an id that shows no message, which may be the summary.
    """
    if not context.left_out or opened.conversation.is_default:
        return
    if context.without_message or is_compacted(context) or opened.agent.clears_context:
        return
    count = len(context.left_out)
    are, them = ("is", "it") if count == 1 else ("are", "them")
    sentence = (
        f"{plural(count, 'earlier message')} {are} not in context, and no summary replaces {them}: the model does "
        "not read what was said there. Turns that run at the same time leave out each other's messages."
    )
    about = {"message": context.left_out[0]}
    yield Finding(Severity.WARNING, Kind.LEFT_OUT, sentence, key=f"{context.messages[0].id}#0", ids=about)


def _may_be_temporary(context: Context, message_id: str) -> bool:
    error = context.failed.get(message_id)
    return error is not None and not isinstance(error, GONE)


def _unread(context: Context, unread: list[str]) -> Finding:
    """Report messages that another request may bring: until then, it is unknown whether calls and returns match."""
    error = context.failed[unread[0]]
    severity = Severity.NOTE if isinstance(error, NotOffered) else Severity.WARNING
    count = plural(len(unread), "message")
    sentence = f"{count} in context could not be read, so calls and returns were not checked: {error.what}"
    return Finding(severity, Kind.UNREAD, sentence, key=f"{unread[0]}#0", ids={"message": unread[0]})
