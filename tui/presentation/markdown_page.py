"""Lays out Markdown for a number of columns: sections of lines with styles, and tables that fit.

Supports what the manual is written in: headings, paragraphs, lists, tables, code, links and strong text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tui.presentation.markdown import Mark
from tui.presentation.text_table import cell_width

GAP = "  "
"""The separator between two columns of a table."""

LEAST_COLUMNS = 24
"""The least number of columns a page is laid out for."""

READABLE_CELL = 20
"""A column of a table is not made narrower than this, unless it needs less."""

INLINE = re.compile(
    r"(?P<code>`+)(?P<literal>.+?)(?P=code)"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|\[(?P<link>(?:`[^`]*`|[^\]`])+)\]\((?P<target>[^)\s]+)\)"
)
HEADING = re.compile(r"(#{1,6}) (.+)")
BULLET = re.compile(r"(\s*)([-*]|\d+\.) +(.*)")
CELL = re.compile(r"(?<!\\)\|")
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\s*")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class Line(NamedTuple):
    """One line of text, with the role of each part that is not plain."""

    text: str
    marks: tuple[Mark, ...] = ()

    def cut(self, start: int, end: int) -> Line:
        """The part from `start` to `end`."""
        marks = (
            (max(begin, start) - start, min(stop, end) - start, role) for begin, stop, role in self.marks
        )
        return Line(self.text[start:end], tuple(mark for mark in marks if mark[0] < mark[1]))

    def after(self, prefix: str, role: str = "") -> Line:
        """The line behind a prefix."""
        size = len(prefix)
        marks = tuple((begin + size, stop + size, kind) for begin, stop, kind in self.marks)
        return Line(prefix + self.text, ((0, size, role), *marks) if role else marks)

    def padded(self, width: int) -> Line:
        """The line with blanks up to this width."""
        return Line(self.text + " " * (width - cell_width(self.text)), self.marks)


def join(lines: Iterable[Line]) -> Line:
    """Several lines as one."""
    text = ""
    marks: list[Mark] = []
    for line in lines:
        marks += line.after(text).marks
        text += line.text
    return Line(text, tuple(marks))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its text, up to the next heading of any level; `anchor` is that of a link to it."""

    title: str
    level: int
    anchor: str
    lines: tuple[Line, ...]


def anchor_of(title: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def sections(source: str, width: int) -> list[Section]:
    """Return the sections of a page laid out for a width, without comments and pictures."""
    width = max(LEAST_COLUMNS, width)
    found: list[Section] = []
    title, level = "", 0
    blocks: list[str] = []

    def close() -> None:
        if title or blocks:
            lines = tuple(_lines_of(blocks, width))
            found.append(Section(inline(title).text, level, anchor_of(title), lines))

    for line, fenced in _outside_fences(COMMENT.sub("", source).splitlines()):
        heading = None if fenced else HEADING.fullmatch(line)
        if heading is None:
            blocks.append(line)
            continue
        close()
        title, level, blocks = heading[2], len(heading[1]), []
    close()
    return found


def _outside_fences(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to fenced code."""
    fenced = False
    for line in lines:
        fence = line.startswith("```")
        yield line, fenced or fence
        fenced ^= fence


def inline(source: str) -> Line:
    """Text with the roles of code, strong text and links; the marks of Markdown are gone."""
    pieces: list[Line] = []
    position = 0
    for match in INLINE.finditer(source):
        pieces.append(Line(_unescaped(source[position : match.start()])))
        if match["literal"] is not None:
            text = match["literal"].replace("\\|", "|").strip()
            pieces.append(Line(text, ((0, len(text), "code"),)))
        elif match["strong"] is not None:
            inner = inline(match["strong"])
            pieces.append(Line(inner.text, ((0, len(inner.text), "strong"), *inner.marks)))
        else:
            inner = inline(match["link"])
            pieces.append(Line(inner.text, ((0, len(inner.text), "link"), *inner.marks)))
        position = match.end()
    return join([*pieces, Line(_unescaped(source[position:]))])


def _unescaped(text: str) -> str:
    return re.sub(r"\\([|\\`*_\[\]])", r"\1", text)


def wrapped(line: Line, width: int) -> list[Line]:
    """The line in pieces of at most `width` cells, broken at blanks; a longer word is broken anywhere."""
    lines: list[Line] = []
    start = end = 0
    for word in re.finditer(r"\S+", line.text):
        if end and cell_width(line.text[start : word.end()]) > width:
            lines.append(line.cut(start, end))
            end = 0
        if not end:
            start = word.start()
        end = word.end()
        while cell_width(line.text[start:end]) > width:
            stop = start + _fitting(line.text[start:end], width)
            lines.append(line.cut(start, stop))
            start = stop
    return [*lines, line.cut(start, end)] if end else lines or [Line("")]


def _fitting(text: str, width: int) -> int:
    """How many characters fit into `width` cells, one at least."""
    whole = (count for count in range(1, len(text) + 1) if cell_width(text[:count]) <= width)
    return max(whole, default=1)


def _lines_of(source: Sequence[str], width: int) -> Iterator[Line]:
    """The lines of the blocks of a section, with an empty line between two blocks."""
    first = True
    for block in _blocks(source):
        if not first:
            yield Line("")
        first = False
        if block[0].startswith("```"):
            yield from (Line(text, ((0, len(text), "code"),)).after("    ") for text in block[1:-1])
        elif block[0].startswith("|"):
            yield from _table(block, width)
        elif BULLET.match(block[0]):
            yield from _list(block, width)
        else:
            yield from wrapped(inline(" ".join(map(str.strip, block))), width)


def _blocks(source: Sequence[str]) -> Iterator[list[str]]:
    """Paragraphs, lists, tables and fenced code."""
    block: list[str] = []
    for line, fenced in _outside_fences(source):
        new = bool(block) and (
            (fenced and line.startswith("```") and not block[0].startswith("```"))
            or (not fenced and block[0].startswith("```"))
            or (not fenced and line.startswith("|") != block[0].startswith("|"))
        )
        if new or (not fenced and not line.strip()):
            if block:
                yield block
            block = []
        if fenced or PICTURE.sub("", line).strip():
            block.append(line)
    if block:
        yield block


def _list(block: Sequence[str], width: int) -> Iterator[Line]:
    """A list; lines without a bullet continue the item above."""
    points: list[tuple[str, str, list[str]]] = []
    for line in block:
        bullet = BULLET.match(line)
        if bullet is not None:
            points.append((bullet[1], "•" if bullet[2] in "-*" else bullet[2], [bullet[3]]))
        else:
            points[-1][2].append(line.strip())
    for indent, mark, texts in points:
        prefix = f"{indent}{mark} "
        first, *others = wrapped(inline(" ".join(texts)), width - len(prefix))
        yield first.after(prefix, "accent")
        yield from (other.after(" " * len(prefix)) for other in others)


def _table(block: Sequence[str], width: int) -> Iterator[Line]:
    """A table whose cells wrap; if there is no room for that, its rows as a list."""
    rows = [[inline(cell.strip()) for cell in CELL.split(row.strip()[1:-1])] for row in block]
    head, *body = rows[:1] + rows[2:]
    widths = _column_widths([head, *body], width)
    if widths is None:
        yield from _stacked(head, body, width)
        return
    bold = [Line(cell.text, ((0, len(cell.text), "strong"),)) for cell in head]
    if any(cell.text for cell in head):
        yield from _row(bold, widths)
        rule = GAP.join("─" * wide for wide in widths)
        yield Line(rule, ((0, len(rule), "muted"),))
    for row in body:
        yield from _row(row, widths)


def _row(cells: Sequence[Line], widths: Sequence[int]) -> Iterator[Line]:
    columns = [wrapped(cell, wide) for cell, wide in zip(cells, widths, strict=True)]
    for number in range(max(map(len, columns))):
        parts: list[Line] = []
        for column, wide in zip(columns, widths, strict=True):
            cell = column[number] if number < len(column) else Line("")
            parts.append(join([cell.padded(wide), Line(GAP)]))
        line = join(parts)
        yield line.cut(0, len(line.text.rstrip()))


def _column_widths(rows: Sequence[Sequence[Line]], width: int) -> list[int] | None:
    """A width for each column, the widest giving way first; None if there is no room to read them."""
    columns = list(zip(*rows, strict=True))
    words = [max(max(map(cell_width, cell.text.split()), default=0) for cell in column) for column in columns]
    wanted = [max(cell_width(cell.text) for cell in column) for column in columns]
    least = [max(word, min(whole, READABLE_CELL)) for word, whole in zip(words, wanted, strict=True)]
    room = width - len(GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(wanted) > room:
        widest = max((at for at in range(len(wanted)) if wanted[at] > least[at]), key=lambda at: wanted[at])
        wanted[widest] -= 1
    return wanted


def _stacked(head: Sequence[Line], rows: Sequence[Sequence[Line]], width: int) -> Iterator[Line]:
    """Each row as a heading with its other cells below, each behind the name of its column."""
    for number, (first, *others) in enumerate(rows):
        if number:
            yield Line("")
        for line in wrapped(first, width):
            yield Line(line.text, ((0, len(line.text), "strong"),))
        for name, cell in zip(head[1:], others, strict=True):
            if cell.text:
                label = Line(f"{name.text}: ", ((0, len(name.text) + 1, "muted"),)) if name.text else Line("")
                for piece, line in enumerate(wrapped(join([label, cell]), width - 4)):
                    yield line.after("  " if piece == 0 else "    ")
