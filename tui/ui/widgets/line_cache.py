"""A cache of the drawn lines of the chunks that were seen last."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from tui.rules.bounded_cache import BoundedCache

LINES = 2_000
"""The maximum number of cached lines."""

Line = Sequence[Segment]
"""A drawn line, not a Textual Strip: a strip has seven caches of its own, so only visible lines become one."""

LEAST = 4
"""Number of chunks that stay cached, however long, since that many may be in view."""


class DrawnChunks:
    """Drawn lines by item and chunk; the least recently used ones are evicted."""

    def __init__(self, lines: int = LINES) -> None:
        self._cache: BoundedCache[tuple[int, int], list[Line]] = BoundedCache(lines, least=LEAST)

    def __len__(self) -> int:
        return len(self._cache)

    @property
    def lines(self) -> int:
        """The number of cached lines."""
        return self._cache.size

    def find(self, index: int, chunk: int) -> list[Line] | None:
        """The lines of a chunk, if they are cached."""
        return self._cache.use((index, chunk))

    def keep(self, index: int, chunk: int, lines: list[Line]) -> None:
        """Cache the lines of a chunk."""
        self._cache.put((index, chunk), lines, len(lines))

    def clear(self) -> None:
        """Forget all of them."""
        self._cache.clear()
