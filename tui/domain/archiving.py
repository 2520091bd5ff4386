"""Archiving where a server really does it: some accept the request and change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tui.domain.question import Question
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotOffered, OutcomeUnknown, ServerTrouble


class ArchiveServer(Protocol):
    """The two calls that archiving needs."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read one conversation."""
        ...

    async def archive(self, conversation_id: str, archived: bool) -> Conversation:
        """Archive it, or take it out of the archive."""
        ...


@dataclass(frozen=True)
class Archived:
    """The server holds it as wanted, which was read back."""

    conversation: Conversation


@dataclass(frozen=True)
class NoArchive:
    """This server does not archive: `words` say how it showed."""

    words: str


@dataclass(frozen=True)
class NotArchived:
    """Nothing changed, because of `error`."""

    error: LettaError


@dataclass(frozen=True)
class Unsure:
    """It may or may not have changed: the answer was lost, or what the server holds now cannot be read."""

    error: LettaError


Archiving = Archived | NoArchive | NotArchived | Unsure

NEVER_SAID = "This server does not archive: it says of no conversation whether it is archived"
NO_CALL = "This server does not archive: it changes no conversation"
NOTHING_DONE = "This server does not archive: it took the request and changed nothing"


def question(conversation: Conversation) -> Question | NoArchive:
    """What archiving does; a server that never says `archived` is not even asked."""
    if conversation.archived is None:
        return NoArchive(NEVER_SAID)
    if conversation.archived:
        return Question("It comes back into the lists that leave archived ones out.", "Take it out")
    words = (
        "It leaves the lists that do not ask for archived ones; nothing of it is lost. A again takes it back."
    )
    return Question(words, "Archive it")


async def archive(server: ArchiveServer, conversation_id: str, archived: bool) -> Archiving:
    """Archive, or take back, and read it back; never raises LettaError.

    PATCH and GET of /v1/conversations/{id}: Letta 0.16.x answers 200 and does nothing (measured).
    """
    trouble: LettaError | None = None
    try:
        await server.archive(conversation_id, archived)
    except (OutcomeUnknown, ServerTrouble) as error:
        trouble = error
    except NotOffered:
        return NoArchive(NO_CALL)
    except LettaError as error:
        return NotArchived(error)
    try:
        now = await server.conversation(conversation_id)
    except LettaError as error:
        return Unsure(trouble or error)
    if now.archived is archived:
        return Archived(now)
    if trouble is None:
        return NoArchive(NOTHING_DONE)
    # After silence the request may still be on its way; after an answer it may not.
    return Unsure(trouble) if isinstance(trouble, OutcomeUnknown) else NotArchived(trouble)
