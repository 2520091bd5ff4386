"""Which conversations are marked for an action on several: by id, whether they are shown or not."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

NOT_THE_DEFAULT = "The default conversation cannot be marked or deleted; w exports it alone"


@dataclass(frozen=True, eq=False)
class Marks:
    """Marked rows in the order of marking, each as it was then; never the default conversation."""

    rows: Mapping[str, Conversation] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, conversation_id: object) -> bool:
        return conversation_id in self.rows

    def toggled(self, row: Conversation) -> Marks:
        """With this row marked, or unmarked if it was marked."""
        return self.without((row.id,)) if row.id in self else self.added((row,))

    def added(self, rows: Iterable[Conversation]) -> Marks:
        """With all of these marked."""
        return Marks({**self.rows, **{row.id: row for row in rows if not row.is_default}})

    def without(self, ids: Collection[str]) -> Marks:
        """With none of these marked."""
        return Marks({key: row for key, row in self.rows.items() if key not in ids})

    def inverted(self, shown: Iterable[Conversation]) -> Marks:
        """With the marks of the shown rows inverted."""
        rows = [row for row in shown if not row.is_default]
        old = {row.id for row in rows if row.id in self}
        return self.without(old).added(row for row in rows if row.id not in old)

    def without_gone(self, known: Container[str], *, complete: bool) -> Marks:
        """Without rows that are gone, which is only known once the list is `complete`."""
        gone = {key for key in self.rows if key not in known} if complete else set()
        return self.without(gone) if gone else self

    def pair(self, row: Conversation | None) -> tuple[Conversation, Conversation] | None:
        """The two conversations to compare while the cursor is on this row, None if there are fewer or more."""
        return chosen_pair(tuple(self.rows.values()), row) if len(self) <= 2 else None

    def text(self, shown: Iterable[Conversation]) -> str:
        """ "3 marked, 1 not shown"; "" if none is."""
        if not self.rows:
            return ""
        hidden = len(self.rows.keys() - {row.id for row in shown})
        return f"{len(self.rows)} marked" + (f", {hidden} not shown" if hidden else "")


def chosen_pair(
    marked: Sequence[Conversation], row: Conversation | None
) -> tuple[Conversation, Conversation] | None:
    """Return the two conversations to compare: those marked, or the one marked and the row under the cursor."""
    if len(marked) == 2:
        return marked[0], marked[1]
    if len(marked) == 1 and row is not None and row.key != marked[0].key:
        return marked[0], row
    return None
