"""The items of the conversation that is shown next, built a few at a time so that no key waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import is_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.opened import Opened
    from tui.presentation.item import Item
    from tui.rules.message_scope import MessageScope

SLICE = 400
"""Items per step: some milliseconds."""


@dataclass
class _Transcript:
    """Items built so far; `sources` are compared by identity, since comparing ten thousand messages is slow."""

    sources: tuple[object, ...]
    remaining: Iterator[Item]
    items: list[Item] = field(default_factory=list)


class TranscriptCache:
    """Keeps the last transcript, since a change of filters or folds needs the same one again."""

    def __init__(self) -> None:
        self._last: _Transcript | None = None

    def slices(self, scope: MessageScope, opened: Opened, now: datetime, count: int = SLICE) -> Iterator[int]:
        """Build `count` items per step; yields how many there are so far."""
        transcript = self._transcript(scope, opened, now)
        while more := tuple(islice(transcript.remaining, count)):
            transcript.items.extend(more)
            yield len(transcript.items)

    def items(self, scope: MessageScope, opened: Opened, now: datetime) -> tuple[Item, ...]:
        """Return all items, building the remaining ones at once."""
        transcript = self._transcript(scope, opened, now)
        transcript.items.extend(transcript.remaining)
        return tuple(transcript.items)

    def _transcript(self, scope: MessageScope, opened: Opened, now: datetime) -> _Transcript:
        from tui.presentation.history import conversation_items

        sources = (opened.context, scope.history_of(opened), scope.is_whole(opened))
        last = self._last
        if last is None or not all(map(is_, last.sources, sources)):
            last = self._last = _Transcript(sources, conversation_items(scope, opened, now))
        return last
