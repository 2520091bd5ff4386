"""The progress of a long run in one line: how much is done, of how much, and the time left."""

from __future__ import annotations

from dataclasses import dataclass

FEW, SHORT = 5, 2.0
"""The time left is shown only after this many are done and this many seconds have passed."""


@dataclass(frozen=True)
class Advance:
    """The progress of a run: `done` of `total`, which grows until everything is `counted`.

    `here` of them were done in this run, which has taken `seconds`; the others before it was resumed.
    """

    done: int = 0
    total: int = 0
    counted: bool = False
    here: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds left at the speed so far; None if it is too early to say."""
        if not self.counted or self.here < FEW or self.seconds < SHORT:
            return None
        return self.seconds / self.here * max(0, self.total - self.done)


def progress_line(verb: str, advance: Advance, wait: str = "") -> str:
    """ "checking… 120 of 10,000 · 4 min left"; `wait` says what the run is waiting for."""
    more = "" if advance.counted else "+"
    parts = [f"{verb}… {advance.done:,} of {max(advance.total, advance.done):,}{more}"]
    left = advance.seconds_left
    if left is not None:
        parts.append(f"{duration(left)} left")
    return " · ".join([*parts, *([wait] if wait else [])])


def duration(seconds: float) -> str:
    """A duration in one unit: `40 s`, `12 min` or `3 h`."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    return f"{round(whole / 60)} min" if whole < 5400 else f"{round(whole / 3600)} h"
