"""Text that is wider in some terminals than in others, so that what follows is painted over its neighbours.

Defect: a line is written in one piece, and each terminal moves on by the width that it gives a text itself. For
spacing marks of Indic scripts, flags and joined emoji that is not what Textual counts: the line is shifted, its end
is in the next pane, and stays there. Spacing marks are counted as zero columns, though most terminals give them
one.
Upstream: not reported yet.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from unicodedata import category

from rich import cells
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

VERSIONS = frozenset({"8.2.8"})

INDIC = (
    "\u0900-\u109f\u1100-\u11ff\u1700-\u17ff\u1900-\u1cff\u302e\u302f\ua800-\uabff\ud7b0-\ud7ff"
    "\U00010a00-\U00010a5f\U00011000-\U00011fff\U00016100-\U0001613f\U00016f00-\U00016fff\U0001d165-\U0001d172"
)
"""Scripts whose signs join, and take a column of their own in some terminals and none in others."""

FLAG_LETTER = "\U0001f1e6-\U0001f1ff"
PICTURE = "\U0001f000-\U0001faff"
ALTERS = "\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
"""Characters that change the picture before them."""

UNCERTAIN = re.compile(
    f"[{INDIC}][{INDIC}\u200c\u200d]*"
    f"|[{FLAG_LETTER}]{{1,2}}"
    f"|(?:[{PICTURE}]|.(?=[{ALTERS}\u200d])|\u200d.?)[{ALTERS}]*(?:\u200d.?[{ALTERS}]*)*"
)
"""A word of such a script, one flag, or one picture."""

SAVE, RESTORE = "\x1b7", "\x1b8"


@lru_cache(maxsize=4096)
def most_cells(text: str) -> int:
    """The most columns that any terminal gives a text: those of its characters one by one."""
    total = sum(2 if "\U0001f000" <= char <= "\U0001faff" else cell_len(char) for char in text)
    return max(total, 2) if "\ufe0f" in text else total


def certain(text: str, room: int) -> str:
    """Return a text of certain width with the same content, as far as there is room."""
    if "\U0001f1e6" <= text[0] <= "\U0001f1ff":
        letters = "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in text)
        return letters[:room].ljust(room)
    kept = ""
    for char in text:
        if cell_len(kept) + max(1, cell_len(char)) > room:
            break
        kept += char
    return kept + " " * (room - cell_len(kept))


def _addressed(strip: Strip, color_system: ColorSystem) -> Iterator[str]:
    """The pieces of a strip, with the cursor put in its place behind each text of uncertain width."""

    def paint(text: str, style: Style | None) -> str:
        return text if style is None else Strip.render_style(style, text, color_system)

    room = strip.cell_length
    for text, style, control in strip:
        if control or text.isascii():
            yield paint(text, style)
            room -= 0 if control else len(text)
            continue
        end = 0
        for found in UNCERTAIN.finditer(text):
            before, word = text[end : found.start()], found[0]
            end = found.end()
            room -= cell_len(before)
            width = cell_len(word)
            if before:
                yield paint(before, style)
            if not width and not most_cells(word):
                yield paint(word, style)
            elif most_cells(word) > room:
                yield paint(certain(word, width), style)
            else:
                blank = paint(" " * width, style)
                yield f"{SAVE}{blank}{RESTORE}{SAVE}{paint(word, style)}{RESTORE}\x1b[{width}C"
            room -= width
        if rest := text[end:]:
            yield paint(rest, style)
            room -= cell_len(rest)


_render = Strip.render


def _render_addressed(self: Strip, console: Console) -> str:
    if self._render_cache is None and any(
        not text.isascii() and UNCERTAIN.search(text) for text, _, control in self if not control
    ):
        self._render_cache = "".join(_addressed(self, console._color_system or ColorSystem.TRUECOLOR))
    return _render(self, console)


_cells: Any = cells
_load: Any = getattr(cells, "load_cell_table", None)


@lru_cache(maxsize=4)
def _load_with_spacing_marks(unicode_version: str = "auto") -> Any:
    """Rich's table of widths, with one column for spacing marks."""
    table = _load(unicode_version)
    return table._replace(widths=tuple(_with_spacing_marks(table.widths)))


def _with_spacing_marks(widths: Any) -> Iterator[tuple[int, int, int]]:
    """The ranges of a table, with spacing marks left out of those of zero width."""
    for first, last, width in widths:
        if width:
            yield first, last, width
            continue
        start = first
        for code in range(first, last + 1):
            if category(chr(code)) == "Mc":
                if start < code:
                    yield start, code - 1, 0
                start = code + 1
        if start <= last:
            yield start, last, 0


def install() -> None:
    """Count spacing marks, and address the cursor again behind text of uncertain width."""
    if _load is not None and _cells.load_cell_table is _load:
        _cells.load_cell_table = _load_with_spacing_marks
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()
    if hasattr(Strip, "render_style"):
        Strip.render = _render_addressed  # type: ignore[method-assign]
