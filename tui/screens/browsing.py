"""Browsing: reach the server, choose an agent, page through its conversations, open one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.worker import Worker

from tui.api.errors import LettaError, NotThere, Rejected
from tui.api.opening import attempt
from tui.domain.feed import Feed, Order, Sort
from tui.local.state import Place
from tui.screens.left_off import LeftOff
from tui.screens.opening import Opening
from tui.widgets.conversation_list import ConversationList
from tui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from tui.api.client import LettaClient
    from tui.api.models import Agent

REST = 0.12
"""Seconds that the cursor rests on a row before the row is read."""

TYPING = 0.25
"""Seconds that the filter rests before the server is asked to search."""


class Browsing(LeftOff, Opening):
    """The reading flows of the main screen."""

    _moved_at = 0.0
    _travel: Worker[None] | None = None

    @dataclass
    class Unreachable(Message):
        """The server gave no usable answer: somebody has to choose what to do."""

        error: LettaError

    class AgentWanted(Message):
        """There are several agents and none was chosen."""

    @work(group="connect", exclusive=True)
    async def connect(self) -> None:
        """Read the server's version and its first agents; without an answer, ask what to do."""
        self.header.connection = "connecting"
        self.header.place = self.desk.client.server
        bundle = self.desk.settings.bundle
        self.header.file = "" if bundle is None else bundle.name
        client = self.desk.client
        health, first = await asyncio.gather(attempt(client.health()), attempt(client.agents(limit=50)))
        if isinstance(first, LettaError):
            self.header.connection = "failing"
            self.show_heading(first.what)
            self.post_message(self.Unreachable(first))
            return
        self.heard()
        self.header.version = "" if isinstance(health, LettaError) else health.version or ""
        chosen = await self._first_agent(first.rows)
        if chosen is not None:
            wanted, place = self.desk.settings.conversation, await self.last_place(chosen)
            self.open_agent(chosen, wanted=wanted, place=place)
        else:
            self.heading.words = (
                "no agent chosen: a picks one" if first.rows else "this server has no agents yet"
            )
            if first.rows:
                self.post_message(self.AgentWanted())

    async def _first_agent(self, first: tuple[Agent, ...]) -> Agent | None:
        """The agent asked for, else the last used one, else the only one; the demo starts on its first."""
        settings, client = self.desk.settings, self.desk.client
        if settings.agent:
            named = await self._named_agent(client, settings.agent)
            if named is None:
                self.say(f"No agent “{settings.agent}” on {client.server}", trouble=True)
            return named
        if settings.demo or settings.bundle is not None:
            return next(iter(first), None)
        last = await asyncio.to_thread(self.desk.state.last_agent, self.desk.server)
        if last is not None:
            found = await attempt(client.agent(last))
            if not isinstance(found, LettaError):
                return found
        return first[0] if len(first) == 1 else None

    async def _named_agent(self, client: LettaClient, wanted: str) -> Agent | None:
        if wanted.startswith("agent-"):
            found = await attempt(client.agent(wanted))
            if not isinstance(found, LettaError):
                return found
            if not isinstance(found, NotThere | Rejected):
                return None
        page = await attempt(client.agents(query=wanted))
        rows = () if isinstance(page, LettaError) else page.rows
        exact = [agent for agent in rows if (agent.name or "").casefold() == wanted.casefold()]
        return next(iter(exact or rows), None)

    def open_agent(self, agent: Agent, *, wanted: str | None = None, place: Place | None = None) -> None:
        """Show another agent's conversations, the wanted one under the cursor, or the place where it was left."""
        self.note_place()
        order = self.order_of(place, self.agent)
        self.agent = agent
        self.header.agent, self.header.model = agent.title, agent.model or ""
        self.view = None
        self.filter_line.value = ""
        self.filter_line.display = False
        self.feed = Feed(order, self.desk.settings.page_size)
        self.list.cursor = 0
        self.list.rows = []
        self.remove_class("-reading")
        self.list.focus()
        if place is not None:
            self.go_back(place)
        self.load_pages(wanted=wanted or (place and place.row) or None, quietly=wanted is None)
        self.remember(agent)

    @work(group="state")
    async def remember(self, agent: Agent) -> None:
        """Note what was used last."""
        await self.remember_here(agent)

    @work(group="pages", exclusive=True)
    async def load_pages(
        self,
        *,
        feed: Feed | None = None,
        at_least: int = 1,
        wanted: str | None = None,
        quietly: bool = False,
    ) -> None:
        """Load pages until there are so many rows, into this feed (which then replaces the shown one)."""
        feed = self.feed if feed is None else feed  # an empty one is false
        agent = self.agent
        loaded = len(feed)
        while agent is not None and len(feed) < loaded + at_least and (ask := feed.ask()) is not None:
            order = feed.order
            self.heading.words = f"{feed.words} · {len(feed)} loaded, reading…"
            try:
                page = await self.desk.client.conversations(
                    agent.id,
                    after=ask.after,
                    limit=ask.limit,
                    order=order.direction,
                    order_by=order.sort.order_by,
                )
            except LettaError as error:
                self.heard(error)
                if isinstance(error, Rejected) and order.sort is not Sort.CREATED and not len(feed):
                    self._cannot_sort(feed)
                else:
                    self.show_heading(f"{error.what} · r retries")
                return
            self.heard()
            feed.take(ask, page)
            if feed.unheeded:
                self._cannot_sort(feed)
                return
        self.feed = feed
        self.show_rows(keep=await self.cursor_row(wanted, quietly=quietly))

    @property
    def sortable(self) -> bool:
        """Whether the server may know another order than by creation."""
        return any(sort.order_by not in self.lacking for sort in Sort if sort is not Sort.CREATED)

    def _cannot_sort(self, feed: Feed) -> None:
        """Say that the server knows no such order, and leave the list in the order that it has."""
        self.say(self.lacks_for_certain(feed.order.sort.order_by), trouble=True)
        if feed is self.feed:
            self.feed = Feed(Order(oldest_first=feed.order.oldest_first), self.desk.settings.page_size)
            self.load_pages()
        else:
            self.show_heading()

    @on(ConversationList.NearEnd)
    def _near_end(self) -> None:
        busy = any(worker.group == "pages" and worker.is_running for worker in self.workers)
        if not self.feed.complete and not busy:
            self.load_pages()

    @on(ConversationList.Highlighted)
    def _highlighted(self) -> None:
        self._moved_at = monotonic()
        if self._travel is None or self._travel.is_finished or self._travel.is_cancelled:
            self.give_up_reading()  # what was being read is not wanted any more
            self._travel = self.travel()

    @work(group="travel", exclusive=True)
    async def travel(self) -> None:
        """Wait until the cursor rests, one worker for all the rows that it passes; then read where it is."""
        await self.show_known()
        until = 0.0
        while until < self._moved_at + REST:
            until = self._moved_at + REST
            await asyncio.sleep(until - monotonic())
        self.show_place()
        if self.list.row is not None:
            self.read(self.list.row)

    # filter

    @on(FilterLine.Narrowed)
    def _narrowed(self, event: FilterLine.Narrowed) -> None:
        if self.agent is None:
            return
        self.show_rows()
        if event.words.strip() and not self.feed.complete:
            self.search(event.words.strip())

    @work(group="search", exclusive=True)
    async def search(self, words: str) -> None:
        """Let the server look through the conversations that are not loaded."""
        agent = self.agent
        await asyncio.sleep(TYPING)
        if agent is None:
            return
        page = await attempt(
            self.desk.client.conversations(agent.id, search=words, limit=self.desk.settings.page_size)
        )
        if isinstance(page, LettaError):
            self.heard(page)
            self.show_heading(page.what)
        elif self.agent is agent and self.filter_line.value.strip() == words:
            self.feed.found(page.rows)
            self.show_rows()

    @on(FilterLine.Accepted)
    def _accepted(self) -> None:
        self.filter_line.display = bool(self.filter_line.value)
        self.list.focus()
        matches = [index for index, row in enumerate(self.list.rows) if not row.is_default]
        if matches and self.filter_line.value:
            self.list.move_to(matches[0])

    @on(FilterLine.Cancelled)
    def _cancelled(self) -> None:
        self.filter_line.display = False
        self.list.focus()
        self.show_rows()
