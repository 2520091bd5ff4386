"""Heights of chunks: the tree answers as adding up would."""

from __future__ import annotations

import random

import pytest

from tui.presentation.line_heights import LineHeights


def naive_at(heights: list[int], line: int) -> tuple[int, int]:
    for index, height in enumerate(heights):
        if line < height:
            return index, line
        line -= height
    return len(heights) - 1, max(0, heights[-1] - 1) if heights else 0


@pytest.mark.parametrize("seed", range(50))
def test_it_answers_as_adding_up_would(seed: int) -> None:
    dice = random.Random(seed)
    model = [dice.choice([0, 1, 2, 9, 1000]) for _ in range(dice.randrange(1, 70))]
    tree = LineHeights(model)
    for _ in range(40):
        index, height = dice.randrange(len(model)), dice.choice([0, 1, 5, 300])
        assert tree.correct(index, height) == height - model[index]
        model[index] = height
        assert tree.total == sum(model)
        assert [tree[place] for place in range(len(tree))] == model
        assert [tree.top(place) for place in range(len(model) + 1)] == [
            sum(model[:place]) for place in range(len(model) + 1)
        ]
        for line in (0, 1, dice.randrange(sum(model) + 1), sum(model), sum(model) + 7):
            assert tree.at(line) == naive_at(model, line)


def test_nothing_has_no_lines() -> None:
    tree = LineHeights([])
    assert (len(tree), tree.total, tree.at(0)) == (0, 0, (-1, 0))


def test_heights_are_estimates_until_they_are_corrected() -> None:
    tree = LineHeights([3, 3])
    assert list(tree.exact) == [0, 0]
    tree.correct(1, 3)
    assert list(tree.exact) == [0, 1]
