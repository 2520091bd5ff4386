"""The ways in which the memory pane can show what it has."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """What the pane shows of each label; the value is how it says so."""

    VALUE = "values"
    SHARED = "isolated against shared"
    COMPILED = "now against what the model reads"

    @property
    def next(self) -> Mode:
        """The mode that the diff key changes to."""
        every = list(Mode)
        return every[(every.index(self) + 1) % len(every)]
