"""All that the keys do to what is read, and when each of them is possible."""

from __future__ import annotations

from tui.model.opened import Opened
from tui.screens.acts import Acts
from tui.screens.folding import Folding
from tui.screens.jump import Jumping
from tui.screens.whole import Whole
from tui.widgets.line_view import LineView

OF_MESSAGES = frozenset({"whole", "boundary", "go_to", "types"})
OF_ITEMS = frozenset({"fold_all", "fold_kind"})
OF_READER = frozenset({"find", "page_outside", "view_outside", "pipe"})


class Reading(Acts, Whole, Folding, Jumping):
    """The reading flows together."""

    def reading_allows(self, action: str) -> bool | None:
        """Whether a reading action is possible now; None for actions that are none of these."""
        if action in OF_MESSAGES or action in OF_ITEMS:
            return isinstance(self.view, Opened) and isinstance(self.focused, LineView)
        if action == "open":
            return self.list.has_focus
        if action in OF_READER:
            return self.reading
        if action == "match":
            return self.finding if self.reading else self.list.has_focus and bool(self.filter_words)
        if action == "filter" and self.reading:
            return False
        return None
