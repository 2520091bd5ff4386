"""Search every conversation of an agent or of all agents, by the server's own search or by reading them.

Hits come as they are found, and what was read is not stored. A few conversations are read at the same time; within an
applied `Steering`, it decides how many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tui.flows.bounded_regex import BoundedRegex
from tui.flows.every_conversation import AT_ONCE, each, each_in_order, raise_if_lost
from tui.flows.every_message import every_message
from tui.flows.find_by_id import all_agents
from tui.flows.found_conversations import FoundConversations
from tui.flows.hits import block_hit, conversation_hit, message_hit
from tui.flows.list_pages import request_page
from tui.letta.history import NEVER
from tui.letta.walk import Walk
from tui.model.agent import NO_AGENT, Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import (
    KeyRefused,
    LettaError,
    NotAllowed,
    NotThere,
    RateLimited,
    Refused,
    attempt,
)
from tui.presentation.conversation_info import title
from tui.rules.folded_memory import FoldedMemory, InMemory
from tui.rules.memory.compiled_memory import parse_local_prompt, parse_system_message
from tui.rules.row_walk import Cursor, Position, RowWalk
from tui.rules.search import (
    Excerpt,
    Found,
    Hit,
    How,
    PhraseFinder,
    Query,
    SearchProgress,
    excerpt,
    role_of,
    texts_of,
)

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.block import Block
    from tui.model.found_message import FoundMessage
    from tui.model.message import Message

ROWS = 500
"""Conversations per page of a list."""

FOUND_AT_ONCE = 50
"""Results of one search by the server, which is its default."""

MOST_HITS = 10_000
"""Hits after which a search ends."""

MOST_PROBLEMS = 20
"""Most conversations that could not be read whose reason is stored."""

LISTED_BLOCKS = 500
"""Blocks per page of the server's list: 0.1 ms a block, against 10 ms by id (measured)."""

WORTH = 10
"""Blocks read by id that cost as much as one page."""

PIECE = 60_000
"""Characters that are matched before keys are handled."""

NO_FALLBACK = KeyRefused, NotAllowed, RateLimited
"""Refusals of a search that would also stop reading."""

Take = Callable[[], "list[Hit]"]
"""Returns the hits of what was read, in the order of the lists, once those before it are taken."""

Behind = Callable[["Position"], "Position"]
"""Moves a position past what was searched."""

Work = tuple[Callable[[], Awaitable[Take]], Behind]
"""What is searched in one step, a conversation or the shared blocks of an agent, and how it moves the position."""


@dataclass(frozen=True)
class Checkpoint:
    """What a search that is continued later needs to know of all that is behind it."""

    position: Position = field(default_factory=Position)
    """What was read up to now; where the server searches, it does not move before it has."""
    how: How = ""
    """Who searched the messages up to there."""
    system: int = 0
    """System messages with a match that were no hits of their own."""
    folded: Mapping[str, Any] = field(default_factory=dict)
    """Matches in memory of an agent whose conversations are not all read yet."""


class Matcher(Protocol):
    """Finds the query in texts."""

    async def find(self, texts: Sequence[str]) -> list[Found | None]:
        """Return the first match in each text with the number of matches; raises BadPattern."""


class Phrases:
    """Finds any of several phrases, in batches between which keys are handled."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._finder = PhraseFinder(phrases)

    async def find(self, texts: Sequence[str]) -> list[Found | None]:
        """Return the first match in each text with the number of matches."""
        found, spent = [], 0
        for text in texts:
            found.append(self._finder.find(text))
            spent += len(text) + 10
            if spent > PIECE:
                spent = 0
                await asyncio.sleep(0)
        return found


ShowProgress = Callable[[SearchProgress], None]


class Search:
    """One search: iterate over `hits` once. Leaving the iteration cancels all its requests."""

    def __init__(
        self,
        client: LettaClient,
        query: Query,
        agent: Agent | None = None,
        *,
        at_once: int = AT_ONCE,
        hidden: bool = False,
        begun: Checkpoint | None = None,
        show_progress: ShowProgress = lambda _: None,
    ) -> None:
        """Search the conversations of an agent, or of all agents if it is None, `at_once` of them at the same time.

        Of all agents of Letta Code, `hidden` ones and workers without an agent are searched only if that is wanted.
        What was `begun` earlier is continued.
        """
        self._at_once = at_once
        self._hidden = hidden
        self.checkpoint = begun or Checkpoint()
        self._folded = FoldedMemory.from_json(self.checkpoint.folded)
        self._agent_now: Agent | None = None
        """The agent whose conversations are being taken."""
        self._client = client
        self._query = query
        self._agent = agent
        self._show_progress = show_progress
        self._matcher: Matcher = Phrases(query.phrases)
        self._isolated = _IsolatedBlocks(self)
        self._requests_before = 0
        self.progress = SearchProgress(system=self.checkpoint.system)
        self.problems: list[tuple[str, LettaError]] = []
        """The first conversations, agents or blocks that could not be read, each with a title and the reason."""

    async def hits(self) -> AsyncGenerator[Hit, None]:
        """Yield hits as they are found; raises LettaError if nothing more can be read, and BadPattern."""
        self._requests_before = self._client.wire.log.totals.calls
        async with AsyncExitStack() as stack:
            if self._query.regex:
                self._matcher = await stack.enter_async_context(BoundedRegex(self._query.regex))
            found = await stack.enter_async_context(aclosing(self._hits()))
            async for hit in found:
                self._report(hits=self.progress.hits + 1)
                yield hit
                if self.progress.hits >= MOST_HITS:
                    self._report(cut=True)
                    break
        self._report(done=True)

    async def _hits(self) -> AsyncGenerator[Hit, None]:
        query = self._query
        read_messages = query.wants_messages
        if self.checkpoint.how == "server":
            self._report(how="server")
        elif read_messages and not self.checkpoint.how and self._may_ask_server:
            async with aclosing(self._by_server()) as found:
                async for hit in found:
                    yield hit
        read_messages = read_messages and self.progress.how != "server"
        if read_messages:
            self._report(how="reading")
        if read_messages or query.wants_titles or query.wants_memory:
            work = self._work(read_messages=read_messages)
            async with aclosing(work), aclosing(each_in_order(work, _do, at_once=self._at_once)) as results:
                async for take, behind in results:
                    for hit in take():
                        yield hit
                    self._pass(behind)

    def _pass(self, behind: Behind) -> None:
        """Count what was taken last as searched."""
        folded, progress = self._folded.to_json(), self.progress
        position = behind(self.checkpoint.position)
        self.checkpoint = Checkpoint(position, progress.how, progress.system, folded)
        self._report()

    def unfinished_hits(self) -> list[Hit]:
        """The hits in memory of the agent whose conversations were not all read when the search was stopped."""
        return [] if self._agent_now is None else self._folded.hits(self._agent_now, counted=False)

    # requests and progress

    def _report(self, **changes: Any) -> None:
        requests = self._client.wire.log.totals.calls - self._requests_before
        self.progress = replace(self.progress, requests=requests, **changes)
        self._show_progress(self.progress)

    async def _failed(self, agent: Agent, name: str, error: LettaError) -> None:
        """Record what could not be read; raises the error if everything else would fail in the same way.

        If there was no response, another request shows whether this conversation or the server is the cause.
        """
        await raise_if_lost(self._client, agent, [error])
        if isinstance(error, NotThere):
            self._report(gone=self.progress.gone + 1)
            return
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((name, error))
        self._report(unread=self.progress.unread + 1)

    # by the server

    @property
    def _may_ask_server(self) -> bool:
        """Whether to try the server's own search first; files have none."""
        client = self._client
        offered = not client.has_local_memory and not client.supported.lacks("search")
        return offered and bool(self._query.for_server)

    async def _by_server(self) -> AsyncGenerator[Hit, None]:
        """Yield what the server's own search finds; if the server refuses, yields nothing and leaves `how` unset.

        Results have no second page: a full one is split at the time in its middle, until none is full.
        """
        client, query = self._client, self._query
        agent_id = None if self._agent is None else self._agent.id
        spans: deque[tuple[datetime | None, datetime | None]] = deque([(_just_before(query.since), None)])
        known: set[tuple[str, str, str]] = set()
        conversations = FoundConversations(client, self._agent)
        while spans:
            start, end = spans.popleft()
            results = await attempt(
                client.search_messages,
                query.for_server,
                agent_id=agent_id,
                start=start,
                end=end,
                limit=FOUND_AT_ONCE,
            )
            if isinstance(results, LettaError):
                if not isinstance(results, Refused) or isinstance(results, NO_FALLBACK) or self.progress.how:
                    raise results
                self._report(refusal=results.what)
                return
            self._report(how="server")
            if len(results) >= FOUND_AT_ONCE:
                middle = _middle(results)
                if middle is None or middle in (start, end):
                    self._report(cut=True)
                else:
                    spans.extend(((middle, end), (start, middle)))
            wanted: list[FoundMessage] = []
            for result in results:
                key = result.message.id, result.message.message_type, str(texts_of(result.message))[:200]
                if key not in known and query.wants(result.message):
                    known.add(key)
                    if self._is_folded(result.message):
                        read = await self._in_memory(result.message)
                        self._fold(result.agent_id, result.conversation_id, "", [result.message], read)
                    else:
                        wanted.append(result)
            look_up = partial(conversations.hit, query=query.for_server)
            async with aclosing(each_in_order(each(wanted), look_up, at_once=self._at_once)) as hits:
                async for hit in hits:
                    yield hit

    # by reading

    async def _work(self, *, read_messages: bool) -> AsyncGenerator[Work, None]:
        """Yield what to search, agent by agent: the shared blocks, then the conversations in the order of the list.

        Where system messages are read, what is in memory is a hit at the end, when it is known how many have it.
        """
        begun = self.checkpoint.position
        counts = read_messages and "messages" in self._query.places
        async for agent in self._agents():
            if agent.id in begun.done:
                continue
            after = begun.rows if agent.id == begun.agent else None
            if after is None or counts:
                yield partial(self._in_shared_blocks, agent, at_once=not counts), _same
            isolates = not self._client.supported.lacks("isolate")
            if read_messages or self._query.wants_titles or isolates:
                async with aclosing(self._rows(agent, after)) as rows:
                    async for row in rows:
                        work = partial(self._in_conversation, agent, row, read_messages=read_messages)
                        yield work, partial(_behind, row=row, agent=agent)
            yield partial(self._at_end, agent), partial(_finished, agent=agent)
            self._report(agents=self.progress.agents + 1)

    async def _agents(self) -> AsyncGenerator[Agent, None]:
        if self._agent is not None:
            yield self._agent
            return
        async for agent in all_agents(self._client, hidden=self._hidden):
            yield agent

    async def _rows(self, agent: Agent, after: Sequence[Cursor] | None) -> AsyncGenerator[Conversation, None]:
        """Yield the conversations of an agent: the default one, then each page of the list, archived ones too."""
        walk, patience = RowWalk(ROWS, after or ()), Walk("conversations", self._client.wire)
        while (ask := walk.next_request()) is not None:
            request = request_page(self._client, agent.id, walk, ask, "all")
            page = await attempt(patience.page, request)
            if after is None and ask.after is None and not walk.rows_read and agent.id != NO_AGENT:
                yield Conversation(id=DEFAULT, agent_id=agent.id)
            if isinstance(page, NotThere) and walk.skip_cursor(ask):  # that row was deleted meanwhile
                continue
            if isinstance(page, LettaError):
                await self._failed(agent, agent.title, page)
                return
            rows = walk.add_page(ask, page)
            patience.reached(walk.rows_read)
            if self._query.wants_memory:
                await self._isolated.look(agent, (id for row in rows for id in row.isolated_block_ids or ()))
            for row in rows:
                yield row
        if walk.limited:
            await self._failed(agent, agent.title, patience.too_large(walk.rows_read))

    async def _in_conversation(self, agent: Agent, row: Conversation, *, read_messages: bool) -> Take:
        """Return the hits in one conversation: its summary, its own blocks, its messages, oldest first."""
        hits: list[Hit] = []
        system: list[Message] = []
        read: list[InMemory] = []
        try:
            if row.is_default and self._query.wants_titles and self._client.supported.has("archive"):
                row = await self._default_row(row)
            hits = [*await self._in_title(agent, row), *self._isolated.hits(agent, row)]
            if read_messages:
                in_messages, system = await self._in_messages(agent, row)
                hits += in_messages
                read = [match for message in system for match in await self._in_memory(message)]
        except LettaError as error:
            if row.is_default and isinstance(error, NotThere):  # a file may lack it
                return _nothing
            await self._failed(agent, title(row), error)
            hits = []
        self._report(conversations=self.progress.conversations + 1)

        def take() -> list[Hit]:
            own = {hit.label for hit in hits if hit.place == "memory"}
            self._fold(agent.id, row.id, title(row), system, [one for one in read if one.label not in own])
            return hits

        return take

    # system messages

    def _is_folded(self, message: Message) -> bool:
        """Whether a message with a match is no hit of its own."""
        return role_of(message) == "system" and not self._query.lists_system

    async def _in_memory(self, message: Message) -> list[InMemory]:
        """The matches in the memory that a system message has, by label."""
        if not self._query.wants_memory:
            return []
        parse = parse_local_prompt if self._client.has_local_memory else parse_system_message
        blocks = [block for text in texts_of(message) for block in parse(text).blocks.values()]
        return await self._in_blocks([(block.label, block.value) for block in blocks])

    async def _in_blocks(self, blocks: Sequence[tuple[str | None, str | None]]) -> list[InMemory]:
        """The matches in blocks, given by label and value."""
        found = await self._matcher.find([value or "" for _, value in blocks])
        return [
            InMemory(label or "", excerpt(value or "", one.start, one.end), one.times)
            for (label, value), one in zip(blocks, found, strict=True)
            if one is not None
        ]

    def _fold(
        self,
        agent_id: str,
        conversation_id: str,
        name: str,
        system: Sequence[Message],
        read: Sequence[InMemory],
    ) -> None:
        """Count system messages with a match, and note what the conversation reads of its agent's memory."""
        if system:
            self._report(system=self.progress.system + len(system))
            self._folded.add_read(agent_id, conversation_id, name, read)

    async def _default_row(self, row: Conversation) -> Conversation:
        """Read the record of a default conversation, which servers after 0.16.8 have; else return the row unchanged."""
        read = await attempt(self._client.conversation, DEFAULT, row.agent_id)
        if isinstance(read, LettaError):
            return row
        return read.changed(id=DEFAULT, agent_id=row.agent_id)

    async def _in_title(self, agent: Agent, row: Conversation) -> list[Hit]:
        if not (self._query.wants_titles and row.summary):
            return []
        (found,) = await self._matcher.find([row.summary])
        if found is None:
            return []
        return [
            conversation_hit(
                "summaries", agent, row, excerpt(row.summary, found.start, found.end), found.times
            )
        ]

    async def _in_messages(self, agent: Agent, row: Conversation) -> tuple[list[Hit], list[Message]]:
        """Return the messages of a conversation with a match, and apart from these the system messages that are folded.

        Which are in context is read only where there are any.
        """
        found: list[tuple[Message, Excerpt, int]] = []
        try:
            async with aclosing(every_message(self._client, agent, row)) as pages:
                async for page in pages:
                    found += await self._matching(page)
        except LettaError as error:
            if not found:
                raise
            await self._failed(agent, title(row), error)  # what was found before is returned
        system = [message for message, _, _ in found if self._is_folded(message)]
        found = [one for one in found if not self._is_folded(one[0])]
        if not found:
            return [], system
        ids = await self._ids_in_context(agent, row)
        found.sort(key=lambda one: one[0].date or NEVER)
        hits = [message_hit(message, agent, row, words, count, ids) for message, words, count in found]
        return hits, system

    async def _matching(self, messages: Iterable[Message]) -> list[tuple[Message, Excerpt, int]]:
        """Return the messages that match, each with the first match and the number of matches in all its texts."""
        wanted = [message for message in messages if self._query.wants(message)]
        texts = [texts_of(message) for message in wanted]
        found = iter(await self._matcher.find([text for several in texts for text in several]))
        matching = []
        for message, several in zip(wanted, texts, strict=True):
            inside = [(text, one) for text in several if (one := next(found)) is not None]
            if inside:
                text, first = inside[0]
                count = sum(one.times for _, one in inside)
                matching.append((message, excerpt(text, first.start, first.end), count))
        return matching

    async def _ids_in_context(self, agent: Agent, row: Conversation) -> frozenset[str] | None:
        """Read the ids in context; None if they are not reported, or cannot be read."""
        if row.is_default and agent.message_ids is not None:
            return frozenset(agent.message_ids)
        read = await attempt(self._client.conversation, row.id, agent.id)
        if isinstance(read, LettaError) or read.in_context_message_ids is None:
            return None
        return frozenset(read.in_context_message_ids)

    # memory

    async def _in_shared_blocks(self, agent: Agent, *, at_once: bool) -> Take:
        """The hits in the shared blocks of an agent, whose conversations follow: `at_once`, or only noted."""
        found: list[InMemory] = []
        if self._query.wants_memory:
            blocks = await attempt(self._client.agent_blocks, agent.id)
            if isinstance(blocks, LettaError):
                await self._failed(agent, agent.title, blocks)
            else:
                found = await self._in_blocks([(block.label, block.value) for block in blocks])

        def take() -> list[Hit]:
            self._agent_now = agent
            self._folded.add_stored(agent.id, found)
            return self._folded.take(agent, counted=False) if at_once else []

        return take

    async def _at_end(self, agent: Agent) -> Take:
        """The hits in the memory of an agent, once its conversations are searched."""

        def take() -> list[Hit]:
            self._agent_now = None
            return self._folded.take(agent, counted=True)

        return take


class _IsolatedBlocks:
    """The isolated blocks with a match; of all others, only the ids are stored."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._seen: set[str] = set()
        self._matches: dict[str, tuple[str | None, Excerpt, int]] = {}
        self._after: str | None = None
        self._all_listed = False

    def hits(self, agent: Agent, row: Conversation) -> list[Hit]:
        """Return the hits in the blocks of a conversation."""
        matches = (self._matches[id] for id in row.isolated_block_ids or () if id in self._matches)
        return [block_hit(agent, row, *match) for match in matches]

    async def look(self, agent: Agent, ids: Iterable[str]) -> None:
        """Search these blocks, by pages of the server's list as long as that is faster, then one by one."""
        search, client = self._search, self._search._client
        missing = dict.fromkeys(id for id in ids if id not in self._seen)
        while len(missing) > WORTH and not self._all_listed:
            page = await attempt(client.blocks, after=self._after, limit=LISTED_BLOCKS)
            if isinstance(page, LettaError):
                self._all_listed = True  # by id they can still be read
                break
            before = len(missing)
            await self._take(page.rows)
            missing = dict.fromkeys(id for id in missing if id not in self._seen)
            self._all_listed = page.sent < LISTED_BLOCKS or not page.rows
            self._after = page.rows[-1].id if page.rows else None
            if before - len(missing) < WORTH:
                break  # mostly blocks of other agents
        reading = [attempt(client.block, id) for id in missing]
        for few in (reading[at : at + AT_ONCE] for at in range(0, len(reading), AT_ONCE)):
            for block in await asyncio.gather(*few):
                if isinstance(block, LettaError):
                    await search._failed(agent, "an isolated block", block)
                else:
                    await self._take([block])

    async def _take(self, blocks: Sequence[Block]) -> None:
        found = await self._search._matcher.find([block.value or "" for block in blocks])
        for block, one in zip(blocks, found, strict=True):
            self._seen.add(block.id)
            if one is not None:
                words = excerpt(block.value or "", one.start, one.end)
                self._matches[block.id] = block.label, words, one.times


def _just_before(time: datetime | None) -> datetime | None:
    """Return the start of a server's search that also finds what was sent at this very time."""
    return None if time is None else time - timedelta(microseconds=1)


def _middle(results: Sequence[FoundMessage]) -> datetime | None:
    """Return a time that divides results into earlier and later ones; None if all have the same time, or none."""
    dates = sorted(one.message.date for one in results if one.message.date is not None)
    if not dates or dates[0] == dates[-1]:
        return None
    middle = dates[(len(dates) - 1) // 2]
    return middle if middle < dates[-1] else max(date for date in dates if date < middle)


def _nothing() -> list[Hit]:
    return []


async def _do(work: Work) -> tuple[Take, Behind]:
    read, behind = work
    return await read(), behind


def _same(position: Position) -> Position:
    return position


def _finished(position: Position, *, agent: Agent) -> Position:
    return position.finished(agent.id)


def _behind(position: Position, *, row: Conversation, agent: Agent) -> Position:
    return position.moved(row, agent.id)
