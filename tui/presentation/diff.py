"""Compares two texts: line by line, and word by word within lines that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

from tui.model.text import plural

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_LINES = 4_000
"""Above this, lines are compared as a whole."""

CONTEXT = 3
"""Equal lines to show around a difference in a long text, as in a unified diff."""

Spans = tuple[tuple[str, bool], ...]
"""A line in pieces, each with whether it is changed."""


@dataclass(frozen=True)
class Row:
    """One line of the comparison; a side is None where it has no such line."""

    left: Spans | None
    right: Spans | None

    @property
    def changed(self) -> bool:
        """Whether the two sides differ here."""
        return self.left != self.right


def diff(left: str, right: str) -> tuple[Row, ...]:
    """Return the two texts in rows, with equal lines next to each other; an empty text has no lines."""
    old, new = (text.split("\n") if text else [] for text in (left, right))
    rows: list[Row] = []
    for operation, a, b, c, d in SequenceMatcher(
        None, old, new, autojunk=len(old) > MOST_LINES
    ).get_opcodes():
        if operation == "equal":
            rows += [Row(((line, False),), ((line, False),)) for line in old[a:b]]
        else:
            rows += _replaced(old[a:b], new[c:d])
    return tuple(rows)


def _replaced(old: list[str], new: list[str]) -> Iterator[Row]:
    wordwise = len(old) + len(new) <= MOST_LINES
    for before, after in zip_longest(old, new):
        if before is None or after is None:
            yield Row(
                None if before is None else ((before, True),), None if after is None else ((after, True),)
            )
        elif wordwise:
            yield _words(before, after)
        else:
            yield Row(((before, True),), ((after, True),))


def _words(before: str, after: str) -> Row:
    """One line against another; lines with little in common are changed as a whole."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if len(old) + len(new) > MOST_LINES or matcher.ratio() < 0.4:
        return Row(((before, True),), ((after, True),))
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        if b > a:
            left.append(("".join(old[a:b]), operation != "equal"))
        if d > c:
            right.append(("".join(new[c:d]), operation != "equal"))
    return Row(tuple(left), tuple(right))


def near_changes(rows: tuple[Row, ...], context: int) -> Iterator[tuple[int, tuple[Row, ...]]]:
    """Yield runs of rows within `context` rows of a change, each with the number of equal rows left out before it.

    Rows left out at the end are the number of a last, empty run.
    """
    near = {at for at, row in enumerate(rows) if row.changed}
    near = {at for change in near for at in range(change - context, change + context + 1)}
    left_out = 0
    for is_near, group in groupby(enumerate(rows), key=lambda one: one[0] in near):
        run = tuple(row for _, row in group)
        if is_near:
            yield left_out, run
        left_out = 0 if is_near else len(run)
    if left_out:
        yield left_out, ()


def unified(rows: tuple[Row, ...]) -> Iterator[tuple[str, Spans]]:
    """Yield the rows in one column: a mark ("-", "+" or " ") and the line; removed lines before added ones."""
    for changed, group in groupby(rows, key=lambda row: row.changed):
        lines = list(group)
        if changed:
            yield from (("-", row.left) for row in lines if row.left is not None)
            yield from (("+", row.right) for row in lines if row.right is not None)
        else:
            yield from ((" ", row.left) for row in lines if row.left is not None)


def summary(rows: tuple[Row, ...]) -> str:
    """Return "no differences" or "3 of 20 lines differ"."""
    changed = sum(row.changed for row in rows)
    differ = "differs" if changed == 1 else "differ"
    return f"{changed} of {plural(len(rows), 'line')} {differ}" if changed else "no differences"
