"""Keys that arrive while an editor or a dialog is on its way: kept, and typed into it when it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import events
from textual.app import App


class KeyGate:
    """Holds keys back between the key that asks for a field and the field that takes them."""

    def __init__(self) -> None:
        self._shut = False
        self._turn = 0
        self._kept: list[events.Key] = []

    @property
    def is_shut(self) -> bool:
        """Whether keys are kept."""
        return self._shut

    def shut(self) -> int:
        """Keep every key from now on; returns what `drop` needs to know that it is still this turn.

        Keys that were kept for another field are forgotten: only a click, or a dialog that nobody asked for, can
        come between a key and its field.
        """
        self._shut = True
        self._kept = []
        self._turn += 1
        return self._turn

    def drop(self, turn: int) -> None:
        """Forget the keys that were kept in this turn: the field that they were meant for does not come."""
        if turn == self._turn:
            self.open()

    def keeps(self, event: events.Event) -> bool:
        """Whether this event was kept, so that nobody else may act on it."""
        if not self._shut or not isinstance(event, events.Key):
            return False
        event.stop()
        self._kept.append(event)
        return True

    def keep_first(self, typed: Sequence[events.Key]) -> None:
        """Keep keys that were typed before all others that are kept."""
        self._kept[:0] = typed

    def open(self) -> list[events.Key]:
        """The keys that were kept, to be typed now."""
        kept, self._kept, self._shut = self._kept, [], False
        return [events.Key(event.key, event.character) for event in kept]

    def replay(self, app: App[Any]) -> None:
        """Type the keys that were kept, now that the field that they were meant for has the focus."""
        for event in self.open():
            app.post_message(event)
