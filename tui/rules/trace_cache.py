"""The memory of steps as it was read from their traces, cached within a budget; a step never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.rules.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from tui.rules.memory.traces import StepMemory

BUDGET = 8_000_000
"""Characters in all: the memory of some hundred steps."""

OVERHEAD = 1_000
"""Characters that a step counts for besides its texts."""


class TraceCache:
    """The memory of steps by their ids."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._cache: BoundedCache[str, StepMemory] = BoundedCache(budget)

    def __len__(self) -> int:
        return len(self._cache)

    @property
    def size(self) -> int:
        """Characters that are cached in all."""
        return self._cache.size

    def get(self, step_id: str) -> StepMemory | None:
        """Return the memory of a step, or None if it is not cached."""
        return self._cache.get(step_id)

    def put(self, step_id: str, step: StepMemory) -> None:
        """Cache the memory of a step."""
        self._cache.put(step_id, step, estimate_size(step))


def estimate_size(step: StepMemory) -> int:
    """Estimate how many characters a step takes."""
    if step.memory is None:
        return OVERHEAD
    blocks = sum(len(block.value or "") for block in step.memory.blocks.values())
    return OVERHEAD + blocks + sum(len(file.value or "") for file in step.memory.files)
