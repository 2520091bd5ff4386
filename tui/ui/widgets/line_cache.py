"""The lines of the chunks that were seen last, kept within a budget."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from tui.rules.bounded_cache import BoundedCache

LINES = 2_000
"""Lines that are kept in all."""

Line = Sequence[Segment]
"""A drawn line: a strip of Textual's holds seven caches beside it, so it is made of those lines alone that are seen."""

LEAST = 4
"""Chunks that are kept however many lines they have, since so many may be in view that are long."""


class DrawnChunks:
    """Drawn lines by item and chunk; those that were not looked at for the longest time make room."""

    def __init__(self, lines: int = LINES) -> None:
        self._cache: BoundedCache[tuple[int, int], list[Line]] = BoundedCache(lines, least=LEAST)

    def __len__(self) -> int:
        return len(self._cache)

    @property
    def lines(self) -> int:
        """Lines that are kept in all."""
        return self._cache.size

    def find(self, index: int, chunk: int) -> list[Line] | None:
        """The lines of a chunk, if they are still here."""
        return self._cache.use((index, chunk))

    def keep(self, index: int, chunk: int, lines: list[Line]) -> None:
        """Keep the lines of a chunk."""
        self._cache.put((index, chunk), lines, len(lines))

    def clear(self) -> None:
        """Forget all of them."""
        self._cache.clear()
