"""A list that paints a line when it is seen, over rows that are computed: the floor for keys and resizes.

python -m tests.bench.floors.rows 100000
"""

import sys

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

PLAIN, CURSOR = Style(), Style(reverse=True)


class Rows(ScrollView, can_focus=True):
    BINDINGS = [
        Binding("down,j", "move(1)"),
        Binding("pagedown", "page(1)"),
        Binding("home,g", "move(-1000000)"),
    ]

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.cursor = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(self.size.width, self.count)

    def render_line(self, y: int) -> Strip:
        index = round(self.scroll_y) + y
        text = f" row {index:06} of the list, computed where it is seen".ljust(self.size.width)
        return Strip([Segment(text, CURSOR if index == self.cursor else PLAIN)], len(text))

    def action_page(self, step: int) -> None:
        self.action_move(step * (self.size.height - 1))

    def action_move(self, step: int) -> None:
        old, self.cursor = self.cursor, max(0, min(self.count - 1, self.cursor + step))
        self.refresh_line(old)
        self.refresh_line(self.cursor)
        top, height = round(self.scroll_y), self.size.height
        if not top <= self.cursor < top + height:
            place = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=place, animate=False, immediate=True)


class RowsApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Rows(int(sys.argv[1]))


if __name__ == "__main__":
    RowsApp().run()
