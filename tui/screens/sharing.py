"""How the width is shared between list and detail."""

from __future__ import annotations

from textual import on
from textual.getters import query_one

from tui.screens.base import MainState
from tui.widgets.list_pane import ListPane

LEAST_LIST, LEAST_DETAIL, STEP = 24, 40, 4
"""Cells below which a pane is of no use, and those that a key moves."""


class Sharing(MainState):
    """A border that can be dragged, and keys for who has no mouse; narrow windows show one pane and share nothing."""

    pane = query_one(ListPane)

    def action_widen(self, step: int) -> None:
        """Give the list more or less."""
        self.share(self.pane.outer_size.width + step * STEP)

    @on(ListPane.Widened)
    def _widened(self, event: ListPane.Widened) -> None:
        self.share(event.width)

    def share(self, width: int | None) -> None:
        """Give the list so many cells, as far as both panes stay of use; None is the design's share."""
        styles = self.pane.styles
        if width is None:
            styles.width = styles.min_width = styles.max_width = None
            return
        most = max(LEAST_LIST, self.size.width - LEAST_DETAIL)
        styles.width = styles.min_width = styles.max_width = min(max(width, LEAST_LIST), most)
