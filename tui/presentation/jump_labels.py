"""Short labels to jump by: typed from the home row, all of one length, so that none begins another."""

from __future__ import annotations

from itertools import islice, product

LETTERS = "fjdkslaghrueiwotyqpvmcnxbz"
"""The easiest to reach first."""


def labels(count: int) -> tuple[str, ...]:
    """As many different labels: a letter each where that is enough, else two of as few letters as it takes."""
    if count <= len(LETTERS):
        return tuple(LETTERS[:count])
    few = next(size for size in range(1, len(LETTERS) + 1) if size**2 >= min(count, len(LETTERS) ** 2))
    return tuple(islice(("".join(pair) for pair in product(LETTERS[:few], repeat=2)), count))
