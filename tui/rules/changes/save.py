"""Saving a summary on a server without ETags: what each comparison means.

The gap between the re-read and the write remains: nothing in the API closes it (measured: If-Match is ignored).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.model.conversation import key_of
from tui.model.errors import LettaError, NotThere
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown, not_seen

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


@dataclass(frozen=True)
class SummaryChange:
    """A new summary for a conversation: the text that the edit began from and the text wanted."""

    conversation_id: str
    agent_id: str
    began_from: str | None
    text: str

    @property
    def dirty(self) -> bool:
        """Whether saving would change anything; an absent summary and an empty one read the same."""
        return self.text != (self.began_from or "")

    @property
    def key(self) -> str:
        """A key that is unique on the server."""
        return key_of(self.conversation_id, self.agent_id)

    def over(self, current: str | None) -> SummaryChange:
        """Return the same text, based on what the server has now: the answer "mine" to a conflict."""
        return replace(self, began_from=current)


def before(change: SummaryChange, current: Conversation) -> Outcome[Conversation] | None:
    """Return the outcome if nothing may or need be sent; None if the summary is still the one the edit began from."""
    stored = current.summary or ""
    if stored == change.text:
        return Done(current, already=True)
    if stored != (change.began_from or ""):
        return Conflict(current, sent=False)
    return None


def outcome(
    change: SummaryChange,
    current: Conversation,
    response: Conversation | LettaError,
    now: Conversation | LettaError | None,
) -> Outcome[Conversation]:
    """Return the outcome of the PATCH, from its response and what was read back; `current` is the state before it.

    The response to the PATCH alone can show another writer's text (measured), so what is read back counts.
    """
    if isinstance(response, LettaError):
        return _without_response(change, current, response, now)
    assert now is not None, "after a response, the summary is always read back"
    if isinstance(now, LettaError):
        confirmed = (response.summary or "") == change.text and not isinstance(now, NotThere)
        return Done(response.merged_over(current)) if confirmed else Unknown(now)
    return Done(now) if (now.summary or "") == change.text else Conflict(now, sent=True)


def _without_response(
    change: SummaryChange, current: Conversation, error: LettaError, now: Conversation | LettaError | None
) -> Outcome[Conversation]:
    """The outcome after a failed PATCH."""
    if now is None:
        return Refused(error)
    if isinstance(now, LettaError):
        return Unknown(error)
    if (now.summary or "") == change.text:
        return Done(now)
    if (now.summary or "") != (current.summary or ""):
        return Conflict(now, sent=True)
    return not_seen(error)
