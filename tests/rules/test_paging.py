"""The list as its pages arrive: no row lost, none twice, and an end, whatever the server's cursors do."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import case
from tests.servers_known import learned_from
from tui.model.conversation import Conversation, Page
from tui.rules.archive_status import ArchiveStatus
from tui.rules.paging import LARGEST_LIMIT, ConversationPages, PageRequest
from tui.rules.sort_order import Order, Sort

START = datetime(2026, 3, 14, tzinfo=UTC)
CREATED, LAST_MESSAGE, LAST_RUN = Sort.CREATED, Sort.LAST_MESSAGE, Sort.LAST_RUN
ORDERS = [Order(sort, oldest_first) for sort in Sort for oldest_first in (False, True)]


def row(
    name: object, created: int | None = 0, last: int | None = None, summary: str | None = None
) -> Conversation:
    def when(minute: int | None) -> datetime | None:
        return None if minute is None else START + timedelta(minutes=minute)

    return Conversation(
        id=f"conv-{name}",
        summary=summary,
        created_at=when(created),
        last_message_at=when(last),
        isolated_block_ids=(),
    )


@dataclass
class Server:
    """Pages as Letta 0.16.8 gives them: `created_at` cursors skip ties, the others have a tie-break (measured)."""

    rows: list[Conversation]
    asked: list[PageRequest] = field(default_factory=list)

    def ordered(self, order: Order) -> list[Conversation]:
        if order.sort is not CREATED:
            told = [found for found in self.rows if found.last_message_at is not None]
            silent = [found for found in self.rows if found.last_message_at is None]
            return sorted(told, key=lambda found: (found.last_message_at, found.id), reverse=True) + silent
        return sorted(
            self.rows, key=lambda found: (found.created_at, found.id), reverse=order.direction == "desc"
        )

    def page(self, order: Order, ask: PageRequest) -> Page[Conversation]:
        self.asked.append(ask)
        rows = self.ordered(order)
        if ask.after is not None:
            at = next(index for index, found in enumerate(rows) if found.id == ask.after)
            cursor, behind = rows[at], rows[at + 1 :]
            ties = order.sort is CREATED
            rows = [found for found in behind if not ties or found.created_at != cursor.created_at]
        return Page(tuple(rows[: ask.limit]), len(rows[: ask.limit]))


def load(feed: ConversationPages, server: Server, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Load everything; a feed that does not end fails the test."""
    for _ in range(500):
        ask = feed.next_request()
        if ask is None:
            return
        feed.add_page(ask, server.page(feed.order, ask))
        meanwhile()
    raise AssertionError("the feed does not end")


def ids(rows: tuple[Conversation, ...]) -> list[str]:
    return [found.id for found in rows]


def check_whole(feed: ConversationPages, server: Server) -> None:
    """Every row of the server is there once."""
    assert sorted(ids(feed.shown())) == sorted(found.id for found in server.rows)
    assert feed.complete


# pages


def test_an_empty_list_is_complete_after_one_answer() -> None:
    feed, server = ConversationPages(), Server([])
    load(feed, server)
    assert (len(feed), feed.complete, feed.count_text) == (0, True, "0, all")
    assert server.asked == [PageRequest(None, 200)]


def test_each_page_brings_twice_as_many_new_rows_as_the_one_before() -> None:
    feed, server = ConversationPages(page_size=10), Server([row(number, number) for number in range(35)])
    sizes = []
    load(feed, server, lambda: sizes.append(len(feed)))
    assert sizes == [10, 30, 35]


def test_pages_grow_to_a_thousand_rows_and_no_further() -> None:
    feed, server = ConversationPages(page_size=300), Server([row(number, number) for number in range(4_000)])
    sizes = [0]
    load(feed, server, lambda: sizes.append(len(feed)))
    assert [after - before for before, after in pairwise(sizes)] == [300, 600, 1000, 1000, 1000, 100]
    check_whole(feed, server)


def test_a_last_page_that_is_just_full_costs_one_more_request() -> None:
    feed, server = ConversationPages(page_size=10), Server([row(number, number) for number in range(30)])
    load(feed, server)
    check_whole(feed, server)
    assert len(server.asked) == 3


@pytest.mark.parametrize("ties", [1, 7, 10, 11, 25, 300])
def test_rows_of_one_instant_are_not_lost_at_a_page_border(ties: int) -> None:
    for order in ORDERS:
        server = Server([row(f"{number:03}", created=0, last=0) for number in range(ties)])
        feed = ConversationPages(order, page_size=10)
        with case(order.text):
            load(feed, server)
            check_whole(feed, server)
            assert len(server.asked) <= ties // 10 + 2


def test_ties_in_the_middle_are_not_lost_either() -> None:
    times = [0, 1, 2, *[3] * 30, 4, 5]
    server = Server([row(f"{number:03}", time) for number, time in enumerate(times)])
    feed = ConversationPages(page_size=5)
    load(feed, server)
    check_whole(feed, server)


def test_rows_without_messages_come_last_and_whole() -> None:
    server = Server([row(number, number, last=number if number % 2 else None) for number in range(25)])
    feed = ConversationPages(Order(LAST_MESSAGE), page_size=5)
    load(feed, server)
    check_whole(feed, server)
    assert [found.last_message_at is None for found in feed.shown()] == [False] * 12 + [True] * 13


def test_a_cursor_row_that_moved_to_the_top_loses_nothing() -> None:
    server = Server([row(number, number, last=number) for number in range(12)])
    feed = ConversationPages(Order(LAST_MESSAGE), page_size=3)
    clock = iter((100, 101, 102))

    def message_arrives() -> None:
        ask, minute = feed.next_request(), next(clock, None)
        if ask is not None and ask.after is not None and minute is not None:
            number = int(ask.after.removeprefix("conv-"))
            server.rows[number] = row(number, number, last=minute)

    load(feed, server, message_arrives)
    check_whole(feed, server)


def test_a_server_that_answers_page_1_to_every_cursor_comes_to_an_end() -> None:
    first = tuple(row(number, last=number) for number in range(5))
    feed = ConversationPages(Order(LAST_RUN), page_size=5)
    for _ in range(100):
        ask = feed.next_request()
        if ask is None:
            break
        feed.add_page(ask, Page(first, 5))
    assert (feed.complete, len(feed)) == (True, 5)


@pytest.mark.parametrize("sort", list(Sort))
def test_a_server_that_repeats_full_pages_for_ever_comes_to_an_end(sort: Sort) -> None:
    feed = ConversationPages(Order(sort), page_size=100)
    limits = []
    while (ask := feed.next_request()) is not None:
        limits.append(ask.limit)
        feed.add_page(ask, Page((row(1),) * ask.limit, ask.limit))
    assert limits == sorted(limits)
    assert limits[-1] <= 4 * LARGEST_LIMIT
    assert ids(feed.shown()) == ["conv-1"]


@pytest.mark.parametrize("sort", list(Sort))
def test_a_server_that_heeds_no_limit_is_taken_at_its_word(sort: Sort) -> None:
    every = tuple(row(number, number, last=number) for number in range(50))
    feed = ConversationPages(Order(sort), page_size=10)
    asked = 0
    while (ask := feed.next_request()) is not None:
        asked += 1
        feed.add_page(ask, Page(every, 50))
    assert (len(feed), asked) == (50, 2)


def test_repeats_and_overlaps_are_one_row_each() -> None:
    feed = ConversationPages(page_size=3)
    assert feed.add_page(PageRequest(None, 3), Page((row(1, 9), row(2, 8), row(1, 9)), 3)) == 2
    assert feed.add_page(PageRequest("conv-1", 4), Page((row(2, 8), row(3, 7)), 2)) == 1
    assert ids(feed.shown()) == ["conv-1", "conv-2", "conv-3"]


def test_rows_that_cannot_be_read_are_counted_and_do_not_end_the_list() -> None:
    feed = ConversationPages(page_size=3)
    feed.add_page(PageRequest(None, 3), Page((row(1, 9), row(2, 8)), 3))
    assert (feed.complete, feed.count_text) == (False, "2 loaded, more, 1 unreadable")


def test_nothing_is_asked_once_all_is_here() -> None:
    feed = ConversationPages(page_size=3)
    feed.add_page(PageRequest(None, 3), Page((row(1),), 1))
    assert feed.next_request() is None


@given(order=st.sampled_from(ORDERS), dice=st.randoms(use_true_random=True))
@settings(max_examples=300)
def test_no_row_is_ever_lost(order: Order, dice: random.Random) -> None:
    """Any number of rows, any ties, any page size, and a cursor row that gets a message now and then."""
    instants = dice.choice([1, 3, 20, 1000])
    server = Server(
        [
            row(f"{number:04}", dice.randrange(instants), dice.choice([None, dice.randrange(instants)]))
            for number in range(dice.randrange(120))
        ]
    )
    feed = ConversationPages(order, page_size=dice.choice([1, 2, 5, 17, 200]))
    clock = 2000

    def cursor_row_gets_a_message() -> None:
        nonlocal clock
        ask = feed.next_request()
        if ask is None or ask.after is None or dice.random() > 0.2:
            return
        clock += 1
        at = next(index for index, found in enumerate(server.rows) if found.id == ask.after)
        when = START + timedelta(minutes=clock)
        server.rows[at] = server.rows[at].changed(last_message_at=when)

    load(feed, server, cursor_row_gets_a_message)
    check_whole(feed, server)


@given(dice=st.randoms(use_true_random=True))
@settings(max_examples=60)
def test_no_row_is_lost_beside_rows_that_were_put_and_removed(dice: random.Random) -> None:
    rows = [
        row(f"{number:03}", dice.randrange(6), dice.choice([None, dice.randrange(6)])) for number in range(60)
    ]
    server, feed = (
        Server(rows),
        ConversationPages(Order(dice.choice(list(Sort))), page_size=dice.choice([2, 7, 30])),
    )
    feed.put(dice.choice(rows), first=True)

    def somebody_acts() -> None:
        feed.put(dice.choice(rows), first=dice.random() < 0.5)
        gone = dice.choice(server.rows)
        if gone.id in feed and gone.id != getattr(feed.next_request(), "after", None):
            server.rows.remove(gone)
            feed.remove(gone.id)

    load(feed, server, somebody_acts)
    check_whole(feed, server)


# rows that were put


@pytest.mark.parametrize("sort", [CREATED, LAST_MESSAGE])
def test_a_row_that_was_put_before_the_first_page_does_not_stand_for_a_page(sort: Sort) -> None:
    server = Server([row(number, number, last=number) for number in range(10)] + [row("new", 99)])
    feed = ConversationPages(Order(sort), page_size=4)
    feed.put(server.rows[-1], first=True)
    assert feed.next_request() == PageRequest(None, 4)
    load(feed, server)
    check_whole(feed, server)


def test_an_old_row_that_was_put_first_is_no_cursor_among_ties() -> None:
    server = Server([row(f"{number:02}", 5) for number in range(20)] + [row("wanted", 1)])
    feed = ConversationPages(page_size=5)
    ask = feed.next_request()
    assert ask is not None
    feed.add_page(ask, server.page(feed.order, ask))
    feed.put(server.rows[-1], first=True)
    load(feed, server)
    check_whole(feed, server)


def test_a_new_row_stands_first_where_the_order_does_not_say_otherwise() -> None:
    feed = ConversationPages(Order(LAST_RUN))
    feed.add_page(PageRequest(None, 200), Page((row(1), row(2)), 2))
    feed.put(row(3), first=True)
    assert ids(feed.shown()) == ["conv-3", "conv-1", "conv-2"]
    assert feed.count_text == "3, all"


def test_a_changed_row_keeps_its_place_and_what_was_known_of_its_context() -> None:
    feed = ConversationPages()
    known = row(1, summary="old").changed(in_context_message_ids=("m",), isolated_block_ids=("b",))
    feed.add_page(PageRequest(None, 200), Page((known, row(2, -1)), 2))
    feed.put(Conversation(id="conv-1", summary="new", created_at=known.created_at))
    shown = feed.shown()[0]
    assert (shown.summary, shown.in_context_message_ids, shown.isolated_block_ids) == ("new", ("m",), ("b",))


def test_a_page_that_comes_later_does_not_forget_what_was_known() -> None:
    feed = ConversationPages()
    feed.put(row(1).changed(in_context_message_ids=("m",)), first=True)
    feed.add_page(PageRequest(None, 200), Page((row(1, summary="newer"),), 1))
    found = feed.get("conv-1")
    assert found is not None
    assert (found.summary, found.in_context_message_ids) == ("newer", ("m",))


def test_an_unknown_row_is_not_put_behind_others() -> None:
    feed = ConversationPages()
    feed.put(row(1))
    assert "conv-1" not in feed
    assert len(feed) == 0


def test_a_removed_row_is_gone_everywhere() -> None:
    feed = ConversationPages()
    feed.add_page(PageRequest(None, 200), Page((row(1, summary="x"),), 1))
    feed.add_matches([row(2, summary="x")])
    feed.remove("conv-1")
    feed.remove("conv-2")
    feed.remove("conv-3")
    assert feed.shown("x") == ()
    assert feed.get("conv-1") is None


# what is shown


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (Order(CREATED), ["conv-c", "conv-b", "conv-a"]),
        (Order(CREATED, oldest_first=True), ["conv-a", "conv-b", "conv-c"]),
        (Order(LAST_MESSAGE), ["conv-a", "conv-c", "conv-b"]),
        (Order(LAST_MESSAGE, oldest_first=True), ["conv-c", "conv-a", "conv-b"]),
        (Order(LAST_RUN), ["conv-b", "conv-a", "conv-c"]),
        (Order(LAST_RUN, oldest_first=True), ["conv-c", "conv-a", "conv-b"]),
    ],
    ids=lambda value: value.text if isinstance(value, Order) else "",
)
def test_rows_are_sorted_here_and_unsaid_times_come_last(order: Order, shown: list[str]) -> None:
    feed = ConversationPages(order)
    feed.add_page(PageRequest(None, 200), Page((row("b", 2), row("a", 1, last=9), row("c", 3, last=8)), 3))
    assert ids(feed.shown()) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("", ["conv-1", "conv-2", "conv-3"]),
        ("  ", ["conv-1", "conv-2", "conv-3"]),
        ("PARSER", ["conv-1", "conv-2"]),
        ("parser write", ["conv-1"]),
        ("conv-3", ["conv-3"]),
        ("nothing", []),
    ],
)
def test_a_filter_wants_every_word_in_summary_or_id(words: str, shown: list[str]) -> None:
    feed = ConversationPages()
    rows = (row(1, 3, summary="Write tests for the parser"), row(2, 2, summary="Parser, again"), row(3, 1))
    feed.add_page(PageRequest(None, 200), Page(rows, 3))
    assert ids(feed.shown(words)) == shown


def test_what_a_search_found_shows_under_a_filter_only() -> None:
    feed = ConversationPages(page_size=1)
    feed.add_page(PageRequest(None, 1), Page((row(1, 9, summary="parser"),), 1))
    feed.add_matches([row(7, 1, summary="old parser"), row(1, 9, summary="older answer")])
    assert ids(feed.shown()) == ["conv-1"]
    assert ids(feed.shown("parser")) == ["conv-1", "conv-7"]
    assert "conv-7" in feed
    assert len(feed) == 1


def test_a_search_hit_keeps_what_was_known_of_it() -> None:
    feed = ConversationPages()
    feed.add_matches([row(7, summary="x")])
    feed.put(row(7, summary="y").changed(in_context_message_ids=("m",)))
    feed.add_matches([row(7, summary="z")])
    found = feed.get("conv-7")
    assert found is not None
    assert (found.summary, found.in_context_message_ids) == ("z", ("m",))


# words and orders


@pytest.mark.parametrize(
    ("order", "direction", "words"),
    [
        (Order(), "desc", "newest ↓"),
        (Order(CREATED, oldest_first=True), "asc", "oldest ↑"),
        (Order(LAST_MESSAGE), "desc", "last message ↓"),
        (Order(LAST_MESSAGE, oldest_first=True), "desc", "last message ↑"),
        (Order(LAST_RUN), "desc", "last run ↓"),
        (Order(LAST_RUN, oldest_first=True), "desc", "last run ↑"),
    ],
)
def test_only_created_at_is_ever_asked_for_ascending(order: Order, direction: str, words: str) -> None:
    assert (order.direction, order.text) == (direction, words)


def test_the_sort_key_goes_round() -> None:
    assert [CREATED.next, CREATED.next.next, CREATED.next.next.next] == [LAST_MESSAGE, LAST_RUN, CREATED]


def test_the_heading_says_whether_there_is_more() -> None:
    feed = ConversationPages(page_size=2)
    feed.add_page(PageRequest(None, 2), Page((row(1, 2), row(2, 1)), 2))
    assert (feed.count_text, feed.short_count_text) == ("2 loaded, more", "more")
    feed.add_page(PageRequest("conv-1", 3), Page((row(2, 1),), 1))
    assert (feed.count_text, feed.short_count_text) == ("2, all", "all")


@pytest.mark.parametrize(
    ("sort", "told", "unheeded"),
    [
        (Sort.CREATED, (), False),
        (Sort.LAST_RUN, (), True),
        (Sort.LAST_RUN, ("model",), False),
        (Sort.LAST_MESSAGE, ("model",), True),
        (Sort.LAST_MESSAGE, ("model", "last_message_at"), False),
    ],
)
def test_a_server_that_ignores_the_sort_shows_it_by_what_its_rows_tell(
    sort: Sort, told: tuple[str, ...], unheeded: bool
) -> None:
    feed = ConversationPages(Order(sort))
    row = Conversation.read({"id": "conv-1"} | dict.fromkeys(told))
    assert not feed.is_sort_ignored(learned_from(row)), "nothing was sent in any order"
    feed.add_page(PageRequest(None, 200), Page((row,), 1))
    assert feed.is_sort_ignored(learned_from(row)) is unheeded


def test_oldest_first_is_told_of_the_loaded_rows_alone_where_the_server_sends_the_newest() -> None:
    feed = ConversationPages(Order(CREATED, oldest_first=True), 2)
    feed.add_page(PageRequest(None, 2), Page((row("b", 2), row("a", 1)), 2))
    assert feed.order_text == "oldest ↑ of those loaded"
    assert [found.id for found in feed.shown()] == ["conv-a", "conv-b"]
    feed.add_page(PageRequest("conv-a", 2), Page((row("0", 0),), 1))
    assert feed.order_text == "oldest ↑"


@pytest.mark.parametrize(
    ("again", "asks", "rows"), [(150, 1, 200), (600, 1, 600), (1001, 2, 1001), (2500, 3, 2500)]
)
def test_rows_read_again_are_as_many_as_before(again: int, asks: int, rows: int) -> None:
    """A list that is read again and again would grow by a page each time."""
    server = Server([row(number, created=-number) for number in range(5_000)])
    feed = ConversationPages(page_size=200)
    while len(feed) < again and (ask := feed.next_request(again - len(feed))) is not None:
        feed.add_page(ask, server.page(feed.order, ask))
    assert (len(server.asked), len(feed)) == (asks, rows)


@pytest.mark.parametrize("sort", list(Sort))
def test_no_more_rows_are_asked_for_at_once_than_are_read_of_one_response(sort: Sort) -> None:
    """A server that repeats itself is not taken to be at its end: the heading says that the limit is reached."""
    feed = ConversationPages(Order(sort), page_size=100)
    while (ask := feed.next_request()) is not None:
        assert ask.limit <= LARGEST_LIMIT
        feed.add_page(ask, Page((row(1),) * ask.limit, ask.limit))
    assert (feed.complete, feed.limited) == (False, True)
    assert feed.count_text == "1 loaded, limit reached"


def test_a_list_without_end_is_read_to_a_limit_which_the_heading_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.rules.paging.MOST_ROWS", 250)
    feed = ConversationPages(page_size=100)
    number = 0
    while (ask := feed.next_request()) is not None:
        rows = tuple(row(number + n, 10_000 - number - n) for n in range(ask.limit))
        number += ask.limit
        feed.add_page(ask, Page(rows, ask.limit))
    assert (feed.complete, feed.limited) == (False, True)
    assert feed.count_text == f"{len(feed)} loaded, limit reached"
    assert 250 <= len(feed) < 600


# read again from the top


def loaded(*rows: Conversation, order: Order | None = None, complete: bool = True) -> ConversationPages:
    """A list of these rows, of which there may be more."""
    feed = ConversationPages(order)
    feed.add_page(PageRequest(None, 200), Page(rows, len(rows)))
    feed.complete = complete
    return feed


def first_page(*rows: Conversation) -> Page[Conversation]:
    return Page(rows, len(rows))


def test_what_a_short_first_page_lacks_is_gone_in_every_order() -> None:
    for order in ORDERS:
        feed = loaded(row(1, 1, 1), row(2, 2, 2), row(3, 3), order=order)
        feed.add_matches([row("found", 4, 4)])
        assert sorted(feed.refresh(50, first_page(row(1, 1, 1)))) == ["conv-2", "conv-3", "conv-found"], order


def test_what_stands_before_the_last_row_of_a_full_first_page_and_is_not_on_it_is_gone() -> None:
    feed = loaded(*(row(number, number) for number in range(9, 0, -1)), complete=False)
    assert feed.refresh(3, first_page(row(9, 9), row(7, 7), row(5, 5))) == ["conv-8", "conv-6"]
    feed = loaded(*(row(number, number) for number in range(1, 10)), order=Order(CREATED, True))
    assert feed.refresh(3, first_page(row(1, 1), row(3, 3), row(4, 4))) == ["conv-2"]


def test_a_row_that_shares_the_time_of_the_last_one_may_stand_behind_it() -> None:
    feed = loaded(row("a", 9), row("b", 5), row("c", 5), complete=False)
    assert feed.refresh(2, first_page(row("a", 9), row("b", 5))) == []
    assert feed.refresh(2, first_page(row("b", 5), row("c", 5))) == [], (
        "one time says nothing of the direction"
    )


def test_by_last_message_a_row_without_one_is_missed_by_a_full_page_only_where_all_is_listed() -> None:
    for oldest_first in (False, True):
        feed = loaded(row(1, 1, 3), row(2, 1, 2), row(3, 1), order=Order(LAST_MESSAGE, oldest_first))
        assert feed.refresh(2, first_page(row(1, 1, 3), row("new", 2, 1))) == ["conv-2"]


def test_by_last_run_only_the_server_knows_who_stands_before_whom() -> None:
    feed = loaded(row(1), row(2), row(3), order=Order(LAST_RUN))
    feed.put(row("made here"), first=True)
    assert feed.refresh(2, first_page(row(3), row("made here"))) == []
    assert ids(feed.shown()) == ["conv-3", "conv-made here", "conv-1", "conv-2"]
    assert feed.next_request() is None


def test_new_rows_join_where_the_list_begins_with_them_or_is_complete() -> None:
    new = row("new", 9)
    for order, complete, expected in (
        (Order(), False, True),
        (Order(CREATED, True), False, False),
        (Order(CREATED, True), True, True),
    ):
        feed = loaded(row(1, 1), row(2, 2), order=order, complete=complete)
        feed.refresh(2, first_page(row(1, 1), new))
        assert ("conv-new" in feed) is expected, (order, complete)


def test_a_short_first_page_completes_the_list() -> None:
    feed = loaded(row(1, 1), complete=False)
    feed.refresh(50, Page((row(2, 2), row(1, 1)), 3))
    assert feed.count_text == "2, all, 1 unreadable"


# archived and unarchived


def archived(name: object, created: int = 0) -> Conversation:
    return row(name, created).changed(archived=True)


def mixed() -> Server:
    """Every third conversation is archived, and the server lists all of them unasked."""
    return Server(
        [archived(number, number) if number % 3 == 0 else row(number, number) for number in range(60)]
    )


@pytest.mark.parametrize("status", ArchiveStatus)
@pytest.mark.parametrize("page_size", [1, 2, 7, 200])
def test_rows_that_do_not_fit_are_left_out_and_none_is_lost(status: ArchiveStatus, page_size: int) -> None:
    server = mixed()
    feed = ConversationPages(None, page_size, status)
    load(feed, server)
    expected = [found.id for found in server.ordered(Order()) if status.lists(found)]
    assert ids(feed.shown()) == expected
    assert len(feed) == len(expected)
    assert feed.rows_read == 60
    assert feed.count_text == f"{len(expected)}, all"
    assert all((found.id in feed) is status.lists(found) for found in server.rows)
    assert [found.id for found in feed.known()] == expected


def test_what_is_archived_while_it_is_shown_stays_and_what_fits_by_now_comes() -> None:
    feed = loaded(row(1, 3), archived(2, 2), row(3, 1))
    feed.put(archived(1, 3))
    assert ids(feed.shown()) == ["conv-1", "conv-3"]
    feed.put(row(2, 2).changed(archived=False))
    assert ids(feed.shown()) == ["conv-1", "conv-2", "conv-3"]
    feed.put(archived("elsewhere"))
    assert "conv-elsewhere" not in feed


def test_one_that_was_left_out_is_shown_when_it_is_asked_for() -> None:
    feed = loaded(row(1, 3), archived(2, 2))
    feed.put(archived(2, 2), first=True)
    assert ids(feed.shown()) == ["conv-1", "conv-2"]
    feed.remove("conv-2")
    assert (len(feed), feed.rows_read) == (1, 1)


def test_what_is_archived_here_is_not_missed_by_a_first_page() -> None:
    feed = loaded(row(1, 3), row(2, 2), row(3, 1))
    feed.put(archived(2, 2))
    assert feed.refresh(50, first_page(row(1, 3), row(3, 1))) == []
    assert ids(feed.shown()) == ["conv-1", "conv-2", "conv-3"]
    assert feed.refresh(50, first_page(row(1, 3), archived("other", 2))) == ["conv-3"]
    assert "conv-other" not in feed


def test_a_search_brings_only_what_fits() -> None:
    feed = loaded(row(1, 3))
    feed.add_matches([archived("found", 1), row("found too", 1)])
    assert [found.id for found in feed.known()] == ["conv-1", "conv-found too"]
