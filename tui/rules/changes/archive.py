"""Archiving where a server really does it: some accept the request and change nothing."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotOffered
from tui.rules.changes.outcome import Done, Refused, Unknown, not_seen

Archiving = Done[Conversation] | Refused | Unknown

NOT_REPORTED = "This server does not archive: it says of no conversation whether it is archived"
NO_CALL = "This server does not archive: it changes no conversation"
NOTHING_DONE = "This server does not archive: it took the request and changed nothing"


def outcome(
    archived: bool, answer: Conversation | LettaError, now: Conversation | LettaError | None
) -> Archiving:
    """The outcome of the PATCH, which counts only as read back: 0.16.x answers 200 and does nothing (measured)."""
    failed = answer if isinstance(answer, LettaError) else None
    if now is None:
        return Refused(failed, NO_CALL if isinstance(failed, NotOffered) else "")
    if isinstance(now, LettaError):
        return Unknown(failed or now)
    if now.archived is archived:
        return Done(now)
    return Refused(None, NOTHING_DONE) if failed is None else not_seen(failed)


def not_supported(refused: Refused) -> bool:
    """Whether the refusal shows that this server has no archive."""
    return refused.error is None or isinstance(refused.error, NotOffered)
