"""A table in plain text: columns as wide as necessary, the last one cut at the terminal's width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tui.model.text import printable_line

GAP = "  "
LEAST = 12
"""Minimum width of the last column, even if the line is then too long for the terminal."""


def cell_width(text: str) -> int:
    """Return the width of a line in cells of a terminal, as far as that can be known."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def cut(text: str, width: int) -> str:
    """Return the line in at most `width` cells, with `…` where its end was cut."""
    if cell_width(text) <= width:
        return text
    fitting, room = [], width - 1
    for char in text:
        room -= _cells(char)
        if room < 0:
            break
        fitting.append(char)
    return "".join(fitting).rstrip() + "…"


def table(rows: Sequence[Sequence[str]], width: int | None = None) -> tuple[list[str], int]:
    """Return the rows as lines, the first of which is the heading, and how many were cut; without a width, none.

    Cells become single lines that no terminal obeys, before anything is measured.
    """
    if not rows:
        return [], 0
    rows = [[printable_line(text) for text in row] for row in rows]
    widths = [max(cell_width(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    room = None if width is None else max(LEAST, width - sum(widths) - len(GAP) * len(widths))
    lines, shortened = [], 0
    for *left, last in rows:
        padded = [text + " " * (wide - cell_width(text)) for text, wide in zip(left, widths, strict=True)]
        shown = last if room is None else cut(last, room)
        shortened += shown != last
        lines.append(GAP.join([*padded, shown]).rstrip())
    return lines, shortened


def _cells(char: str) -> int:
    if unicodedata.combining(char) or char in "\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
