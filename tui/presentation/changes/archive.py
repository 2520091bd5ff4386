"""What archiving a conversation does, and taking it out of the archive."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.presentation.changes.consequences import Consequences
from tui.rules.changes.archive import NOT_REPORTED


def consequences(conversation: Conversation) -> Consequences | str:
    """What archiving does, or why it cannot be done: a server that never reports `archived` is not even asked."""
    if conversation.archived is None:
        return NOT_REPORTED
    if conversation.archived:
        return Consequences("It comes back into the lists that leave archived ones out.", "Take it out")
    text = (
        "It leaves the lists that do not ask for archived ones; nothing of it is lost. A again takes it back."
    )
    return Consequences(text, "Archive it")
