"""Base of list and reader: a scroll view that draws lines on demand, and its motion keys."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.content import Content
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from tui.ui.bindings import bindings
from tui.ui.widgets.line_cache import Line
from tui.ui.widgets.text_styles import tint

MOTIONS = bindings(
    "view",
    actions={
        "move.down": "move(1)",
        "move.up": "move(-1)",
        "move.page-down": "page(1)",
        "move.page-up": "page(-1)",
        "move.first": "first",
        "move.last": "last",
    },
)
"""Motion keys, the same in every pane."""


class LineView(ScrollView, can_focus=True, inherit_bindings=False):
    """A scroll view that paints only visible lines; it contains no other widgets."""

    BINDINGS = MOTIONS

    waiting = ""
    """What the view is waiting for, shown while it is empty."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tints: dict[str, Style] = {}

    def tint(self, role: str) -> Style:
        """The style of a role in the current theme."""
        style = self._tints.get(role)
        if style is None:
            app = self.app
            style = self._tints[role] = tint(role, plain=app.no_color, ansi=app.current_theme.ansi)
        return style

    def lit(self, line: Content) -> Content:
        """Style a line, or part of it, as under the cursor; in the terminal's own colours, drop all other styles."""
        plain = Content(line.plain) if self.app.current_theme.ansi else line
        return plain.stylize(self.tint("row-cursor"))

    def notify_style_update(self) -> None:
        """Forget the styles of the previous theme."""
        super().notify_style_update()
        self._tints.clear()

    @property
    def has_content(self) -> bool:
        """Whether there is anything to show other than a note."""
        return True

    def remark_line(self, text: str, y: int, first: int = 0) -> Strip | None:
        """Return line `y` of a note that is centred in the lines from `first` on; None outside its text."""
        width, height = self.size.width, self.size.height
        if not text or y < first:
            return None
        lines = Content.assemble((text, self.tint("muted"))).wrap(max(1, width - 4))
        row = y - first - max(0, (height - first - len(lines)) // 2)
        if not 0 <= row < len(lines):
            return None
        line = lines[row]
        return self.strip_of(Content(" " * max(0, (width - line.cell_length) // 2)) + line, width)

    @property
    def base(self) -> Style:
        """The base style of the view."""
        return self.visual_style

    def strip_of(self, content: Content, width: int, base: Style | None = None) -> Strip:
        """One line of content as a strip of exactly `width` cells."""
        under = self.base if base is None else base
        strip = Strip(content.render_segments(under))
        return strip.adjust_cell_length(width, under.rich_style)

    def line_of(self, content: Content, width: int) -> Line:
        """One line of content as segments of exactly `width` cells."""
        under = self.base
        missing = width - content.cell_length
        if missing < 0:
            return tuple(self.strip_of(content, width))
        segments = content.render_segments(under)
        if missing:
            segments.append(Segment(" " * missing, under.rich_style))
        return segments

    def blank(self, width: int) -> Strip:
        """An empty line."""
        return Strip([Segment(" " * width, self.base.rich_style)], width)

    def bar(self, *, selected: bool, beside: bool = False, fresh: bool = False) -> Segment:
        """The first column, which marks a line that is selected, `fresh`, or `beside` (not in) the context."""
        if fresh:
            return Segment("✚" if selected else "+", (self.base + self.tint("added")).rich_style)
        if not selected:
            style = self.base + self.tint("dimmed") if beside else self.base
            return Segment("┊" if beside else " ", style.rich_style)
        role = "cursor" if self.has_focus else "cursor-away"
        return Segment("▌" if self.has_focus else "▏", (self.base + self.tint(role)).rich_style)

    @property
    def row_style(self) -> RichStyle:
        """The base style as Rich knows it."""
        return self.base.rich_style

    def in_view(self) -> Iterable[tuple[int, int]]:
        """Yield the line in the view and the index of each visible row or item."""
        return ()

    def jump(self, index: int) -> None:
        """Select the row or item with this index."""

    def repaint(self) -> None:
        """Repaint every visible line, after a change of focus or theme."""
        self.refresh()

    def repaint_focus(self) -> None:
        """Repaint the parts that look different with the focus."""
        self.repaint()

    def on_focus(self) -> None:
        """Show that this view has the focus."""
        self.repaint_focus()

    def on_blur(self) -> None:
        """Show that this view has lost the focus."""
        self.repaint_focus()
