"""Compares two conversations: in two columns if there is room, else in one with `-` and `+`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.flows.compare_conversations import CompareConversations, Pair
from tui.letta.decoding import apart
from tui.model.errors import LettaError
from tui.model.text import visible
from tui.presentation.compare_conversations import Shown, compared_items, differences_text, names_lines
from tui.presentation.errors import next_error, wrapped_text
from tui.rules.compare_conversations import ComparedConversations
from tui.rules.opened_cache import OVERHEAD
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool

NOTHING = Shown((), (), 0)


class CompareScreen(ReaderTool):
    """Shows two conversations from the first difference in their messages on; equal messages are folded."""

    MANUAL = "tools#compare"
    BINDINGS = bindings(
        "compare",
        actions={
            "compare.next": "difference(1)",
            "compare.previous": "difference(-1)",
            "compare.refresh": "refresh",
        },
    )

    def __init__(
        self, flow: CompareConversations, pair: Pair, copy: Copy, clock: Callable[[], datetime]
    ) -> None:
        super().__init__("Compare", copy)
        self._flow = flow
        self._pair = pair
        self._clock = clock
        self._names = Static("", id="names", markup=False)
        self._compared: ComparedConversations | None = None
        self._shown = NOTHING
        self._problem = ""

    def compose_tool(self) -> ComposeResult:
        """What `-` and `+` stand for, then the differences."""
        yield self._names
        yield self.reader

    def begin(self) -> None:
        """Read both conversations."""
        self.read()

    @work(group=READING, exclusive=True)
    async def read(self) -> None:
        """Read both conversations and show where they differ."""
        self._problem = ""
        self.show_status("reading both conversations · escape stops")
        try:
            compared = await self._flow.read(self._pair)
        except LettaError as error:
            self._problem = str(error)
            self.stopped()
            return
        count = sum(len(hunk.first) + len(hunk.second) for hunk in compared.hunks)
        self._show(compared, await apart(count * OVERHEAD, lambda: compared_items(compared, self._clock())))
        self.stopped()

    def _show(self, compared: ComparedConversations, shown: Shown) -> None:
        self._compared = compared
        names = "\n".join(map(visible, names_lines(compared)))
        self._names.update(Content(names))
        is_new = not self._shown.items
        self._shown = shown
        self.reader.show(self._shown.items, reset=is_new)
        if is_new:
            self.call_after_refresh(self.reader.show_at_top, self._shown.first)

    def stopped(self) -> None:
        """Show how much differs, or why nothing was compared."""
        if self._problem:
            self.show_status(f"{self._problem} · r retries", trouble=True)
        elif self._compared is None:
            self.show_status("stopped · r retries")
        else:
            self.show_status(differences_text(self._compared))
        self.refresh_bindings()

    # keys

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: going to a difference needs at least one."""
        if action_id in ("compare.next", "compare.previous") and not self._shown.differences:
            return (
                "There are no differences" if self._compared is not None else "Nothing has been compared yet"
            )
        return ""

    def action_difference(self, step: int) -> None:
        """Go to the next or previous difference; wraps around with a message."""
        if not self.can("compare.next" if step > 0 else "compare.previous"):
            return
        found = next_error(self._shown.differences, self.reader.selected, step)
        if found is None:
            return
        if found.wrapped:
            words = wrapped_text("difference", len(self._shown.differences), step)
            self.notify(words, markup=False, timeout=4)
        self.reader.show_at_top(found.at)

    def action_refresh(self) -> None:
        """Read both conversations again."""
        if not self.busy:
            self.read()
