"""Browsing: reach the server, choose an agent, page through its conversations, open one."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import Worker

from tui.api.errors import LettaError, Rejected
from tui.api.opening import attempt
from tui.domain.feed import Ask, Feed, Order, Sort
from tui.screens.left_off import LeftOff
from tui.screens.opening import Opening
from tui.storage.state import ListPosition
from tui.widgets.conversation_list import ConversationList
from tui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from tui.api.rows import Agent, Conversation, Page

LOADED = (
    "tui.api.models",
    "tui.domain.undoing",
    "tui.domain.memory_items",
    "tui.domain.timeline",
    "tui.widgets.item_layout",
    "tui.domain.check",
)
"""What an opening needs, in steps of ten milliseconds at most."""

BETWEEN_KEYS = 0.04
"""Seconds between two keys of one that is held down, or a little more."""

REST = 0.12
"""Seconds that the cursor rests on a row before the row is read."""

TYPING = 0.25
"""Seconds that the filter rests before the server is asked to search."""

AT_ONCE = 5_000
"""So many rows are looked through while a key waits for it; more of them step by step."""

STEP = 4_000
"""Rows of a step: a few milliseconds."""


class Browsing(LeftOff, Opening):
    """The reading flows of the main screen."""

    _moved_at = 0.0
    _travel: Worker[None] | None = None

    def open_agent(
        self,
        agent: Agent,
        *,
        wanted: str | None = None,
        place: ListPosition | None = None,
        first: Page[Conversation] | None = None,
    ) -> None:
        """Show another agent's conversations, the wanted one under the cursor, or the place where it was left.

        `first` is their first page; rows of the last visit stay until fresh ones are here.
        """
        kept = self.as_of is not None and self.agent is not None and self.agent.id == agent.id
        order = self.order_of(place, None if kept else self.agent)
        row = place.row if place is not None and not (kept and place.row in self.feed) else None
        if not kept:
            self.note_place()
            self.clear_list(agent, order, place)
        self.show_agent(agent)
        anew = order if kept else None
        self.load_pages(anew=anew, wanted=wanted or row or None, quietly=wanted is None, first=first)
        self.remember(agent)

    def show_agent(self, agent: Agent) -> None:
        """Tell in the header whose conversations these are."""
        self.agent = agent
        self.header.agent, self.header.model = agent.title, agent.model or ""

    def clear_list(self, agent: Agent, order: Order, place: ListPosition | None) -> None:
        """Show nothing, as the agent's rows are on their way in that order."""
        self.show_agent(agent)
        self.as_of = self.read_at = None
        self.view = None
        self.filter_by("")
        self.feed = Feed(order, self.desk.settings.page_size)
        self.list.cursor = 0
        self.list.rows = []
        self.list.above = 0
        self.remove_class("-reading")
        self.list.focus()
        if place is not None:
            self.go_back(place)

    @work(group="state", description="remember")
    async def remember(self, agent: Agent) -> None:
        """Note what was used last."""
        await self.remember_here(agent)

    @work(group="pages", exclusive=True, description="load pages")
    async def load_pages(
        self,
        *,
        anew: Order | None = None,
        again: int = 0,
        wanted: str | None = None,
        quietly: bool = False,
        first: Page[Conversation] | None = None,
    ) -> None:
        """Load one more page, or as many rows `again` into a list that is made `anew` and replaces the shown one.

        `first` is their first page.
        """
        feed = self.feed if anew is None else Feed(anew, self.desk.settings.page_size)
        agent = self.agent
        loaded = len(feed)
        enough = max(again, loaded + 1)
        while agent is not None and len(feed) < enough:
            ask = feed.ask(again - len(feed) if again else 0)
            if ask is None:
                break
            order = feed.order
            if self.as_of is None:
                self.heading.words = f"{feed.words} · {len(feed)} loaded, reading…"
            try:
                page = first or await self.page_of(agent.id, order, ask)
            except LettaError as error:
                self.heard(error)
                if isinstance(error, Rejected) and order.sort is not Sort.CREATED and not len(feed):
                    self._cannot_sort(feed)
                else:
                    self.show_heading(f"{error.what} · r retries")
                return
            self.heard()
            feed.take(ask, page)
            first = None
            if feed.unheeded:
                self._cannot_sort(feed)
                return
        await self._take_over_feed(agent, feed, wanted, quietly=quietly, anew=not loaded)

    async def _take_over_feed(
        self, agent: Agent | None, feed: Feed, wanted: str | None, *, quietly: bool, anew: bool
    ) -> None:
        """Show a feed that has what was asked for; `anew` if it was empty before."""
        self.feed = feed
        stood, self.as_of = self.as_of, None
        self.show_rows(keep=await self.cursor_row(wanted, quietly=quietly))
        if stood is not None:
            self._highlighted()  # what the cursor is on was not read as long as its row was an old one
        words = self.filter_words.strip()
        if anew and words and not feed.complete:
            self.search(words)  # what it brought before is not among the fresh rows
        if agent is not None and anew:
            self.keep_visit(agent, feed)

    async def page_of(self, agent_id: str, order: Order, ask: Ask) -> Page[Conversation]:
        """One page of an agent's conversations."""
        return await self.desk.client.conversations(
            agent_id,
            after=ask.after,
            limit=ask.limit,
            order=order.direction,
            order_by=order.sort.order_by,
        )

    def keep_visit(self, agent: Agent, feed: Feed) -> None:
        """Fresh rows came: a place to note them."""

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
        if not self.feed.complete and self.list.cursor == len(self.list.rows) - 1:
            self._moved_at = monotonic()  # a key that waits at the end for more rows to pass is no rest
        busy = any(worker.group == "pages" and worker.is_running for worker in self.workers)
        if not self.feed.complete and not busy and self.as_of is None:
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
        await self._load_reading()
        until = 0.0
        while until < self._moved_at + REST:
            until = self._moved_at + REST
            await asyncio.sleep(until - monotonic())
        self.show_place()
        if self.list.row is not None and self.as_of is None:
            self.read(self.list.row)

    async def _load_reading(self) -> None:
        """Load what reads and shows a conversation while the cursor begins to rest, in steps between keys.

        Not before fresh rows are shown: those of the last visit wait for them.
        """
        left = [name for name in LOADED if self.as_of is None and name not in sys.modules]
        if left:
            await self.painted()
        while left:
            moving = monotonic() - self._moved_at < BETWEEN_KEYS
            await asyncio.sleep(BETWEEN_KEYS if moving else 0)
            if not moving:
                import_module(left.pop(0))

    # filter

    @on(FilterLine.Narrowed)
    def _narrowed(self, event: FilterLine.Narrowed) -> None:
        if self.agent is None:
            return
        self._show_matches()
        if event.words.strip() and not self.feed.complete:
            self.search(event.words.strip())

    def _show_matches(self) -> None:
        """Show what the filter leaves: at once, or in a long list when it was looked through."""
        words = self.filter_words
        self.workers.cancel_group(self, "filter")
        if words.split() and self.feed.narrowing(words).left > AT_ONCE:
            self.narrow(words)
        else:
            self.show_rows()

    @work(group="filter", exclusive=True)
    async def narrow(self, words: str) -> None:
        """Look through a long list in steps between which keys are heard; the next letter ends it."""
        narrowing = self.feed.narrowing(words)
        while not narrowing.done:
            narrowing.step(STEP)
            await asyncio.sleep(0)
        if words == self.filter_words:
            self.show_rows()

    @work(group="search", exclusive=True)
    async def search(self, words: str) -> None:
        """Let the server look through the conversations that are not loaded."""
        agent = self.agent
        await asyncio.sleep(TYPING)
        if agent is None:
            return
        page = await attempt(
            self.desk.client.conversations, agent.id, search=words, limit=self.desk.settings.page_size
        )
        if self.agent is not agent or self.filter_words.strip() != words:
            return
        if isinstance(page, LettaError):
            self.heard(page)
            self.show_heading(page.what)
        else:
            self.feed.found(page.rows)
            self._show_matches()

    @on(FilterLine.Accepted)
    def _accepted(self) -> None:
        if any(worker.group == "filter" and worker.is_running for worker in self.workers):
            self.workers.cancel_group(self, "filter")
            self.show_rows()
        self.filter_line.display = bool(self.filter_words)
        self.list.focus()
        matches = [index for index, row in enumerate(self.list.rows) if not row.is_default]
        if matches and self.filter_words:
            self.list.move_to(matches[0])

    @on(FilterLine.Cancelled)
    def _cancelled(self) -> None:
        self.filter_line.display = False
        self.list.focus()
        self.show_rows()
