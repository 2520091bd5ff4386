"""The lines of the chunks that were seen last, kept within a budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from rich.segment import Segment

LINES = 2_000
"""Lines that are kept in all."""

Line = Sequence[Segment]
"""A drawn line: a strip of Textual's holds seven caches beside it, so it is made of those lines alone that are seen."""

LEAST = 4
"""Chunks that are kept however many lines they have, since so many may be in view that are long."""


class DrawnChunks:
    """Drawn lines by item and chunk; those that were not looked at for the longest time make room."""

    def __init__(self, lines: int = LINES) -> None:
        self._most = lines
        self._kept: OrderedDict[tuple[int, int], list[Line]] = OrderedDict()
        self.lines = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, index: int, chunk: int) -> list[Line] | None:
        """The lines of a chunk, if they are still here."""
        found = self._kept.get((index, chunk))
        if found is not None:
            self._kept.move_to_end((index, chunk))
        return found

    def keep(self, index: int, chunk: int, lines: list[Line]) -> None:
        """Keep the lines of a chunk that was not here."""
        self._kept[index, chunk] = lines
        self.lines += len(lines)
        while self.lines > self._most and len(self._kept) > LEAST:
            _, gone = self._kept.popitem(last=False)
            self.lines -= len(gone)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
        self.lines = 0
