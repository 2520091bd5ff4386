"""What steps left behind, as it was read before, kept within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.rules.bounded_cache import Bounded

if TYPE_CHECKING:
    from tui.rules.memory.traces import Seen

BUDGET = 8_000_000
"""Characters that are kept in all: the memory of some hundred steps."""

OVERHEAD = 1_000
"""What a step costs beside its texts."""


class KeptTraces:
    """What was read of steps, by their ids; the oldest ones make room. A step never changes."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._kept: Bounded[str, Seen] = Bounded(budget)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Characters that are kept in all."""
        return self._kept.size

    def find(self, step_id: str) -> Seen | None:
        """What was read of a step, if that is still kept."""
        return self._kept.find(step_id)

    def keep(self, step_id: str, seen: Seen) -> None:
        """Keep what was read of a step."""
        self._kept.keep(step_id, seen, size_of(seen))


def size_of(seen: Seen) -> int:
    """About how many characters it holds on to."""
    if seen.memory is None:
        return OVERHEAD
    blocks = sum(len(held.value or "") for held in seen.memory.blocks.values())
    return OVERHEAD + blocks + sum(len(file.value or "") for file in seen.memory.files)
