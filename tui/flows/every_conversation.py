"""Go through the conversations of one agent or of all, page by page, however many there are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from tui.flows.list_pages import request_page
from tui.letta.learn_support import look_at_a_row
from tui.letta.open_conversation import has_default_conversation
from tui.letta.walk import Walk
from tui.model.agent import NO_AGENT, Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import (
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotThere,
    RateLimited,
    Refused,
    WebPage,
    attempt,
)
from tui.rules.archive_status import ArchiveStatus
from tui.rules.row_walk import Position, RowWalk

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.rules.row_walk import Cursor

Selected = tuple[Conversation, Agent]
"""A conversation and its agent."""

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 8
"""Conversations that are read at the same time, which is as many as a run may send requests."""

AHEAD = 4 * AT_ONCE
"""Most conversations that are started while the result of an earlier one is missing."""

CONCERNS_ALL = KeyRefused | NotAllowed | RateLimited | WebPage
"""Errors of the key or the server, never of one conversation."""


async def every_conversation(
    client: LettaClient,
    agents: AsyncIterator[Agent],
    *,
    page_size: int = 200,
    archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
    offline: bool = False,
    position: Position | None = None,
) -> AsyncGenerator[Selected, None]:
    """Yield each conversation of these agents in the order of `conversations_of`, after a `position` if given."""
    begun = position or Position()
    done = frozenset(begun.done)
    async for agent in agents:
        if agent.id in done:
            continue
        after = begun.rows if agent.id == begun.agent else None
        async for selected in conversations_of(
            client, agent, page_size=page_size, archive_status=archive_status, offline=offline, after=after
        ):
            yield selected


async def conversations_of(
    client: LettaClient,
    agent: Agent,
    *,
    page_size: int = 200,
    archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
    offline: bool = False,
    after: Sequence[Cursor] | None = None,
) -> AsyncGenerator[Selected, None]:
    """Yield each conversation of an agent, the default one first, then newest first; raises LettaError.

    GET /v1/conversations/, a page at a time. Letta Code's files and bundles (`offline`) give all conversations, a
    bundle the default one only if it has it; a server gives those of the `archive_status`. `after` has the last rows of
    an earlier walk, which continues after them, or after the default conversation if it is empty.
    """
    if client.has_local_memory or offline:
        archive_status = ArchiveStatus.ALL
    if (
        after is None
        and agent.id != NO_AGENT
        and (not offline or await has_default_conversation(client, agent))
    ):
        yield Conversation(id=DEFAULT, agent_id=agent.id), agent
    async for row in listed_rows(
        client, agent.id, page_size=page_size, archive_status=archive_status, after=after or ()
    ):
        yield row, agent


async def listed_rows(
    client: LettaClient,
    agent_id: str,
    *,
    page_size: int = 200,
    archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
    after: Sequence[Cursor] = (),
) -> AsyncGenerator[Conversation, None]:
    """Yield each row of the list of an agent, or of all agents with the id "", newest first; raises LettaError.

    GET /v1/conversations/, a page at a time. Servers before 0.16.5 refuse to list all agents (422).
    """
    if archive_status is not ArchiveStatus.UNARCHIVED and client.supported["archive"].state == "unknown":
        await look_at_a_row(client, agent_id)
    rows, walk = RowWalk(page_size, after), Walk("conversations", client.wire)
    while (ask := rows.next_request()) is not None:
        status = archive_status.to_request(client.supported)
        try:
            page = await walk.page(request_page(client, agent_id, rows, ask, status))
        except NotThere:
            if not rows.skip_cursor(ask):
                raise
            continue
        for row in rows.add_page(ask, page):
            if archive_status.lists(row):
                yield row
        walk.reached(rows.rows_read)
    if rows.limited:
        raise walk.too_large(rows.rows_read)


async def each(items: Iterable[Item]) -> AsyncGenerator[Item, None]:
    """Yield items that are known already, for `each_in_order`."""
    for item in items:
        yield item


async def each_in_order(
    items: AsyncIterator[Item],
    work: Callable[[Item], Awaitable[Result]],
    *,
    at_once: int = AT_ONCE,
    ahead: int = AHEAD,
) -> AsyncGenerator[Result, None]:
    """Yield the result of `work` for each item, in order, with `at_once` items in progress at the same time.

    No more than `ahead` items are started before a result that is still missing. Raises what `work` raises; if closed
    early, it cancels the work in progress.
    """
    gate = asyncio.Semaphore(at_once)

    async def work_on(item: Item) -> Result:
        async with gate:
            return await work(item)

    tasks: deque[asyncio.Task[Result]] = deque()
    try:
        async for item in items:
            tasks.append(asyncio.create_task(work_on(item)))
            while tasks and (len(tasks) >= ahead or tasks[0].done()):
                yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def raise_if_lost(client: LettaClient, agent: Agent, parts: Iterable[object]) -> None:
    """Raise a failure that is not about one conversation, since the next one would fail in the same way.

    If there was no response, another request shows whether the conversation or the server is the cause: GET
    /v1/agents/{id}.
    """
    failures = [part for part in parts if isinstance(part, LettaError)]
    for failure in failures:
        refused_for_now = isinstance(failure, Refused) and failure.retry_after
        if isinstance(failure, CONCERNS_ALL) or refused_for_now:
            raise failure
    if any(isinstance(failure, NoResponse) for failure in failures):
        again = await attempt(client.agent, agent.id)
        if isinstance(again, NoResponse | CONCERNS_ALL):
            raise again
