"""Deleting several conversations one after the other, until one outcome is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tui.model.conversation import Conversation
from tui.model.errors import (
    BadSetting,
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotOffered,
    RateLimited,
    WebPage,
)
from tui.rules.changes.delete import Deletion
from tui.rules.changes.outcome import Done, Refused, Unknown

ENDS_ALL = BadSetting, KeyRefused, NoResponse, NotAllowed, NotOffered, RateLimited, WebPage
"""Errors that the next deletion would end with too."""

Current = Conversation | LettaError
"""A conversation as the server has it now, or why it cannot be read."""


def deletable(current: Iterable[Current]) -> list[Conversation]:
    """Those that still exist and could be read."""
    return [one for one in current if isinstance(one, Conversation)]


@dataclass(frozen=True)
class Step:
    """The outcome of one conversation; None if it was skipped because it was unmarked meanwhile."""

    row: Conversation
    outcome: Deletion | None

    @property
    def deleted(self) -> bool:
        """Whether it was deleted by us."""
        return isinstance(self.outcome, Done) and not self.outcome.already

    @property
    def gone(self) -> bool:
        """Whether somebody else deleted it; where that was seen before the copy, there is no copy."""
        return isinstance(self.outcome, Done) and self.outcome.already


@dataclass(frozen=True)
class BulkDeletion:
    """Progress of the deletion of several conversations: done, current, waiting."""

    waiting: tuple[Conversation, ...]
    steps: tuple[Step, ...] = ()
    under_way: Conversation | None = None
    stopped: str = ""
    """Why the waiting ones are not tried."""

    @property
    def ended(self) -> bool:
        """Whether no more are started."""
        return not self.waiting or bool(self.stopped)

    def next(self) -> BulkDeletion:
        """With the next one in progress."""
        return replace(self, waiting=self.waiting[1:], under_way=self.waiting[0])

    def after(self, outcome: Deletion | None) -> BulkDeletion:
        """With the current one ended in this way, which can end the whole run."""
        assert self.under_way is not None
        step = Step(self.under_way, outcome)
        stopped = self.stopped or _why_stopped(outcome)
        return replace(self, steps=(*self.steps, step), under_way=None, stopped=stopped)

    def stop(self, why: str) -> BulkDeletion:
        """Start no more; the current one is finished."""
        return replace(self, stopped=self.stopped or why)

    @property
    def total(self) -> int:
        """How many were to be deleted."""
        return len(self.steps) + (self.under_way is not None) + len(self.waiting)

    @property
    def position(self) -> str:
        """ "2 of 5"."""
        return f"{len(self.steps) + (self.under_way is not None)} of {self.total}"

    @property
    def gone(self) -> frozenset[str]:
        """Ids that the server no longer has."""
        return frozenset(step.row.id for step in self.steps if step.deleted or step.gone)

    @property
    def copied(self) -> bool:
        """Whether a copy was made of any."""
        return any(step.outcome is not None and step.outcome.backup for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether all of them were deleted, but for those that were unmarked meanwhile."""
        done = all(step.outcome is None or isinstance(step.outcome, Done) for step in self.steps)
        return done and not self.waiting and self.under_way is None


def _why_stopped(outcome: Deletion | None) -> str:
    """Return why nothing may follow this outcome; "" where the next one may."""
    if isinstance(outcome, Unknown):
        return "the previous one may or may not have been deleted"
    if not isinstance(outcome, Refused):
        return ""
    ends_all = outcome.error is None or isinstance(outcome.error, ENDS_ALL)
    return "they would fail in the same way" if ends_all else ""
