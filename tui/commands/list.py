"""`letta-tui list`: the conversations of an agent or of all, or the agents themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tui.api.client import LettaClient
from tui.api.rows import DEFAULT, Agent, Conversation
from tui.commands.selection import all_agents, holds_default, load, named_agent
from tui.commands.session import DONE, Call, NotChosen, put, put_json, say, width
from tui.domain.columns import table
from tui.domain.feed import Feed, Order
from tui.domain.lacking import cannot
from tui.domain.listing import Table, agent_table, conversation_table, listed_json
from tui.domain.text import one_line, plural

Row = Conversation | Agent


def run(call: Call) -> int:
    """List what the arguments name; returns the exit code."""
    flags = call.flags
    if flags["agents"]:
        if flags["all"] or call.flagged("agent"):
            raise NotChosen("list --agents lists every agent: no --all, no --agent")
    elif flags["all"] and call.flagged("agent"):
        raise NotChosen("list takes either --agent or --all")
    elif not flags["all"] and not call.settings.agent and call.settings.bundle is None:
        raise NotChosen("list needs either --agent, --all, or --agents")
    order = Order.named(flags["sort"], flags["reverse"])
    return call.served(ListCommand(call, order, flags["filter"] or "", flags["limit"]))


@dataclass(frozen=True)
class ListCommand:
    """Reads as many pages as the limit needs, and prints them in the order of the screen."""

    call: Call
    order: Order
    words: str
    limit: int | None
    said: list[str] = field(default_factory=list)
    """What was said already, once for all agents."""

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        if self.call.flags["agents"]:
            await self._agents(client)
            return DONE
        rows: list[Conversation] = []
        cut = found = 0
        left = ""
        async for agent in self._owners(client):
            room = None if self.limit is None else self.limit - len(rows)
            chosen, left = await self._of(client, agent, room)
            found += 1
            rows += chosen
            if chosen and not self._for_programs:
                if self.call.flags["all"]:
                    put(f"{one_line(agent.title, 60)} · {agent.id}\n")
                cut += self._print(conversation_table(chosen, self.order.sort, self._now))
            if self.limit is not None and len(rows) >= self.limit:
                left = left or ("there may be more" if self.call.flags["all"] else "")
                break
        self._programs(rows)
        self._end(len(rows), "conversation", left, cut)
        return DONE

    async def _owners(self, client: LettaClient) -> AsyncIterator[Agent]:
        settings = self.call.settings
        if settings.agent and not self.call.flags["all"]:
            yield await named_agent(client, settings.agent)
        else:
            async for agent in all_agents(client):
                yield agent

    async def _of(
        self, client: LettaClient, agent: Agent, room: int | None
    ) -> tuple[list[Conversation], str]:
        """Rows of one agent, the default conversation first, and in words what was left out of them."""
        feed = Feed(self.order, self.call.settings.page_size)

        def enough(feed: Feed) -> bool:
            return room is not None and not feed.partly and len(feed.shown(self.words)) >= room

        await load(client, agent, feed, enough)
        if feed.unheeded and not self.said:
            self.said.append(cannot(self.order.sort.order_by, await client.version()))
            say(f"letta-tui: {self.said[0]}")
        rows = list(feed.shown(self.words))
        held = self.call.settings.bundle is None or await holds_default(client, agent)
        if held and all(word in "default conversation" for word in self.words.casefold().split()):
            rows.insert(0, Conversation(id=DEFAULT, agent_id=agent.id))
        if feed.unreadable:
            say(f"letta-tui: {plural(feed.unreadable, 'row')} without an id left out")
        if room is None or (len(rows) <= room and feed.complete):
            return rows, ""
        left = str(len(rows) - room) if feed.complete else f"at least {len(rows) - room}"
        return rows[:room], f"{left} more"

    async def _agents(self, client: LettaClient) -> None:
        wanted = self.words.casefold().split()
        rows: list[Agent] = []
        left = ""
        async for agent in all_agents(client):
            if all(word in f"{agent.title} {agent.id}".casefold() for word in wanted):
                if self.limit is not None and len(rows) >= self.limit:
                    left = "there are more"
                    break
                rows.append(agent)
        if self.call.flags["reverse"]:
            rows.reverse()
        cut = 0 if self._for_programs else self._print(agent_table(rows, self._now))
        self._programs(rows)
        self._end(len(rows), "agent", left, cut)

    @property
    def _now(self) -> datetime:
        return self.call.clock()

    @property
    def _for_programs(self) -> bool:
        return bool(self.call.flags["json"] or self.call.flags["jsonl"])

    def _print(self, rows: Table) -> int:
        lines, cut = table(rows, width())
        put("".join(f"{line}\n" for line in lines))
        return cut

    def _programs(self, rows: Sequence[Row]) -> None:
        held = [listed_json(row) for row in rows]
        if self.call.flags["json"]:
            put_json(held)
        elif self.call.flags["jsonl"]:
            put("".join(f"{json.dumps(one)}\n" for one in held))

    def _end(self, count: int, noun: str, left: str, cut: int) -> None:
        """What was counted, and everything that was left out, in words."""
        parts = [plural(count, noun), left and f"{left}: --limit left them out"]
        parts.append(f"{plural(cut, 'line')} cut at the terminal's width: --json has all" if cut else "")
        say(", ".join(filter(None, parts)))
