"""Lays out two texts with their differences marked: side by side if there is room, else as one diff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest

from textual.content import Content
from textual.style import Style

from tui.model.text import plural, visible
from tui.presentation.diff import Row, Spans, diff, near_changes, summary, unified
from tui.presentation.item import SideBySide, Text

COLUMNS_FROM = 76
"""Width from which the texts are side by side."""

READABLE = 100

Tint = Callable[[str], Style]
Wrap = Callable[[Text, int], Iterator[Content]]


def beside_lines(part: SideBySide, room: int, tint: Tint, wrap: Wrap) -> Iterator[Content]:
    """Yield the lines of two texts for `room` columns; `wrap` lays out one text for a width."""
    wide = room >= COLUMNS_FROM
    column = min(READABLE, (room - 3) // 2) if wide else min(READABLE, room)
    if part.marked or (wide and not part.pair):
        rows = diff(part.left.source, part.right.source)
        if any(part.captions):
            yield from _captions(part, summary(rows), room, tint)
        runs = [(0, rows)] if part.context is None else near_changes(rows, part.context)
        for left_out, run in runs:
            if left_out:
                yield Content.assemble((f"⋯ {plural(left_out, 'equal line')}", tint("muted")))
            yield from _marked_columns(run, column, tint) if wide else _marked_unified(run, column, tint)
        return
    sides = [
        [_caption(caption, tint), *wrap(text, column)]
        for caption, text in zip(part.captions, (part.left, part.right), strict=True)
    ]
    if wide:
        yield from _columns(sides[0], sides[1], column, tint)
    else:
        yield from (*sides[0], *sides[1])


def _captions(part: SideBySide, much: str, room: int, tint: Tint) -> Iterator[Content]:
    """The captions and the amount of differences, in one line if there is room."""
    left, right = f"- {part.captions[0]}", f"+ {part.captions[1]}"
    for words in ((f"{left}  {right} · {much}",), (f"{left}  {right}", much), (left, f"{right} · {much}")):
        lines = [_caption(line, tint) for line in words]
        if all(line.cell_length <= room for line in lines):
            break
    for line in lines:
        yield from line.wrap(room)


def _caption(words: str, tint: Tint) -> Content:
    return Content.assemble((f"┄ {words}", tint("caption")))


def _columns(left: list[Content], right: list[Content], column: int, tint: Tint) -> Iterator[Content]:
    rule = Content.assemble((" │ ", tint("muted")))
    for first, second in zip_longest(left, right, fillvalue=Content()):
        yield Content.assemble(first.pad_right(max(0, column - first.cell_length)), rule, second)


def _marked_columns(rows: tuple[Row, ...], column: int, tint: Tint) -> Iterator[Content]:
    for row in rows:
        left = _marked("-" if row.changed else " ", row.left, "removed", column, tint)
        right = _marked("+" if row.changed else " ", row.right, "added", column, tint)
        yield from _columns(left, right, column, tint)


def _marked_unified(rows: tuple[Row, ...], width: int, tint: Tint) -> Iterator[Content]:
    for mark, spans in unified(rows):
        yield from _marked(mark, spans, "added" if mark == "+" else "removed", width, tint)


def _marked(mark: str, spans: Spans | None, role: str, width: int, tint: Tint) -> list[Content]:
    """One line of the diff, wrapped, with its mark; changed words are highlighted."""
    if spans is None:
        return []
    pieces = [(visible(text), tint(role) if changed else Style()) for text, changed in spans]
    lines = Content.assemble(*pieces).wrap(max(2, width - 2)) or [Content()]
    head = Content.assemble((mark, tint(role if mark != " " else "muted")), " ")
    return [head + lines[0], *(Content("  ") + line for line in lines[1:])]
