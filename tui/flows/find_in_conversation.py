"""Find words in what the detail shows: search in slices, so that keys are not delayed, and go from match to match."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol

from tui.flows.protocols import Background

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.presentation.find import Find, Match, Pattern
    from tui.presentation.item import Item

BETWEEN_COUNTS = 0.1
"""Seconds between two counts while a search runs: each lays the line out again."""


class FindPane(Protocol):
    """The shown reader and the find line."""

    @property
    def search_words(self) -> str:
        """The words in the find line, "" for none."""

    @property
    def items(self) -> Sequence[Item]:
        """The items of the shown reader."""

    @property
    def selected_item(self) -> int:
        """Which of the items is selected."""

    def focus_reader(self) -> None:
        """Give the keys to the shown reader."""

    def close_search(self) -> None:
        """Hide the line and forget its words."""

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Mark what matches in the shown reader and nothing in the others."""

    def go_to_match(self, match: Match) -> None:
        """Bring a match into view."""

    def show_matches(self, state: str) -> None:
        """Show how many matches there are, and which is selected."""


class FindInConversation:
    """One search over the items of the shown reader; other words, items or another reader begin it again."""

    def __init__(self, pane: FindPane, screen: Background) -> None:
        self._pane = pane
        self._screen = screen
        self._find: Find | None = None
        self._pending: Literal["", "first", "next", "previous"] = ""
        """Where to go as soon as there is such a match."""

    def search(self) -> None:
        """Search all items from the start; no words search for nothing."""
        from tui.presentation.find import Find

        self._find = find = Find(self._pane.items, self._pane.search_words)
        self._pane.mark_matches(find.pattern)
        self._screen.start_worker("find", partial(self._search, find))

    async def _search(self, find: Find) -> None:
        """Search a slice at a time, until another search is wanted."""
        counted_at = monotonic()
        while find.step():
            if self._find is not find:
                return
            if self._pending:
                self._go(find)
            if monotonic() - counted_at > BETWEEN_COUNTS:
                self._pane.show_matches(find.state)
                counted_at = monotonic()
            await asyncio.sleep(0)
        if self._find is find:
            self._go(find)
            self._pending = ""

    def search_again(self) -> None:
        """Search what is shown now for the same words, if there are any."""
        if self._pane.search_words:
            self.search()

    def accept(self) -> None:
        """Go to the first match from the selected item on, as soon as there is one; without words, stop."""
        if not self._pane.search_words:
            self.stop()
            return
        self._pane.focus_reader()
        self._go_when_there("first")

    def stop(self) -> None:
        """Stop searching and remove the marks of matches."""
        self._pane.close_search()
        self.search()
        self._pane.focus_reader()

    def go(self, step: int) -> None:
        """Go to the next or the previous match, as soon as there is one."""
        self._go_when_there("next" if step > 0 else "previous")

    def _go_when_there(self, where: Literal["first", "next", "previous"]) -> None:
        find = self._find
        if find is not None:
            self._pending = where
            self._go(find)
            if find.done:
                self._pending = ""

    def _go(self, find: Find) -> None:
        """Go to the match that is waited for, if there is one now, and show which it is."""
        match: Match | None = None
        if self._pending == "first":
            match = find.first_from(self._pane.selected_item)
        elif self._pending:
            match = find.go(1 if self._pending == "next" else -1)
        if match is not None:
            self._pending = ""
            self._pane.go_to_match(match)
            self._pane.mark_matches(find.pattern, match)
        self._pane.show_matches(find.state)
