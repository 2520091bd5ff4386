"""Deny a pending approval: only one that still waits, and what is read back decides whether it was denied.

Measured on 0.16.2 and 0.16.5 to 0.16.8: a denial that is sent with a limit of one step stores the denial and a result
for each call, and ends there: no model is called. Sent after the request was answered, it runs the agent, so it is sent
once and right after a look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, OutcomeUnknown
from tui.model.json_text import as_text
from tui.rules.changes.outcome import Done, Outcome, Refused, Unknown, not_seen
from tui.rules.tool_calls import tool_calls

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Opened

REQUEST = "approval_request_message"
TOOL_WOULD_RUN = "another tool was called in the same step and waits with it: a denial would run that tool"
AGENT_WOULD_RUN = "the agent is in a group: a denial may run another agent of that group"
LOCAL = "an approval in Letta Code can only be answered in Letta Code"
NOT_MEASURED = "on servers after Letta 0.16.8 it is unknown whether a denial runs the agent"
NO_RUN = "the server does not report which run waits, and only its run can be cancelled"
STILL_PENDING = "the server accepted the denial, but the approval is still pending"


@dataclass(frozen=True)
class PendingRequest:
    """The approval request that a conversation waits at: its message, the ids of its calls, and its run.

    `would_run` are other calls of the same step, which the server runs with the next answer, a denial too.
    """

    message_id: str
    call_ids: tuple[str, ...]
    run_id: str
    would_run: tuple[str, ...]


def pending_request(messages: Sequence[Message]) -> PendingRequest | None:
    """Return the approval request at the end of a context, None where nothing waits."""
    last = messages[-1] if messages else None
    if last is None or last.message_type != REQUEST:
        return None
    calls = tuple(filter(None, (as_text(call.get("tool_call_id")) for call in tool_calls(last))))
    others: list[str] = []
    for message in reversed(messages[:-1]):
        if message.id == last.id:  # text and reasoning of the same step
            continue
        if message.message_type != "tool_call_message":
            break
        others += (as_text(call.get("tool_call_id")) for call in tool_calls(message))
    return PendingRequest(last.id, calls, last.run_id or "", tuple(filter(None, others)))


def request_of(opened: Opened) -> PendingRequest | None:
    """Return what an opened conversation waits at; None also where its context could not be read."""
    return None if isinstance(opened.context, LettaError) else pending_request(opened.context.messages)


def before(opened: Opened) -> Outcome[tuple[str, ...]] | None:
    """Return the outcome if no denial is to be sent, None if one may be."""
    if opened.local is not None:
        return Refused(None, LOCAL)
    if isinstance(opened.context, LettaError):
        return Refused(opened.context)
    request = request_of(opened)
    if request is None or not request.call_ids:
        return Done((), already=True)
    if opened.supported.has("archive"):
        return Refused(None, NOT_MEASURED)
    if opened.conversation.is_default:
        return None if request.run_id else Refused(None, NO_RUN)
    if request.would_run:
        return Refused(None, TOOL_WOULD_RUN)
    return Refused(None, AGENT_WOULD_RUN) if opened.agent.is_in_group else None


def outcome(
    opened: Opened, response: LettaError | None, now: Opened | LettaError | None
) -> Outcome[tuple[str, ...]]:
    """Return the outcome, with the types of the new messages if the request is no longer pending."""
    request = request_of(opened)
    if now is None or isinstance(now, LettaError) or isinstance(now.context, LettaError):
        if response is None:
            return Unknown(OutcomeUnknown("The conversation could not be read back"))
        return Unknown(response) if isinstance(response, OutcomeUnknown) else Refused(response)
    pending = request_of(now)
    if request is not None and pending is not None and pending.message_id == request.message_id:
        return Refused(None, STILL_PENDING) if response is None else not_seen(response)
    ids = [message.id for message in now.context.messages]
    after = (
        ids.index(request.message_id) + 1 if request is not None and request.message_id in ids else len(ids)
    )
    came = tuple(
        message.message_type
        for message in now.context.messages[after:]
        if request is None or message.id != request.message_id
    )
    return Done(came)


def agent_went_on(came: Sequence[str]) -> bool:
    """Return whether there is more than the denial: somebody else's answer or message has run the agent."""
    return bool(set(came) - {"approval_response_message", "tool_return_message"})
