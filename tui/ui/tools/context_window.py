"""Shows what fills the context window: a bar for each part, its size over time, and the waits."""

from __future__ import annotations

from collections.abc import Callable

from textual import events, on, work

from tui.flows.read_context_window import read_context_window
from tui.letta.client import LettaClient
from tui.model.opened import Opened
from tui.model.text import one_line
from tui.presentation.context_window import reading_items, reading_status
from tui.presentation.conversation_info import title_of
from tui.rules.context_life import ContextReading
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool
from tui.ui.widgets.item_lines import GUTTER
from tui.ui.widgets.reader import Reader

NOT_A_MESSAGE = "Only a gap or a tool call leads to a message"


class ContextWindowScreen(ReaderTool):
    """Reads the server's count and the history once; `go_to` shows the message of a gap or a slow tool."""

    MANUAL = "tools#context-window"
    BINDINGS = bindings("window", actions={"window.go-to": "go_to_message", "window.refresh": "refresh"})

    def __init__(self, client: LettaClient, opened: Opened, copy: Copy, go_to: Callable[[str], None]) -> None:
        super().__init__(f"Context window · {one_line(title_of(opened), 60)}", copy)
        self._client = client
        self._opened = opened
        self._go_to = go_to
        self._reading: ContextReading | None = None
        self._columns = 0

    def begin(self) -> None:
        """Read the count and the history."""
        self.read()

    @work(group=READING, exclusive=True)
    async def read(self) -> None:
        """Read the count and the history, and show them."""
        self.show_status("reading what fills the context…")
        self._reading = await read_context_window(self._client, self._opened)
        self._show()

    @property
    def _room(self) -> int:
        """Columns to the right of the gutter, whether or not the scroll bar is shown yet."""
        return self.reader.text_width - GUTTER - 2

    def _show(self) -> None:
        if self._reading is None:
            return
        self._columns = self._room
        plain = self.app.no_color or self.app.current_theme.ansi
        self.reader.show(reading_items(self._reading, self._columns, plain=plain))
        words, trouble = reading_status(self._reading)
        self.show_status(words, trouble=trouble)

    def on_resize(self, event: events.Resize) -> None:
        """Redraw bars and plot once the reader has its new width."""
        self.call_after_refresh(self._redraw)

    def _redraw(self) -> None:
        if self._room != self._columns:
            self._show()

    @on(Reader.Selected)
    def _reached(self) -> None:
        self.refresh_bindings()

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: only a wait has a message to go to."""
        item = self.reader.item
        return NOT_A_MESSAGE if action_id == "window.go-to" and (item is None or not item.ids) else ""

    def action_go_to_message(self) -> None:
        """Close the tool, and go to the message of the selected wait."""
        item = self.reader.item
        if self.can("window.go-to") and item is not None:
            self.dismiss()
            self._go_to(item.copy_id)

    def action_refresh(self) -> None:
        """Read the count and the history again."""
        self.read()

    def stopped(self) -> None:
        """Say how to start reading again."""
        self.show_status("stopped: r retries")
