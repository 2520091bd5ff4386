"""Rows that changed one by one while a page was loading: a page requested earlier does not undo them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.rules.paging import ConversationPages


class Change(NamedTuple):
    """The row as it was then, None if it was removed; `created` if no page had it before."""

    number: int
    row: Conversation | None
    created: bool


class ChangedRows:
    """The last change of each row, in the order of the changes."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self.count = 0
        """How many changes there were; remembered with a request, it says which of them are younger."""

    def put(self, row: Conversation, *, created: bool = False) -> None:
        """A row was read, saved or created."""
        before = self._changes.get(row.id)
        self._note(row.id, row, created=created or (before is not None and before.created))

    def remove(self, conversation_id: str) -> None:
        """A conversation was deleted."""
        self._note(conversation_id, None, created=False)

    def _note(self, conversation_id: str, row: Conversation | None, *, created: bool) -> None:
        self.count += 1
        self._changes.pop(conversation_id, None)
        self._changes[conversation_id] = Change(self.count, row, created)

    def apply(self, feed: ConversationPages, since: int) -> None:
        """Reapply to a list the changes after the first `since` ones."""
        younger = []
        for conversation_id, change in reversed(self._changes.items()):
            if change.number <= since:
                break
            younger.append((conversation_id, change))
        for conversation_id, change in reversed(younger):
            if change.row is None:
                feed.remove(conversation_id)
            else:
                feed.put(change.row, first=change.created)
