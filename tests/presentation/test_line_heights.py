"""Heights of chunks: the tree answers as adding up would."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.presentation.line_heights import LineHeights


def naive_at(heights: list[int], line: int) -> tuple[int, int]:
    for index, height in enumerate(heights):
        if line < height:
            return index, line
        line -= height
    return len(heights) - 1, max(0, heights[-1] - 1) if heights else 0


MODELS = st.lists(st.sampled_from([0, 1, 2, 9, 1000]), min_size=1, max_size=70)
CORRECTIONS = st.lists(
    st.tuples(st.integers(0, 69), st.sampled_from([0, 1, 5, 300]), st.integers(0, 70_000)), max_size=20
)


@given(model=MODELS, corrections=CORRECTIONS)
@settings(max_examples=100)
def test_it_answers_as_adding_up_would(model: list[int], corrections: list[tuple[int, int, int]]) -> None:
    tree = LineHeights(model)
    for place_of_it, height, line_of_it in corrections:
        index = place_of_it % len(model)
        assert tree.correct(index, height) == height - model[index]
        model[index] = height
        assert tree.total == sum(model)
        assert [tree[place] for place in range(len(tree))] == model
        assert [tree.top(place) for place in range(len(model) + 1)] == [
            sum(model[:place]) for place in range(len(model) + 1)
        ]
        for line in (0, 1, line_of_it % (sum(model) + 1), sum(model), sum(model) + 7):
            assert tree.at(line) == naive_at(model, line)


def test_nothing_has_no_lines() -> None:
    tree = LineHeights([])
    assert (len(tree), tree.total, tree.at(0)) == (0, 0, (-1, 0))


def test_heights_are_estimates_until_they_are_corrected() -> None:
    tree = LineHeights([3, 3])
    assert list(tree.exact) == [0, 0]
    tree.correct(1, 3)
    assert list(tree.exact) == [0, 1]
