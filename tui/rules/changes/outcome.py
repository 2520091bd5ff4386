"""How a change of the server ended: done, refused, in conflict with somebody else's change, or unknown.

Every change uses these four, so whoever shows an outcome handles four cases and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from tui.model.errors import LettaError, OutcomeUnknown, ServerTrouble

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.supported import Feature

Value = TypeVar("Value")

IN_DOUBT: tuple[type[LettaError], ...] = (OutcomeUnknown, ServerTrouble)
"""Errors after which only reading back shows whether the change was made."""


@dataclass(frozen=True)
class Done(Generic[Value]):
    """The server has what was wanted, and `value` is its current state.

    `already` where this change did not cause it: it was so before, or somebody else was faster.
    `backup` is the path of the copy that was made first.
    """

    value: Value
    already: bool = False
    backup: str | None = None


@dataclass(frozen=True)
class Refused:
    """The change was not made: the server answered with `error`, or nothing was sent.

    `reason` replaces the text of the error; `appeared` are conversations that it left behind. Where the server is not
    known to have a feature that the change needs, `missing` is that feature, and nothing was sent.
    """

    error: LettaError | None
    reason: str = ""
    backup: str | None = None
    appeared: tuple[Conversation, ...] = ()
    missing: Feature | None = None


@dataclass(frozen=True)
class Conflict(Generic[Value]):
    """The server has `current` instead of what was expected; where it was not `sent`, nothing was changed."""

    current: Value
    sent: bool


@dataclass(frozen=True)
class Unknown:
    """It was sent and may or may not have been done.

    `appeared` are conversations that are new since then, None where the list cannot be read.
    """

    error: LettaError
    backup: str | None = None
    appeared: tuple[Conversation, ...] | None = None


Outcome = Done[Value] | Refused | Conflict[Value] | Unknown


def not_seen(error: LettaError, backup: str | None = None) -> Refused | Unknown:
    """Return the outcome if reading back shows no change.

    Without a response, the request may still be on its way to the server; after an error response it is not.
    """
    if isinstance(error, OutcomeUnknown):
        return Unknown(error, backup)
    return Refused(error, backup=backup)
