"""The list of conversations: one line each, drawn only when visible, for any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from tui.model.text import one_line
from tui.presentation.times import ago
from tui.rules.marks import Marks
from tui.rules.sort_order import Sort
from tui.ui.bindings import bindings
from tui.ui.widgets.conversation_row import Drawn, Look, pieces
from tui.ui.widgets.line_view import LineView
from tui.ui.widgets.mark_clicked import MarkClicked

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

KEPT = 512
"""The cache of drawn lines is cleared at this size: several screens."""

NEAR = 20
"""The next page is requested when the cursor is this close to the end."""


class ConversationList(LineView):
    """Shows rows; the cursor stays on its conversation, by id, when the rows change."""

    BINDINGS = bindings("list")

    HELP = (
        "The conversations of the agent, or of all agents. `enter` opens one, `e` edits its summary, `/` filters, "
        "`s` and `S` sort, `p` pins one to the top, `o` titles the next untitled one. "
        "`space`, `J` and `*` mark several, for `w` and `D`; so do `ctrl`+click and, from the cursor on, `shift`+click."
    )

    marks: var[Marks] = var(Marks())
    """Ids of the marked rows; bound to the screen."""

    @dataclass
    class Highlighted(Message):
        """The cursor moved to another conversation."""

        conversation: Conversation

    @dataclass
    class Chosen(Message):
        """The user wants to read this conversation."""

        conversation: Conversation

    class NearEnd(Message):
        """The cursor is close to the last loaded row."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Conversation] = []
        self.cursor = 0
        self.sort = Sort.CREATED
        self.now = datetime.now(UTC)
        self.stand_ins: Mapping[str, str] = {}
        self.drafts: frozenset[str] = frozenset()
        self.pinned: frozenset[str] = frozenset()
        self.agent_names: Mapping[str, str] | None = None
        """Names of agents by id, in the list of all agents."""
        self.agent_width = 0
        """The width of the longest agent name."""
        self.empty = ""
        self.above = 0
        """Rows above the cursor when rows are shown after there were none."""
        self.absolute = False
        self._drawn: dict[str, Drawn] = {}
        self._styles: dict[tuple[str, bool], Style] = {}

    def show(self, rows: Sequence[Conversation], *, keep: str | None = None, lost: int | None = None) -> None:
        """Show these rows with the cursor on the conversation `keep`, else on the one it was on.

        If that one is gone, the cursor goes to the row `lost`, or to the next one below that is left, else above.
        """
        key = keep or (self.rows[self.cursor].id if self.rows else None)
        before = self.row
        offset = self.cursor - round(self.scroll_y)
        if before is not None and not rows:
            self.above = offset
        old, self.rows = self.rows, list(rows)
        index = None if key is None else self._index_of(key)
        if index is None:
            index = self._neighbour(old) if lost is None else lost
        self.cursor = max(0, min(index, len(rows) - 1))
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows))
        if before is not None:
            self.scroll_to(y=self.cursor - offset, animate=False, immediate=True, force=True)
        elif self.above:
            self.scroll_to(y=self.cursor - self.above, animate=False, immediate=True, force=True)
        self._reveal()
        self.call_after_refresh(self._reveal)  # before the first layout there was nothing to scroll
        self.refresh()
        if self.row is not None and (before is None or before.id != self.row.id):
            self.post_message(self.Highlighted(self.row))

    def clear(self) -> None:
        """Forget all rows: another list is being read."""
        self.rows = []
        self.cursor = self.above = 0

    @property
    def has_content(self) -> bool:
        """Whether there are rows."""
        return bool(self.rows)

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def update_row(self, row: Conversation) -> None:
        """Replace a row that changed, and repaint only it."""
        index = self._index_of(row.id)
        if index is not None:
            self.rows[index] = row
            self.refresh_line(index)

    def _index_of(self, conversation_id: str) -> int | None:
        """The index of a conversation: most often the cursor, which saves searching all rows."""
        if self.cursor < len(self.rows) and self.rows[self.cursor].id == conversation_id:
            return self.cursor
        return next((index for index, row in enumerate(self.rows) if row.id == conversation_id), None)

    def _neighbour(self, old: Sequence[Conversation]) -> int:
        """The index of the next row below the cursor in the old rows that still exists, else the next above."""
        left = {row.id: index for index, row in enumerate(self.rows)}
        near = (*old[self.cursor :], *reversed(old[: self.cursor]))
        return next((left[row.id] for row in near if row.id in left), self.cursor)

    def move_to(self, index: int) -> None:
        """Move the cursor to a row and report it."""
        if not self.rows:
            return
        index = max(0, min(index, len(self.rows) - 1))
        if index != self.cursor:
            old, self.cursor = self.cursor, index
            self.refresh_line(old)
            self.refresh_line(index)
            self._reveal()
            self.post_message(self.Highlighted(self.rows[index]))
        if index >= len(self.rows) - NEAR:
            self.post_message(self.NearEnd())

    def _reveal(self) -> None:
        top, height = round(self.scroll_y), self.size.height or self.above + 1
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True, force=True)

    # painting

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
        index = round(self.scroll_y) + y
        width = self.size.width
        if index >= len(self.rows):
            words = self.empty if self.has_content else self.empty or self.waiting
            return self.remark_line(words, y, len(self.rows)) or self.blank(width)
        return self._row_strip(self.rows[index], width, here=index == self.cursor)

    def _row_strip(self, row: Conversation, width: int, *, here: bool) -> Strip:
        """The line of a row, redrawn only if something in it changed."""
        when = self._when(row)
        look = Look(
            width,
            when,
            ago(when, self.now),
            self.absolute,
            self.stand_ins.get(row.id, ""),
            row.key in self.drafts,
            row.id in self.marks,
            here,
            here and self.has_focus,
            row.id in self.pinned,
            self._agent_of(row),
            self.agent_width,
        )
        drawn = self._drawn.get(row.id)
        if drawn is None or drawn.row is not row or drawn.look != look:
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            drawn = self._drawn[row.id] = Drawn(row, look, self._draw(row, look))
        return drawn.strip

    def show_agents(self, names: Mapping[str, str] | None) -> None:
        """Show the agent of each row; None shows none."""
        self.agent_names = names
        self.agent_width = max(map(cell_len, (names or {}).values()), default=0)
        self.repaint()

    def _agent_of(self, row: Conversation) -> str:
        """The name of a row's agent, or the start of its id; "" unless all agents are listed."""
        if self.agent_names is None:
            return ""
        return one_line(self.agent_names.get(row.agent_id) or row.agent_id.removeprefix("agent-"), 60)

    def _draw(self, row: Conversation, look: Look) -> Strip:
        styled = [
            (self._style(role, lit=look.focused), text) for text, role in pieces(row, look, look.width - 1)
        ]
        bar = self.bar(selected=look.here)
        if styled[0][0] == bar.style:
            bar = Segment(bar.text + styled.pop(0)[1], bar.style)
        segments = [bar, *(Segment(text, style) for style, text in styled)]
        return Strip(segments).adjust_cell_length(look.width, self.row_style)

    def _style(self, role: str, *, lit: bool) -> Style:
        """The style of a role, on the cursor's row if `lit`; cached, since computing it dominated drawing a line."""
        style = self._styles.get((role, lit))
        if style is None:
            under = self.base + self.tint("row-cursor") if lit else self.base
            if not (lit and self.app.current_theme.ansi):  # other colours are unreadable there
                under += self.tint(role)
            style = self._styles[role, lit] = under.rich_style
        return style

    def _when(self, row: Conversation) -> datetime | None:
        """The time that the list is sorted by; rows do not have the time of their last run."""
        when: datetime | None = getattr(
            row, "updated_at" if self.sort is Sort.LAST_RUN else self.sort.order_by
        )
        return when

    def update_ages(self, now: datetime) -> None:
        """Update relative times, and repaint only the lines where the text changes."""
        before, self.now = self.now, now
        for y, index in self.in_view():
            when = self._when(self.rows[index])
            if ago(when, before) != ago(when, now):
                self.refresh_line(round(self.scroll_y) + y)

    def watch_marks(self) -> None:
        """Draw the rows in view whose marks changed."""
        self.repaint()

    def notify_style_update(self) -> None:
        """Redraw in the new theme."""
        super().notify_style_update()
        self._drawn.clear()
        self._styles.clear()

    # motion

    def in_view(self) -> Iterable[tuple[int, int]]:
        """Yield the line and index of each visible row."""
        top = round(self.scroll_y)
        return ((index - top, index) for index in range(top, min(top + self.size.height, len(self.rows))))

    def jump(self, index: int) -> None:
        """Move the cursor to a row."""
        self.move_to(index)

    def action_move(self, step: int) -> None:
        """Move down or up a row."""
        self.move_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        """Move down or up a page."""
        self.move_to(self.cursor + step * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Move to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Move to the last loaded row, which requests the next page."""
        self.move_to(len(self.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row under the pointer; a second click opens it, ctrl and shift mark."""
        index = round(self.scroll_y) + event.y
        if index >= len(self.rows):
            return
        first, last = sorted((self.cursor if event.shift else index, index))
        self.move_to(index)
        if event.ctrl or event.shift:
            rows = tuple(self.rows[first : last + 1])
            self.post_message(MarkClicked(rows, toggle=not event.shift))
        elif event.chain == 2:
            self.post_message(self.Chosen(self.rows[index]))

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self._reveal()
