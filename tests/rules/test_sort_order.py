"""Rows stay in order as pages arrive and rows change, as if all of them were sorted again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from tui.model.conversation import Conversation, Page
from tui.rules.paging import ConversationPages, PageRequest
from tui.rules.sort_order import Order, Sort, SortedRows, sort_rows

START = datetime(2026, 3, 14, tzinfo=UTC)
ORDERS = [Order(sort, oldest_first) for sort in Sort for oldest_first in (False, True)]


def row(name: object, minute: int | None = 0, summary: str | None = None) -> Conversation:
    when = None if minute is None else START + timedelta(minutes=minute)
    return Conversation(id=f"conv-{name}", summary=summary, created_at=when, last_message_at=when)


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_happens_rows_stand_as_if_sorted_anew(order: Order) -> None:
    chance = random.Random(7)
    for _ in range(60):
        feed = ConversationPages(order, 5)
        known: dict[str, Conversation] = {}
        feed.shown()
        for step in range(12):
            minutes = [chance.choice([None, 0, 1, 2, 40 - step]) for _ in range(4)]
            page = [row(chance.randrange(40), minute) for minute in minutes]
            feed.add_page(PageRequest(None, len(page)), Page(tuple(page), len(page)))
            known |= {one.id: one for one in page}
            one = row(chance.randrange(40), chance.choice([None, 0, 3]), "changed")
            feed.put(one)
            if one.id in known:
                known[one.id] = one
            if step % 5 == 4:
                gone = chance.choice(list(known))
                feed.remove(gone)
                del known[gone]
            assert feed.shown() == tuple(sort_rows(known.values(), order))


@pytest.mark.parametrize("order", [Order(), Order(Sort.LAST_RUN), Order(Sort.LAST_MESSAGE)])
def test_a_page_of_older_rows_and_a_changed_summary_sort_nothing_anew(order: Order) -> None:
    rows = SortedRows([row(3, 3), row(2, 2)], order)

    assert rows.extend([row(1, 1), row(0, None)])
    assert rows.replace(row(1, 1, "changed"))
    assert [one.id for one in rows.all()] == ["conv-3", "conv-2", "conv-1", "conv-0"]
    assert rows.all()[2].summary == "changed"


def test_what_belongs_elsewhere_is_left_to_the_caller() -> None:
    rows = SortedRows([row(3, 3), row(1, 1)], Order())

    assert not rows.extend([row(2, 2)])
    assert not rows.replace(row(1, 4))
    assert not rows.replace(row(9, 1))
    assert [one.id for one in rows.all()] == ["conv-3", "conv-1"]
