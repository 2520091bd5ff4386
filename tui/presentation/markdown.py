"""Shows Markdown rendered where a model wrote it, else as source with its parts highlighted; and JSON line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from tui.presentation.text_table import cell_width

Mark = tuple[int, int, str]
"""Start, end and role of a part of a line."""

HEADING = re.compile(r"^ {0,3}#{1,6} ")
QUOTE = re.compile(r"^ {0,3}> ?")
BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)]) ")
FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
LATER_FENCE = re.compile(r"\n {0,3}(?:```|~~~)")
INLINE = re.compile(r"(?P<code>`[^`\n]+`)|(?P<strong>\*\*[^*\n]+\*\*)|(?P<link>\[[^\]\n]+\]\([^()\s]+\))")
KEY = re.compile(r'^\s*("(?:[^"\\]|\\.){1,80}")(?=:)')

SHOWN_INLINE = re.compile(
    r"\\(?P<escape>[\\`*_{}\[\]()#+.!|~<>-])"
    r"|`(?P<ticks>`*)(?!`)(?P<code>[^\n]{1,300}?)(?<!`)`(?P=ticks)(?!`)"
    r"|\*\*(?=\S)(?P<strong>[^*\n]+?)(?<=\S)\*\*"
    r"|\*(?<![\w*]\*)(?=[^\s*])(?P<em>[^*\n]+?)(?<=\S)\*(?![\w*])"
    r"|__(?<!\w__)(?=[^\s_])(?P<heavy>[^_\n]*?\s[^_\n]*?)(?<=\S)__(?!\w)"
    r"|_(?<!\w_)(?=[^\s_])(?P<light>[^_\n]+?)(?<=\S)_(?!\w)"
    r"|~~(?=\S)(?P<struck>[^~\n]+?)(?<=\S)~~"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<link>[^()\s]+)\)"
)
"""Parts of a line that are shown without the characters that mark them; no input makes these patterns slow.

Not a single word in double underscores: `__init__` is more often a name than a strong word.
"""

RULE = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
TASK = re.compile(r"\[([ xX])\] ")
ROW = re.compile(r"^\s*\|.*\|\s*$")
DELIMITER = re.compile(r"\|?[ \t]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?)*[ \t]*\|?")
"""The second line of a table, stripped: matching white space around it would take a minute for a line of blanks."""

CELL_END = re.compile(r"(?<!\\)\|")

ROLES = {"strong": "strong", "heavy": "strong", "em": "em", "light": "em", "struck": "struck", "link": "link"}
"""Roles of parts whose text may have parts of its own."""

LONGEST = 2_000
"""Longer lines are not prose and are not highlighted."""

MOST = 60_000
"""A longer text is shown as its source: rendering this much takes some milliseconds."""

TABLE = 60
"""Maximum width of a table whose columns are aligned; a wider one would be wrapped anyway."""

COLUMNS = 20
"""Rows with more columns are not a table."""

DEEPEST = 3
"""Parts inside parts, such as code in strong text."""


class Rendered(NamedTuple):
    """A text as it is shown: as many lines as its source, each with its marks."""

    text: str
    marks: tuple[tuple[Mark, ...], ...]


def prose_marks(line: str, *, fenced: bool) -> tuple[list[Mark], bool]:
    """Return the marks of a line of Markdown, and whether the next line is inside a code fence."""
    if FENCE.match(line):
        return [(0, len(line), "muted")], not fenced
    if fenced:
        return [(0, len(line), "code")], True
    if len(line) > LONGEST:
        return [], False
    if HEADING.match(line):
        return [(0, len(line), "strong")], False
    marks: list[Mark] = []
    if QUOTE.match(line):
        marks.append((0, len(line), "muted"))
    elif bullet := BULLET.match(line):
        marks.append((bullet.start(), bullet.end(), "accent"))
    marks += [(match.start(), match.end(), match.lastgroup or "") for match in INLINE.finditer(line)]
    return marks, False


def code_marks(line: str) -> list[Mark]:
    """Return the marks of a line of indented JSON: its key."""
    match = KEY.match(line) if len(line) <= LONGEST else None
    return [(*match.span(1), "key")] if match else []


def open_fence(source: str, end: int) -> bool:
    """Whether an offset of the source is inside a code fence."""
    if source.find("```", 0, end) < 0 and source.find("~~~", 0, end) < 0:
        return False
    fences = sum(1 for _ in LATER_FENCE.finditer(source, 0, end))
    return (fences + (FENCE.match(source, 0, end) is not None)) % 2 == 1


@lru_cache(maxsize=64)
def rendered(source: str) -> Rendered:
    """The same as `render`, cached: chunks, lines and matches of one text all ask for it."""
    return render(source)


def render(source: str) -> Rendered:
    """Render Markdown line by line: every line of the source is one line here, so that positions stay comparable."""
    lines = source.split("\n")
    shown: list[tuple[str, list[Mark]]] = []
    fence = ""
    while len(shown) < len(lines):
        line = lines[len(shown)]
        opening = FENCE.match(line)
        if fence:
            closing = opening is not None and not line.strip().strip(fence[0])
            shown.append(_line([("┄" * 3, "muted")] if closing else [(line, "code")]))
            fence = "" if closing else fence
        elif opening is not None:
            fence = line.strip()[:3]
            name = line.strip().lstrip("`~").strip()
            shown.append(_line([(f"┄┄┄ {name}".rstrip(), "muted")]))
        elif len(line) > LONGEST:
            shown.append((line, []))
        elif table := _table_from(lines, len(shown)):
            shown += table
        else:
            shown.append(_prose(line))
    return Rendered("\n".join(text for text, _ in shown), tuple(tuple(marks) for _, marks in shown))


Piece = tuple[str, str]
"""A part of a line and its role."""


def _line(pieces: Iterable[Piece]) -> tuple[str, list[Mark]]:
    """One line from its parts."""
    marks: list[Mark] = []
    line = ""
    for text, role in pieces:
        if role and text:
            marks.append((len(line), len(line) + len(text), role))
        line += text
    return line, marks


def _prose(line: str) -> tuple[str, list[Mark]]:
    """A line that is neither code nor of a table."""
    if RULE.match(line):
        return _line([("─" * 24, "muted")])
    if heading := HEADING.match(line):
        return _line(_with_role(_inline(line[heading.end() :].rstrip().rstrip("#").rstrip()), "strong"))
    if quote := QUOTE.match(line):
        return _line([("▎ ", "muted"), *_with_role(_inline(line[quote.end() :]), "muted")])
    if bullet := BULLET.match(line):
        start, rest = bullet[0], line[bullet.end() :]
        if start.strip() in "-*+":
            task = TASK.match(rest)
            sign = "•" if task is None else "☐" if task[1] == " " else "☑"
            rest = rest if task is None else rest[task.end() :]
            start = start.replace(start.strip(), sign)
        return _line([(start, "accent"), *_inline(rest)])
    return _line(_inline(line))


def _with_role(pieces: Iterable[Piece], role: str) -> Iterator[Piece]:
    """Give a role to the parts that have none."""
    return ((text, own or role) for text, own in pieces)


def _inline(text: str, role: str = "", depth: int = 0) -> Iterator[Piece]:
    """The parts of a line, without the characters that mark them; the address of a link stays."""
    end = 0
    for match in SHOWN_INLINE.finditer(text) if depth < DEEPEST else ():
        yield text[end : match.start()], role
        end = match.end()
        kind = match.lastgroup or ""
        if kind == "escape":
            yield match["escape"], role
        elif kind == "code":
            yield match["code"].strip() or match["code"], "code"
        else:
            yield from _inline(match["label"] if kind == "link" else match[kind], ROLES[kind], depth + 1)
            if kind == "link" and match["link"] != match["label"]:
                yield f" ({match['link']})", "muted"
    yield text[end:], role


def _table_from(lines: Sequence[str], start: int) -> list[tuple[str, list[Mark]]]:
    """The lines of the table that begins here, its columns aligned if they fit; nothing if none begins here."""
    if not ROW.match(lines[start]) or start + 1 >= len(lines):
        return []
    if not DELIMITER.fullmatch(lines[start + 1].strip()):
        return []
    end = start + 2
    while end < len(lines) and ROW.match(lines[end]) and len(lines[end]) <= LONGEST:
        end += 1
    rows = [_cells(line) for line in lines[start:end]]
    widths = [0] * max(map(len, rows))
    if len(widths) > COLUMNS:
        return []
    for number, row in enumerate(rows):
        for column, cell in enumerate(row if number != 1 else ()):
            widths[column] = max(widths[column], sum(cell_width(text) for text, _ in cell))
    if sum(widths) + 3 * (len(widths) - 1) > TABLE:
        widths = [0] * len(widths)
    rule = "─┼─".join("─" * max(3, width) for width in widths)
    shown = [
        _line(_table_row(row, widths, "strong" if number == 0 else "")) for number, row in enumerate(rows)
    ]
    shown[1] = _line([(rule, "muted")])
    return shown


def _cells(line: str) -> list[list[Piece]]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [list(_inline(cell.strip())) for cell in CELL_END.split(inner)]


def _table_row(row: Sequence[Sequence[Piece]], widths: Sequence[int], role: str) -> list[Piece]:
    pieces: list[Piece] = []
    for column, width in enumerate(widths):
        cell = row[column] if column < len(row) else ()
        pieces += [(" │ ", "muted")] if column else []
        pieces += _with_role(cell, role)
        used = sum(cell_width(text) for text, _ in cell)
        if column + 1 < len(widths):
            pieces.append((" " * max(0, width - used), ""))
    return pieces
