"""Why changing a conversation's files during a turn is refused, and what doing it anyway may lose."""

from __future__ import annotations

from tui.model.errors import TurnRunning
from tui.presentation.changes.consequences import Consequences

MAY_BE_LOST = (
    "Only the screen of the running Letta Code is affected: titles and messages on disk are safe. To lose nothing, "
    "wait until the turn has ended."
)


def consequences(error: TurnRunning) -> Consequences:
    """Return why the change was not made, and what doing it anyway may lose."""
    return Consequences(
        f"{error.detail or 'A turn seems to be running.'}\n\n{MAY_BE_LOST}", "Do it anyway", forced=True
    )
