"""The list of all agents: one list of the server, or where it lists one agent at a time, their lists merged."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from tui.flows.every_conversation import each, each_in_order
from tui.flows.find_by_id import all_agents
from tui.flows.list_pages import request_page
from tui.letta.walk import Walk
from tui.model.conversation import Page
from tui.model.errors import NotThere, Rejected
from tui.rules.merged_lists import MergedLists
from tui.rules.sort_order import Order, Sort

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.rules.paging import ConversationPages, PageRequest

AT_ONCE = 8
"""Lists of agents that are read at the same time."""


class ListOfAll:
    """Gives the pages of the list of all agents, and remembers how this server lists.

    Servers before 0.16.5 refuse a list without an agent (422) and list the newest first whatever is requested
    (measured), so theirs can be merged: the first page of each agent, and further ones as far as they are needed.
    """

    def __init__(
        self, client: LettaClient, agents: Iterable[Agent] | None = None, page_size: int = 200
    ) -> None:
        """`agents` saves reading them where their lists are merged."""
        self._client = client
        self._agent_ids = None if agents is None else [agent.id for agent in agents]
        self._page_size = page_size
        self._merged: MergedLists | None = None
        self.is_merged = False
        """Whether this server lists one agent at a time."""

    async def page(
        self,
        feed: ConversationPages,
        ask: PageRequest,
        archive_status: str | None,
        *,
        walk: Walk | None = None,
    ) -> Page[Conversation]:
        """A page of the list in the order of the feed; a first page reads the lists again. Raises LettaError."""
        created = feed.order.sort is Sort.CREATED
        if not self.is_merged or not created:
            request = request_page(self._client, "", feed, ask, archive_status)
            try:
                return await (request if walk is None else walk.page(request))
            except Rejected:
                if ask.after is not None or not created:
                    raise
                self.is_merged = True
        if ask.after is None or self._merged is None:
            self._merged = await self._new()
        return await self._page(self._merged, ask, archive_status)

    async def first_rows(
        self, feed: ConversationPages, ask: PageRequest, archive_status: str | None
    ) -> Page[Conversation]:
        """The first page as it is now; the next page of the list goes on where it was. Raises LettaError."""
        if not self.is_merged:
            return await self.page(feed, ask, archive_status)
        return await self._page(await self._new(), ask, archive_status)

    async def search(self, text: str, limit: int, archive_status: str | None) -> Page[Conversation]:
        """Rows with this text in their summary, which the server finds, agent by agent where it has to be.

        GET /v1/conversations/?summary_search=. Raises LettaError.
        """
        find = partial(self._client.conversations, search=text, limit=limit, archive_status=archive_status)
        if not self.is_merged:
            return await find("")
        rows: list[Conversation] = []
        async with aclosing(each_in_order(each(await self._ids()), find, at_once=AT_ONCE)) as pages:
            async for page in pages:
                rows += page.rows
                if len(rows) >= limit:
                    break
        return Page(tuple(rows), len(rows))

    async def _new(self) -> MergedLists:
        return MergedLists(await self._ids(), self._page_size)

    async def _ids(self) -> list[str]:
        """The ids of the agents: GET /v1/agents/, page by page."""
        if self._agent_ids is not None:
            return self._agent_ids
        return [agent.id async for agent in all_agents(self._client)]

    async def _page(
        self, merged: MergedLists, ask: PageRequest, archive_status: str | None
    ) -> Page[Conversation]:
        """The rows behind the one to continue after; less than were asked for only at the end."""
        unreadable, start = merged.unreadable, 0
        if ask.after is not None:
            while (behind := _behind(merged, ask.after)) is None and not merged.complete:
                await self._read(merged, len(merged.taken) + ask.limit, archive_status)
            start = len(merged.taken) if behind is None else behind
        await self._read(merged, start + ask.limit, archive_status)
        rows = tuple(merged.taken[start : start + ask.limit])
        if merged.limited and len(rows) < ask.limit:
            raise Walk("conversations", self._client.wire).too_large(len(merged.taken))
        return Page(rows, len(rows) + merged.unreadable - unreadable)

    async def _read(self, merged: MergedLists, count: int, archive_status: str | None) -> None:
        """Read pages of the agents' lists until so many rows are certain, or all are read."""
        merged.take(count)
        read = partial(self._read_one, merged, archive_status)
        while len(merged.taken) < count and not merged.complete:
            async with aclosing(each_in_order(each(merged.due), read, at_once=AT_ONCE)) as pages:
                async for _ in pages:
                    pass
            merged.take(count)

    async def _read_one(self, merged: MergedLists, archive_status: str | None, agent_id: str) -> None:
        """Read the next page of an agent's list; where its cursor was deleted meanwhile, after an earlier row."""
        while (ask := merged.next_request(agent_id)) is not None:
            try:
                page = await request_page(self._client, agent_id, NEWEST_FIRST, ask, archive_status)
            except NotThere:
                if merged.skip_cursor(agent_id, ask):
                    continue
                page = Page((), 0)  # the agent is gone
            merged.add_page(agent_id, ask, page)
            return


class _NewestFirst:
    """The order in which lists can be merged."""

    order = Order()


NEWEST_FIRST = _NewestFirst()


def _behind(merged: MergedLists, conversation_id: str) -> int | None:
    """The place behind a row; None if it was not taken yet."""
    for place in range(len(merged.taken) - 1, -1, -1):
        if merged.taken[place].id == conversation_id:
            return place + 1
    return None
