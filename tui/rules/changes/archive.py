"""Archiving, on servers that really do it: some accept the request and change nothing."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotOffered
from tui.model.supported import Supported
from tui.rules.changes.outcome import Done, Refused, Unknown, not_seen

Archiving = Done[Conversation] | Refused | Unknown

NOT_SUPPORTED = "Archiving isn't supported by this server"
NOT_REPORTED = f"{NOT_SUPPORTED}: it doesn't report which conversations are archived"
NO_CALL = f"{NOT_SUPPORTED}: it has no endpoint that changes a conversation"
NOTHING_DONE = f"{NOT_SUPPORTED}: it accepted the request but changed nothing"


def before(archived: bool, current: Conversation, supported: Supported) -> Archiving | None:
    """Return the outcome if nothing is to be sent; a server that does not report `archived` is not asked."""
    if not (current.was_sent("archived") or supported.has("archive")):
        return Refused(None, NOT_REPORTED)
    return Done(current, already=True) if bool(current.archived) is archived else None


def outcome(
    archived: bool, response: Conversation | LettaError, now: Conversation | LettaError | None
) -> Archiving:
    """Return the outcome of the PATCH, as read back: 0.16.x answers 200 and does nothing (measured)."""
    failed = response if isinstance(response, LettaError) else None
    if now is None:
        return Refused(failed, NO_CALL if isinstance(failed, NotOffered) else "")
    if isinstance(now, LettaError):
        return Unknown(failed or now)
    if bool(now.archived) is archived:
        return Done(now)
    return Refused(None, NOTHING_DONE) if failed is None else not_seen(failed)


def not_supported(refused: Refused) -> bool:
    """Return whether the refusal shows that this server has no archive."""
    return refused.error is None or isinstance(refused.error, NotOffered)
