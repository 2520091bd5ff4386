"""Compares the values of a label: isolated against shared, and the current block against what the model reads.

Memory in files is compared to the work tree too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from tui.model.text import one_line
from tui.rules.memory.compiled_memory import body_of
from tui.rules.memory.file_states import differs
from tui.rules.memory.label_states import Label
from tui.rules.view_state import MemoryMode

Against = Literal["shared", "model", "committed"]
EVERY: tuple[Against, ...] = ("shared", "model", "committed")


@dataclass(frozen=True)
class Comparison:
    """Two values of a label that differ; `right` is the block of the conversation, `left` what it is compared to."""

    label: Label
    against: Against
    left: str
    right: str

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two values for the head of a diff."""
        name = one_line(self.label.name, 80)
        kind = "isolated" if self.label.isolated else "shared"
        if self.label.file is not None:
            kind = "work tree" if self.against == "committed" else "committed"
        return (f"{self.against}/{name}", f"{kind}/{name}")

    def unified(self) -> Iterator[str]:
        """Yield the lines of a unified diff, with the mark of diff and git for a missing line end."""
        left, right = _lines(self.left), _lines(self.right)
        for line in unified_diff(left, right, *self.names):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def comparisons(labels: Iterable[Label], wanted: Iterable[Against] = EVERY) -> Iterator[Comparison]:
    """Yield every pair of values that differ; what could not be read is not compared."""
    kinds = set(wanted)
    for label in labels:
        isolated, shared = label.isolated, label.shared
        if "shared" in kinds and isolated is not None and shared is not None:
            yield from _differing(label, "shared", shared.value, isolated.value)
        block = label.block
        if "model" in kinds and not label.state.is_in_sync:
            value = None if block is None else block.value
            if label.file is not None and value is not None:
                value = body_of(value)  # its frontmatter is not rendered
            yield from _differing(label, "model", label.compiled, value)
        file = label.file
        if "committed" in kinds and file is not None and differs(file.committed, file.work_tree):
            yield from _differing(label, "committed", file.committed, file.work_tree)


def first_diff(labels: Iterable[Label]) -> MemoryMode:
    """What the memory pane compares first: to what the model reads, unless only isolated blocks differ from shared."""
    differing = {one.against for one in comparisons(labels)}
    return MemoryMode.SHARED if differing == {"shared"} else MemoryMode.COMPILED


def _differing(label: Label, against: Against, left: str | None, right: str | None) -> Iterator[Comparison]:
    if left != right:
        yield Comparison(label, against, left or "", right or "")


def _lines(text: str) -> list[str]:
    """Split a text at line feeds only, since other separators of Unicode are text here."""
    *complete, tail = text.split("\n")
    return [f"{line}\n" for line in complete] + ([tail] if tail else [])
