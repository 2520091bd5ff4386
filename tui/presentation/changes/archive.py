"""What archiving a conversation does, and unarchiving it, in words."""

from __future__ import annotations

from tui.presentation.changes.consequences import Consequences
from tui.rules.changes.archive import Archiving
from tui.rules.changes.outcome import Done, Refused

ARCHIVE = (
    "It leaves the list of unarchived conversations at the next reload; & shows it. "
    "Nothing is lost: A on the same row unarchives it."
)
UNARCHIVE = "It returns to the list of unarchived conversations."


def verb(archived: bool) -> str:
    """Return the name of the change, as at the start of a question."""
    return "Archive" if archived else "Unarchive"


def consequences(archived: bool) -> Consequences:
    """Return a sentence or two about what the change does."""
    return Consequences(ARCHIVE if archived else UNARCHIVE, f"{verb(archived)} it")


def already_text(archived: bool) -> str:
    """Return the message for a conversation that is already archived, or already unarchived."""
    return "It is archived already" if archived else "It isn't archived"


def outcome_text(archived: bool, outcome: Archiving) -> str:
    """Return the outcome as the start of a line; a failure with its reason and whether the change may still happen."""
    if isinstance(outcome, Done):
        return already_text(archived) if outcome.already else f"{verb(archived)}d"
    if isinstance(outcome, Refused):
        return outcome.reason or f"Not {verb(archived).lower()}d: {outcome.error}"
    return f"{outcome.error.what}\nIt may or may not be {verb(archived).lower()}d"
