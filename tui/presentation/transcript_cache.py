"""The items of the conversation that is shown next, built a few at a time so that no key waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import is_
from typing import TYPE_CHECKING

from tui.api.opening import Opened
from tui.rules.message_scope import Scope

if TYPE_CHECKING:
    from tui.presentation.item import Item

SLICE = 400
"""Items that one step builds: some milliseconds."""


@dataclass
class _Timeline:
    """What is shown of one reading; its sources are told by identity: to compare ten thousand messages takes long."""

    sources: tuple[object, ...]
    coming: Iterator[Item]
    items: list[Item] = field(default_factory=list)


class Timelines:
    """Keeps the last timeline, which filters and folds come back to."""

    def __init__(self) -> None:
        self._last: _Timeline | None = None

    def slices(self, scope: Scope, opened: Opened, now: datetime, count: int = SLICE) -> Iterator[int]:
        """Build so many items at each step; gives how many there are so far."""
        timeline = self._timeline(scope, opened, now)
        while more := tuple(islice(timeline.coming, count)):
            timeline.items.extend(more)
            yield len(timeline.items)

    def items(self, scope: Scope, opened: Opened, now: datetime) -> tuple[Item, ...]:
        """All of them, those that are not built yet at once."""
        timeline = self._timeline(scope, opened, now)
        timeline.items.extend(timeline.coming)
        return tuple(timeline.items)

    def _timeline(self, scope: Scope, opened: Opened, now: datetime) -> _Timeline:
        sources = (opened.context, scope.history_of(opened), scope.is_whole(opened))
        last = self._last
        if last is None or not all(map(is_, last.sources, sources)):
            last = self._last = _Timeline(sources, scope.each(opened, now))
        return last
