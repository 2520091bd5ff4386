"""Which line belongs to which chunk; heights start as estimates and are corrected one by one."""

from __future__ import annotations

from collections.abc import Iterable


class LineHeights:
    """A Fenwick tree over chunk heights: lookups and corrections cost the logarithm of their number."""

    def __init__(self, heights: Iterable[int]) -> None:
        self._heights = list(heights)
        self._tree = [0, *self._heights]
        for index in range(1, len(self._tree)):
            parent = index + (index & -index)
            if parent < len(self._tree):
                self._tree[parent] += self._tree[index]
        self.exact = bytearray(len(self._heights))

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        """The total number of lines."""
        return self.top(len(self._heights))

    @property
    def all_exact(self) -> bool:
        """Whether every height is exact."""
        return 0 not in self.exact

    def top(self, index: int) -> int:
        """Return the first line of chunk `index`."""
        lines = 0
        while index > 0:
            lines += self._tree[index]
            index -= index & -index
        return lines

    def at(self, line: int) -> tuple[int, int]:
        """Return the chunk of `line`, and the line's position in it; past the end, the last chunk."""
        index, rest = 0, line
        step = 1 << len(self._heights).bit_length()
        while step:
            ahead = index + step
            if ahead < len(self._tree) and self._tree[ahead] <= rest:
                index, rest = ahead, rest - self._tree[ahead]
            step >>= 1
        if index >= len(self._heights):
            return len(self._heights) - 1, max(0, self._heights[-1] - 1) if self._heights else 0
        return index, rest

    def correct(self, index: int, height: int, *, exact: bool = True) -> int:
        """Set the height of a chunk, exact or a better estimate; returns by how much it changed."""
        change = height - self._heights[index]
        self.exact[index] = exact
        if change:
            self._heights[index] = height
            node = index + 1
            while node < len(self._tree):
                self._tree[node] += change
                node += node & -node
        return change
