"""Whether memory and open files stay level: a rule over samples, stated with its tolerance."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TOLERANCE = 0.03
"""Share of the first third's median by which the last third's may be larger."""

POINTS = 10
ENOUGH = 30
"""Actions below which there is no verdict."""


@dataclass(frozen=True)
class Sample:
    """A process after so many counted actions: MiB that are resident, and open files."""

    acts: int
    resident: float
    files: int


def look(acts: int) -> Sample:
    """This process now, with whatever garbage lies about in it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Sample(acts, resident, len(os.listdir("/proc/self/fd")))


def points(samples: Sequence[Sample]) -> list[Sample]:
    """Ten of them, evenly from the first to the last."""
    last, many = len(samples) - 1, min(POINTS, len(samples))
    return [samples[round(place * last / max(1, many - 1))] for place in range(many)]


@dataclass(frozen=True)
class Verdict:
    """The first third of the samples against the last one: medians of memory, fewest open files.

    A file that is left open is open in every sample from then on; a connection comes and goes.
    """

    acts: int
    memory: tuple[float, float]
    files: tuple[int, int]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Verdict:
        """The verdict on samples in the order in which they were taken."""
        third = max(1, len(samples) // 3)
        first, last = samples[:third], samples[-third:]
        return cls(
            samples[-1].acts,
            (median(one.resident for one in first), median(one.resident for one in last)),
            (min(one.files for one in first), min(one.files for one in last)),
        )

    @property
    def word(self) -> str:
        """FLAT, or what GROWS; too few actions say nothing."""
        if self.acts < ENOUGH:
            return "TOO SHORT"
        (before, after), (fewer, more) = self.memory, self.files
        found = (("memory", after > before * (1 + TOLERANCE)), ("open files", more > fewer))
        growing = " and ".join(what for what, grows in found if grows)
        return f"GROWS: {growing}" if growing else "FLAT"

    def lines(self) -> list[str]:
        """The figures that it comes from."""
        before, after = self.memory
        return [
            f"memory: median {before:.1f} MiB in the first third, {after:.1f} in the last, "
            f"{100 * (after / before - 1):+.1f} %; flat is at most {100 * TOLERANCE:+.0f} %",
            f"open files: never fewer than {self.files[0]} in the first third, {self.files[1]} in the last; "
            "flat is no more",
        ]
