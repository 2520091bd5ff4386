"""What the detail pane shows: nothing, a conversation on its way, one that is open, or one that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.api.opening import Opened

if TYPE_CHECKING:
    from tui.api.errors import LettaError
    from tui.api.rows import Conversation


@dataclass(frozen=True)
class Loading:
    """The conversation of this row is being read; `known` is its first part, or what an `earlier` reading gave.

    That is for the eyes alone: no act begins from it.
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
