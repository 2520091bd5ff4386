"""Which conversations a list shows: the unarchived ones, the archived ones, or both."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.supported import Supported


class ArchiveStatus(Enum):
    """What the list shows: the `archive_status` of the server, and its name on the screen."""

    UNARCHIVED = ("unarchived", "unarchived")
    ARCHIVED = ("archived", "archived")
    ALL = ("all", "with archived")

    def __init__(self, parameter: str, text: str) -> None:
        self.parameter = parameter
        self.text = text

    def to_request(self, supported: Supported) -> str | None:
        """The `archive_status` to request: none if unsupported, or for unarchived ones, which is the default.

        If a server lists all of them by default, rows that do not match are left out here.
        """
        asks = self is not ArchiveStatus.UNARCHIVED and supported.has("archive")
        return self.parameter if asks else None

    @property
    def next(self) -> ArchiveStatus:
        """The next one."""
        every = list(ArchiveStatus)
        return every[(every.index(self) + 1) % len(every)]

    def lists(self, row: Conversation) -> bool:
        """Return whether this list has a conversation; one that is not reported to be archived counts as unarchived."""
        return self is ArchiveStatus.ALL or bool(row.archived) is (self is ArchiveStatus.ARCHIVED)
