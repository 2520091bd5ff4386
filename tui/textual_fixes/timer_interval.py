"""A timer with a negative interval never ends and stops the event loop.

Defect: a toast whose notification expires while the toast is created asks for a negative interval. A late timer
skips ahead by dividing by its interval; a negative one skips backwards for ever, without awaiting anything, and one of
zero raises an error before it is called.
Upstream: not reported yet.
Versions: all, since a timer that is due is to be called at once in each.
Switch: none.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from textual.timer import Timer

_init = Timer.__init__


@wraps(_init)
def _clamped_init(self: Timer, event_target: Any, interval: float, **options: Any) -> None:
    if interval <= 0:
        interval, options["skip"] = 0, False
    _init(self, event_target, interval, **options)


def install() -> None:
    """Give no timer an interval below zero, and let none that is due skip its call."""
    Timer.__init__ = _clamped_init  # type: ignore[method-assign]
