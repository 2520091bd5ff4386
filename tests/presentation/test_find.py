"""Find: every text of every item, in slices, with counts that are true at any time."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tui.presentation.find import LEAST, MOST, SLICE, Find, Match, pattern_of
from tui.presentation.item import Item, SideBySide, Text


def item(*texts: str, **fields: str) -> Item:
    return Item("key", "▪", "user", parts=tuple(Text(text) for text in texts), **fields)  # type: ignore[arg-type]


def found(items: list[Item], words: str) -> Find:
    find = Find(items, words)
    while find.step():
        pass
    return find


def test_every_text_is_searched_title_and_remark_both_columns_folded_or_not() -> None:
    beside = SideBySide(Text("tea left"), Text("right tea"), ("a", "b"))
    items = [
        item("no", title="tea", head="more tea"),
        Item("k", "▪", "x", parts=(Text("one tea"), beside), folded=True),
    ]
    assert found(items, "tea").matches == [
        Match(0, -1, 0, 0, 3),
        Match(0, -1, 1, 5, 8),
        Match(1, 0, 0, 4, 7),
        Match(1, 1, 0, 0, 3),
        Match(1, 1, 1, 6, 9),
    ]


@pytest.mark.parametrize(
    ("words", "count"), [("straße", 2), ("Straße", 1), ("STRASSE", 0), ("a.b", 1), ("[/foo]", 1)]
)
def test_case_counts_where_an_upper_case_letter_was_typed_and_nothing_is_a_pattern(
    words: str, count: int
) -> None:
    assert len(found([item("Straße straße a.b axb [/foo]")], words).matches) == count


def test_matches_across_the_border_of_two_slices_are_found_once() -> None:
    text = "x" * (SLICE - 2) + "needle" + "x" * SLICE + "needle"
    find = found([item(text)], "needle")
    assert [match.start for match in find.matches] == [SLICE - 2, 2 * SLICE + 4]
    overlapping = found([item("aaaa" * SLICE)], "aaa")
    spans = [(match.start, match.end) for match in overlapping.matches]
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_step_looks_at_a_slice_and_no_more() -> None:
    find = Find([item("tea") for _ in range(3 * SLICE // LEAST)], "tea")
    assert find.step()
    assert 0 < len(find.matches) <= SLICE // LEAST + 1
    assert find.state.endswith("… found")


def test_ten_thousand_messages_never_hold_up_the_loop() -> None:
    items = [item(f"The quick brown fox {number} jumps over the lazy dog. " * 12) for number in range(10_000)]
    items.append(item("log line of a very long return\n" * 50_000))
    find = Find(items, "lazy dog. the")
    steps = []
    more = True
    while more:
        began = time.thread_time()
        more = find.step()
        steps.append(time.thread_time() - began)
    assert len(find.matches) == 20_000 or find.state == f"{MOST}+ found"
    assert sorted(steps)[len(steps) // 2] < 0.01


def test_more_matches_than_can_be_counted_are_said_to_be_more() -> None:
    find = found([item("e" * (MOST + 5))], "e")
    assert len(find.matches) == MOST
    assert find.state == f"{MOST}+ found"


def test_going_on_comes_round_and_says_which_of_how_many() -> None:
    find = found([item("tea"), item("x"), item("tea tea")], "tea")
    assert find.state == "3 found"
    first = find.first_from(1)
    assert first is not None
    assert (first.item, find.state) == (2, "2 of 3")
    assert find.go(1) == Match(2, 0, 0, 4, 7)
    assert find.go(1) == Match(0, 0, 0, 0, 3)
    assert find.go(-1) == Match(2, 0, 0, 4, 7)
    assert find.state == "3 of 3"


def test_the_first_match_below_the_end_is_the_first_of_all() -> None:
    find = found([item("tea"), item("x")], "tea")
    assert find.first_from(1) == Match(0, 0, 0, 0, 3)


def test_previous_from_nowhere_is_the_last() -> None:
    find = found([item("tea tea")], "tea")
    assert find.go(-1) == Match(0, 0, 0, 4, 7)


def test_while_it_still_searches_it_neither_comes_round_nor_says_that_there_is_none() -> None:
    find = Find([item("x" * SLICE), item("x" * SLICE), item("tea")], "tea")
    assert find.step()
    assert find.state == "…"
    assert find.first_from(0) is None
    assert find.go(1) is None
    while find.step():
        pass
    assert find.go(1) == Match(2, 0, 0, 0, 3)


def test_nothing_is_found_where_nothing_is_looked_for() -> None:
    assert pattern_of("") is None
    find = found([item("tea")], "")
    assert (find.state, find.done, find.go(1)) == ("", True, None)
    assert found([item("tea")], "coffee").state == "no match"
