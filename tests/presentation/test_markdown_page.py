"""Markdown laid out for a terminal: nothing is lost, nothing is wider than the room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.manual import PAGES, read_page
from tui.presentation.markdown_page import Line, inline, sections, wrapped
from tui.presentation.text_table import cell_width

TABLE = "# Page\n\n| Key | What it does |\n|---|---|\n| `a` | Adds one thing |\n| `\\|` | Pipes *all* |\n"


def text_of(source: str, width: int = 80) -> str:
    return "\n".join(line.text for section in sections(source, width) for line in section.lines)


def test_headings_make_sections_with_the_anchors_of_github() -> None:
    found = sections("# A page\n\nText.\n\n## What `x` does: all\n\nMore.\n", 80)
    assert [(one.title, one.level, one.anchor) for one in found] == [
        ("A page", 1, "a-page"),
        ("What x does: all", 2, "what-x-does-all"),
    ]


def test_marks_of_markdown_become_styles() -> None:
    line = inline("See **all `of` it** and [the *page*](x.md#y), `a|b` and \\| too")
    assert line.text == "See all of it and the *page*, a|b and | too"
    assert {(line.text[start:end], role) for start, end, role in line.marks} == {
        ("all of it", "strong"),
        ("of", "code"),
        ("the *page*", "link"),
        ("a|b", "code"),
    }


def test_paragraphs_and_lists_are_filled_and_indented() -> None:
    source = "One\ntwo\nthree.\n\n- **First** point\n  goes on\n- second\n\n1. one\n"
    assert text_of(source, 24).splitlines() == [
        "One two three.",
        "",
        "• First point goes on",
        "• second",
        "",
        "1. one",
    ]


def test_code_stands_as_it_is() -> None:
    assert text_of("```sh\n# no heading\n\n| x |\n```\nText.\n").splitlines() == [
        "    # no heading",
        "    ",
        "    | x |",
        "",
        "Text.",
    ]


def test_pictures_and_comments_are_left_out() -> None:
    assert text_of("A.\n\n![a picture](x.svg)\n<!-- note -->\n\nB.\n") == "A.\n\nB."


def test_a_table_has_aligned_columns() -> None:
    assert text_of(TABLE).splitlines() == [
        "Key  What it does",
        "───  ──────────────",
        "a    Adds one thing",
        "|    Pipes *all*",
    ]


def test_a_table_without_room_shows_its_rows_below_each_other() -> None:
    rows = "| Setting | Meaning | Default |\n|---|---|---|\n| `a_very_long_name` | what it is for in words | none |\n"
    assert text_of(rows, 36).splitlines() == [
        "a_very_long_name",
        "  Meaning: what it is for in words",
        "  Default: none",
    ]


@pytest.mark.parametrize("width", [24, 40, 76, 116, 196])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_fits_and_has_all_its_words(page: str, width: int) -> None:
    source = read_page(page)
    lines = [line for section in sections(source, width) for line in section.lines]
    fences = re.findall(r"```\w*\n(.*?)```", source, re.DOTALL)
    code = {line.strip() for fence in fences for line in fence.split("\n")}
    wide = [line.text for line in lines if cell_width(line.text) > width and line.text.strip() not in code]
    assert wide == []
    titles = "".join(section.title for section in sections(source, width))
    squeezed = re.sub(r"\s+", "", titles + "".join(line.text for line in lines))
    first_heads = r"^\|[^|]*(?=\|.*\n\|---)"  # left out where rows stand below each other
    prose = re.sub(first_heads, "", source, flags=re.MULTILINE)
    prose = re.sub(r"```.*?```|!\[[^]]*\]\([^)]*\)|\]\([^)]*\)", " ", prose, flags=re.DOTALL)
    for word in re.findall(r"[A-Za-z]{4,}", prose):
        assert word in squeezed, word


@given(st.text("ab `*[]()|é漢", max_size=80), st.integers(4, 30))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    line = inline(text)
    pieces = wrapped(line, width)
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(line.text.split())
    assert all(cell_width(piece.text) <= width for piece in pieces)
    for piece in pieces:
        assert all(0 <= start < end <= len(piece.text) for start, end, _ in piece.marks)


def test_a_line_that_is_cut_keeps_its_styles() -> None:
    assert Line("one two", ((0, 7, "strong"),)).cut(4, 7) == Line("two", ((0, 3, "strong"),))
