"""Saving a summary on a server without ETags: re-read, compare, write, compare the answer, read back.

The gap between the re-read and the write remains: nothing in the API closes it (measured: If-Match is ignored).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui.model.errors import LettaError, NotThere, OutcomeUnknown, ServerTrouble

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


@dataclass(frozen=True)
class Edit:
    """A summary being edited: the text that the edit began from and the text wanted."""

    conversation_id: str
    agent_id: str
    began_from: str | None
    text: str

    @property
    def dirty(self) -> bool:
        """Whether saving would change anything; an absent summary and an empty one read the same."""
        return self.text != (self.began_from or "")

    def onto(self, theirs: str | None) -> Edit:
        """The same text, now begun from what the server holds: the answer "mine" to a conflict."""
        return Edit(self.conversation_id, self.agent_id, theirs, self.text)


class SummaryServer(Protocol):
    """The two calls that saving needs."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read one conversation."""
        ...

    async def update_summary(
        self, conversation_id: str, summary: str, agent_id: str | None = None
    ) -> Conversation:
        """Write its summary."""
        ...


@dataclass(frozen=True)
class Saved:
    """The server holds the text; `wrote` is false where it already did."""

    conversation: Conversation
    wrote: bool


@dataclass(frozen=True)
class Conflicted:
    """Somebody changed the summary since the edit began; nothing was written."""

    theirs: Conversation


@dataclass(frozen=True)
class Overtaken:
    """The text was written, and somebody else's stands there now."""

    theirs: Conversation


@dataclass(frozen=True)
class NotSaved:
    """Nothing was written, because of `error`."""

    error: LettaError


@dataclass(frozen=True)
class Unknown:
    """The write may or may not have happened, and reading back failed too."""

    error: LettaError


Outcome = Saved | Conflicted | Overtaken | NotSaved | Unknown


async def save(server: SummaryServer, edit: Edit) -> Outcome:
    """Write `edit.text` if the server still holds what the edit began from; never raises LettaError.

    GET, PATCH and GET of /v1/conversations/{id}: the PATCH answer alone can show another writer's text (measured).
    """
    try:
        current = await server.conversation(edit.conversation_id, edit.agent_id)
    except LettaError as error:
        return NotSaved(error)
    held = current.summary or ""
    if held == edit.text:
        return Saved(current, wrote=False)
    if held != (edit.began_from or ""):
        return Conflicted(current)
    try:
        answer = await server.update_summary(edit.conversation_id, edit.text, edit.agent_id)
    except (OutcomeUnknown, ServerTrouble) as error:
        return await _after_trouble(server, edit, held, error)
    except LettaError as error:
        return NotSaved(error)
    return await _confirmed(server, edit, answer.merged_over(current))


async def _confirmed(server: SummaryServer, edit: Edit, answer: Conversation) -> Outcome:
    """What the server holds after it took the write; where it cannot be read back, its answer has to do."""
    try:
        now = await server.conversation(edit.conversation_id, edit.agent_id)
    except LettaError as error:
        said_so = (answer.summary or "") == edit.text and not isinstance(error, NotThere)
        return Saved(answer, wrote=True) if said_so else Unknown(error)
    return Saved(now, wrote=True) if (now.summary or "") == edit.text else Overtaken(now)


async def _after_trouble(server: SummaryServer, edit: Edit, held: str, error: LettaError) -> Outcome:
    """The answer to the write was lost or an error: only what the server holds now tells whether it happened."""
    try:
        now = await server.conversation(edit.conversation_id, edit.agent_id)
    except LettaError:
        return Unknown(error)
    if (now.summary or "") == edit.text:
        return Saved(now, wrote=True)
    if (now.summary or "") != held:
        return Overtaken(now)
    # After silence the old text may also mean that the write is still on its way; after an answer it may not.
    return Unknown(error) if isinstance(error, OutcomeUnknown) else NotSaved(error)
