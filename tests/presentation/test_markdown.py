"""Marks of Markdown and JSON: where they stand, in any line, and across the pieces of a long text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.presentation.markdown import LONGEST, Mark, code_marks, open_fence, prose_marks, rendered


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("plain words", []),
        ("", []),
        ("## Heading", [(0, 10, "strong")]),
        ("#no heading", []),
        ("> quoted `code`", [(0, 15, "muted"), (9, 15, "code")]),
        ("- one", [(0, 2, "accent")]),
        ("  12. twelve", [(0, 6, "accent")]),
        ("a `b` **c** [d](e)", [(2, 5, "code"), (6, 11, "strong"), (12, 18, "link")]),
        ("**open `and open", []),
        ("x" * (LONGEST + 1), []),
        ("[/foo] [@click=app.quit]x[/]", []),
    ],
)
def test_prose_is_marked(line: str, marks: list[Mark]) -> None:
    assert prose_marks(line, fenced=False) == (marks, False)


def test_a_fence_opens_and_closes() -> None:
    assert prose_marks("```python", fenced=False) == ([(0, 9, "muted")], True)
    assert prose_marks("# no heading", fenced=True) == ([(0, 12, "code")], True)
    assert prose_marks("~~~", fenced=True) == ([(0, 3, "muted")], False)


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ('  "label": "human",', [(2, 9, "key")]),
        ('"a\\"b": 1', [(0, 6, "key")]),
        ('"no key"', []),
        ("{", []),
        ('"' + "x" * 200 + '": 1', []),
        ('"k": "' + "x" * LONGEST, []),
    ],
)
def test_the_key_of_a_line_of_json_is_marked(line: str, marks: list[Mark]) -> None:
    assert code_marks(line) == marks


LINES = st.lists(
    st.sampled_from(["text", "```", "```py", "  ~~~", "    ```", "a ``` b", "", "~~~~"]), max_size=30
)


@given(lines=LINES)
@settings(max_examples=200)
def test_a_fence_is_open_where_reading_line_by_line_says_so(lines: list[str]) -> None:
    source, fenced, at = "\n".join(lines), False, 0
    for line in lines:
        assert open_fence(source, at) is fenced, (lines, at)
        _, fenced = prose_marks(line, fenced=fenced)
        at += len(line) + 1


@pytest.mark.parametrize(
    ("source", "text", "marks"),
    [
        ("plain words", "plain words", ()),
        ("## A heading ##", "A heading", ((0, 9, "strong"),)),
        ("**4 of 100** done", "4 of 100 done", ((0, 8, "strong"),)),
        ("an *em*, an _em_", "an em, an em", ((3, 5, "em"), (10, 12, "em"))),
        ("`code` and ``a`b``", "code and a`b", ((0, 4, "code"), (9, 12, "code"))),
        ("**all `of` it**", "all of it", ((0, 4, "strong"), (4, 6, "code"), (6, 9, "strong"))),
        ("~~gone~~ __so heavy__", "gone so heavy", ((0, 4, "struck"), (5, 13, "strong"))),
        ("[docs](http://x.test)", "docs (http://x.test)", ((0, 4, "link"), (4, 20, "muted"))),
        ("- one", "• one", ((0, 2, "accent"),)),
        ("  * two", "  • two", ((0, 4, "accent"),)),
        ("3. three", "3. three", ((0, 3, "accent"),)),
        ("- [ ] to do", "☐ to do", ((0, 2, "accent"),)),
        ("- [x] done", "☑ done", ((0, 2, "accent"),)),
        ("> said", "▎ said", ((0, 2, "muted"), (2, 6, "muted"))),
        ("---", "─" * 24, ((0, 24, "muted"),)),
        (r"\*as it is\*", "*as it is*", ()),
        ("snake_case_name, 2 * 3 * 4, __init__.py", "snake_case_name, 2 * 3 * 4, __init__.py", ()),
        ("**open `and open", "**open `and open", ()),
        ("[/foo] [@click=app.quit]x[/]", "[/foo] [@click=app.quit]x[/]", ()),
        ("x" * (LONGEST + 1), "x" * (LONGEST + 1), ()),
        ("[a](b_(c))", "[a](b_(c))", ()),
    ],
)
def test_markdown_is_rendered(source: str, text: str, marks: tuple[Mark, ...]) -> None:
    assert rendered(source) == (text, (marks,))


def test_code_in_a_fence_is_shown_as_it_is() -> None:
    shown = rendered("```python\n**x** = `1`\n~~~\n```\n**x**")
    assert shown.text == "┄┄┄ python\n**x** = `1`\n~~~\n┄┄┄\nx"
    assert shown.marks[1] == ((0, 11, "code"),)


def test_columns_of_a_table_are_aligned() -> None:
    shown = rendered("| Name | Count |\n|:--|--:|\n| **a** | 12 |\n| long cell | 3 \\| 4 |\n| short |\nafter")
    assert shown.text.splitlines() == [
        "Name      │ Count",
        "──────────┼──────",
        "a         │ 12",
        "long cell │ 3 | 4",
        "short     │ ",
        "after",
    ]
    assert shown.marks[2] == ((0, 1, "strong"), (9, 12, "muted"))


def test_a_table_that_is_too_wide_to_align_keeps_all_of_its_text() -> None:
    wide = "x" * 50
    shown = rendered(f"| {wide} | {wide} |\n|---|---|\n| a | b |")
    assert shown.text.splitlines() == [f"{wide} │ {wide}", "────┼────", "a │ b"]


@pytest.mark.parametrize("line", [" " * 59_000 + "x", "|" + " " * 59_000 + "x", "-" * 59_000 + "x"])
def test_a_long_line_below_one_of_cells_is_no_table_and_takes_no_time(line: str) -> None:
    """It ends in time; searching again from each blank took a minute."""
    assert rendered(f"| a |\n{line}").text == f"| a |\n{line}"


@given(st.text(alphabet="ab *_`~[]()|#>-\\\n1.!", max_size=400))
@settings(max_examples=300)
def test_every_line_stays_one_line_with_marks_inside_it(source: str) -> None:
    """Positions are counted in lines: a search, a scroll position and the height of a message rely on it."""
    shown = rendered(source)
    lines = shown.text.split("\n")
    assert len(lines) == len(shown.marks) == source.count("\n") + 1
    for line, marks in zip(lines, shown.marks, strict=True):
        assert all(0 <= start < end <= len(line) for start, end, _ in marks)


@given(st.text(max_size=200))
def test_no_letter_and_no_digit_is_lost(source: str) -> None:
    shown = "".join(filter(str.isalnum, rendered(source).text))
    assert [char for char in source if char.isalnum() and char not in "xX"] == [
        char for char in shown if char not in "xX"
    ]
