"""When Python looks for garbage: not while much is read, and not again and again through what was read.

A conversation of five thousand messages is tens of thousands of objects without a cycle among them. To pass through
all of them took a third of the time of a resize and 20 ms in the middle of an opening.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 5_000
"""Objects made, less those that went, after which the youngest are looked through.

With the 700 of Python a fourth of the time of a resize went there; what waits meanwhile is half a megabyte at most.
"""


def begin() -> None:
    """Look for garbage from now on, seldom, and never in what there is already."""
    gc.freeze()
    gc.set_threshold(SELDOM, 10, 10)
    gc.enable()


@contextmanager
def unsought() -> Iterator[None]:
    """Look for no garbage meanwhile."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def set_aside() -> None:
    """Look for no garbage in what there is by now until the next `settle`: in much that was read there is none."""
    gc.freeze()


def settle() -> None:
    """Look for garbage in everything once, and in what is left not before the next time: a tenth of a second.

    What was set aside the last time is looked through too: a circle that ended since would stay for ever.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
