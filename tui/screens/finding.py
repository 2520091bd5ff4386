"""Find in the detail: search in slices while the keys stay quick, go from match to match."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work

from tui.screens.base import MainState
from tui.widgets.detail_pane import DetailPane
from tui.widgets.find_line import FindLine
from tui.widgets.reader import Reader

if TYPE_CHECKING:
    from tui.presentation.find import Find, Match

TELLING = 0.1
"""Seconds between two counts while a search runs: each lays the line out anew."""


class Finding(MainState):
    """One search over what the shown reader holds; other items or another tab begin it anew."""

    found: Find | None = None
    _waiting: str = ""
    """What to do when there is more to go to: "" nothing, "first", "next", "previous"."""

    def action_find(self) -> None:
        """Type what to look for; keys typed before the line has the focus are typed into it."""
        self.desk.keys.shut()
        self.detail.find_line.open()
        self.desk.keys.open_to(self)

    @on(FindLine.Typed)
    def _typed_words(self, event: FindLine.Typed) -> None:
        self.search_items()

    @on(DetailPane.Filled)
    def _filled(self) -> None:
        if self.finding:
            self.search_items()

    @on(FindLine.Accepted)
    def _go_to_first(self) -> None:
        reader = self.detail.reader
        reader.focus()
        if not self.detail.find_line.words:
            self.stop_finding()
            return
        self._waiting = "first"
        self._go_on()

    @on(FindLine.Cancelled)
    def stop_finding(self) -> None:
        """Forget what was looked for."""
        self.detail.find_line.close()
        self.search_items()
        self.detail.reader.focus()

    @property
    def finding(self) -> bool:
        """Whether something is looked for."""
        return bool(self.detail.find_line.words)

    @work(group="find", exclusive=True)
    async def search_items(self) -> None:
        """Search the items of the shown reader from the start, a slice at a time."""
        from tui.presentation.find import Find

        reader = self.detail.reader
        for other in self.detail.query(Reader):
            if other is not reader:
                other.mark(None)
        self.found = found = Find(reader.items, self.detail.find_line.words)
        reader.mark(found.pattern)
        told = monotonic()
        while found.step():
            if self._waiting:
                self._go_on()
            if monotonic() - told > TELLING:
                self._tell_count()
                told = monotonic()
            await asyncio.sleep(0)
        self._go_on()
        self._waiting = ""

    def _go_on(self) -> None:
        """Do what waited for a match, if there is one now, and say which it is."""
        found = self.found
        if found is None:
            return
        match: Match | None = None
        if self._waiting == "first":
            match = found.first_from(self.detail.reader.selected)
        elif self._waiting:
            match = found.go(1 if self._waiting == "next" else -1)
        if match is not None:
            self._waiting = ""
            self.detail.reader.go_to_match(match)
            self.detail.reader.mark(found.pattern, match)
        self._tell_count()

    def _tell_count(self) -> None:
        if self.found is not None:
            self.detail.find_line.tell(self.found.state)

    def action_match(self, step: int) -> None:
        """The next or previous match of what is looked for; in the list, of the filter."""
        if self.list.has_focus:
            self.list.action_move(step)
        else:
            self._waiting = "next" if step > 0 else "previous"
            self._go_on()
            if self.found is None or self.found.done:
                self._waiting = ""
