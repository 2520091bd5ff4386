"""The clock of following, and what it needs of the reader."""

from __future__ import annotations

from textual.timer import Timer

from tui.flows.follow import EVERY
from tui.screens.changing import Changing


class Following(Changing):
    """Has the flow read again every few seconds while it is on."""

    _clock: Timer | None = None

    @property
    def is_editing(self) -> bool:
        """Whether a summary is being edited."""
        return self.edit is not None

    @property
    def is_at_end(self) -> bool:
        """Whether the end of what is open is in view."""
        return self.detail.reader.at_end

    def action_follow(self) -> None:
        """Begin, or end."""
        self.follow.toggle()

    def show_following(self, following: bool) -> None:
        """Start or stop the clock, and say so in the header."""
        if self._clock is not None:
            self._clock.stop()
        self._clock = self.set_interval(EVERY, self._tick_follow) if following else None
        self.header.following = following
        self.refresh_bindings()

    def _tick_follow(self) -> None:
        self.follow.tick()

    def go_to_end(self) -> None:
        """Go to the last message of what is open."""
        self.call_after_refresh(self.detail.reader.action_last)
