"""Remember a list between two runs: the rows that it showed, and the position where it was left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tui.config.server import stores_last_visit
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.rules.sort_order import Order
from tui.storage.last_visit import MAX_ROWS, LastVisit

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.storage.last_visit import LastVisits
    from tui.storage.state import ListPosition, Pin, State

AGENT_FIELDS = frozenset({"id", "name", "model"})
ROW_FIELDS = frozenset(
    {
        "id",
        "agent_id",
        "summary",
        "description",
        "created_at",
        "updated_at",
        "last_message_at",
        "isolated_block_ids",
        "archived",
    }
)
"""What the list shows of a row, and so what is stored of it for the next start."""


class RememberedRows(NamedTuple):
    """An agent and the rows of its list, as they were read `at`."""

    agent: Agent
    rows: tuple[Conversation, ...]
    at: datetime


class RememberList:
    """Rows are stored of the order in which a list begins; of a demo or a file, nothing is."""

    def __init__(
        self,
        server: str,
        *,
        settings: Settings,
        state: State,
        visits: LastVisits,
        clock: Callable[[], datetime],
    ) -> None:
        """`server` is the address that rows and positions are stored under."""
        self._server = server
        self._settings = settings
        self._state = state
        self._visits = visits
        self._clock = clock

    def position_of(self, agent_id: str) -> ListPosition | None:
        """The position in an agent's list, from disk; a conversation that the user asked for takes precedence."""
        settings = self._settings
        if settings.demo or settings.bundle or settings.conversation:
            return None
        return self._state.position(self._server, agent_id)

    def note_position(self, agent_id: str, position: ListPosition) -> None:
        """Note the position in an agent's list; it is written later."""
        if not (self._settings.demo or self._settings.bundle):
            self._state.note_position(self._server, agent_id, position)

    def pins(self) -> tuple[Pin, ...]:
        """The pinned conversations of this server, from disk."""
        return self._state.pinned_conversations(self._server)

    def toggle_pin(self, agent_id: str, conversation_id: str) -> tuple[Pin, ...]:
        """Pin a conversation or unpin it, on disk; returns the pinned ones. Raises OSError."""
        return self._state.toggle_conversation_pin(self._server, agent_id, conversation_id)

    def last_visit(self, agent_id: str, order: Order) -> RememberedRows | None:
        """What an agent's list showed last, from disk; None where nothing is stored of a list in that order."""
        if not stores_last_visit(self._settings) or order != Order():
            return None
        visit = self._visits.find(self._server, self._settings.api_key, agent_id)
        if visit is None:
            return None
        rows: list[Conversation] = []
        for row in visit.rows:
            with suppress(ValueError):
                rows.append(Conversation.read(row))
        return RememberedRows(Agent.read(visit.agent), tuple(rows), visit.at) if rows else None

    def first_words(self) -> dict[str, str]:
        """The first words of untitled conversations that are stored, from disk, by id."""
        if not stores_last_visit(self._settings):
            return {}
        return self._visits.first_words(self._server, self._settings.api_key)

    def store_first_words(self, words: Mapping[str, str]) -> None:
        """Store the first words of untitled conversations on disk; a full disk is ignored."""
        if stores_last_visit(self._settings):
            try:
                self._visits.save_first_words(self._server, self._settings.api_key, words)
            except (OSError, UnicodeEncodeError) as error:
                logging.getLogger(__name__).info("first words not stored: %s", error)

    def stores(self, order: Order) -> bool:
        """Return whether the rows of a list in that order are stored."""
        return stores_last_visit(self._settings) and order == Order()

    async def store_rows(self, agent: Agent, shown: tuple[Conversation, ...]) -> None:
        """Write what the list shows; a full disk is ignored."""
        fields = {name: value for name, value in agent.as_json().items() if name in AGENT_FIELDS}
        rows = tuple(
            {name: value for name, value in row.as_json(sent_only=True).items() if name in ROW_FIELDS}
            for row in shown[:MAX_ROWS]
        )
        visit = LastVisit(self._clock(), fields, rows)
        try:
            await asyncio.to_thread(self._visits.save, self._server, self._settings.api_key, visit)
        except (OSError, UnicodeEncodeError) as error:
            logging.getLogger(__name__).info("rows not stored: %s", error)
