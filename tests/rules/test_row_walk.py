"""A list that is read once: each row once, whatever its cursors do meanwhile, and continued where it stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tui.model.conversation import DEFAULT, Conversation, Page
from tui.rules.paging import PageRequest
from tui.rules.row_walk import CURSORS, Cursor, Position, RowWalk, needed

START = datetime(2026, 3, 1, tzinfo=UTC)


def row(number: int, minute: int | None = None) -> Conversation:
    """A row; those of higher numbers are newer if no minute is given."""
    at = number if minute is None else minute
    return Conversation(id=f"conv-{number}", agent_id="agent-1", created_at=START + timedelta(minutes=at))


class Server:
    """Lists rows newest first; its cursors skip rows of the same time, and an unknown one brings page 1 (measured)."""

    def __init__(self, rows: list[Conversation]) -> None:
        self.rows = rows
        self.requests: list[PageRequest] = []

    def answer(self, ask: PageRequest) -> Page[Conversation]:
        self.requests.append(ask)
        rows = sorted(self.rows, key=lambda one: one.created_at or START, reverse=True)
        last = next((one for one in rows if one.id == ask.after), None)
        if last is not None:
            assert last.created_at
            rows = [one for one in rows if one.created_at and one.created_at < last.created_at]
        page = tuple(rows[: ask.limit])
        return Page(page, len(page))


def read(server: Server, walk: RowWalk, pages: int | None = None) -> list[str]:
    """The ids of all rows in their order, or of those of the next pages."""
    found: list[str] = []
    while (ask := walk.next_request()) is not None and pages != 0:
        found += [one.id for one in walk.add_page(ask, server.answer(ask))]
        pages = None if pages is None else pages - 1
    return found


def test_pages_grow_and_each_row_comes_once() -> None:
    server = Server([row(number) for number in range(5_000)])
    found = read(server, RowWalk(200))
    assert found == [f"conv-{number}" for number in reversed(range(5_000))]
    assert [ask.limit for ask in server.requests] == [200, 401, 801, *[1001] * 4]


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 7))
def test_rows_of_the_same_time_are_not_lost(minutes: list[int], page_size: int) -> None:
    server = Server([row(number, minute) for number, minute in enumerate(minutes)])
    found = read(server, RowWalk(page_size))
    assert sorted(found) == sorted(one.id for one in server.rows)


@given(st.integers(0, 60), st.integers(1, 7), st.data())
def test_a_deleted_cursor_and_new_rows_change_nothing(
    count: int, page_size: int, data: st.DataObject
) -> None:
    server = Server([row(number) for number in range(count)])
    walk = RowWalk(page_size)
    begun = read(server, walk, data.draw(st.integers(0, 4)))
    gone = set(data.draw(st.lists(st.sampled_from(begun)))) if begun else set()
    server.rows = [one for one in server.rows if one.id not in gone]
    server.rows += [row(1000 + number) for number in range(data.draw(st.integers(0, 9)))]
    found = [*begun, *read(server, walk)]
    expected = [f"conv-{number}" for number in reversed(range(count))]
    assert [one for one in found if int(one[5:]) < 1000] == expected
    if begun:
        assert found == expected, "what was created since is not part of the walk"


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 7), st.integers(0, 59), st.data()
)
def test_it_continues_behind_the_last_rows_of_an_earlier_walk(
    minutes: list[int], page_size: int, stop: int, data: st.DataObject
) -> None:
    server = Server([row(number, minute) for number, minute in enumerate(minutes)])
    whole = read(server, RowWalk(page_size))
    by_id = {one.id: one for one in server.rows}
    position = Position().moved(Conversation(id=DEFAULT), "agent-1")
    for one in whole[:stop]:
        position = position.moved(by_id[one], "agent-1")
    gone = data.draw(st.sampled_from(["", *whole[:stop]]))
    server.rows = [one for one in server.rows if one.id != gone]
    assert read(server, RowWalk(page_size, position.rows)) == whole[stop:]


def test_a_position_has_no_more_rows_than_a_walk_needs() -> None:
    position = Position()
    for number in reversed(range(1_000)):
        position = position.moved(row(number), "agent-1")
    assert len(position.rows) == CURSORS
    position = position.moved(Conversation(id=DEFAULT), "agent-2").moved(row(7), "agent-3")
    assert position == Position(("agent-1", "agent-2"), "agent-3", (Cursor("conv-7", row(7).created_at),))
    same = tuple(Cursor(str(number), START) for number in range(200))
    assert len(needed(same)) == 200


def test_a_server_that_ignores_limit_and_cursor_ends_the_walk() -> None:
    walk = RowWalk(2)
    rows = tuple(row(number) for number in range(9, -1, -1))
    found = read_all(walk, Page(rows, 10))
    assert len(found) == 10
    assert walk.complete


def test_a_server_that_repeats_itself_is_given_up() -> None:
    walk = RowWalk(2)
    found: list[Conversation] = []
    while (ask := walk.next_request()) is not None:
        rows = tuple(row(9 - number % 10) for number in range(ask.limit))
        found += walk.add_page(ask, Page(rows, ask.limit))
    assert len(found) == 10
    assert walk.limited


def test_rows_of_another_order_or_without_a_time_come_all_the_same() -> None:
    rows = [row(number) for number in (3, 1, 2, 0)]
    walk = RowWalk(10)
    assert len(read_all(walk, Page(tuple(rows), 4))) == 4
    walk = RowWalk(2)
    without = [Conversation(id=f"conv-{number}") for number in range(7)]
    found: list[Conversation] = []
    while (ask := walk.next_request()) is not None:
        page = tuple(without[: ask.limit])
        found += walk.add_page(ask, Page(page, len(page)))
    assert found == without


def read_all(walk: RowWalk, page: Page[Conversation]) -> list[Conversation]:
    found: list[Conversation] = []
    while (ask := walk.next_request()) is not None:
        found += walk.add_page(ask, page)
    return found
