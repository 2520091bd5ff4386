"""The filter: slice by slice, and from what matched before, it finds what a look at every row finds."""

from __future__ import annotations

import random

import pytest

from tui.model.conversation import Conversation, Page
from tui.rules.paging import ConversationPages, PageRequest
from tui.rules.row_filter import RowFilter, parse_filter

WORDS = ("Refactor", "the", "billing", "API", "c0ffee", "straße", "bill")


def rows(count: int) -> list[Conversation]:
    chance = random.Random(3)
    return [
        Conversation(
            id=f"conv-{chance.getrandbits(32):08x}-c0ff",
            summary=" ".join(chance.choices(WORDS, k=3)) if place % 9 else None,
        )
        for place in range(count)
    ]


def by_hand(every: list[Conversation], words: str) -> tuple[Conversation, ...]:
    def matches(one: Conversation, word: str) -> bool:
        return word in (one.summary or "").casefold() or (len(word) > 3 and word in one.id)

    return tuple(one for one in every if all(matches(one, word) for word in words.casefold().split()))


def test_a_description_is_searched_where_it_is_shown() -> None:
    """It stands in the row of a conversation without a summary."""
    untitled = Conversation.read({"id": "conv-1", "description": "About billing"})
    titled = Conversation.read({"id": "conv-2", "summary": "Weekly", "description": "About billing"})
    assert RowFilter([untitled, titled], parse_filter("billing")).finish() == (untitled,)


def test_it_goes_on_where_it_was_interrupted() -> None:
    every = rows(1000)
    narrowing = RowFilter(every, parse_filter("billing api"))
    steps = 0
    while not narrowing.done:
        assert narrowing.remaining == 1000 - 300 * steps
        narrowing.step(300)
        steps += 1

    assert steps == 4
    assert narrowing.matches == by_hand(every, "billing api")


@pytest.mark.parametrize("typed", ["billing api", "c0ffee", "the c0ff", "STRASSE bill", "fact or re"])
def test_every_letter_finds_what_a_look_at_all_rows_finds(typed: str) -> None:
    every = rows(600)
    before: RowFilter | None = None
    for end in (*range(1, len(typed) + 1), *range(len(typed) - 1, 0, -1)):
        words = typed[:end]
        before = RowFilter(every, parse_filter(words), before)
        assert before.finish() == by_hand(every, words), words


def test_a_longer_word_looks_only_at_what_matched_before_unless_ids_come_into_it() -> None:
    every = rows(600)
    two = RowFilter(every, parse_filter("bi"))
    two.finish()
    three = RowFilter(every, parse_filter("bil"), two)
    assert three.remaining == len(two.matches) < 600
    three.finish()
    four = RowFilter(every, parse_filter("bill"), three)
    assert four.remaining == 600
    four.finish()
    assert RowFilter(every, parse_filter("billi the"), four).remaining == len(four.matches)
    assert RowFilter(every, parse_filter("the"), four).remaining == 600


def test_what_was_not_finished_goes_on_from_where_that_one_began() -> None:
    every = rows(600)
    one = RowFilter(every, parse_filter("b"))
    one.finish()
    begun = RowFilter(every, parse_filter("bi"), one)
    begun.step(100)

    after = RowFilter(every, parse_filter("bil"), begun)

    assert after.remaining == len(one.matches)
    assert after.finish() == by_hand(every, "bil")


def test_a_feed_forgets_its_search_when_its_rows_change() -> None:
    every = rows(30)
    feed = ConversationPages()
    feed.add_page(PageRequest(None, 50), Page(tuple(every), 30))
    narrowing = feed.filter_rows("billing")
    narrowing.finish()
    assert feed.filter_rows(" Billing ") is narrowing

    feed.put(every[0].changed(summary="billing after all"))

    assert every[0].id in [one.id for one in feed.shown("billing")]
    assert feed.filter_rows("billing") is not narrowing
