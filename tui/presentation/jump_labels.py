"""Short labels to jump by: letters of the home row first, of one length, so that none is a prefix of another."""

from __future__ import annotations

from itertools import islice, product

LETTERS = "fjdkslaghrueiwotyqpvmcnxbz"
"""The easiest to reach first."""


def jump_labels(count: int) -> tuple[str, ...]:
    """Return `count` different labels: one letter each if that is enough, or else two of as few letters as possible."""
    if count <= len(LETTERS):
        return tuple(LETTERS[:count])
    few = next(size for size in range(1, len(LETTERS) + 1) if size**2 >= min(count, len(LETTERS) ** 2))
    return tuple(islice(("".join(pair) for pair in product(LETTERS[:few], repeat=2)), count))
