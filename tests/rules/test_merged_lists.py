"""The lists of several agents merged: every row once, the newest first, and no page that is not needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tui.model.conversation import Conversation, Page
from tui.rules.merged_lists import SMALLEST_PAGE, MergedLists
from tui.rules.paging import PageRequest

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def row(agent: str, number: int, minutes: int | None) -> Conversation:
    at = None if minutes is None else NOON - timedelta(minutes=minutes)
    return Conversation(id=f"{agent}-{number}", agent_id=agent, created_at=at)


def answer(rows: list[Conversation], ask: PageRequest) -> Page[Conversation]:
    """A page as servers send it: behind the time of the cursor, so that rows of the same time are skipped."""
    after = next((one for one in rows if one.id == ask.after), None)
    left = rows if after is None else [one for one in rows if _is_later(one, after)]
    page = tuple(left[: ask.limit])
    return Page(page, len(page))


def _is_later(one: Conversation, cursor: Conversation) -> bool:
    if one.created_at is None or cursor.created_at is None:
        return cursor.created_at is not None or one.id > cursor.id
    return one.created_at < cursor.created_at


def read_all(lists: dict[str, list[Conversation]], merged: MergedLists, count: int) -> int:
    """Read until so many rows are certain; how many pages that took."""
    pages = 0
    merged.take(count)
    while len(merged.taken) < count and not merged.complete:
        for agent_id in merged.due:
            ask = merged.next_request(agent_id)
            assert ask is not None
            merged.add_page(agent_id, ask, answer(lists[agent_id], ask))
            pages += 1
        merged.take(count)
    return pages


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), min_size=1, max_size=5), st.integers(1, 30))
def test_every_row_comes_once_and_the_newest_first(minutes: list[list[int]], page_size: int) -> None:
    lists = {
        f"a{place}": [row(f"a{place}", number, at) for number, at in enumerate(sorted(one))]
        for place, one in enumerate(minutes)
    }
    merged = MergedLists(lists, page_size)
    total = sum(map(len, lists.values()))
    read_all(lists, merged, total + 1)
    assert merged.complete
    assert sorted(one.id for one in merged.taken) == sorted(one.id for rows in lists.values() for one in rows)
    times = [one.created_at for one in merged.taken if one.created_at is not None]
    assert times == sorted(times, reverse=True)


def test_a_page_of_each_list_is_enough_for_the_newest_rows() -> None:
    lists = {f"a{n}": [row(f"a{n}", k, k * 7 + n) for k in range(100)] for n in range(7)}
    merged = MergedLists(lists, 20)
    assert read_all(lists, merged, 20) == 7
    assert [one.id for one in merged.taken] == [f"a{k % 7}-{k // 7}" for k in range(20)]


def test_further_pages_are_those_of_lists_that_have_run_out() -> None:
    old = [row("old", k, 10_000 + k) for k in range(50)]
    new = [row("new", k, k) for k in range(50)]
    lists = {"old": old, "new": new}
    merged = MergedLists(lists, SMALLEST_PAGE)
    read_all(lists, merged, 5)
    merged.take(SMALLEST_PAGE)
    assert merged.due == ("new",)


def test_a_row_without_a_time_comes_last() -> None:
    lists = {"a": [row("a", 0, None)], "b": [row("b", 0, 1), row("b", 1, 2)]}
    merged = MergedLists(lists, 10)
    read_all(lists, merged, 10)
    assert [one.id for one in merged.taken] == ["b-0", "b-1", "a-0"]


def test_no_agents_are_no_rows() -> None:
    assert MergedLists((), 10).complete
