"""Compacting: the ids in context before and after decide whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.model.errors import LettaError, OutcomeUnknown
from tui.rules.changes.outcome import Done, Outcome, Refused, Unknown, not_seen

Mode = Literal["all", "sliding_window"]
"""What to summarise: all messages, or the oldest ones so that the newest stay."""

MODES: tuple[Mode, ...] = ("all", "sliding_window")
UNCHANGED = "the server accepted it, but the same messages are in context as before"
NOTHING = "nothing but the system message is in context"


@dataclass(frozen=True)
class Compacted:
    """The number of messages in context before and after, the system message included."""

    before: int
    after: int


def before(ids: tuple[str, ...] | None, *, only_system: bool) -> Refused | None:
    """Return why there is nothing to compact; if the ids in context are not reported, it is tried.

    `only_system` if the one message in context is known to be the system message.
    """
    if ids is None or len(ids) > 1:
        return None
    if only_system:
        return Refused(None, NOTHING)
    reported = "1 message" if ids else "no message"
    return Refused(None, f"the server reports {reported} in context, which is too little for a summary")


def outcome(
    ids: tuple[str, ...] | None, answer: LettaError | None, now: tuple[str, ...] | LettaError | None
) -> Outcome[Compacted]:
    """Return the outcome: done if a new summary follows the system message in context."""
    if answer is not None and now is None:
        return Refused(answer)
    if now is None or isinstance(now, LettaError) or ids is None:
        return Unknown(answer or OutcomeUnknown("The messages in context could not be read back"))
    if len(now) < len(ids) and not set(now) <= set(ids):
        return Done(Compacted(len(ids), len(now)))
    return Refused(None, UNCHANGED) if answer is None else not_seen(answer)
