"""Marks of Markdown and JSON: where they stand, in any line, and across the pieces of a long text."""

from __future__ import annotations

import random

import pytest

from tui.presentation.markdown import LONGEST, Mark, code_marks, open_fence, prose_marks


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


@pytest.mark.parametrize("seed", range(40))
def test_a_fence_is_open_where_reading_line_by_line_says_so(seed: int) -> None:
    dice = random.Random(seed)
    choices = ["text", "```", "```py", "  ~~~", "    ```", "a ``` b", "", "~~~~"]
    lines = [dice.choice(choices) for _ in range(30)]
    source, fenced, at = "\n".join(lines), False, 0
    for line in lines:
        assert open_fence(source, at) is fenced, (lines, at)
        _, fenced = prose_marks(line, fenced=fenced)
        at += len(line) + 1
