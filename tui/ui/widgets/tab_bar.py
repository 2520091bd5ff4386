"""The tabs of the detail, with the shown one marked."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

TABS = (("messages", "Messages"), ("memory", "Memory"), ("info", "Info"))


class TabBar(Widget):
    """One line with the names of the tabs; a click shows that tab."""

    active = reactive("messages")

    @dataclass
    class Pressed(Message):
        """A name was clicked."""

        tab: str

    def render(self) -> Content:
        """Paint the names; the active one has a mark that needs no colour."""
        pieces = []
        active = "bold underline" if self.app.no_color else "bold underline $text-primary"
        for tab, name in TABS:
            here = tab == self.active
            pieces += [("▸" if here else " ", "bold"), (name, active if here else "$text-muted"), ("  ", "")]
        return Content.assemble(*pieces[:-1])

    def on_click(self, event: events.Click) -> None:
        """Report which name was clicked."""
        end = 0
        for tab, name in TABS:
            end += len(name) + 3
            if event.x < end:
                self.post_message(self.Pressed(tab))
                return
