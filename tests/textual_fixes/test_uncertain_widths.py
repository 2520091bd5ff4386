"""Text that terminals give different widths damages nothing beside it and behind it, in any of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from io import StringIO
from unicodedata import category, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.textual_fixes.uncertain_widths import UNCERTAIN

pytestmark = pytest.mark.textual_fixes

CONSOLE = Console(file=StringIO(), force_terminal=True, color_system="truecolor")
TOKENS = re.compile(r"\x1b7|\x1b8|\x1b\[(\d+)C|\x1b\[[0-9;]*m|(.)", re.DOTALL)

Width = Callable[[str, str], int]
"""Columns by which a terminal moves on for a character behind a text."""


def _base(char: str) -> int:
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def each_alone(before: str, char: str) -> int:
    """As xterm: each character by itself, and a spacing mark takes a column."""
    return _base(char)


def wide_flags(before: str, char: str) -> int:
    """The same, with two columns for each letter of a flag."""
    return 2 if "\U0001f1e6" <= char <= "\U0001f1ff" else _base(char)


def clusters(before: str, char: str) -> int:
    """As kitty: what joins takes no column of its own."""
    if category(char) == "Mc" or before.endswith("\u200d") or "\U0001f3fb" <= char <= "\U0001f3ff":
        return 0
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        letters = len(before) - len(before.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        return 0 if letters % 2 else 2
    if char == "\ufe0f" and before and _base(before[-1]) == 1:
        return 1
    return _base(char)


MODELS = [each_alone, wide_flags, clusters]


def painted(written: str, width: Width, columns: int) -> list[str]:
    """The cells of a line that was full of question marks, with two more than the strip has."""
    line, at, saved, before = ["?"] * columns + ["|", "|", "|", "|"], 0, 0, ""
    for token in TOKENS.finditer(written):
        if token[0] == "\x1b7":
            saved = at
        elif token[0] == "\x1b8":
            at, before = saved, ""
        elif token[1]:
            at, before = at + int(token[1]), ""
        elif token[2]:
            cells = width(before, token[2])
            for place in range(at, min(at + cells, len(line))):
                line[place] = token[2] if place == at else ""
            if not cells and at:
                line[min(at, len(line)) - 1] += token[2]
            at, before = at + cells, before + token[2]
    return line


def line_of(text: str, columns: int) -> Strip:
    style = Style(color="red", bgcolor="black")
    return Strip([Segment(text, style)]).adjust_cell_length(columns, style)


TEXTS = {
    "Hindi": "नमस्ते दुनिया क्षत्रिय ट्रांसफर",
    "Tamil": "வணக்கம் உலகம் கொடுத்தார்",
    "Bengali": "নমস্কার পৃথিবী কোথায়",
    "Burmese": "မင်္ဂလာပါ ကမ္ဘာကြီး",
    "Khmer": "សួស្តីពិភពលោក កោះ",
    "flags": "🇩🇪 and 🇮🇳🇰🇭, 🇫",
    "joined emoji": "👩‍🔧 mends 👨‍👩‍👧‍👦 👍🏽",
    "emoji by choice": "❤️ 1️⃣ ☎️ ✔️",
    "all of them": "a🇩🇪नि👩‍🔧❤️ক日本é",
}


@pytest.mark.parametrize("width", MODELS)
@pytest.mark.parametrize("name", TEXTS)
def test_what_stands_behind_and_beside_it_is_where_it_belongs(name: str, width: Width) -> None:
    text = TEXTS[name]
    for columns in range(1, cell_len(text) + 8):
        strip = line_of(text + " END", columns)
        cells = painted(strip.render(CONSOLE), width, columns)
        assert cells[columns:] == ["|"] * 4, (columns, cells)
        assert "?" not in cells, (columns, cells)
        if columns >= cell_len(text) + 4:
            assert cells[cell_len(text) : cell_len(text) + 4] == list(" END")


@pytest.mark.parametrize("name", ["Hindi", "Tamil", "Bengali", "Burmese", "Khmer"])
def test_a_text_is_whole_where_spacing_marks_have_a_column_and_where_not(name: str) -> None:
    text = TEXTS[name]
    for width in (each_alone, clusters):
        cells = painted(line_of(text, cell_len(text) + 2).render(CONSOLE), width, cell_len(text) + 2)
        assert "".join(cells).replace(" ", "").rstrip("|") == text.replace(" ", "")


def test_every_spacing_mark_has_a_column_and_is_known_as_uncertain() -> None:
    marks = [char for char in map(chr, range(sys.maxunicode + 1)) if category(char) == "Mc"]
    assert [mark for mark in marks if cell_len(mark) != 1] == []
    assert [hex(ord(mark)) for mark in marks if not UNCERTAIN.fullmatch(mark)] == []


def test_text_of_certain_width_is_written_as_it_always_was() -> None:
    for text in ("plain", "Größe naïve", "日本語", "▌● ✎ ▣2", "Привет", "שלום", "e\u0301"):
        strip = line_of(text, 20)
        assert "\x1b7" not in strip.render(CONSOLE)
        assert text in strip.render(CONSOLE)


@given(
    st.lists(
        st.sampled_from(
            [*"ab नि்কা日é", "\u200d", "\ufe0f", "\u0301", "🇩", "👩", "🔧", "🏽", "❤", "1", "\u20e3", "\u094d"]
        ),
        max_size=14,
    ),
    st.integers(1, 24),
    st.sampled_from(MODELS),
)
def test_nothing_is_damaged_whatever_the_text(chars: list[str], columns: int, width: Width) -> None:
    strip = line_of("".join(chars), columns)
    cells = painted(strip.render(CONSOLE), width, columns)
    assert cells[columns:] == ["|"] * 4
