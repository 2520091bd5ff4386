"""The top line: agent and model, server and version, the state of the connection, and the number of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.model.text import one_line

if TYPE_CHECKING:
    from tui.rules.check.finding import Severity

Connection = Literal["connecting", "connected", "failing"]

LOOKS: dict[Connection, tuple[str, str]] = {
    "connecting": ("◌ connecting", "$text-muted"),
    "connected": ("● connected", "$text-success"),
    "failing": ("✗ not connected", "$text-error"),
}
COLOURS = {
    "red": "#b3261e",
    "orange": "#b45309",
    "yellow": "#8a6d00",
    "green": "#15803d",
    "blue": "#1d4ed8",
    "purple": "#7e22ce",
    "grey": "#4b5563",
}
"""Background of a profile's name: the same in every theme, since it identifies the server."""
FOUND = {
    "error": "$text-error",
    "warning": "$text-warning",
    "note": "$text-muted",
}

FILE = 30
"""Characters of a file's name that the line shows."""


class HeaderBar(Widget):
    """One line that says where you are; a click on the agent opens the picker, on the findings their list."""

    agent = reactive("")
    model = reactive("")
    place = reactive("")
    version = reactive("")
    connection: reactive[Connection] = reactive("connecting")
    waiting = reactive(0)
    """Seconds that the server asks to wait; 0 if it does not."""
    following = reactive(False)
    readonly = reactive(False)
    file = reactive("")
    """Name of the file that is browsed instead of a server; empty for a server."""
    profile = reactive("")
    colour = reactive("")
    findings: reactive[tuple[int, Severity | None]] = reactive((0, None))

    class AgentPressed(Message):
        """The agent's name was clicked."""

    def render(self) -> Content:
        """Paint the line; the least important parts are cut first."""
        state, role = LOOKS[self.connection]
        if self.waiting:
            state, role = f"◌ waiting {self.waiting} s", "$text-warning"
        if self.file:
            state, role = f"▤ offline · {one_line(self.file, FILE)}", "$text-accent"
        if self.following:
            state += " ↻"
        read_only = ("read-only  ", "$text-warning") if self.readonly else ""
        right = Content.assemble(read_only, (state, role), self._findings(), " ")
        name = one_line(self.agent, 40) or "no agent"
        badge = (f" {self.profile} ", f"bold #ffffff on {COLOURS[self.colour]}" if self.colour else "bold")
        left = Content.assemble(" ", (f"{name} ▾", "bold $text-primary"))
        if self.profile:
            left = Content.assemble(badge) + left
        server = " · ".join(
            filter(
                None,
                (
                    "" if self.file else self.place,
                    f"Letta {one_line(self.version, 20)}" if self.version else "",
                ),
            )
        )
        extras = ((server, "   "), (one_line(self.model, 40), "    "))
        room = self.size.width - right.cell_length - 1
        for text, gap in extras:
            piece = Content.assemble(gap, (text, "$text-muted"))
            if text and left.cell_length + piece.cell_length <= room:
                left += piece
        left = left.truncate(max(4, room), ellipsis=True)
        return left.pad_right(max(1, room + 1 - left.cell_length)) + right

    def _findings(self) -> tuple[str, str]:
        """The number of findings of the open conversation, with the glyph of the worst one."""
        count, severity = self.findings
        return (f"   {severity.glyph} {count}", FOUND[severity.value]) if severity else ("", "")

    async def on_click(self, event: events.Click) -> None:
        """Open the agent picker or the findings, as their keys do."""
        words, _ = self._findings()
        if words and event.x >= self.size.width - len(words) - 1:
            await self.run_action("screen.run('context.check')")
        else:
            self.post_message(self.AgentPressed())
