"""Watch the conversations of one agent or of all: what changed from one reading to the next."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tui.flows.every_conversation import listed_rows
from tui.flows.find_by_id import all_agents, find_agent
from tui.flows.follow import ALL_ROWS_EVERY, FIRST_ROWS
from tui.letta.open_conversation import open_conversation
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import LettaError, NotOffered, NotThere, Rejected, attempt
from tui.rules.archive_status import ArchiveStatus
from tui.rules.sort_order import Sort
from tui.rules.watched_rows import (
    Event,
    WatchedRow,
    memory_events,
    message_json,
    missing_rows,
    opened_events,
    row_events,
)

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Page
    from tui.model.opened import Opened

LOOKS_AT_ACTIVE = 3
"""Reads of a conversation after its row changed: its turn may continue without changing the row (measured)."""

Rows = dict[str, WatchedRow]
"""Rows by the id of the conversation; default ones by the id of the agent."""

EVERYWHERE = ""
"""Stands for the list of the conversations of all agents."""


@dataclass
class Active:
    """A conversation whose row has changed and whose messages are being read."""

    row: Conversation
    since: datetime | None
    left: int = LOOKS_AT_ACTIVE
    opened: Opened | None = None


class Watch:
    """Remembers rows, shared values and messages, and yields what differs at each look.

    A look reads the newest rows and those with the newest messages; every tenth look reads all rows. Shared memory and
    default conversations are read at each look for one agent, at every tenth for all agents.
    """

    def __init__(
        self, client: LettaClient, clock: Callable[[], datetime], agent: str | None, page_size: int = 200
    ) -> None:
        """`agent` is the id or the name of the only agent, None for all."""
        self._client, self._clock, self._named, self._page_size = client, clock, agent, page_size
        self.agents: dict[str, Agent] = {}
        self._rows: dict[str, Rows] = {}
        self._default_rows: Rows = {}
        self._default_messages: dict[str, tuple[str, ...]] = {}
        self._memory: dict[str, dict[str, str | None]] = {}
        self._active: dict[str, Active] = {}
        self._lists_everywhere: bool | None = None
        self._looks = 0

    @property
    def count(self) -> int:
        """How many conversations are watched, without the default ones."""
        return sum(map(len, self._rows.values()))

    async def begin(self) -> None:
        """Read everything once, to compare with; raises LettaError."""
        async for _ in self.look():
            pass

    async def look(self) -> AsyncGenerator[Event, None]:
        """Read again and yield each difference as it is found; raises LettaError, and can then be called again."""
        complete = self._looks % ALL_ROWS_EVERY == 0
        if complete or self._named is not None:
            await self._read_agents()
        for list_id in await self._lists():
            async for event in self._all_rows(list_id) if complete else self._first_rows(list_id):
                yield event
        if complete or self._named is not None:
            for agent in list(self.agents.values()):
                async for event in self._of_agent(agent):
                    yield event
        async for event in self._of_active():
            yield event
        self._looks += 1

    async def _read_agents(self) -> None:
        """Read the agents again."""
        if self._named is None:
            self.agents = {agent.id: agent async for agent in all_agents(self._client)}
            return
        known = next(iter(self.agents.values()), None)
        if known is None:
            known = await find_agent(self._client, self._named)
        read = await attempt(self._client.agent, known.id)
        if isinstance(read, LettaError) and not isinstance(read, NotOffered):
            raise read
        self.agents = {known.id: known if isinstance(read, LettaError) else read}

    async def _lists(self) -> Sequence[str]:
        """Return the lists that together have all rows: one if the server lists all agents (0.16.5 on, measured)."""
        if self._named is not None:
            return list(self.agents)
        if self._lists_everywhere is None:
            page = await attempt(self._client.conversations, EVERYWHERE, limit=1)
            if isinstance(page, LettaError) and not isinstance(page, NotOffered | Rejected):
                raise page
            self._lists_everywhere = not isinstance(page, LettaError) and bool(page.rows)
        return [EVERYWHERE] if self._lists_everywhere else list(self.agents)

    # rows

    async def _all_rows(self, list_id: str) -> AsyncGenerator[Event, None]:
        known, sent = self._rows.setdefault(list_id, {}), set[str]()
        async for row in listed_rows(
            self._client, list_id, page_size=self._page_size, archive_status=ArchiveStatus.ALL
        ):
            sent.add(row.id)
            for event in self._put(known, row):
                yield event
        async for event in self._remove(known, [key for key in known if key not in sent]):
            yield event

    async def _first_rows(self, list_id: str) -> AsyncGenerator[Event, None]:
        known = self._rows.setdefault(list_id, {})
        page = await self._page(list_id, Sort.CREATED)
        for row in page.rows:
            for event in self._put(known, row):
                yield event
        async for event in self._remove(
            known, missing_rows(known, page.rows, complete=page.sent < FIRST_ROWS)
        ):
            yield event
        if len(known) <= FIRST_ROWS or not Sort.LAST_MESSAGE.is_offered(self._client.supported):
            return
        active = await attempt(self._page, list_id, Sort.LAST_MESSAGE)
        if isinstance(active, LettaError):
            if not isinstance(active, Rejected):  # the client remembers that this order is not supported
                raise active
            return
        for row in active.rows:
            for event in self._put(known, row):
                yield event

    async def _page(self, list_id: str, sort: Sort) -> Page[Conversation]:
        return await self._client.conversations(
            list_id,
            limit=FIRST_ROWS,
            order="desc",
            order_by=sort.order_by,
            archive_status=ArchiveStatus.ALL.to_request(self._client.supported),
        )

    def _put(self, known: Rows, row: Conversation) -> Sequence[Event]:
        """Remember a row; returns what changed in it."""
        key = row.agent_id if row.is_default else row.id
        before, after = known.get(key), WatchedRow.of(row)
        known[key] = after
        if not self._looks:
            return ()
        if before is None or after.may_have_messages_since(before):
            since = None if before is None else after.messages_since(before)
            active = self._active.setdefault(row.key, Active(row, since))
            active.row, active.left = row, LOOKS_AT_ACTIVE
        return list(row_events(row.id, before, after))

    async def _remove(self, known: Rows, missing: Sequence[str]) -> AsyncGenerator[Event, None]:
        """Forget rows that the server no longer has, but not those that a list only left out."""
        for conversation_id in missing:
            read = await attempt(self._client.conversation, conversation_id)
            if isinstance(read, NotThere):
                before = known.pop(conversation_id)
                self._active.pop(conversation_id, None)
                for event in row_events(conversation_id, before, None):
                    yield event
            elif isinstance(read, LettaError):
                raise read

    # agents

    async def _of_agent(self, agent: Agent) -> AsyncGenerator[Event, None]:
        """Yield what changed in the shared memory of an agent and in its default conversation."""
        blocks = await attempt(self._client.agent_blocks, agent.id)
        if isinstance(blocks, NotThere):
            del self.agents[agent.id]
            return
        if isinstance(blocks, LettaError):
            if not isinstance(blocks, NotOffered):
                raise blocks
        else:
            values = {block.label or block.id: block.value for block in blocks}
            before = self._memory.get(agent.id)
            self._memory[agent.id] = values
            for event in () if before is None else memory_events(agent.id, before, values):
                yield event
        async for event in self._of_default(agent):
            yield event

    async def _of_default(self, agent: Agent) -> AsyncGenerator[Event, None]:
        if self._client.has_local_memory:
            row = await attempt(self._client.conversation, DEFAULT, agent.id)
            if isinstance(row, Conversation):
                for event in self._put(self._default_rows, row.changed(id=DEFAULT, agent_id=agent.id)):
                    yield event
            return
        if agent.message_ids is None:
            return
        before = self._default_messages.get(agent.id)
        new = frozenset(agent.message_ids) - frozenset(before or ())
        if before is None or not new:
            self._default_messages[agent.id] = agent.message_ids
            return
        read = await self._client.agent_messages(agent.id, limit=max(FIRST_ROWS, len(new)))
        self._default_messages[agent.id] = agent.message_ids  # where reading fails, the next look finds them
        messages = [message_json(one) for one in reversed(read) if one.id in new]
        yield Event("messages", agent.id, DEFAULT, {"messages": messages})

    # conversations whose rows changed

    async def _of_active(self) -> AsyncGenerator[Event, None]:
        for key, active in list(self._active.items()):
            agent = self.agents.get(active.row.agent_id) or Agent(id=active.row.agent_id)
            opened = await attempt(open_conversation, self._client, active.row, agent, self._clock())
            if isinstance(opened, NotThere):
                del self._active[key]
                continue
            if isinstance(opened, LettaError):
                raise opened
            if isinstance(opened.context, LettaError):
                continue
            before, active.opened = active.opened, opened
            active.left -= 1
            if not active.left:
                del self._active[key]
            for event in opened_events(before, opened, active.since):
                yield event
