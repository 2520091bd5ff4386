"""Where the screen was left: noted when it is left, gone back to at the next start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.api.errors import LettaError, NotThere, Rejected
from tui.api.opening import attempt
from tui.domain.feed import Order
from tui.domain.text import one_line
from tui.local.ahead import fixed_order
from tui.screens.base import MainState
from tui.storage.state import ListPosition
from tui.widgets.tab_bar import TABS

if TYPE_CHECKING:
    from tui.api.rows import Agent


class LeftOff(MainState):
    """Row, tab, order and filter of an agent; the demo begins anew each time."""

    _forgets = False
    """Whether it was said already that the disk refuses."""

    def note_place(self) -> None:
        """Keep in mind where this agent is left."""
        settings, row = self.desk.settings, self.list.row
        if self.agent is None or row is None or settings.demo or settings.bundle:
            return
        order, words = self.feed.order, self.filter_words.strip()
        sort = order.sort.word.replace(" ", "-")
        tab, above = self.detail.tabs.active, self.list.cursor - round(self.list.scroll_y)
        place = ListPosition(row.id, tab, sort, order.oldest_first, words, above)
        self.desk.state.note_position(self.desk.server, self.agent.id, place)

    async def last_place(self, agent_id: str) -> ListPosition | None:
        """Where this agent was left, looked up beside the loop."""
        return await asyncio.to_thread(self.place_of, agent_id)

    def place_of(self, agent_id: str) -> ListPosition | None:
        """Where this agent was left; a conversation or an order that the user asked for counts more."""
        settings = self.desk.settings
        if settings.demo or settings.bundle or settings.conversation:
            return None
        return self.desk.state.position(self.desk.server, agent_id)

    def go_back(self, place: ListPosition) -> None:
        """Put tab, filter and order back; the row comes with its page."""
        if place.tab in dict(TABS):
            self.detail.show_tab(place.tab)
        self.list.above = place.above
        self.filter_by(place.filter)

    def order_of(self, place: ListPosition | None, before: Agent | None) -> Order:
        """The order of an agent's list: as it was left, as the settings have it at first, else the sort of now."""
        if before is None and (place is None or fixed_order(self.desk.settings)):
            return self.feed.order
        return Order.named(place.sort, place.oldest_first) if place else Order(self.feed.order.sort)

    async def cursor_row(self, wanted: str | None, *, quietly: bool) -> str | None:
        """The row that the cursor goes to: the wanted one, else the one it is on, else the newest."""
        from tui.api.rows import DEFAULT

        feed = self.feed
        keep = wanted or (self.list.row.id if self.list.row else None)
        if wanted is not None and wanted not in feed and wanted != DEFAULT:
            await self._fetch_wanted(wanted, quietly=quietly)
            if quietly and wanted not in feed:
                keep = None  # where it was left is gone
        if keep is None and len(feed):
            # the newest one is what most people come for; the default stands above it
            return feed.shown()[0].id
        return keep

    async def _fetch_wanted(self, wanted: str, *, quietly: bool) -> None:
        """The conversation that was asked for, or (`quietly`) where the list was left, wherever its page is."""
        found = await attempt(self.desk.client.conversation, wanted)
        if isinstance(found, NotThere | Rejected):
            trouble = f"No conversation “{one_line(wanted, 60)}” on {self.desk.wire.server}"
        elif isinstance(found, LettaError):
            trouble = str(found)
        elif self.agent is not None and found.agent_id != self.agent.id:
            trouble = "That conversation belongs to another agent"
        else:
            self.feed.put(found, first=True)
            return
        if not quietly:
            self.say(trouble, trouble=True)

    async def remember_here(self, agent: Agent) -> None:
        """Note server and agent as the last ones, and what was noted of places; a full disk is no reason to stop."""
        state, settings, server = self.desk.state, self.desk.settings, self.desk.server
        try:
            await asyncio.to_thread(state.remember_agent, server, agent.id)
            if not (settings.demo or settings.bundle):
                await asyncio.to_thread(state.remember_server, profile=settings.profile, base_url=server)
            await asyncio.to_thread(state.close)
        except OSError as trouble:
            if not self._forgets:
                self.say(f"Recent agents and places are not kept on this machine: {trouble}", trouble=True)
            self._forgets = True
