"""Marks by id: through every change of the rows, never on the default conversation."""

from __future__ import annotations

from tui.model.conversation import DEFAULT, Conversation, Page
from tui.rules.marks import Marks
from tui.rules.paging import ConversationPages


def rows(*ids: str) -> list[Conversation]:
    """Conversations of these ids."""
    return [Conversation(id=one) for one in ids]


def fed(*ids: str, limit: int = 10) -> ConversationPages:
    """A feed that holds these rows, complete if they are fewer than `limit`."""
    feed = ConversationPages(page_size=limit)
    ask = feed.next_request()
    assert ask is not None
    feed.add_page(ask, Page(tuple(rows(*ids)), sent=len(ids)))
    return feed


def test_a_mark_is_set_and_taken_away_and_its_order_is_that_of_marking() -> None:
    one, two, three = rows("one", "two", "three")
    marks = Marks().toggled(three).toggled(one).toggled(two).toggled(one)
    assert list(marks.rows) == ["three", "two"]
    assert "one" not in marks
    assert len(marks) == 2


def test_the_default_conversation_is_never_marked() -> None:
    default, one = rows(DEFAULT, "one")
    assert not Marks().toggled(default)
    assert list(Marks().inverted([default, one]).rows) == ["one"]


def test_inverting_marks_all_that_is_shown_and_leaves_what_is_hidden() -> None:
    one, two, three = rows("one", "two", "three")
    assert list(Marks().inverted([one, two]).rows) == ["one", "two"]
    assert not Marks().added([one, two]).inverted([one, two])
    assert list(Marks().added([one, three]).inverted([one, two]).rows) == ["three", "two"]


def test_rows_that_are_gone_lose_their_marks_once_the_list_is_whole() -> None:
    marks = Marks().added(rows("one", "gone"))
    whole, part = fed("one", "two"), fed("one", "two", limit=2)
    assert list(marks.without_gone(whole, complete=whole.complete).rows) == ["one"]
    assert marks.without_gone(part, complete=part.complete) is marks


def test_the_heading_counts_those_that_are_hidden_too() -> None:
    marks = Marks().added(rows("one", "two", "three"))
    assert Marks().text(rows("one")) == ""
    assert marks.text(rows("three", "two", "one")) == "3 marked"
    assert marks.text(rows("one", "four")) == "3 marked, 2 not shown"


def test_two_are_compared_those_marked_or_the_one_marked_and_the_row_under_the_cursor() -> None:
    one, two, three = rows("one", "two", "three")
    both = Marks().toggled(two).toggled(one)
    assert both.pair(three) == (two, one)
    assert both.pair(None) == (two, one)
    single = Marks().toggled(two)
    assert single.pair(one) == (two, one)
    assert single.pair(two) is None
    assert single.pair(None) is None
    assert Marks().pair(one) is None
    assert both.toggled(three).pair(one) is None


def test_the_default_conversation_can_be_the_second_one() -> None:
    (one,) = rows("one")
    default = Conversation(id=DEFAULT, agent_id="agent-1")
    assert Marks().toggled(one).pair(default) == (one, default)
