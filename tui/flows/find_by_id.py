"""Find the conversation or the agent that somebody names: an exact id wins, then its beginning if that is unique."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING

from tui.flows.list_pages import next_page
from tui.letta.walk import MOST_ROWS, Walk
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import BadResponse, LettaError, NothingFits, NotOffered, NotThere, Rejected, attempt
from tui.model.text import one_line, plural
from tui.rules.ids import Noun, cleaned, is_abbreviated, is_whole, why_no_id
from tui.rules.paging import ConversationPages

if TYPE_CHECKING:
    from tui.letta.client import LettaClient

ABSENT = NotThere, Rejected, NotOffered
"""Errors of servers for an id that is unknown or invalid."""

PAGE = 500
"""Rows of each page of a list that is read to its end."""

MOST_NAMED = 5
"""Candidates that are listed if several match."""


async def find_conversation(
    client: LettaClient, typed: str, *, agent_id: str | None = None, writing: bool = False
) -> Conversation:
    """Find the conversation with an id, or with its first characters, as the server has it now.

    GET /v1/conversations/{id}; for an abbreviated id, every page of GET /v1/conversations/, of one agent or of all.
    With `writing`, an abbreviated id is refused unless the whole list could be read. Raises LettaError; NothingFits if
    no conversation matches, or several do.
    """
    wanted = cleaned(typed)
    read = await attempt(client.conversation, wanted)
    if not isinstance(read, LettaError):
        # Requests with this id reach it, whatever id the response has.
        return read if read.id == wanted else read.changed(id=wanted)
    if not isinstance(read, ABSENT) or (is_whole(wanted) and not why_no_id(wanted, "conversation")):
        raise read
    if is_abbreviated(wanted, "conversation"):
        rows, whole = await _all_conversations(client, agent_id, wanted)
        match = _only(
            [row for row in rows if row.id.startswith(wanted)], wanted, "conversation", client.server
        )
        if writing and not whole:
            raise NothingFits(
                f"only the first {len(rows):,} conversations could be read, and another may begin with "
                f"“{one_line(wanted, 60)}”: give the whole id"
            )
        return await client.conversation(match)
    if isinstance(read, NotOffered):
        raise read
    raise NothingFits(_nothing(typed, "conversation", client.server))


async def find_id(client: LettaClient, typed: str) -> str:
    """Return the id of a conversation that is to be changed; a whole id is not looked up, since the change reads it.

    Raises LettaError.
    """
    wanted = cleaned(typed)
    known = is_whole(wanted) and not why_no_id(wanted, "conversation")
    return wanted if known else (await find_conversation(client, typed, writing=True)).id


async def find_agent(client: LettaClient, typed: str) -> Agent:
    """Find the agent with an id, with the first characters of an id, with a name, or with part of a unique name.

    GET /v1/agents/{id} and /v1/agents/. Where the server has neither, an agent of which only the id is known. Raises
    LettaError; NothingFits if no agent matches, or several do.
    """
    wanted = cleaned(typed)
    read = await _by_exact_id(client, wanted) if wanted.startswith("agent-") else None
    if isinstance(read, Agent):
        return read
    fitting = await attempt(_fitting_agents, client, typed, wanted, read)
    if isinstance(fitting, NotOffered):
        return Agent(id=wanted)
    if isinstance(fitting, LettaError):
        raise fitting
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NothingFits(_nothing(typed, "agent", client.server))
    named = _candidates(f"{one_line(row.title, 40)} ({one_line(row.id, 60)})" for row in fitting)
    raise NothingFits(f"{plural(len(fitting), 'agent')} match “{one_line(typed, 60)}”: {named}")


async def _fitting_agents(
    client: LettaClient, typed: str, wanted: str, read: LettaError | None
) -> Sequence[Agent]:
    """Return the listed agents that match, after reading a single agent failed with `read`."""
    if is_whole(wanted):
        listed = all_agents(client) if isinstance(read, NotOffered) else None
        return [] if listed is None else [agent async for agent in listed if agent.id == wanted]
    named = (await client.agents(query=typed, limit=200)).rows
    exact = [row for row in named if (row.name or "").casefold() == typed.casefold()]
    if exact:
        return exact
    if is_abbreviated(wanted, "agent"):
        return [agent async for agent in all_agents(client) if agent.id.startswith(wanted)] or named
    if named or read is not None:
        return named
    agent = await _by_exact_id(client, wanted)  # an id of any other form
    return [agent] if isinstance(agent, Agent) else []


async def agent_of(client: LettaClient, conversation: Conversation) -> Agent:
    """The agent of a conversation; one of which only the id is known where the server has no such endpoint."""
    read = await attempt(client.agent, conversation.agent_id)
    if isinstance(read, NotOffered):
        return Agent(id=conversation.agent_id)
    if isinstance(read, LettaError):
        raise read
    return read


async def own_agent(client: LettaClient, conversation: Conversation, listed: Agent) -> Agent:
    """The agent of a conversation in a list of one agent or of all of them, where it is read; raises LettaError."""
    return await agent_of(client, conversation) if listed.is_all else listed


async def all_agents(client: LettaClient) -> AsyncIterator[Agent]:
    """Every agent of the server; an unknown cursor brings page 1 again (measured), which ends it."""
    seen: set[str] = set()
    after = None
    walk = Walk("agents", client.wire)
    while True:
        page = await walk.page(client.agents(after=after, limit=200))
        fresh = [agent for agent in page.rows if agent.id not in seen]
        for agent in fresh:
            seen.add(agent.id)
            yield agent
        walk.reached(len(seen))
        if len(seen) >= MOST_ROWS:
            raise walk.too_large(len(seen))
        if page.sent < 200:
            return
        if not fresh or len(fresh) < len(page.rows):
            raise BadResponse("Listing agents: the server repeated a page", server=client.server)
        after = page.rows[-1].id


async def _by_exact_id(client: LettaClient, agent_id: str) -> Agent | LettaError:
    """Return the agent with an id, or how the server refused it; raises any other LettaError."""
    read = await attempt(client.agent, agent_id)
    if isinstance(read, LettaError) and not isinstance(read, ABSENT):
        raise read
    return read


async def _all_conversations(
    client: LettaClient, agent_id: str | None, wanted: str
) -> tuple[list[Conversation], bool]:
    """Every conversation of an agent or of the server, archived ones too, and whether that is really all.

    Servers before 0.16.5 list those of one agent only (measured), and so may others.
    """
    found = await attempt(_listed, client, agent_id)
    if isinstance(found, NotOffered):
        words = "this server lists no conversations: give the whole id"
        raise NothingFits(f"no conversation “{one_line(wanted, 60)}” was found: {words}")
    if isinstance(found, LettaError) and not isinstance(found, Rejected):
        raise found
    if not isinstance(found, LettaError) and (found[0] or agent_id is not None):
        return found
    rows: list[Conversation] = []
    whole = True
    async for agent in all_agents(client):
        of_agent, all_of_agent = await _listed(client, agent.id)
        rows += of_agent
        whole = whole and all_of_agent
    return rows, whole


async def _listed(client: LettaClient, agent_id: str | None) -> tuple[list[Conversation], bool]:
    """The rows of a list, page by page, and whether it came to an end. Servers up to 0.16.8 archive nothing, and
    ignore `archive_status` (measured)."""
    feed, rows = ConversationPages(page_size=PAGE), dict[str, Conversation]()
    walk = Walk("conversations", client.wire)
    while (page := await next_page(client, agent_id or "", feed, walk, "all")) is not None:
        rows |= {row.id: row for row in page.rows}
    return list(rows.values()), feed.complete and not feed.limited


def _only(rows: Sequence[Conversation], wanted: str, noun: Noun, server: str) -> str:
    """The id of the only row; raises NothingFits."""
    if len(rows) == 1:
        return rows[0].id
    if not rows:
        raise NothingFits(f"no {noun} on {server} has an id that begins with “{one_line(wanted, 60)}”")
    named = _candidates(f"{one_line(row.id, 60)} {one_line(row.summary or '', 40)}".strip() for row in rows)
    raise NothingFits(f"{plural(len(rows), noun)} match “{one_line(wanted, 60)}”: {named}")


def _candidates(texts: Iterable[str]) -> str:
    """The first few matches, and how many others there are."""
    every = list(texts)
    more = len(every) - MOST_NAMED
    return ", ".join(every[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _nothing(typed: str, noun: Noun, server: str) -> str:
    """Return the message that nothing has this id or name."""
    wanted = cleaned(typed)
    is_id = noun == "conversation" or wanted.startswith(("agent-", "conv-"))
    if is_abbreviated(wanted, noun):
        return f"no {noun} on {server} has an id that begins with “{one_line(wanted, 60)}”"
    why = why_no_id(wanted, noun) if is_id else ""
    return f"no {noun} “{one_line(typed, 60)}” on {server}" + (f": {why}" if why else "")
