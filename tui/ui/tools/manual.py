"""Shows the manual, all pages in one view: opened at one of them, searched as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from tui.flows.find_in_conversation import FindInConversation
from tui.manual import PAGES, read_page
from tui.presentation.find import Match, Pattern
from tui.presentation.item import Item, Text
from tui.presentation.markdown_page import Line, join, sections
from tui.presentation.text_table import cell_width
from tui.ui.bindings import bindings, key_rows
from tui.ui.tools.tool_screen import ToolScreen
from tui.ui.widgets.find_line import FindLine
from tui.ui.widgets.reader import Reader

CONTENTS, KEYS = "contents", "keys here"
"""Keys of the items that belong to no page."""


class ManualScreen(ToolScreen):
    """Opens at a page or section ("page#section"), below the keys of the view that it was opened from."""

    MANUAL = "keys#the-manual"
    BINDINGS = bindings(
        "manual",
        actions={
            "manual.find": "find",
            "manual.next": "match(1)",
            "manual.previous": "match(-1)",
            "manual.next-page": "page(1)",
            "manual.previous-page": "page(-1)",
        },
    )

    def __init__(self, place: str, keys: Sequence[Binding] = (), words: str = "") -> None:
        super().__init__("Manual")
        self._place, self._keys, self._words = place, keys, words
        self._width = 0
        self.reader = Reader(id="tool", bare=True)
        self.find_line = FindLine()
        self._find = FindInConversation(self, self)

    def compose_tool(self) -> ComposeResult:
        """The pages over the find line."""
        yield self.reader
        yield self.find_line

    def on_mount(self) -> None:
        """Focus the pages."""
        self.reader.focus()

    def on_resize(self) -> None:
        """Lay the pages out once their width is known."""
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        width = self.reader.text_width - 2
        if width == self._width or not self.is_attached:
            return
        first, self._width = not self._width, width
        self.reader.show(tuple(self._items(width)), reset=first)
        if first:
            self._go_to(KEYS if self._keys else self._place)
        self._find.search_again()

    def _items(self, width: int) -> list[Item]:
        """Contents and pages, with the keys before the requested section."""
        size = max(map(len, PAGES)) + 2
        contents = [
            Line(f"{name:<{size}}{about}", ((0, len(name), "strong"),)) for name, about in PAGES.items()
        ]
        items = [_item(CONTENTS, "Pages", contents)]
        for page in PAGES:
            for number, section in enumerate(sections(read_page(page), width)):
                key = page if number == 0 else f"{page}#{section.anchor}"
                if key == self._place and self._keys:
                    items.append(_item(KEYS, "Keys here", self._key_lines()))
                items.append(_item(key, section.title, section.lines, page=number == 0))
        return items

    def _key_lines(self) -> list[Line]:
        rows = key_rows(self._keys, self.app.get_key_display)
        size = max((cell_width(keys) for keys, _ in rows), default=0) + 2
        lines = [Line(keys, ((0, len(keys), "strong"),)).padded(size) for keys, _ in rows]
        lines = [join([line, Line(text)]) for line, (_, text) in zip(lines, rows, strict=True)]
        return [Line(self._words.replace("`", "")), Line(""), *lines] if self._words else lines

    def _go_to(self, key: str) -> None:
        """Show a section at the top."""
        found = (index for index, item in enumerate(self.reader.items) if item.key == key)
        self.reader.show_at_top(next(found, 0))
        self._show_page()

    @on(Reader.Selected)
    def _show_page(self) -> None:
        page = self._page
        about = PAGES.get(page, "")
        self.show_status(f"letta-tui manual {page} · {about}" if about else "letta-tui manual")

    @property
    def _page(self) -> str:
        """The name of the page that the selected section is on."""
        item = self.reader.item
        key = "" if item is None else self._place if item.key == KEYS else item.key
        return key.partition("#")[0]

    def action_close(self) -> None:
        """End the search, or close."""
        if self.search_words:
            self._find.stop()
        else:
            self.dismiss()

    def show_contents(self) -> None:
        """Show the list of pages."""
        self._go_to(CONTENTS)

    def action_page(self, step: int) -> None:
        """Go to the next or previous page."""
        names = [CONTENTS, *PAGES]
        at = names.index(self._page) + step
        self._go_to(names[at % len(names)])

    # searching

    def action_find(self) -> None:
        """Ask for the words to find."""
        self.find_line.open()

    def action_match(self, step: int) -> None:
        """Go to the next or previous match."""
        self._find.go(step)

    @on(FindLine.Typed)
    def _typed(self) -> None:
        self._find.search()

    @on(FindLine.Accepted)
    def _accepted(self) -> None:
        self._find.accept()

    @on(FindLine.Cancelled)
    def _cancelled(self) -> None:
        self._find.stop()

    @property
    def search_words(self) -> str:
        """The search text, "" if there is none."""
        return self.find_line.words

    @property
    def items(self) -> Sequence[Item]:
        """The sections as items."""
        return self.reader.items

    @property
    def selected_item(self) -> int:
        """The index of the selected section."""
        return self.reader.selected

    def focus_reader(self) -> None:
        """Focus the pages."""
        self.reader.focus()

    def close_search(self) -> None:
        """Hide the find line."""
        self.find_line.close()

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Highlight the matches."""
        self.reader.mark(pattern, current)

    def go_to_match(self, match: Match) -> None:
        """Bring a match into view."""
        self.reader.go_to_match(match)

    def show_matches(self, state: str) -> None:
        """Show how many matches there are, and which is selected."""
        self.find_line.show_matches(state)

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        """Search in the background."""
        self.run_worker(work, group=group, description=group, exclusive=exclusive)

    def cancel_workers(self, *groups: str) -> None:
        """Cancel the workers of these groups."""
        for group in groups:
            self.workers.cancel_group(self, group)

    def is_working(self, *groups: str) -> bool:
        """Whether a worker of one of these groups is running."""
        return any(worker.group in groups and not worker.is_finished for worker in self.workers)


def _item(key: str, title: str, lines: Sequence[Line], *, page: bool = False) -> Item:
    """A section as an item: its heading, an empty line and its text."""
    shown = title.upper() if page else title
    heading = Line(shown, ((0, len(shown), "accent" if page else "strong"),))
    whole = [heading, Line(""), *lines]
    text = Text("\n".join(line.text for line in whole), marks=tuple(line.marks for line in whole))
    return Item(key, "", key, parts=(text,), spaced=True)
