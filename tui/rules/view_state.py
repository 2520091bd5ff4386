"""What the detail pane shows: a conversation that is loading, open or failed, memory in which mode, and a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.opened import Opened

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.trace import Step, StepMetrics


@dataclass(frozen=True)
class Loading:
    """The conversation of this row is being read; `known` is its first part, or an `earlier` read of it.

    `known` is for display only: no action starts from it.
    """

    conversation: Conversation
    known: Opened | None = None
    earlier: bool = False


@dataclass(frozen=True)
class Failed:
    """The conversation of this row could not be read."""

    conversation: Conversation
    error: LettaError


View = Loading | Opened | Failed | None


def with_fields(view: Loading | Opened | Failed, row: Conversation) -> View:
    """Return the same view of a conversation, with the fields of this row."""
    if isinstance(view, Loading) and view.known is not None:
        known = replace(view.known, conversation=row.merged_over(view.known.conversation))
        view = replace(view, known=known)
    return replace(view, conversation=row.merged_over(view.conversation))


@dataclass(frozen=True)
class SelectedStep:
    """The step that a selected message came from; its parts are None while they are read."""

    id: str
    step: Step | LettaError | None = None
    metrics: StepMetrics | LettaError | None = None

    @property
    def complete(self) -> bool:
        """Whether all of it was read, its times too."""
        if any(part is None or isinstance(part, LettaError) for part in (self.step, self.metrics)):
            return False
        return bool(getattr(self.metrics, "step_ns", None))


class MemoryMode(Enum):
    """What the memory pane shows of each label; the value is its name on the screen."""

    VALUE = "values"
    COMPILED = "what the model reads vs. now"
    SHARED = "shared vs. isolated blocks"

    def next(self, first: MemoryMode) -> MemoryMode:
        """The mode that the diff key changes to: `first`, then the other diff, then the values again."""
        other = MemoryMode.SHARED if first is MemoryMode.COMPILED else MemoryMode.COMPILED
        modes = (MemoryMode.VALUE, first, other)
        return modes[(modes.index(self) + 1) % len(modes)]
