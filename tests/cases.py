"""Cases that a test loops over: a failure names the one that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*words: object) -> Iterator[None]:
    """Add these words to whatever is raised inside."""
    try:
        yield
    except BaseException as error:
        error.add_note("case: " + ", ".join(map(str, words)))
        raise
