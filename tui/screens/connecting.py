"""Connecting: the last agent with its rows in one go, else whichever there is; old rows until fresh ones come."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from tui.api.ahead_of_time import rows_at_hand
from tui.api.errors import LettaError, NotThere, Rejected
from tui.api.opening import attempt
from tui.config.server import first_agent, stores_last_visit
from tui.domain.feed import Ask, Feed, Order
from tui.screens.browsing import Browsing
from tui.storage.last_visit import MAX_ROWS, LastVisit

if TYPE_CHECKING:
    from tui.api.client import LettaClient
    from tui.api.rows import Agent, Conversation
    from tui.storage.state import ListPosition

AGENT_FIELDS = frozenset({"id", "name", "model"})
ROW_FIELDS = frozenset(
    {
        "id",
        "agent_id",
        "summary",
        "created_at",
        "updated_at",
        "last_message_at",
        "isolated_block_ids",
        "archived",
    }
)
"""What the list shows of a row."""


class Connecting(Browsing):
    """Reaches the server and finds the agent to begin with."""

    @dataclass
    class Unreachable(Message):
        """The server gave no usable answer: somebody has to choose what to do."""

        error: LettaError

    class AgentWanted(Message):
        """There are several agents and none was chosen."""

    @work(group="connect", exclusive=True)
    async def connect(self) -> None:
        """Show the agent that was asked for or used last, else read which there are; without an answer, ask."""
        self.tell_server()
        known = await asyncio.to_thread(self._known_agent)
        if known is not None:
            self._show_last_visit(known, await self.last_place(known))
        self.ask_version()
        if known is not None and await self._open_known(known):
            return
        first = await attempt(self.desk.client.agents, limit=50)
        if isinstance(first, LettaError):
            self._cannot_reach(first)
            return
        self.heard()
        chosen = await attempt(self._first_agent, first.rows)
        if isinstance(chosen, LettaError):
            self._cannot_reach(chosen)
            return
        if chosen is not None:
            place = await self.last_place(chosen.id)
            self.open_agent(chosen, wanted=self.desk.settings.conversation, place=place)
            return
        self._forget_last_visit()
        none = "this server has no agents yet · r looks again"
        self.heading.words = "no agent chosen: a picks one" if first.rows else none
        if first.rows:
            self.post_message(self.AgentWanted())

    def tell_server(self) -> None:
        """Say in the header what is being reached."""
        self.tell_connection("connecting")
        self.header.place = self.desk.wire.server
        bundle = self.desk.settings.bundle
        self.header.file = "" if bundle is None else bundle.name

    @work(group="version", exclusive=True)
    async def ask_version(self) -> None:
        """Read the server's version, which nothing waits for."""
        self.header.version = await self.desk.client.version()

    def _cannot_reach(self, error: LettaError) -> None:
        self.tell_connection("failing")
        self.show_heading(error.what)
        self.post_message(self.Unreachable(error))

    def _known_agent(self) -> str | None:
        return first_agent(self.desk.settings, self.desk.state)

    async def _open_known(self, agent_id: str) -> bool:
        """Ask for an agent and its first rows at once; False where there is no such agent any more."""
        place = await self.last_place(agent_id)
        order = self.order_of(place, None)
        ask = Ask(None, self.desk.settings.page_size)
        agent, page = await asyncio.gather(
            attempt(self.desk.client.agent, agent_id), attempt(self.page_of, agent_id, order, ask)
        )
        if isinstance(agent, NotThere | Rejected):
            return False
        if isinstance(agent, LettaError):  # it may well be there, which nobody can tell now
            self._cannot_reach(agent)
            return True
        self.heard()
        first = None if isinstance(page, LettaError) else page
        self.open_agent(agent, wanted=self.desk.settings.conversation, place=place, first=first)
        return True

    async def _first_agent(self, first: tuple[Agent, ...]) -> Agent | None:
        """The agent asked for by name, else the only one; the demo starts on its first. Raises LettaError."""
        settings, client = self.desk.settings, self.desk.client
        if settings.agent:
            named = await self._named_agent(client, settings.agent)
            if named is None:
                self.say(f"No agent “{settings.agent}” on {client.server}", trouble=True)
            return named
        if settings.demo or settings.bundle is not None:
            return next(iter(first), None)
        return first[0] if len(first) == 1 else None

    async def _named_agent(self, client: LettaClient, wanted: str) -> Agent | None:
        rows = (await client.agents(query=wanted)).rows
        exact = [agent for agent in rows if (agent.name or "").casefold() == wanted.casefold()]
        return next(iter(exact or rows), None)

    # rows of the last visit

    def begin_with_rows(self) -> None:
        """Put rows into the first frame; files may be read, as nothing waits for a key yet.

        Fresh ones, if what was asked ahead is answered already, stand in for those of the last visit in all respects.
        """
        self.tell_server()
        known = self._known_agent()
        if known is None:
            return
        place = self.place_of(known)
        order = self.order_of(place, None)
        here = rows_at_hand(
            self.desk.wire.early,
            known,
            limit=self.desk.settings.page_size,
            order=order.direction,
            order_by=order.sort.order_by,
        )
        if here is not None and here[1]:
            self._stand_in(*here, self.now, order, place)
        else:
            self._show_last_visit(known, place)

    def _show_last_visit(self, agent_id: str, place: ListPosition | None) -> None:
        """Show the rows that were kept of this agent, marked as old."""
        desk = self.desk
        if not stores_last_visit(desk.settings) or self.agent is not None:
            return
        order = self.order_of(place, None)
        visit = desk.visits.find(desk.server, desk.settings.api_key, agent_id)
        if visit is None or order != Order():
            return
        from tui.api.rows import Agent, Conversation

        rows: list[Conversation] = []
        for row in visit.rows:
            with suppress(ValueError):
                rows.append(Conversation.read(row))
        if rows:
            self._stand_in(Agent.read(visit.agent), tuple(rows), visit.at, order, place)

    def _stand_in(
        self,
        agent: Agent,
        rows: tuple[Conversation, ...],
        at: datetime,
        order: Order,
        place: ListPosition | None,
    ) -> None:
        """Show rows that were read at that time, until fresh ones come."""
        from tui.api.rows import DEFAULT, Page

        self.clear_list(agent, order, place)
        self.as_of = at
        self.feed.take(Ask(None, 0), Page(rows, len(rows)))
        wanted = self.desk.settings.conversation or (place.row if place is not None else None)
        self.show_rows(keep=wanted if wanted in self.feed or wanted == DEFAULT else rows[0].id)

    def _forget_last_visit(self) -> None:
        """The agent of the kept rows is gone."""
        if self.as_of is not None:
            self.as_of = None
            self.agent = None
            self.header.agent = self.header.model = ""
            self.feed = self.first_feed()
            self.show_rows()

    def keep_visit(self, agent: Agent, feed: Feed) -> None:
        """Keep the rows for the next visit, in the order in which a list begins."""
        self.read_at = self.now
        if stores_last_visit(self.desk.settings) and feed.order == Order():
            self.write_visit(agent, feed.shown()[:MAX_ROWS])

    @work(group="visit", description="write visit")
    async def write_visit(self, agent: Agent, shown: tuple[Conversation, ...]) -> None:
        """Write what the list shows; a full disk is no reason to stop."""
        told = {name: value for name, value in agent.as_json().items() if name in AGENT_FIELDS}
        rows = tuple(
            {name: value for name, value in row.as_json(said_only=True).items() if name in ROW_FIELDS}
            for row in shown
        )
        desk = self.desk
        visit = LastVisit(self.now, told, rows)
        try:
            await asyncio.to_thread(desk.visits.save, desk.server, desk.settings.api_key, visit)
        except (OSError, UnicodeEncodeError) as trouble:
            self.log.warning(f"rows not kept: {trouble}")
