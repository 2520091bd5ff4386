"""Everything that is shown of one conversation, fetched in one round trip.

Membership and order in context come from `in_context_message_ids` alone: after a compaction the server's
own list is not chronological and its cursors lose rows (measured), so the limit grows instead of a cursor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from tui.model.conversation import DEFAULT, Conversation
from tui.model.envelope import is_summary
from tui.model.errors import LettaError, NotOffered, NotThere, ServerTrouble, TooLarge, attempt
from tui.model.opened import Context, Opened

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.block import Block
    from tui.model.local_memory import LocalMemory
    from tui.model.message import Message

FIRST_LIMIT = 100
"""Rows in the first request: several screens, and few enough to arrive long before all of them would."""

LARGEST_LIMIT = 20_000
ROOM = 50
"""Rows requested beyond the known ids: new ones may have been added."""

MOST_BY_ID = 20_000
"""Messages of one conversation that are requested by id; a server can name millions that its lists do not have."""

MOST_BLOCKS = 1_000
"""Isolated blocks of one conversation that are requested: one for each label."""

AT_ONCE = 4
SYSTEM = "system_message"
_BY_ID = attrgetter("id")
FEW = 16
"""Up to this many missing messages are requested by id instead of with another list."""


Blocks: TypeAlias = "tuple[tuple[Block, ...] | LettaError, dict[str, Block | LettaError]]"
"""The agent's shared blocks, and the isolated blocks of a conversation by id."""

Part = Callable[[Opened], Awaitable[None]]
"""Takes a conversation with its first messages, before the others are requested."""

ReadBlocks: TypeAlias = "Callable[[str], Awaitable[tuple[Block, ...]]]"
"""Reads the shared blocks of an agent; raises LettaError."""


async def open_conversation(
    client: LettaClient,
    row: Conversation,
    agent: Agent,
    at: datetime,
    *,
    on_part: Part | None = None,
    read_blocks: ReadBlocks | None = None,
) -> Opened:
    """Read a conversation with its context and blocks; raises LettaError if it cannot be read itself.

    GET its messages, /v1/conversations/{id}, the agent's blocks and the isolated blocks, all at once. `on_part`
    gets the messages without waiting for any block; if there are more than were requested, one more request gets
    the rest. Where memory is in files, its record and the files are read with them. `read_blocks` is how many
    conversations of an agent share its blocks, that of the client if it is not given.
    """
    read = read_blocks or client.agent_blocks
    if not client.has_local_memory:
        return await _open(client, row, agent, at, on_part, read)
    if on_part is not None:
        await _first_look(client, row, agent, at, on_part)
    return await _with_local_memory(client, row, agent, _open(client, row, agent, at, None, read))


async def _first_look(
    client: LettaClient, row: Conversation, agent: Agent, at: datetime, on_part: Part
) -> None:
    """Show the first messages of a transcript before it is parsed whole; a failure shows when it is."""
    first = await attempt(client.first_messages, row.id, agent.id, limit=FIRST_LIMIT)
    if not isinstance(first, LettaError):
        context = Context(None, first, partial=True)
        supported = client.supported
        await on_part(Opened(row, agent, at, context, (), None, blocks_pending=True, supported=supported))


async def _open(
    client: LettaClient,
    row: Conversation,
    agent: Agent,
    at: datetime,
    on_part: Part | None,
    read_blocks: ReadBlocks,
) -> Opened:
    if row.is_default:
        return await _open_default(client, row, agent, at, read_blocks)
    limit = _limit_for(row.in_context_message_ids or ())
    blocks = _request_blocks(client, row, agent, read_blocks)
    try:
        conversation, context, listed = await _first_part(client, row, limit)
        if on_part is not None and isinstance(context, Context) and (context.partial or not blocks.done()):
            part = Opened(
                conversation, agent, at, context, (), None, blocks_pending=True, supported=client.supported
            )
            await on_part(part)
        context, (shared, isolated) = await asyncio.gather(
            _rest(client, conversation, context, listed, limit), _blocks_of(client, conversation, blocks)
        )
    finally:
        blocks.cancel()
    conversation = _with_ids_of(conversation, context)
    return Opened(conversation, agent, at, context, shared, isolated, supported=client.supported)


async def has_default_conversation(client: LettaClient, agent: Agent) -> bool:
    """Return whether an agent has a default conversation: on a server each does, in a file only if it was exported."""
    return not isinstance(await attempt(client.agent_messages, agent.id, limit=1), NotThere)


async def _with_local_memory(
    client: LettaClient, row: Conversation, agent: Agent, opening: Coroutine[None, None, Opened]
) -> Opened:
    """Add the memory in files to a conversation that is being opened; nothing in them is isolated."""

    async def read() -> LocalMemory:
        from tui.model.local_memory import LocalMemory

        parts = attempt(client.prompt_record, row.id, agent.id), attempt(client.memory_files, agent.id)
        return LocalMemory(*await asyncio.gather(*parts))

    reading = asyncio.ensure_future(read())
    try:
        opened = await opening
        return replace(opened, local=await reading, isolated=opened.isolated or ())
    finally:
        reading.cancel()


async def glance(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Opened:
    """Read a named conversation with only its first messages; raises LettaError like `open_conversation`."""
    if client.has_local_memory:
        return await _with_local_memory(client, row, agent, _glance(client, row, agent, at))
    return await _glance(client, row, agent, at)


async def _glance(client: LettaClient, row: Conversation, agent: Agent, at: datetime) -> Opened:
    blocks = _request_blocks(client, row, agent, client.agent_blocks)
    try:
        conversation, context, _ = await _first_part(client, row, FIRST_LIMIT)
        shared, isolated = await _blocks_of(client, conversation, blocks)
    finally:
        blocks.cancel()
    return Opened(conversation, agent, at, context, shared, isolated, supported=client.supported)


async def _first_part(
    client: LettaClient, row: Conversation, limit: int
) -> tuple[Conversation, Context | LettaError, tuple[Message, ...]]:
    """Read a conversation and up to `limit` messages; the context is `partial` if there are more."""
    listed, fetched = await asyncio.gather(
        attempt(client.conversation_messages, row.id, limit=limit), attempt(client.conversation, row.id)
    )
    if isinstance(fetched, LettaError):
        raise fetched
    conversation = fetched.merged_over(row)
    context = await _context(client, conversation, listed, limit)
    return conversation, context, () if isinstance(listed, LettaError) else listed


def _with_ids_of(conversation: Conversation, context: Context | LettaError) -> Conversation:
    """Share the id strings of the messages, which may be ten thousand, to save memory."""
    if isinstance(context, LettaError) or context.ids != conversation.in_context_message_ids:
        return conversation
    return conversation.changed(in_context_message_ids=context.ids)


def _limit_for(ids: Collection[str]) -> int:
    """How many rows to request so that all in context are among them, even if the list hides some rows."""
    return max(FIRST_LIMIT, min(LARGEST_LIMIT, 2 * len(ids) + 50 if len(ids) > FIRST_LIMIT // 2 else 0))


async def _context(
    client: LettaClient,
    conversation: Conversation,
    listed: tuple[Message, ...] | LettaError,
    limit: int,
) -> Context | LettaError:
    ids = conversation.in_context_message_ids
    if isinstance(listed, LettaError):
        return await _one_by_one(client, ids, listed)
    if ids is None:
        return Context(None, listed)
    if _may_have_more(listed, ids, limit):
        return _so_far(ids, listed)
    return replace(await _in_order(client, ids, listed), left_out=_left_out(ids, listed))


def _may_have_more(listed: tuple[Message, ...], ids: tuple[str, ...], limit: int) -> bool:
    """Return whether a larger limit may return the missing messages: some rows give none, so a short list may go on.

    A few missing messages are requested one by one instead.
    """
    if len(ids) - len(listed) > FEW and limit < _limit_for(ids):
        return True  # saves comparing ten thousand ids
    missing = len(_missing(listed, ids))
    if limit >= LARGEST_LIMIT or not missing:
        return False
    return len({one.id for one in listed}) >= limit * 0.9 or (missing > FEW and limit < _limit_for(ids))


def _so_far(ids: tuple[str, ...], listed: tuple[Message, ...]) -> Context:
    """The part of a context that has been read, without another request."""
    own = tuple(message_id for message_id, _ in groupby(listed, key=_BY_ID))
    if own == ids[: len(own)]:
        return Context(ids, listed, partial=True)
    positions = {message_id: position for position, message_id in enumerate(ids)}
    known = sorted((one for one in listed if one.id in positions), key=lambda one: positions[one.id])
    return Context(ids, tuple(known), partial=True)


async def _rest(
    client: LettaClient,
    conversation: Conversation,
    part: Context | LettaError,
    listed: tuple[Message, ...],
    limit: int,
) -> Context | LettaError:
    """Read the rest of a context, with growing limits until it is complete."""
    if isinstance(part, LettaError) or not part.partial:
        return part
    ids = part.ids or ()
    while _may_have_more(listed, ids, limit):
        limit = min(LARGEST_LIMIT, max(_limit_for(ids), limit * 4))
        more = await attempt(client.conversation_messages, conversation.id, limit=limit)
        if isinstance(more, LettaError):
            return more
        listed = more
    return replace(await _in_order(client, ids, listed), left_out=_left_out(ids, listed))


def _left_out(ids: tuple[str, ...], listed: tuple[Message, ...]) -> tuple[str, ...]:
    """The ids of listed messages that fell out of the context without a compaction.

    Six turns sent at once left 8 of 13 messages out (measured). Messages of a turn that ended while this was read
    are the newest ones, so at least one has to be older than the last in context.
    """
    wanted = set(ids)
    others = [message for message in listed if message.id not in wanted]
    if not others or any(is_summary(message) for message in listed):
        return ()
    dates = [one.date for one in listed if one.id in wanted and one.date and one.message_type != SYSTEM]
    last = max(dates, default=None)
    dated = [(one.id, one.date) for one in others if one.date and one.message_type != SYSTEM]
    if last is None or not any(date < last for _, date in dated):
        return ()
    return tuple(dict.fromkeys(message_id for message_id, date in dated if date <= last))


async def _one_by_one(
    client: LettaClient, ids: tuple[str, ...] | None, error: LettaError
) -> Context | LettaError:
    """Read rows by id if the list fails: one undecodable row makes the whole list a 500 (measured)."""
    if not ids or not isinstance(error, ServerTrouble) or error.status != 500:
        return error
    context = await _in_order(client, ids, ())
    return context if context.messages else error


async def _open_default(
    client: LettaClient, row: Conversation, agent: Agent, at: datetime, read_blocks: ReadBlocks
) -> Opened:
    limit = _limit_for_default(agent)  # known ids save a second request
    fetched, listed, shared = await asyncio.gather(
        attempt(client.agent, agent.id),
        attempt(client.agent_messages, agent.id, limit=limit),
        attempt(read_blocks, agent.id),
    )
    if isinstance(fetched, LettaError):
        raise fetched
    ids = fetched.message_ids
    if ids is None:  # the conversation may have a record of its own, with its ids
        record = await attempt(client.conversation, DEFAULT, agent.id)
        if isinstance(record, Conversation) and record.in_context_message_ids is not None:
            row, ids = record.changed(id=DEFAULT, agent_id=agent.id), record.in_context_message_ids
    context = await _default_context(client, agent, ids, listed, limit)
    return Opened(row, fetched, at, context, shared, (), supported=client.supported)


def _limit_for_default(agent: Agent) -> int:
    """How many rows to request so that all in context are among them."""
    return max(FIRST_LIMIT, min(LARGEST_LIMIT, len(agent.message_ids or ()) + ROOM))


async def _default_context(
    client: LettaClient,
    agent: Agent,
    ids: tuple[str, ...] | None,
    listed: tuple[Message, ...] | LettaError,
    asked_for: int,
) -> Context | LettaError:
    """Context of the default conversation: its ids are known, and its rows come newest first."""
    if isinstance(listed, LettaError):
        return await _one_by_one(client, ids, listed)
    if ids is None:
        return Context(None, listed)
    limit = len(ids) + ROOM
    # The system message is the oldest row, so all but one id is enough; a fork of the default conversation
    # permanently empties its list (measured), and then only the list of all conversations has the rows.
    asked = (True, limit > asked_for), (False, True)
    for default_only, needed in asked:
        if needed and len(_missing(listed, ids)) > 1:
            more = await attempt(client.agent_messages, agent.id, limit=limit, default_only=default_only)
            if isinstance(more, LettaError):
                return more
            known = {message.id for message in listed}
            listed = (*listed, *(message for message in more if message.id not in known))
    return await _in_order(client, ids, listed)


async def _in_order(client: LettaClient, ids: tuple[str, ...], listed: Iterable[Message]) -> Context:
    ids = tuple(dict.fromkeys(ids))
    wanted = set(ids)
    in_context = [message for message in listed if message.id in wanted]
    if (own := tuple(message_id for message_id, _ in groupby(in_context, key=_BY_ID))) == ids:
        return Context(own, tuple(in_context))  # already in order, as nearly always
    rows: dict[str, list[Message]] = {}
    for message in in_context:
        rows.setdefault(message.id, []).append(message)
    gate = asyncio.Semaphore(AT_ONCE)
    failed: dict[str, LettaError] = {}

    async def fetch(message_id: str) -> None:
        async with gate:
            parts = await attempt(client.message, message_id)
        if isinstance(parts, LettaError):
            failed[message_id] = parts
        elif parts:
            rows[message_id] = list(parts)

    missing = [message_id for message_id in ids if message_id not in rows]
    if client.has_local_memory:  # ids are unique in their conversation only, so none is looked up without it
        failed |= _not_written_yet(client, missing)
        missing = []
    failed |= _not_requested(client, "messages", missing[MOST_BY_ID:])
    await asyncio.gather(*map(fetch, missing[:MOST_BY_ID]))
    messages = tuple(message for message_id in ids for message in rows.get(message_id, ()))
    without_message = tuple(message_id for message_id in ids if message_id not in rows)
    return Context(ids, messages, without_message, failed)


def _not_written_yet(client: LettaClient, ids: list[str]) -> dict[str, LettaError]:
    """Return ids that the transcript lacks: Letta Code names the answer of a turn before it writes it (measured)."""
    words = "Reading a message: it is not in the transcript yet, so its turn may still be running"
    return dict.fromkeys(ids, NotOffered(words, status=404, detail=words, server=client.server))


def _missing(listed: Iterable[Message], ids: Iterable[str]) -> set[str]:
    return set(ids) - {message.id for message in listed}


def _request_blocks(
    client: LettaClient, row: Conversation, agent: Agent, read_blocks: ReadBlocks
) -> asyncio.Future[Blocks]:
    """Start requesting the blocks that a row names, in a task of its own."""

    async def read() -> Blocks:
        return await asyncio.gather(
            attempt(read_blocks, agent.id), _each_block(client, row.isolated_block_ids or ())
        )

    return asyncio.ensure_future(read())


async def _blocks_of(
    client: LettaClient, conversation: Conversation, requested: Awaitable[Blocks]
) -> tuple[tuple[Block, ...] | LettaError, tuple[Block | LettaError, ...] | None]:
    """The shared and the isolated blocks; request those that the row did not name."""
    shared, blocks = await requested
    wanted = conversation.isolated_block_ids
    if wanted is None:
        return shared, () if client.supported.lacks("isolate") else None
    blocks |= await _each_block(client, [block_id for block_id in wanted if block_id not in blocks])
    return shared, tuple(blocks[block_id] for block_id in wanted)


async def _each_block(client: LettaClient, ids: Iterable[str]) -> dict[str, Block | LettaError]:
    every = list(dict.fromkeys(ids))
    wanted = every[:MOST_BLOCKS]
    blocks = await asyncio.gather(*(attempt(client.block, block_id) for block_id in wanted))
    return dict(zip(wanted, blocks, strict=True)) | _not_requested(client, "blocks", every[MOST_BLOCKS:])


def _not_requested(client: LettaClient, noun: str, ids: list[str]) -> dict[str, LettaError]:
    """The ids beyond those that are requested one by one, each with the error that says so."""
    if not ids:
        return {}
    words = f"Reading {noun} by id: {client.server} lists {len(ids):,} more than can be requested"
    return dict.fromkeys(ids, TooLarge(words, server=client.server))
