"""A Textual app with one line of text: the floor for start and memory."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Blank(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bare floor")


if __name__ == "__main__":
    Blank().run()
