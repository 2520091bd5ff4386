"""The pane of the list, whose right border is a handle: drag it to share the width differently."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.containers import Vertical
from textual.message import Message


class ListPane(Vertical):
    """Tells how wide its user wants it; the screen decides, since it knows who else needs room."""

    @dataclass
    class Widened(Message):
        """A width in cells, or None for the one that the design gives."""

        width: int | None

    _dragged: bool = False

    def _on_border(self, event: events.MouseEvent) -> bool:
        return event.screen_x == self.region.right - 1

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border."""
        if self._on_border(event):
            self._dragged = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the pointer."""
        if self._dragged:
            self.post_message(self.Widened(event.screen_x - self.region.x + 1))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Twice on the border is back to the design."""
        if event.chain == 2 and self._on_border(event):
            self.post_message(self.Widened(None))
