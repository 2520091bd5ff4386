"""A text field of the size of the summary editor, with so many KB in it: the floor for typing.

python -m tests.bench.floors.area 100
"""

import sys

from textual.app import App, ComposeResult
from textual.widgets import TextArea

from tests.bench.world import summary


class Area(App[None]):
    CSS = """
    TextArea {
        width: 72;
        height: auto;
        max-height: 35vh;
        border: none;
        border-left: outer $primary;
        padding: 0 1;
    }
    """

    def compose(self) -> ComposeResult:
        yield TextArea(summary(int(sys.argv[1])), compact=True, tab_behavior="focus")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)


if __name__ == "__main__":
    Area().run()
