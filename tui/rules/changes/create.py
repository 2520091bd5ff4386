"""Creating a conversation: a refusal may leave one behind, and after a lost response the list shows what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, OutcomeUnknown, Rejected, ServerTrouble
from tui.model.supported import Feature, Supported
from tui.rules.changes.outcome import IN_DOUBT, Done, Refused, Unknown

NEWEST = 20
"""How many of the newest conversations are read to see what a failed creation left."""

LEAVES_BEHIND: tuple[type[LettaError], ...] = (*IN_DOUBT, Rejected)
"""Errors after which a new conversation may be there: an unknown label leaves an orphan (measured)."""

Creation = Done[Conversation] | Refused | Unknown
Rows = tuple[Conversation, ...]


@dataclass(frozen=True)
class Wanted:
    """The fields of a new conversation; empty ones are not sent."""

    summary: str = ""
    labels: tuple[str, ...] = ()
    """Labels of blocks to isolate."""
    description: str = ""
    model: str = ""
    """A model of its own, as provider/name."""
    hidden: bool = False
    """Whether lists leave it out."""

    @property
    def features(self) -> Iterator[Feature]:
        """The features a server needs for it."""
        if self.labels:
            yield "isolate"
        if self.description:
            yield "description"
        if self.model:
            yield "model"
        if self.hidden:
            yield "hidden"


def unknown_features(wanted: Wanted, supported: Supported) -> bool:
    """Return whether the server may lack something that is wanted; rows of a list may show that."""
    return any(supported[feature].state == "unknown" for feature in wanted.features)


def before(wanted: Wanted, supported: Supported) -> Refused | None:
    """Return a refusal if the server lacks what is wanted: it would create the conversation without that.

    Labels are sent even to a server of which nothing is known, since the result is read back; other fields are not.
    """
    for feature in wanted.features:
        if supported.lacks(feature) or (feature != "isolate" and not supported.has(feature)):
            return Refused(None, missing=feature)
    return None


def outcome(before: Rows, response: Conversation | LettaError, after: Rows | LettaError | None) -> Creation:
    """Return the outcome of a creation or a fork, from its response and the newest conversations before and after."""
    if not isinstance(response, LettaError):
        return Done(response)
    if after is None:
        return Refused(response)
    appeared = None if isinstance(after, LettaError) else appeared_rows(before, after)
    # A server that fails may have done it before: where the list cannot be read, the outcome is unknown.
    if isinstance(response, OutcomeUnknown) or (appeared is None and isinstance(response, ServerTrouble)):
        return Unknown(response, appeared=appeared)
    return Refused(response, appeared=appeared or ())


def appeared_rows(before: Iterable[Conversation], after: Iterable[Conversation]) -> Rows:
    """What is new among the newest conversations; both are newest first."""
    known = {row.id for row in before}
    # A row behind a known one is only there because something else was deleted meanwhile.
    return tuple(takewhile(lambda row: row.id not in known, after))


def isolated_count(made: Conversation) -> int | None:
    """How many blocks the server reports as isolated in it; None where it reports nothing."""
    return None if made.isolated_block_ids is None else len(made.isolated_block_ids)


def not_taken(made: Conversation, wanted: Wanted) -> tuple[Feature, ...]:
    """Return the fields that the response shows to be missing, isolation aside; unreported fields count as taken."""
    asked: dict[Feature, object] = {}
    if wanted.description:
        asked["description"] = wanted.description
    if wanted.model:
        asked["model"] = wanted.model
    if wanted.hidden:
        asked["hidden"] = True
    values = made.values()
    return tuple(name for name, value in asked.items() if made.was_sent(name) and values.get(name) != value)


def shares_all(made: Conversation, wanted: int) -> bool:
    """Return whether blocks were to be isolated and nothing shows that any is."""
    return wanted > 0 and not isolated_count(made)
