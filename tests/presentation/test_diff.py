"""What differs: rows that rebuild both texts, words within lines, a readable one-column form."""

from __future__ import annotations

import random

import pytest

from tui.presentation.diff import Row, diff, near_changes, summary, unified


def text_of(rows: tuple[Row, ...], side: str) -> str:
    found = [getattr(row, side) for row in rows]
    return "\n".join("".join(text for text, _ in spans) for spans in found if spans is not None)


def test_only_the_changed_words_of_a_line_are_marked() -> None:
    (row,) = diff("I like green tea", "I like black tea")
    assert row.left == (("I like ", False), ("green", True), (" tea", False))
    assert row.right == (("I like ", False), ("black", True), (" tea", False))


def test_lines_without_much_in_common_are_changed_whole() -> None:
    (row,) = diff("alpha beta", "1 2 3 4 5")
    assert row == Row((("alpha beta", True),), (("1 2 3 4 5", True),))


def test_an_added_line_has_no_left_side() -> None:
    rows = diff("a\nc", "a\nb\nc")
    assert [row.left is None for row in rows] == [False, True, False]


def test_one_column_shows_removed_before_added() -> None:
    rows = diff("a\nold one\nz", "a\nnew thing\nz")
    assert [mark for mark, _ in unified(rows)] == [" ", "-", "+", " "]


def test_equal_texts_do_not_differ() -> None:
    assert summary(diff("a\nb", "a\nb")) == "no differences"
    assert summary(diff("a\nb", "a\nc")) == "1 of 2 lines differs"
    assert summary(diff("a", "b")) == "1 of 1 line differs"
    assert summary(diff("a\nb", "b\na c")) == "2 of 3 lines differ"


@pytest.mark.parametrize(
    ("changed", "runs"),
    [
        ((), [(10, 0)]),
        ((5,), [(3, 5), (2, 0)]),
        ((0,), [(0, 3), (7, 0)]),
        ((9,), [(7, 3)]),
        ((2, 6), [(0, 9), (1, 0)]),
        ((0, 9), [(0, 3), (4, 3)]),
    ],
)
def test_equal_rows_far_from_a_change_are_left_out(
    changed: tuple[int, ...], runs: list[tuple[int, int]]
) -> None:
    old = [f"line {number}" for number in range(10)]
    new = [f"{line} again" if number in changed else line for number, line in enumerate(old)]
    rows = diff("\n".join(old), "\n".join(new))
    found = list(near_changes(rows, 2))
    assert [(left_out, len(run)) for left_out, run in found] == runs
    assert sum(left_out + len(run) for left_out, run in found) == len(rows)
    assert sum(row.changed for _, run in found for row in run) == len(changed)


def test_both_texts_can_be_rebuilt_from_the_rows() -> None:
    chance = random.Random(3)
    for _ in range(200):
        left, right = (
            "\n".join(
                "".join(chance.choices("ab \t.", k=chance.randrange(6)))
                for _ in range(chance.randrange(1, 8))
            )
            for _ in range(2)
        )
        rows = diff(left, right)
        assert text_of(rows, "left") == left
        assert text_of(rows, "right") == right


def test_huge_texts_are_compared_by_lines() -> None:
    old = "\n".join(f"line {number}" for number in range(6_000))
    rows = diff(old, old.replace("line 17\n", "line seventeen\n"))
    assert [row.changed for row in rows].count(True) == 1
