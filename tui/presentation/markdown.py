"""Highlights Markdown and JSON line by line; the source text itself is always shown."""

from __future__ import annotations

import re

Mark = tuple[int, int, str]
"""Start, end and role of a part of a line."""

HEADING = re.compile(r"^ {0,3}#{1,6} ")
QUOTE = re.compile(r"^ {0,3}> ?")
BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)]) ")
FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
LATER_FENCE = re.compile(r"\n {0,3}(?:```|~~~)")
INLINE = re.compile(r"(?P<code>`[^`\n]+`)|(?P<strong>\*\*[^*\n]+\*\*)|(?P<link>\[[^\]\n]+\]\([^)\s]+\))")
KEY = re.compile(r'^\s*("(?:[^"\\]|\\.){1,80}")(?=:)')

LONGEST = 2_000
"""Longer lines are no prose and are not highlighted."""


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
