"""A Textual app with one line of text: what start and memory are held against."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Blank(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bare floor")


if __name__ == "__main__":
    Blank().run()
