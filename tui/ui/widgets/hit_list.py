"""The hits of a search, two lines each: where it is, and the words around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui.presentation.search_hits import BEGINS, ENDS, excerpt_parts, facts, where
from tui.rules.search import Hit
from tui.ui.bindings import bindings
from tui.ui.widgets.line_view import MOTIONS, LineView

LINES = 2
"""Lines per hit."""

INDENT = 3
LEAST_BEFORE = 12
"""Minimum number of characters shown before a match, even in a narrow window."""


class HitList(LineView):
    """Shows hits, one of them selected. New ones are added at the end, so no line moves during a search."""

    BINDINGS = [
        *MOTIONS,
        *bindings("hits", actions={"hits.open": "open", "hits.type": "type"}),
    ]

    @dataclass
    class Opened(Message):
        """The user wants to go to this hit."""

        hit: Hit

    class TypingAsked(Message):
        """The user wants to go back to the field."""

    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    with_agent = False
    """Whether each hit names its agent."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hits: list[Hit] = []
        self.cursor = 0
        self.remark = ""
        """The text shown while there are no hits."""

    @property
    def hit(self) -> Hit | None:
        """The selected hit."""
        return self.hits[self.cursor] if self.hits else None

    def clear(self, remark: str = "") -> None:
        """Remove all hits, and show a remark instead."""
        self.hits, self.cursor, self.remark = [], 0, remark
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._fit()

    def add(self, hits: Iterable[Hit]) -> None:
        """Add hits below the others."""
        self.hits += hits
        self._fit()

    def _fit(self) -> None:
        self.virtual_size = Size(self.size.width, LINES * len(self.hits))
        self.repaint()

    def on_resize(self) -> None:
        """Fit the lines to the new width."""
        self._fit()
        self._reveal()

    def render_line(self, y: int) -> Strip:
        """Paint one of the two lines of a hit."""
        width = self.size.width
        if not self.hits:
            return self.remark_line(self.remark, y) or self.blank(width)
        index, row = divmod(round(self.scroll_y) + y, LINES)
        if index >= len(self.hits):
            return self.blank(width)
        hit, here = self.hits[index], index == self.cursor
        room = max(1, self.scrollable_content_region.width - 1)
        line = self._words(hit, room) if row else self._head(hit, room)
        line = line.truncate(room, ellipsis=True)
        if here:
            line = self.lit(line.pad_right(max(0, room - line.cell_length)))
        bar = self.bar(selected=here, beside=hit.in_context is False)
        return Strip([bar, *self.strip_of(line, room)]).adjust_cell_length(width, self.row_style)

    def _head(self, hit: Hit, room: int) -> Content:
        """The first line of a hit: where it is, then when it was said, by whom, and whether the model reads it."""
        said = Content.assemble((facts(hit, self.now()), self.tint("muted")))
        name = f"{hit.agent_name} · {where(hit)}" if self.with_agent else where(hit)
        place = Content.assemble((name, self.tint("title")))
        left = room - said.cell_length - 2
        if said.plain and left >= LEAST_BEFORE:
            place = place.truncate(left, ellipsis=True)
        return Content("  ").join([place, said]) if said.plain else place

    def _words(self, hit: Hit, room: int) -> Content:
        """The second line of a hit: the words around the match, cut on the left so that the match is in view."""
        before, match, after = excerpt_parts(hit.excerpt)
        most = max(LEAST_BEFORE, (room - INDENT) // 3)
        if len(before) > most:
            before = f"…{before[-most:]}"
        if not match:
            return Content.assemble(" " * INDENT, before + after)
        return Content.assemble(" " * INDENT, before, (f"{BEGINS}{match}{ENDS}", self.tint("match")), after)

    # motion

    def _reveal(self) -> None:
        top, view, height = LINES * self.cursor, round(self.scroll_y), max(LINES, self.size.height)
        if top < view:
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        elif top + LINES > view + height:
            self.scroll_to(y=top + LINES - height, animate=False, immediate=True, force=True)
        self.repaint()

    def move_to(self, index: int) -> None:
        """Select a hit and bring it into view."""
        self.cursor = max(0, min(index, len(self.hits) - 1))
        self._reveal()

    def action_move(self, step: int) -> None:
        """Select the next or previous hit."""
        self.move_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        """Move down or up a page."""
        self.move_to(self.cursor + step * max(1, self.size.height // LINES))

    def action_first(self) -> None:
        """Select the first hit."""
        self.move_to(0)

    def action_last(self) -> None:
        """Select the last hit."""
        self.move_to(len(self.hits) - 1)

    def action_open(self) -> None:
        """Go to the selected hit."""
        if self.hit is not None:
            self.post_message(self.Opened(self.hit))

    def action_type(self) -> None:
        """Go back to the field."""
        self.post_message(self.TypingAsked())

    def on_click(self, event: events.Click) -> None:
        """Select the hit under the pointer; a click on the selected one goes to it."""
        index = (round(self.scroll_y) + event.y) // LINES
        if index >= len(self.hits):
            return
        again = index == self.cursor
        self.move_to(index)
        if again:
            self.action_open()
