"""What steps left behind, as it was read before, kept within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.domain.traces import Seen

BUDGET = 8_000_000
"""Characters that are kept in all: the memory of some hundred steps."""

OVERHEAD = 1_000
"""What a step costs beside its texts."""


class KeptTraces:
    """What was read of steps, by their ids; the oldest ones make room. A step never changes."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: dict[str, Seen] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, step_id: str) -> Seen | None:
        """What was read of a step, if that is still kept."""
        return self._kept.get(step_id)

    def keep(self, step_id: str, seen: Seen) -> None:
        """Keep what was read of a step."""
        self._drop(step_id)
        self._kept[step_id] = seen
        self.size += size_of(seen)
        while self.size > self._budget:
            self._drop(next(iter(self._kept)))

    def _drop(self, step_id: str) -> None:
        dropped = self._kept.pop(step_id, None)
        self.size -= size_of(dropped) if dropped is not None else 0


def size_of(seen: Seen) -> int:
    """About how many characters it holds on to."""
    if seen.memory is None:
        return OVERHEAD
    blocks = sum(len(held.value or "") for held in seen.memory.blocks.values())
    return OVERHEAD + blocks + sum(len(file.value or "") for file in seen.memory.files)
