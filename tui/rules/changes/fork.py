"""Forking a conversation up to one message of its context, on servers that can."""

from __future__ import annotations

from collections.abc import Sequence

from tui.model.conversation import Conversation
from tui.model.supported import Supported
from tui.rules.changes.outcome import Refused


def before(up_to: str | None, supported: Supported) -> Refused | None:
    """A refusal if the server is not known to support forks up to a message: it might fork everything."""
    if up_to is None or supported.has("fork-from-message"):
        return None
    return Refused(None, missing="fork-from-message")


def is_whole(made: Conversation, up_to: str) -> bool:
    """Return whether the context of the fork is known and does not end with the message."""
    ids = made.in_context_message_ids
    return ids is not None and (not ids or ids[-1] != up_to)


def shared_count(ids: Sequence[str], up_to: str) -> int | None:
    """How many messages after the system message a fork up to this one shares; None where it is not in context."""
    return ids.index(up_to) if up_to in ids else None
