"""Values that are kept within a budget: the oldest ones make room."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Values by key, each with its size; at least so many stay, however large they are."""

    def __init__(self, budget: int, *, least: int = 0) -> None:
        self.budget = budget
        self._least = least
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: K) -> V | None:
        """A value, if it is still here."""
        kept = self._kept.get(key)
        return None if kept is None else kept[0]

    def use(self, key: K) -> V | None:
        """A value, if it is still here, which is the newest one from then on."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self.find(key)

    def keep(self, key: K, value: V, size: int) -> None:
        """Keep a value as the newest one."""
        self.drop(key)
        self._kept[key] = value, size
        self.size += size
        while self.size > self.budget and len(self._kept) > self._least:
            self.drop(next(iter(self._kept)))

    def drop(self, key: K) -> None:
        """Forget a value, if it is here."""
        if key in self._kept:
            self.size -= self._kept.pop(key)[1]

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
        self.size = 0
