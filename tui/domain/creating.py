"""Creating a conversation once: a refusal may leave one behind, and a lost answer is looked up, never repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Protocol

from tui.api.errors import LettaError, OutcomeUnknown, Rejected, ServerTrouble
from tui.api.rows import Conversation, Page
from tui.model.text import plural

LOOK = 20
"""How many of the newest conversations are read to see what a failed creation left."""


class ListServer(Protocol):
    """The call that tells what a creation made or left."""

    async def conversations(self, agent_id: str, *, limit: int) -> Page[Conversation]:
        """Read the newest conversations."""
        ...


class ConversationServer(ListServer, Protocol):
    """The three calls that creating needs."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read one conversation."""
        ...

    async def create_conversation(
        self, agent_id: str, *, summary: str | None, isolated_block_labels: Iterable[str]
    ) -> Conversation:
        """Create one."""
        ...


@dataclass(frozen=True)
class Created:
    """The new conversation; of what was to be isolated, as many blocks as it is told to have, None where it is not."""

    conversation: Conversation
    wanted: int = 0
    isolated: int | None = 0


@dataclass(frozen=True)
class NotCreated:
    """Refused or not sent; `left` are conversations that appeared all the same."""

    error: LettaError
    left: tuple[Conversation, ...] = ()


@dataclass(frozen=True)
class Uncertain:
    """No answer came; `seen` are conversations that appeared since, or None if the list cannot be read."""

    error: LettaError
    seen: tuple[Conversation, ...] | None


Creation = Created | NotCreated | Uncertain


async def create(server: ConversationServer, agent_id: str, summary: str, labels: Iterable[str]) -> Creation:
    """Create one conversation; never raises LettaError and never sends the creation twice.

    GET and POST /v1/conversations/: a label that the agent lacks is refused and leaves an orphan (measured).
    """
    wanted = tuple(labels)
    creation = await once(
        server,
        agent_id,
        lambda: server.create_conversation(agent_id, summary=summary or None, isolated_block_labels=wanted),
    )
    if wanted and isinstance(creation, Created):
        told = await _isolated(server, creation.conversation)
        return replace(creation, wanted=len(wanted), isolated=told)
    return creation


async def _isolated(server: ConversationServer, made: Conversation) -> int | None:
    """How many blocks it has of its own: Letta before 0.16.4 takes labels and makes no copies (measured)."""
    if made.isolated_block_ids is None:
        try:
            made = await server.conversation(made.id, made.agent_id)
        except LettaError:
            return None
    return None if made.isolated_block_ids is None else len(made.isolated_block_ids)


def shares_all(creation: Created) -> bool:
    """Whether blocks were to be isolated and nothing shows that a single one is."""
    return creation.wanted > 0 and not creation.isolated


def words_for_isolation(creation: Created, cannot: str) -> str:
    """What of the isolation did not come about, if anything; `cannot` says which Letta has it."""
    if creation.isolated is None and creation.wanted:
        return f"the server does not tell that anything is isolated in it, so all its blocks may be shared. {cannot}"
    if shares_all(creation):
        return f"nothing is isolated in it: all its blocks are shared. {cannot}"
    if (creation.isolated or 0) < creation.wanted:
        return f"only {creation.isolated} of {plural(creation.wanted, 'block')} is isolated in it"
    return ""


async def once(server: ListServer, agent_id: str, make: Callable[[], Awaitable[Conversation]]) -> Creation:
    """Let `make` send its request once, and look in the list for what it left where no conversation came back."""
    try:
        before = {row.id for row in (await server.conversations(agent_id, limit=LOOK)).rows}
    except LettaError as error:
        return NotCreated(error)
    try:
        made = await make()
    except OutcomeUnknown as error:
        return Uncertain(error, await _appeared(server, agent_id, before))
    except (Rejected, ServerTrouble) as error:
        seen = await _appeared(server, agent_id, before)
        # A server that fails may have done it before: where the list cannot tell, nobody can.
        unknown = seen is None and isinstance(error, ServerTrouble)
        return Uncertain(error, None) if unknown else NotCreated(error, seen or ())
    except LettaError as error:
        return NotCreated(error)
    return Created(made)


async def _appeared(server: ListServer, agent_id: str, before: set[str]) -> tuple[Conversation, ...] | None:
    try:
        page = await server.conversations(agent_id, limit=LOOK)
    except LettaError:
        return None
    # Newest first: what stands behind a known row is only there because something else was deleted meanwhile.
    return tuple(takewhile(lambda row: row.id not in before, page.rows))


def words_for(creation: NotCreated | Uncertain) -> str:
    """What the user is told where no conversation was made for certain."""
    if isinstance(creation, NotCreated):
        left = ", ".join(row.id for row in creation.left)
        if left and isinstance(creation.error, ServerTrouble):
            return f"{creation.error.what}\nIt was probably created all the same: {left} is new in the list."
        tail = f"\nThe server left an empty conversation behind all the same: {left}" if left else ""
        return f"{creation.error}{tail}"
    if creation.seen is None:
        return f"{creation.error.what}\nIt may have been created, and the list cannot be read now to tell."
    if not creation.seen:
        return f"{creation.error.what}\nThe list shows no new conversation: it was probably not created."
    seen = ", ".join(row.id for row in creation.seen)
    return f"{creation.error.what}\nIt was probably created all the same: {seen} is new in the list."
