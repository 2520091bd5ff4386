"""Search every conversation of an agent or of all agents, by the server's own search or by reading them.

Hits come as they are found, and what was read is not stored. A few conversations are read at the same time; within an
applied `Steering`, it decides how many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tui.flows.bounded_regex import BoundedRegex
from tui.flows.every_conversation import AT_ONCE, each_in_order
from tui.flows.find_by_id import agent_of, all_agents
from tui.flows.list_pages import request_page
from tui.letta.history import NEVER
from tui.letta.walk import Walk
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import (
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotThere,
    RateLimited,
    Refused,
    TooLarge,
    WebPage,
    attempt,
)
from tui.presentation.conversation_info import title
from tui.rules.row_walk import Cursor, Position, RowWalk
from tui.rules.search import (
    Excerpt,
    Found,
    Hit,
    PhraseFinder,
    Place,
    Query,
    SearchProgress,
    excerpt,
    find_words,
    place_of,
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

PAGE = 2_000
"""Rows of messages per request: most conversations have fewer, and servers set no limit (measured)."""

SMALL_PAGE = 100
"""Rows per request if a page is larger than the limit of a response, as with images."""

LARGEST_PAGE = 200_000

FOUND_AT_ONCE = 50
"""Results of one search by the server, which is its default."""

MOST_HITS = 10_000
"""Hits after which a search ends."""

MOST_LOOKED_UP = 200
"""Most conversations whose title and context are read for the server's hits, one request each."""

MOST_PROBLEMS = 20
"""Most conversations that could not be read whose reason is stored."""

LISTED_BLOCKS = 500
"""Blocks per page of the server's list: 0.1 ms a block, against 10 ms by id (measured)."""

WORTH = 10
"""Blocks read by id that cost as much as one page."""

PIECE = 60_000
"""Characters that are matched before keys are handled."""

CONCERNS_ALL = KeyRefused, NotAllowed, RateLimited, WebPage
"""Errors of more than one conversation: the next one would fail in the same way."""

NO_FALLBACK = KeyRefused, NotAllowed, RateLimited
"""Refusals of a search that would also stop reading."""

T = TypeVar("T")
Behind = Callable[["Position"], "Position"]
"""Moves a position past what was searched."""

Work = tuple[Callable[[], Awaitable["list[Hit]"]], Behind]
"""What is searched in one step, a conversation or the shared blocks of an agent, and how it moves the position."""


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
        position: Position | None = None,
        show_progress: ShowProgress = lambda _: None,
    ) -> None:
        """Search the conversations of an agent, or of all agents if it is None, `at_once` of them at the same time.

        With a `position`, only those after it are searched.
        """
        self._at_once = at_once
        self.position = position or Position()
        """What was searched so far, to continue after it; it does not move if the server searches."""
        self._client = client
        self._query = query
        self._agent = agent
        self._show_progress = show_progress
        self._matcher: Matcher = Phrases(query.phrases)
        self._isolated = _IsolatedBlocks(self)
        self._requests_before = 0
        self.progress = SearchProgress()
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
        if read_messages and self._may_ask_server:
            async with aclosing(self._by_server()) as found:
                async for hit in found:
                    yield hit
            read_messages = self.progress.how != "server"
        if read_messages:
            self._report(how="reading")
        if read_messages or query.wants_titles or query.wants_memory:
            work = self._work(read_messages=read_messages)
            async with aclosing(work), aclosing(each_in_order(work, _do, at_once=self._at_once)) as results:
                async for hits, behind in results:
                    for hit in hits:
                        yield hit
                    self.position = behind(self.position)

    # requests and progress

    def _report(self, **changes: Any) -> None:
        requests = self._client.wire.log.totals.calls - self._requests_before
        self.progress = replace(self.progress, requests=requests, **changes)
        self._show_progress(self.progress)

    async def _failed(self, agent: Agent, name: str, error: LettaError) -> None:
        """Record what could not be read; raises the error if everything else would fail in the same way.

        If there was no response, another request shows whether this conversation or the server is the cause.
        """
        if isinstance(error, CONCERNS_ALL) or (isinstance(error, Refused) and error.retry_after):
            raise error
        if isinstance(error, NoResponse) and isinstance(
            await attempt(self._client.agent, agent.id), NoResponse
        ):
            raise error
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
        conversations = _FoundConversations(client, self._agent)
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
                    wanted.append(result)
            look_up = partial(conversations.hit, query=query.for_server)
            async with aclosing(each_in_order(_each(wanted), look_up, at_once=self._at_once)) as hits:
                async for hit in hits:
                    yield hit

    # by reading

    async def _work(self, *, read_messages: bool) -> AsyncGenerator[Work, None]:
        """Yield what to search, agent by agent: the shared blocks, then the conversations in the order of the list."""
        begun = self.position
        async for agent in self._agents():
            if agent.id in begun.done:
                continue
            after = begun.rows if agent.id == begun.agent else None
            if self._query.wants_memory and after is None:
                yield partial(self._in_shared_blocks, agent), _same
            isolates = not self._client.supported.lacks("isolate")
            if read_messages or self._query.wants_titles or isolates:
                async with aclosing(self._rows(agent, after)) as rows:
                    async for row in rows:
                        work = partial(self._in_conversation, agent, row, read_messages=read_messages)
                        yield work, partial(_behind, row=row, agent=agent)
            self._report(agents=self.progress.agents + 1)

    async def _agents(self) -> AsyncGenerator[Agent, None]:
        if self._agent is not None:
            yield self._agent
            return
        async for agent in all_agents(self._client):
            yield agent

    async def _rows(self, agent: Agent, after: Sequence[Cursor] | None) -> AsyncGenerator[Conversation, None]:
        """Yield the conversations of an agent: the default one, then each page of the list, archived ones too."""
        walk, patience = RowWalk(ROWS, after or ()), Walk("conversations", self._client.wire)
        while (ask := walk.next_request()) is not None:
            request = request_page(self._client, agent.id, walk, ask, "all")
            page = await attempt(patience.page, request)
            if after is None and ask.after is None and not walk.rows_read:
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

    async def _in_conversation(self, agent: Agent, row: Conversation, *, read_messages: bool) -> list[Hit]:
        """Return the hits in one conversation: its summary, its own blocks, its messages, oldest first."""
        try:
            if row.is_default and self._query.wants_titles and self._client.supported.has("archive"):
                row = await self._default_row(row)
            hits = [*await self._in_title(agent, row), *self._isolated.hits(agent, row)]
            if read_messages:
                hits += await self._in_messages(agent, row)
        except LettaError as error:
            if row.is_default and isinstance(error, NotThere):  # a file may lack it
                return []
            await self._failed(agent, title(row), error)
            hits = []
        self._report(conversations=self.progress.conversations + 1)
        return hits

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
        return [_hit("summaries", agent, row, excerpt(row.summary, found.start, found.end), found.times)]

    async def _in_messages(self, agent: Agent, row: Conversation) -> list[Hit]:
        """Return the hits in the messages of a conversation; the ids in context are read only if there are any."""
        found: list[tuple[Message, Excerpt, int]] = []
        try:
            async with aclosing(self._messages(agent, row)) as pages:
                async for page in pages:
                    found += await self._matching(page)
        except LettaError as error:
            if not found:
                raise
            await self._failed(agent, title(row), error)  # what was found before is returned
        if not found:
            return []
        ids = await self._ids_in_context(agent, row)
        found.sort(key=lambda one: one[0].date or NEVER)
        return [
            replace(
                _hit(place_of(message), agent, row, words, count),
                message=message.id,
                role=role_of(message),
                time=message.date,
                in_context=None if ids is None else message.id in ids,
            )
            for message, words, count in found
        ]

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

    async def _messages(self, agent: Agent, row: Conversation) -> AsyncGenerator[Sequence[Message], None]:
        """Read every stored message of a conversation once, in as few requests as possible; raises LettaError.

        A conversation's own list has what is in context first, then all others (measured), so one request gets all.
        Only for a longer conversation, the pages of its history are read.
        """
        seen, size = set[str](), PAGE
        first = await attempt(self._listed, agent, row, PAGE)
        if isinstance(first, LettaError) and not isinstance(first, TooLarge):
            raise first
        if isinstance(first, TooLarge):
            size = SMALL_PAGE
        else:
            yield first
            ids = {message.id for message in first}
            if len(ids) < PAGE // 2:  # a limit counts stored rows, and some give no message
                if row.is_default and (lost := _missing(agent, ids)):
                    yield await self._of_forked_default(agent, lost)
                return
            seen = ids
        after = first[-1].id if row.is_default and not isinstance(first, TooLarge) else None
        paged: set[str] = set()
        while True:
            page = await self._page(agent, row, after, size)
            ids = {message.id for message in page}
            if not ids - paged:
                break
            paged |= ids
            yield [message for message in page if message.id not in seen]
            if len(ids) < size // 2:
                return
            after = page[-1].id
        if ids and len(ids) >= size // 2:  # cursors are ignored, or not known
            more = await self._listed(agent, row, LARGEST_PAGE)
            yield [message for message in more if message.id not in seen | paged]
        elif not paged and size == PAGE:
            more = await self._listed(agent, row, LARGEST_PAGE)
            yield [message for message in more if message.id not in seen]

    async def _listed(self, agent: Agent, row: Conversation, limit: int) -> tuple[Message, ...]:
        if row.is_default:
            return await self._client.agent_messages(agent.id, limit=limit, order="asc")
        return await self._client.conversation_messages(row.id, limit=limit)

    async def _page(
        self, agent: Agent, row: Conversation, after: str | None, limit: int
    ) -> tuple[Message, ...]:
        if row.is_default:
            return await self._client.agent_messages(agent.id, limit=limit, order="asc", after=after)
        return await self._client.own_messages(row.id, after=after, limit=limit)

    async def _of_forked_default(self, agent: Agent, lost: frozenset[str]) -> tuple[Message, ...]:
        """Read the messages of a default conversation whose list was permanently emptied by a fork (measured)."""
        messages = await self._client.agent_messages(agent.id, limit=LARGEST_PAGE, default_only=False)
        return tuple(message for message in messages if message.id in lost)

    async def _ids_in_context(self, agent: Agent, row: Conversation) -> frozenset[str] | None:
        """Read the ids in context; None if they are not reported, or cannot be read."""
        if row.is_default and agent.message_ids is not None:
            return frozenset(agent.message_ids)
        read = await attempt(self._client.conversation, row.id, agent.id)
        if isinstance(read, LettaError) or read.in_context_message_ids is None:
            return None
        return frozenset(read.in_context_message_ids)

    # memory

    async def _in_shared_blocks(self, agent: Agent) -> list[Hit]:
        blocks = await attempt(self._client.agent_blocks, agent.id)
        if isinstance(blocks, LettaError):
            await self._failed(agent, agent.title, blocks)
            return []
        found = await self._matcher.find([block.value or "" for block in blocks])
        return [
            _block_hit(agent, None, block.label, excerpt(block.value or "", one.start, one.end), one.times)
            for block, one in zip(blocks, found, strict=True)
            if one is not None
        ]


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
        return [_block_hit(agent, row, *match) for match in matches]

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


class _FoundConversations:
    """Turns the server's results into hits: reads title, agent and context of each conversation once."""

    def __init__(self, client: LettaClient, agent: Agent | None) -> None:
        self._client = client
        self._agent = agent
        self._agents: dict[str, asyncio.Task[Agent]] = {}
        self._rows: dict[str, asyncio.Task[tuple[Conversation, frozenset[str] | None]]] = {}

    async def hit(self, result: FoundMessage, query: str) -> Hit:
        """Turn a result into a hit; if its conversation cannot be read, title and context are unknown."""
        message, agent = result.message, await self._agent_of(result)
        text, found = _best(texts_of(message), query)
        words = excerpt(text, found.start, found.end)
        row, ids = await self._row_of(result, agent)
        hit = _hit(place_of(message), agent, row, words, found.times)
        return replace(
            hit,
            conversation=result.conversation_id or None,
            message=message.id,
            role=role_of(message),
            time=message.date,
            in_context=None if ids is None else message.id in ids,
        )

    async def _agent_of(self, result: FoundMessage) -> Agent:
        agent_id = result.agent_id
        if agent_id not in self._agents:
            self._agents[agent_id] = asyncio.create_task(self._read_agent(agent_id))
        return await self._agents[agent_id]

    async def _read_agent(self, agent_id: str) -> Agent:
        if self._agent is not None and self._agent.id == agent_id:
            return self._agent
        row = Conversation(id=DEFAULT, agent_id=agent_id)
        read = await attempt(agent_of, self._client, row) if agent_id else None
        return read if isinstance(read, Agent) else Agent(id=agent_id)

    async def _row_of(self, result: FoundMessage, agent: Agent) -> tuple[Conversation, frozenset[str] | None]:
        row = Conversation(id=result.conversation_id, agent_id=result.agent_id)
        if row.key not in self._rows:
            if not row.id or len(self._rows) >= MOST_LOOKED_UP:
                return row, None
            self._rows[row.key] = asyncio.create_task(self._read(row, agent))
        return await self._rows[row.key]

    async def _read(self, row: Conversation, agent: Agent) -> tuple[Conversation, frozenset[str] | None]:
        if row.is_default and agent.message_ids:
            return row, frozenset(agent.message_ids)
        read = await attempt(self._client.conversation, row.id, row.agent_id)
        if not isinstance(read, Conversation):
            return row, None
        ids = read.in_context_message_ids
        return read.changed(id=row.id), None if ids is None else frozenset(ids)


def _hit(place: Place, agent: Agent, row: Conversation, words: Excerpt, count: int) -> Hit:
    """Return a hit in a conversation, without the fields that only messages have."""
    return Hit(place, agent.id, agent.title, row.id, title(row), None, None, None, None, words, count)


def _block_hit(agent: Agent, row: Conversation | None, label: str | None, words: Excerpt, count: int) -> Hit:
    """Return a hit in a block, shared unless a conversation is given."""
    id, name = (None, "") if row is None else (row.id, title(row))
    return Hit("memory", agent.id, agent.title, id, name, None, None, None, None, words, count, label)


def _missing(agent: Agent, listed: set[str]) -> frozenset[str]:
    """Return the ids in context that the list of a default conversation lacks, besides the system message."""
    missing = frozenset(agent.message_ids or ()) - listed
    return missing if len(missing) > 1 else frozenset()


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


def _best(texts: Sequence[str], query: str) -> tuple[str, Found]:
    """Return the text in which the server most likely found a query: the first that has it, else one of its words."""
    found = [(text, find_words(query, text)) for text in texts] or [("", Found(0, 0, 0))]
    whole = (one for one in found if one[1].times)
    words = (one for one in found if one[1].end)
    return next(whole, next(words, found[0]))


async def _do(work: Work) -> tuple[list[Hit], Behind]:
    read, behind = work
    return await read(), behind


def _same(position: Position) -> Position:
    return position


def _behind(position: Position, *, row: Conversation, agent: Agent) -> Position:
    return position.moved(row, agent.id)


async def _each(items: Iterable[T]) -> AsyncGenerator[T, None]:
    for one in items:
        yield one
