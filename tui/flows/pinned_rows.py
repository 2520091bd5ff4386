"""Pinned conversations: which they are, and how those on no loaded page are read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, NotThere, attempt
from tui.model.os_errors import reason_of

if TYPE_CHECKING:
    from tui.flows.remember_list import RememberList
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.rules.paging import ConversationPages
    from tui.storage.state import Pin

MOST_READ = 20
"""Most pinned conversations of a list that are read by id; others are shown once their page is loaded."""

AT_ONCE = 4


class PinnedRows:
    """The pins of one server, stored on this machine."""

    def __init__(self, client: LettaClient, remembered: RememberList) -> None:
        self._client = client
        self._remembered = remembered
        self._pins: tuple[Pin, ...] | None = None
        """None until they were read from disk."""
        self.keys: frozenset[str] = frozenset()
        """The ids of the pinned conversations."""

    def read(self) -> None:
        """Read the pins from disk at once, for the first frame."""
        self._set(self._remembered.pins())

    async def load(self) -> None:
        """Read the pins from disk, unless they were read already."""
        if self._pins is None:
            self._set(await asyncio.to_thread(self._remembered.pins))

    def _set(self, pins: tuple[Pin, ...]) -> None:
        self._pins = pins
        self.keys = frozenset(conversation_id for _, conversation_id in pins)

    def of(self, agent: Agent) -> list[str]:
        """Return the ids of an agent's pinned conversations, or of those of all agents, in the order of pinning."""
        return [id for agent_id, id in self._pins or () if agent.is_all or agent_id == agent.id]

    def first(self, rows: Sequence[Conversation], agent: Agent) -> tuple[Conversation, ...]:
        """The rows with the pinned ones on top."""
        order = {id: place for place, id in enumerate(self.of(agent))}
        pinned = [row for row in rows if row.id in order] if order else []
        if not pinned:
            return tuple(rows)
        pinned.sort(key=lambda row: order[row.id])
        return (*pinned, *(row for row in rows if row.id not in order))

    async def toggle(self, row: Conversation) -> str:
        """Pin a conversation, or unpin it; returns why that cannot be stored, "" if it was."""
        try:
            self._set(await asyncio.to_thread(self._remembered.toggle_pin, row.agent_id, row.id))
        except OSError as trouble:
            return f"The pin cannot be stored on this machine: {reason_of(trouble)}"
        return ""

    async def read_missing(self, agent: Agent, feed: ConversationPages) -> list[Conversation]:
        """Read the pinned conversations that a list lacks so far: GET /v1/conversations/{id} of each, at most 20.

        One that is deleted loses its pin; one that cannot be read is left out.
        """
        missing = [id for id in self.of(agent) if id not in feed][:MOST_READ] if not feed.complete else []
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(conversation_id: str) -> Conversation | LettaError:
            async with gate:
                return await attempt(self._client.conversation, conversation_id)

        rows: list[Conversation] = []
        for id, row in zip(missing, await asyncio.gather(*map(one, missing)), strict=True):
            if isinstance(row, NotThere):
                await self._forget(id)
            elif not isinstance(row, LettaError) and feed.archive_status.lists(row):
                rows.append(row.without_context())
        return rows

    async def _forget(self, conversation_id: str) -> None:
        """Unpin a conversation that is gone; a full disk is ignored."""
        pin = next((one for one in self._pins or () if one[1] == conversation_id), None)
        if pin is not None:
            try:
                self._set(await asyncio.to_thread(self._remembered.toggle_pin, *pin))
            except OSError:
                return
