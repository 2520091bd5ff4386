"""Deleting a conversation: only after copying it, and checking that it is really gone."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotThere
from tui.model.os_errors import reason_of
from tui.rules.changes.outcome import Done, Refused, Unknown, not_seen

Deletion = Done[None] | Refused | Unknown


def not_copied(problem: LettaError | OSError) -> Refused:
    """Nothing is deleted without a complete copy."""
    reason = reason_of(problem)
    if isinstance(problem, LettaError):
        return Refused(problem, f"nothing was deleted, because the copy would be incomplete: {reason}")
    return Refused(None, f"nothing was deleted, because the copy cannot be written: {reason}")


def outcome(backup: str, response: LettaError | None, now: Conversation | LettaError | None) -> Deletion:
    """The outcome of the DELETE, from its response and, after a lost one, from reading the conversation."""
    if response is None:
        return Done(None, backup=backup)
    if isinstance(response, NotThere):
        return Done(None, already=True, backup=backup)
    if isinstance(now, NotThere):
        return Done(None, backup=backup)
    if isinstance(now, LettaError):
        return Unknown(response, backup)
    return Refused(response, backup=backup) if now is None else not_seen(response, backup)
