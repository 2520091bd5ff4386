"""The texts of one label against each other: isolated and shared, and the block of now and what the model reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from tui.model.text import one_line
from tui.rules.memory.isolation import Label

Against = Literal["shared", "model"]
BOTH: tuple[Against, ...] = ("shared", "model")


@dataclass(frozen=True)
class Comparison:
    """Two texts of a label, which differ; `left` is what the conversation's own block is held against."""

    label: Label
    against: Against
    left: str
    right: str

    @property
    def names(self) -> tuple[str, str]:
        """What the two texts are, as the heads of a diff say it."""
        name = one_line(self.label.name, 80)
        own = "isolated" if self.label.isolated else "shared"
        return (f"{self.against}/{name}", f"{own}/{name}")

    def unified(self) -> Iterator[str]:
        """Lines of a unified diff, with the mark that diff and git have for a missing line end."""
        left, right = _lines(self.left), _lines(self.right)
        for line in unified_diff(left, right, *self.names):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def comparisons(labels: Iterable[Label], wanted: Iterable[Against] = BOTH) -> Iterator[Comparison]:
    """Every pair of texts that differ; what could not be read is not compared, and not guessed."""
    kinds = set(wanted)
    for label in labels:
        own, twin = label.isolated, label.shared
        if "shared" in kinds and own is not None and twin is not None:
            yield from _differing(label, "shared", twin.value, own.value)
        block = label.block
        if "model" in kinds and not label.state.sound:
            yield from _differing(label, "model", label.compiled, None if block is None else block.value)


def _differing(label: Label, against: Against, left: str | None, right: str | None) -> Iterator[Comparison]:
    if left != right:
        yield Comparison(label, against, left or "", right or "")


def _lines(text: str) -> list[str]:
    """Lines by line feeds alone: other separators of Unicode are text here."""
    *whole, tail = text.split("\n")
    return [f"{line}\n" for line in whole] + ([tail] if tail else [])
