"""What the list and the reader share: a scrolled view that draws lines on demand, and its motion keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.style import Style

from tui.widgets.bindings import bindings
from tui.widgets.drawn_chunks import Line
from tui.widgets.scroll_bar import CalmBar
from tui.widgets.tints import tint

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


class InTurn(LineFilter):
    """Several filters, each of which would make a strip of its own."""

    def __init__(self, filters: tuple[LineFilter, ...]) -> None:
        super().__init__()
        self._filters = filters

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments behind the last of them."""
        for each in self._filters:
            segments = each.apply(segments, background)
        return segments


@lru_cache(8)
def in_turn(*filters: LineFilter) -> LineFilter:
    """These filters as one, which is the same for the same ones: a strip keeps what a filter made of it."""
    return InTurn(filters)


class LineView(ScrollView, can_focus=True, inherit_bindings=False):
    """A scroll view that paints lines when they are seen; nothing in it is a widget of its own."""

    BINDINGS = MOTIONS

    virtual_size = Reactive(Size(0, 0))
    """How much there is to scroll through: the view is as large as before, so that nothing is laid out anew."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The bar, made when it is first needed."""
        if self._vertical_scrollbar is None:
            thickness = self.scrollbar_size_vertical
            self._vertical_scrollbar = bar = CalmBar(vertical=True, name="vertical", thickness=thickness)
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    async def _on_key(self, event: events.Key) -> None:
        """Pass a key straight on to the screen: nothing between takes keys, and each pane is a turn of the loop."""
        event.stop()
        if self.is_attached:
            key = events.Key(event.key, event.character)
            key._set_forwarded()
            self.screen.post_message(key)

    def watch_virtual_size(self, size: Size) -> None:
        """Fit the scroll bar and the place to what there is now."""
        self._refresh_scrollbars()
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Move the bar, and paint what stands beside it."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.refresh(Region(0, 0, self.scrollable_content_region.width, self.size.height))

    def refresh_line(self, y: int) -> None:
        """Paint a line anew, without the scroll bar beside it."""
        top = round(self.scroll_y)
        if top <= y < top + self.size.height:
            self.refresh(Region(0, y - top, self.scrollable_content_region.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region as `render_line` gives them: a view has no frame, padding or tint to add to them.

        A strip keeps what a filter made of it, so a view that keeps its strips has each filtered once.
        """
        return self.drawn(crop, crop.line_range)

    def drawn(self, crop: Region, lines: Iterable[int]) -> list[Strip]:
        """Some of the lines of a region."""
        width, background = self.outer_size.width, self.background_colors[1]
        every = in_turn(*self.get_line_filters())
        found = []
        for y in lines:
            strip = self.render_line(y).adjust_cell_length(width, self.row_style)
            strip = strip.apply_filter(every, background)
            found.append(strip if crop.width == width else strip.crop(crop.x, crop.right))
        return found

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
        self.refresh(Region(0, 0, *self.size))

    def repaint_focus(self) -> None:
        """Draw anew what looks otherwise where the keys go."""
        self.repaint()

    def on_focus(self) -> None:
        """Show that the selection is where the keys go."""
        self.repaint_focus()

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self.repaint_focus()
