"""What the list and the reader share: a scrolled view that draws lines on demand, and its motion keys."""

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
    """A scroll view that paints lines when they are seen; nothing in it is a widget of its own."""

    BINDINGS = MOTIONS

    def tint(self, role: str) -> Style:
        """The style of a role."""
        return tint(role)

    @property
    def base(self) -> Style:
        """The style underneath everything."""
        return self.visual_style

    def strip_of(self, content: Content, width: int, base: Style | None = None) -> Strip:
        """One line of content as a strip of exactly `width` cells."""
        under = self.base if base is None else base
        strip = Strip(content.render_segments(under))
        return strip.adjust_cell_length(width, under.rich_style)

    def line_of(self, content: Content, width: int) -> Line:
        """The same without a strip around it."""
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
        """The first column, which marks what is selected, what is `fresh`, and what stands `beside` the context."""
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
        """The line in the view where each thing that is seen begins, and which of all things it is."""
        return ()

    def jump(self, index: int) -> None:
        """Select that one."""

    def repaint(self) -> None:
        """Draw every visible line anew, after a change of focus or theme."""
        self.refresh()

    def repaint_focus(self) -> None:
        """Draw anew what looks otherwise where the keys go."""
        self.repaint()

    def on_focus(self) -> None:
        """Show that the selection is where the keys go."""
        self.repaint_focus()

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self.repaint_focus()
