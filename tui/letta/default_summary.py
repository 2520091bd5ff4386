"""The record of an agent's default conversation, on servers where it can be read, changed, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError, NotOffered, NotThere, Rejected, attempt

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

NO_RECORD = NotOffered, NotThere, Rejected
"""Refusals that show that a server has no such record, or no such endpoint."""


class HasDefaultSummary(Protocol):
    """The calls about a conversation's record."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read the record."""
        ...

    async def unchanged_default(self, agent_id: str) -> Conversation:
        """Read the record from the response to a PATCH that changes nothing."""
        ...

    async def update_summary(
        self, conversation_id: str, summary: str, agent_id: str | None = None
    ) -> Conversation:
        """Write the summary."""
        ...


async def read_default(client: HasDefaultSummary, agent_id: str) -> Conversation:
    """The record of an agent's default conversation, with the id that the server gives it; raises LettaError.

    GET /v1/conversations/default?agent_id=. Where that is refused, PATCH with an empty body may still have it: then the
    summary can be changed, and is known beforehand. The error has both of the server's reasons.
    """
    read = await attempt(client.conversation, DEFAULT, agent_id)
    if isinstance(read, NO_RECORD):
        changed = await attempt(client.unchanged_default, agent_id)
        if isinstance(changed, NO_RECORD):
            what = f"{read.what}; {changed.what}"
            reason = read.what.partition(": ")[2]
            if reason and reason == changed.what.partition(": ")[2]:
                what = f"Reading and changing the default conversation: {reason}: this server stores no summary of it"
            raise type(changed)(what, status=changed.status, detail=changed.detail, server=changed.server)
        read = changed
    if isinstance(read, LettaError):
        raise read
    return read.changed(agent_id=agent_id)


async def update_default_summary(
    client: HasDefaultSummary, record: Conversation, summary: str
) -> Conversation:
    """Write the summary of a default conversation that was read; raises LettaError.

    PATCH /v1/conversations/default?agent_id=, and where that is refused, of the id that the server gave the record.
    """
    written = await attempt(client.update_summary, DEFAULT, summary, record.agent_id)
    if isinstance(written, NO_RECORD) and record.id != DEFAULT:
        return await client.update_summary(record.id, summary)
    if isinstance(written, LettaError):
        raise written
    return written
