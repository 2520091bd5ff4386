"""Finding: matches as they are found, and none of a search that isn't wanted any more."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.reading import Screen
from tui.flows.find_in_conversation import FindInConversation
from tui.presentation.item import Item, Text

pytestmark = pytest.mark.anyio


def screen_with(*texts: str) -> Screen:
    return Screen(
        items=[Item(f"m{place}", "·", "user", "", parts=(Text(text),)) for place, text in enumerate(texts)]
    )


MANY = [f"tea and {'coffee' if place == 70 else 'cake'}" for place in range(100)]
"""More items than one slice of a search looks at."""


async def test_matches_are_counted_and_gone_through() -> None:
    screen = screen_with("tea", "coffee", "more tea")
    find = FindInConversation(screen, screen)
    screen.search_words = "tea"
    find.search()
    await screen.settle()
    assert screen.count == "2 found"
    find.accept()
    find.go(1)
    find.go(1)
    find.go(-1)
    assert [match.item for match in screen.matches] == [0, 2, 0, 2]
    assert screen.count == "2 of 2"


async def test_the_first_match_is_the_one_from_the_selected_item_on() -> None:
    screen = screen_with("tea", "coffee", "more tea")
    screen.selected_item = 1
    find = FindInConversation(screen, screen)
    screen.search_words = "tea"
    find.search()
    find.accept()
    await screen.settle()
    assert [match.item for match in screen.matches] == [2]


async def test_a_match_that_is_waited_for_is_gone_to_when_it_is_found() -> None:
    screen = screen_with(*MANY)
    find = FindInConversation(screen, screen)
    screen.search_words = "coffee"
    find.search()
    find.accept()
    assert not screen.matches
    await screen.settle()
    assert [match.item for match in screen.matches] == [70]


async def test_other_words_end_a_search() -> None:
    screen = screen_with(*MANY)
    find = FindInConversation(screen, screen)
    screen.search_words = "tea"
    find.search()
    screen.search_words = "nowhere"
    find.search()
    find.accept()
    await screen.settle()
    assert screen.count == "no match"
    assert not screen.matches


async def test_a_search_that_is_not_wanted_any_more_goes_nowhere() -> None:
    """It would find what is waited for in another search."""
    screen = screen_with(*MANY)
    find = FindInConversation(screen, screen)
    screen.search_words = "tea"
    find.search()
    screen.search_words = "coffee"
    find.search()
    find.accept()
    await screen.settle()
    assert [match.item for match in screen.matches] == [70]


async def test_a_search_that_ends_after_a_newer_one_began_goes_nowhere() -> None:
    screen = screen_with(*MANY[:45])  # two slices
    find = FindInConversation(screen, screen)
    screen.search_words = "tea"
    find.search()
    await asyncio.sleep(0)  # the first of them
    screen.search_words = "nowhere"
    find.search()
    find.accept()
    await screen.settle()
    assert not screen.matches


async def test_nothing_to_go_to_is_not_waited_for() -> None:
    screen = screen_with("tea")
    find = FindInConversation(screen, screen)
    screen.search_words = "nowhere"
    find.search()
    await screen.settle()
    find.accept()
    screen.search_words = "tea"
    find.search()
    await screen.settle()
    assert not screen.matches
