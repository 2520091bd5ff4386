"""What a change of a conversation's files does while the program that owns them answers in it."""

from __future__ import annotations

from tui.model.errors import TurnRunning
from tui.presentation.changes.consequences import Consequences

MAY_BE_LOST = (
    "That is only on the screen of the Letta Code that runs it: titles and messages on disk stay. Waiting until the "
    "turn has ended loses nothing."
)


def consequences(error: TurnRunning) -> Consequences:
    """Why the change was held back, and what doing it anyway may lose."""
    return Consequences(
        f"{error.detail or 'A turn seems to run.'}\n\n{MAY_BE_LOST}", "Do it anyway", forced=True
    )
