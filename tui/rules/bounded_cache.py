"""A cache with a budget: when it is full, the oldest values are dropped."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Values by key, each with its size; the newest `least` values stay, however large they are."""

    def __init__(self, budget: int, *, least: int = 0) -> None:
        self.budget = budget
        self._least = least
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return a value, or None if it is not cached."""
        entry = self._values.get(key)
        return None if entry is None else entry[0]

    def use(self, key: K) -> V | None:
        """Return a value and make it the newest one; None if it is not cached."""
        if key in self._values:
            self._values.move_to_end(key)
        return self.get(key)

    def put(self, key: K, value: V, size: int) -> None:
        """Cache a value as the newest one."""
        self.drop(key)
        self._values[key] = value, size
        self.size += size
        while self.size > self.budget and len(self._values) > self._least:
            self.drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        """Remove a value, if it is cached."""
        if key in self._values:
            self.size -= self._values.pop(key)[1]

    def clear(self) -> None:
        """Remove all values."""
        self._values.clear()
        self.size = 0
