"""The bottom line: the keys that work now, as many as fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from textual import events
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from tui.actions import spare_ids
from tui.ui.bindings import offered

SPARE = spare_ids()
"""Ids of the actions that are dropped first if there is no room for all."""

GAPS = 2, 1
"""Columns between two hints: the first gap with which all of them fit, else the last."""


class Hint(NamedTuple):
    """A key as it is shown and as it is pressed, with a short label and a tooltip."""

    shown: str
    key: str
    words: str
    tooltip: str
    enabled: bool
    id: str = ""

    @property
    def width(self) -> int:
        """The width in columns."""
        return Content(f"{self.shown} {self.words}".rstrip()).cell_length


class KeyLine(Widget):
    """Derived from the bindings that can be used, and painted as one line; a click on a key presses it.

    Bindings are checked whenever a view changes, and the line is repainted only if the hints changed.
    """

    ALLOW_SELECT = False

    hints: reactive[tuple[Hint, ...]] = reactive(())
    pointed: reactive[Hint | None] = reactive(None)

    def __init__(
        self, named: Callable[[], Iterable[ActiveBinding]] | None = None, spare: tuple[str, ...] = SPARE
    ) -> None:
        """`named` returns the bindings to show; by default those of the screen that can be used and have `show`.

        `spare` are the ids of actions that are left out first if there is no room for all.
        """
        super().__init__()
        self._spare = spare
        self._named = named or self._shown
        self._collected = False
        """Whether hints have been collected: not before the first paint, since bindings change until then."""

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._update_hints)

    def _update_hints(self, screen: Screen[object]) -> None:
        if self._collected and screen is self.screen:
            self.hints = tuple(self._hints())

    def _shown(self) -> Iterable[ActiveBinding]:
        return [active for active in offered(self.screen) if active.binding.show]

    def _hints(self) -> Iterator[Hint]:
        """One hint for each action; a group is shown together, with its name after the last key."""
        first: dict[str, ActiveBinding] = {}
        for active in self._named():
            first.setdefault(active.binding.action, active)
        for group, members in groupby(first.values(), lambda active: active.binding.group):
            every = list(members)
            for number, (_, binding, enabled, tooltip) in enumerate(every, 1):
                words = binding.description
                if group is not None and len(every) > 1:
                    words = group.description if number == len(every) else ""
                yield self._hint(binding, words, tooltip, enabled=enabled)

    def _hint(self, binding: Binding, words: str, tooltip: str, *, enabled: bool) -> Hint:
        shown = self.app.get_key_display(binding)
        return Hint(shown, binding.key, words, tooltip or binding.description, enabled, binding.id or "")

    def _placed(self) -> list[tuple[int, Hint]]:
        """The column of each hint; if not all fit, the spare ones are left out first, then those at the end."""
        placed: list[tuple[int, Hint]] = []
        for gap, without in (
            *((gap, 0) for gap in GAPS),
            *((GAPS[-1], n + 1) for n in range(len(self._spare))),
        ):
            hints = [hint for hint in self.hints if hint.id not in self._spare[:without]]
            placed, left = [], 0
            for hint in hints:
                placed.append((left, hint))
                left += hint.width + (gap if hint.words else 0)
            placed = [(left, hint) for left, hint in placed if left + hint.width <= self.size.width]
            if len(placed) == len(hints):
                break
        return placed

    def render(self) -> Content:
        """Keys in bold before their labels, the one under the pointer highlighted."""
        if not self._collected:
            self._collected = True
            self.set_reactive(KeyLine.hints, tuple(self._hints()))
        pieces: list[tuple[str, str]] = []
        for left, hint in self._placed():
            room = left - sum(Content(text).cell_length for text, _ in pieces)
            style = " on $block-hover-background" if hint == self.pointed else ""
            style += "" if hint.enabled else " dim"
            pieces.append((" " * room, ""))
            pieces.append((hint.shown, f"bold $footer-key-foreground{style}"))
            if hint.words:
                pieces.append((f" {hint.words}", f"$footer-description-foreground{style}"))
        return Content.assemble(*pieces)

    def _at(self, x: int) -> Hint | None:
        return next((hint for left, hint in self._placed() if left <= x < left + hint.width), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Highlight the key under the pointer."""
        self.pointed = self._at(event.x)

    def on_leave(self) -> None:
        """Highlight no key, since the pointer left the line."""
        self.pointed = None

    def watch_pointed(self, hint: Hint | None) -> None:
        """Show the tooltip of the key under the pointer."""
        self.tooltip = None if hint is None else hint.tooltip

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key."""
        hint = self._at(event.x)
        if hint is not None and hint.enabled:
            self.app.simulate_key(hint.key)
        elif hint is not None:
            self.app.bell()
