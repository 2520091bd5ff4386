"""Find in the detail: the line that is typed into, and the readers that show the matches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on

from tui.screens.base import MainState
from tui.widgets.detail_pane import DetailPane
from tui.widgets.find_line import FindLine
from tui.widgets.reader import Reader

if TYPE_CHECKING:
    from tui.domain.find import Match, Pattern
    from tui.domain.reading import Item


class Finding(MainState):
    """One search over what the shown reader holds; other items or another tab begin it again."""

    @property
    def items(self) -> Sequence[Item]:
        """What the shown reader holds."""
        return self.detail.reader.items

    @property
    def selected_item(self) -> int:
        """Which of the items is selected."""
        return self.detail.reader.selected

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Mark what matches in the shown reader and nothing in the others."""
        reader = self.detail.reader
        for other in self.detail.query(Reader):
            if other is not reader:
                other.mark(None)
        reader.mark(pattern, current)

    def go_to_match(self, match: Match) -> None:
        """Bring a match into view."""
        self.detail.reader.go_to_match(match)

    def show_matches(self, words: str) -> None:
        """Say how many matches there are, and which is shown."""
        self.detail.find_line.tell(words)

    @property
    def finding(self) -> bool:
        """Whether something is looked for."""
        return bool(self.detail.find_line.words)

    def action_find(self) -> None:
        """Type what to look for; keys typed before the line has the focus are typed into it."""
        self.desk.keys.shut()
        self.detail.find_line.open()
        self.desk.keys.open_to(self)

    @on(FindLine.Typed)
    def _search_typed(self) -> None:
        self.find.search(self.detail.find_line.words)

    @on(DetailPane.Filled)
    def _search_filled(self) -> None:
        if self.finding:
            self.find.search(self.detail.find_line.words)

    @on(FindLine.Accepted)
    def _go_to_first(self) -> None:
        if not self.detail.find_line.words:
            self.stop_finding()
            return
        self.detail.reader.focus()
        self.find.go_to_first()

    @on(FindLine.Cancelled)
    def stop_finding(self) -> None:
        """Forget what was looked for."""
        self.detail.find_line.close()
        self.find.search("")
        self.detail.reader.focus()

    def action_match(self, step: int) -> None:
        """The next or previous match of what is looked for; in the list, of the filter."""
        if self.list.has_focus:
            self.list.action_move(step)
        else:
            self.find.go(step)
