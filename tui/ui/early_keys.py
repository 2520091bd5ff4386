"""Keys typed before the first rows are shown: they take effect then, in order, or not at all."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from textual import events
from textual.app import App
from textual.binding import ActiveBinding

from tui.flows.availability import OPENS_FROM_ROW, STEPS
from tui.ui.key_gate import KeyGate


class EarlyKeys:
    """Stores actions that need rows, and the text typed after one that opens a field.

    Nothing is confirmed by a key that was typed before the row was shown: of what follows such an action, only text
    is stored, up to the first other key.
    """

    def __init__(self, gate: KeyGate) -> None:
        self._gate = gate
        self._actions: list[ActiveBinding] = []
        self._typed: list[events.Key] = []
        self._opening = False
        """Whether the last stored action opens a field, so that the keys after it belong to that field."""

    def __bool__(self) -> bool:
        return bool(self._actions)

    def stores(self, event: events.Key, active: ActiveBinding | None) -> bool:
        """Store this key, which now has this binding, and return whether it was; `escape` drops the stored ones."""
        if self._actions and event.key == "escape":
            self.drop()
            return True
        if self._opening:
            self._typed.append(event)
            return True
        action_id = "" if active is None else active.binding.id or ""
        if active is None or action_id not in STEPS | OPENS_FROM_ROW:
            return False
        self._actions.append(active)
        self._opening = action_id in OPENS_FROM_ROW
        return True

    def drop(self) -> None:
        """Forget all of them."""
        self._actions, self._typed, self._opening = [], [], False

    async def do(self, app: App[Any]) -> None:
        """Run the stored actions, or say why one cannot be done; text for a field that did not open is dropped."""
        actions, typed = self._actions, self._typed
        self.drop()
        if self._gate.is_shut:  # a dialog that nobody asked for is about to open
            return
        for active in actions:
            await app.run_action(active.binding.action, active.node)
        if self._gate.is_shut:
            self._gate.store_first(list(takewhile(_is_text, typed)))


def _is_text(event: events.Key) -> bool:
    return event.is_printable or event.key == "backspace"
