"""Keys that arrive while an editor or a dialog opens: stored, and typed into it once it has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import events
from textual.app import App


class KeyGate:
    """Stores the keys that are typed between the key that opens a field and the field's focus."""

    def __init__(self) -> None:
        self._shut = False
        self._turn = 0
        self._stored: list[events.Key] = []

    @property
    def is_shut(self) -> bool:
        """Whether keys are being stored."""
        return self._shut

    def shut(self) -> int:
        """Store every key from now on; returns the number of this turn, for `drop`.

        Keys that were stored for another field are forgotten: only a click, or a dialog that nobody asked for, can
        come between a key and its field.
        """
        self._shut = True
        self._stored = []
        self._turn += 1
        return self._turn

    def drop(self, turn: int) -> None:
        """Forget the keys that were stored in this turn: the field that they were meant for does not open."""
        if turn == self._turn:
            self.open()

    def stores(self, event: events.Event) -> bool:
        """Store a key while the gate is shut; returns whether it did, so that nothing else may handle the event."""
        if not self._shut or not isinstance(event, events.Key):
            return False
        event.stop()
        self._stored.append(event)
        return True

    def store_first(self, typed: Sequence[events.Key]) -> None:
        """Store keys that were typed before those already stored."""
        self._stored[:0] = typed

    def open(self) -> list[events.Key]:
        """Open the gate and return the stored keys, to be typed now."""
        stored, self._stored, self._shut = self._stored, [], False
        return [events.Key(event.key, event.character) for event in stored]

    def replay(self, app: App[Any]) -> None:
        """Type the stored keys, now that the field that they were meant for has the focus."""
        for event in self.open():
            app.post_message(event)
