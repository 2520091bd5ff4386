"""Listing: pages, order, filter and search, what other flows change, and what is remembered between two runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.flows.reading import NOW, Late, Reading, listed, reading, server_with
from tui.backends.demo import DemoTransport, Store
from tui.model.agent import Agent
from tui.rules.sort_order import Order, Sort
from tui.storage.draft_store import Draft
from tui.storage.state import ListPosition

pytestmark = pytest.mark.anyio


def numbered(count: int) -> DemoTransport:
    return server_with(*(f"Number {place:03}" for place in range(count)))


def pages(found: Reading) -> list[str]:
    """The requests for pages of the list, by their queries."""
    sent = [request for request in found.transport.requests if request.url.path == "/v1/conversations/"]
    return [request.url.query.decode() for request in sent]


async def test_a_page_is_one_request(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(30), page_size=10) as found:
        assert len(found.titles) == 10
        assert found.screen.conversations.heading == "newest ↓ · 10 loaded, more"
        found.conversations.near_end()
        found.conversations.near_end()
        await found.screen.settle()
        assert len(pages(found)) == 2
        assert len(found.titles) == 30


async def test_a_thousand_rows_take_five_requests(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(1_000)) as found:
        while not found.screen.conversations.complete:
            found.conversations.near_end()
            await found.screen.settle()
        assert len(found.titles) == 1_000
        assert len(pages(found)) <= 5


async def test_the_cursor_begins_on_the_newest_and_the_default_stands_above(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        assert found.screen.conversations.rows[0].is_default
        assert found.screen.row is not None
        assert found.screen.row.summary == "One"


async def test_what_cannot_be_loaded_says_so_in_the_heading(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.transport.fail(404, path="conversations")
        found.conversations.reload()
        await found.screen.settle()
        assert found.screen.conversations.problem.endswith("r retries")
        found.transport.clear()
        found.conversations.reload()
        await found.screen.settle()
        assert found.screen.conversations.problem == ""


async def test_pages_of_another_agent_are_not_shown(tmp_path: Path) -> None:
    store = Store.empty(NOW)
    first, second = (store.add_agent(name, {}, at=NOW - timedelta(days=9)) for name in ("Ada", "Bell"))
    store.open_conversation(first, "Ada's", NOW)
    store.open_conversation(second, "Bell's", NOW)
    transport = DemoTransport(store, now=NOW)
    async with reading(transport, tmp_path) as found:
        gate = transport.hold(path="/v1/conversations/$")
        found.connect.open_agent(Agent(id=first))
        await gate.arrived()
        transport._gates.clear()
        found.connect.open_agent(Agent(id=second))
        await found.shown(lambda: found.titles == ["Bell's"])
        gate.open()
        await found.screen.settle()
        assert found.titles == ["Bell's"]
        assert "Ada's" not in [row.summary for row in found.conversations.loaded()]


async def test_an_order_that_was_changed_meanwhile_counts(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        gate = found.transport.hold(path="/v1/conversations/$")
        found.conversations.sort()
        await gate.arrived()
        found.transport._gates.clear()
        found.conversations.reverse()
        await found.shown(lambda: found.titles == ["Two", "One"])
        gate.open()
        await found.screen.settle()
        assert found.conversations.feed.order == Order(oldest_first=True)
        assert found.titles == ["Two", "One"]


async def test_a_failure_that_comes_after_a_newer_list_is_not_said(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        gate = found.transport.hold(path="/v1/conversations/$")
        found.conversations.reload()
        await gate.arrived()
        found.transport._gates.clear()
        found.conversations.reverse()
        await found.shown(lambda: found.titles == ["Two", "One"])
        found.transport.fail(404, path="/v1/conversations/$")
        gate.open()
        await found.screen.settle()
        assert found.screen.conversations.problem == ""


async def test_a_list_that_waits_for_the_wanted_row_gives_way_to_a_newer_one(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        gate = found.transport.hold(path="/v1/conversations/conv-wanted")
        found.conversations.load(order=Order(Sort.LAST_MESSAGE), wanted="conv-wanted")
        await gate.arrived()
        found.conversations.reverse()
        await found.shown(lambda: found.titles == ["Two", "One"])
        gate.open()
        await found.screen.settle()
        assert found.conversations.feed.order == Order(oldest_first=True)
        assert not found.screen.messages  # and that it is gone is no news any more


async def test_a_wanted_row_comes_wherever_its_page_is(tmp_path: Path) -> None:
    transport = numbered(30)
    last = list(transport.store.conversations)[29]
    async with reading(transport, tmp_path, page_size=10) as found:
        found.connect.open_agent(found.agent, wanted=last)
        await found.screen.settle()
        assert found.screen.row is not None
        assert found.screen.row.id == last


async def test_a_wanted_row_that_is_gone_is_said(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        found.connect.open_agent(found.agent, wanted="conv-gone")
        await found.screen.settle()
        assert "No conversation “conv-gone”" in found.screen.messages[0]


async def test_a_server_that_knows_no_other_order_keeps_its_own(tmp_path: Path) -> None:
    transport = server_with("One", "Two")
    transport.version = "0.16.4"
    async with listed(tmp_path, transport=transport) as found:
        found.conversations.sort()
        await found.screen.settle()
        assert found.screen.messages == [], "its rows have shown it, so that no other order is tried"
        assert not any("last" in request.url.params.get("order_by", "") for request in transport.requests)
        found.conversations.load(order=Order(Sort.LAST_MESSAGE))
        await found.screen.settle()
        assert "cannot sort by last message" in found.screen.messages[0]
        assert found.titles == ["One", "Two"]
        assert found.conversations.feed.order == Order()


@pytest.mark.parametrize("order", [Order(sort, oldest) for sort in Sort for oldest in (False, True)])
async def test_a_list_that_was_complete_is_complete_in_every_order(tmp_path: Path, order: Order) -> None:
    async with listed(tmp_path, transport=numbered(30), page_size=10) as found:
        found.conversations.near_end()
        await found.screen.settle()
        found.conversations.near_end()
        await found.screen.settle()
        assert found.screen.conversations.heading == "newest ↓ · 30, all"
        for number in range(15):  # and grew meanwhile
            found.transport.store.open_conversation(found.agent.id, f"New {number}", NOW)
        found.conversations.load(order=order, count=30)
        await found.screen.settle()
        assert found.screen.conversations.heading == f"{order.text} · 45, all"
        assert found.screen.conversations.complete


async def test_a_list_of_which_all_is_loaded_is_read_again_with_one_request(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(240)) as found:
        found.conversations.near_end()
        await found.screen.settle()
        sent = len(pages(found))
        found.conversations.sort()
        await found.screen.settle()
        assert found.screen.conversations.heading == "last message ↓ · 240, all"
        assert len(pages(found)) == sent + 1


# filter


async def test_the_order_stands_above_a_filtered_list_too(tmp_path: Path) -> None:
    async with listed(tmp_path, "Tea", "Coffee") as found:
        found.conversations.filter("tea")
        assert found.screen.conversations.heading == "newest ↓ · 2, all"
        found.conversations.sort()
        await found.screen.settle()
        assert found.screen.conversations.heading == "last message ↓ · 2, all"
        assert found.screen.conversations.filter == "tea"


async def test_how_old_or_unfinished_a_filtered_list_is_stands_above_it_too(tmp_path: Path) -> None:
    transport = numbered(30)
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        found.conversations.filter("number 00")
        await found.screen.settle()
        gate = transport.hold(path="/v1/conversations/$")
        found.conversations.near_end()
        await gate.arrived()
        assert found.screen.conversations.heading == "newest ↓ · 10 loaded, reading…"
    async with reading(transport, tmp_path) as found:
        found.conversations.show_last_visit(found.agent.id, None)
        found.conversations.filter_text = "number 00"
        found.conversations.show_rows()
        assert found.screen.conversations.heading.startswith("newest ↓ · as of ")


@pytest.mark.parametrize("way", ["escape", "backspace"])
async def test_without_a_match_nothing_is_open_and_the_cursor_goes_back_to_where_it_was(
    tmp_path: Path, way: str
) -> None:
    async with listed(tmp_path, "One", "Two", "Three") as found:
        row = await found.go(2)
        await found.screen.settle()
        found.screen.is_filtering = True
        for text in ("t", "th", "thx"):
            found.conversations.filter(text)
        assert found.screen.row is None
        assert found.screen.opened.view is None
        if way == "escape":
            found.conversations.clear_filter()
        else:
            found.conversations.filter("")
        assert found.screen.row is not None
        assert found.screen.row.id == row.id


async def test_a_conversation_being_read_is_given_up_where_nothing_matches(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        gate = found.transport.hold(path="conv-")
        await found.go(1)
        await gate.arrived()
        found.conversations.filter("nothing")
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.view is None


async def test_a_row_that_only_a_search_found_stays_under_the_cursor_through_a_refresh(
    tmp_path: Path,
) -> None:
    async with listed(tmp_path, transport=numbered(30), page_size=10) as found:
        found.conversations.filter("Number 029")
        await found.screen.settle()
        row = found.screen.row
        assert row is not None
        assert row.summary == "Number 029"
        snapshots = [found.screen.conversations]
        found.conversations.when_shown(snapshots.append)
        found.conversations.reload()
        await found.screen.settle()
        assert all([row.summary for row in one.rows] == ["Number 029"] for one in snapshots)


async def test_a_search_that_fails_beside_a_refresh_is_said_and_the_rows_are_shown(tmp_path: Path) -> None:
    class WithoutSearch(DemoTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if b"summary_search" in request.url.query:
                return httpx.Response(400, json={"detail": "no search"}, request=request)
            return await super().handle_async_request(request)

    transport = WithoutSearch(numbered(30).store, now=NOW)
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        found.conversations.filter("number 00")
        await found.screen.settle()
        transport.store.set_summary(found.screen.conversations.rows[0].id, "Number 00, renamed")
        found.conversations.reload()
        await found.screen.settle()
        assert found.titles[0] == "Number 00, renamed"
        assert "no search" in found.screen.conversations.problem


async def test_a_filter_narrows_and_the_server_searches_what_is_not_loaded(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(30), page_size=10) as found:
        found.conversations.filter("Number 02")
        assert found.titles == ["Number 002"]
        assert found.screen.conversations.empty == ""
        await found.screen.settle()
        assert len(found.titles) == 11
        found.conversations.clear_filter()
        assert len(found.titles) == 10


async def test_a_list_without_rows_says_why_and_what_to_do(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(3), page_size=10) as found:
        found.conversations.filter("no such words")
        await found.screen.settle()
        assert found.screen.conversations.empty == "nothing matches “no such words” · escape clears"
        found.conversations.clear_filter()
        assert found.screen.conversations.empty == ""
    async with listed(tmp_path, transport=numbered(0), page_size=10) as found:
        await found.screen.settle()
        assert found.screen.conversations.empty == "No conversations yet · ctrl+n creates one"


async def test_what_a_search_brings_for_other_words_is_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=numbered(30), page_size=10) as found:
        gate = found.transport.hold(path="/v1/conversations/$")
        found.conversations.filter("029")
        await gate.arrived()
        found.conversations.filter_text = "Number"
        gate.open()
        await found.screen.settle()
        assert "Number 029" not in [row.summary for row in found.conversations.feed.shown("Number")]


async def test_a_long_list_is_looked_through_in_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.flows.list_conversations.WHOLE", 5)
    monkeypatch.setattr("tui.flows.list_conversations.STEP", 3)
    async with listed(tmp_path, transport=numbered(30)) as found:
        found.conversations.filter("Number 00")
        assert len(found.titles) == 30
        await found.screen.settle()
        assert len(found.titles) == 10


async def test_matches_of_words_that_changed_meanwhile_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.flows.list_conversations.WHOLE", 5)
    async with listed(tmp_path, transport=numbered(30)) as found:
        shown = found.screen.conversations
        found.conversations.filter("Number 00")
        found.conversations.filter_text = "Number 01"
        await found.screen.settle()
        assert found.screen.conversations is shown


async def test_a_cursor_whose_row_is_left_out_goes_to_the_first_match(tmp_path: Path) -> None:
    async with listed(tmp_path, "Tea", "Default tea", "Coffee") as found:
        found.screen.cursor = 3
        found.screen.is_filtering = True
        found.conversations.filter("tea")
        assert found.screen.row is not None
        assert found.screen.row.summary == "Tea"


# a page on its way, and what changes meanwhile


def late(*summaries: str) -> Late:
    return Late(server_with(*summaries).store)


@pytest.mark.parametrize("reading_again", ["reload", "follow", "search"])
async def test_what_changes_here_outlives_a_page_that_was_requested_before(
    tmp_path: Path, reading_again: str
) -> None:
    transport = late("One", "Two", "Three")
    async with listed(tmp_path, transport=transport, page_size=3) as found:
        one, two, _ = found.screen.conversations.rows[1:]
        transport.path = "/v1/conversations/"
        match reading_again:
            case "reload":
                found.conversations.reload()
            case "follow":
                found.follow.toggle()
            case "search":
                found.conversations.filter("T")
        await transport.answered.wait()
        found.conversations.put(one.changed(summary="One, saved"))
        found.conversations.remove(found.agent.id, two.id)
        if reading_again != "search":  # it would end the filter
            found.conversations.add(
                found.agent.id, [one.changed(id="conv-new", summary="New", created_at=NOW)]
            )
        transport.path = ""
        transport.arrives.set()
        await found.screen.settle()
        found.conversations.clear_filter()
        new = [] if reading_again == "search" else ["New"]
        assert found.titles == [*new, "One, saved", "Three"]


async def test_what_lists_do_not_report_is_known_after_a_refresh_too(tmp_path: Path) -> None:
    transport = server_with("One")
    transport.version = "0.16.2"
    async with listed(tmp_path, transport=transport) as found:
        row = found.screen.conversations.rows[1]
        assert row.isolated_block_ids is None
        found.conversations.put(row.changed(isolated_block_ids=("block-1",)))
        found.conversations.reload()
        await found.screen.settle()
        assert found.screen.conversations.rows[1].isolated_block_ids == ("block-1",)


# what other flows change


async def test_one_row_changes_in_its_place(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        row = found.screen.conversations.rows[2]
        found.conversations.put(row.changed(summary="Second"), stand_in="words")
        assert found.titles == ["One", "Second"]
        updated = found.screen.conversations.updated
        assert updated is not None
        assert updated.summary == "Second"
        assert found.screen.conversations.stand_ins == {row.id: "words"}
        found.conversations.show_problem("")
        assert found.screen.conversations.updated is None


async def test_new_rows_stand_on_top_without_a_filter_that_would_hide_them(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        row = found.screen.conversations.rows[1]
        found.conversations.filter("nothing")
        found.conversations.add(found.agent.id, [row.changed(id="conv-new", summary="New", created_at=NOW)])
        assert found.titles == ["New", "One"]
        found.conversations.select(found.agent.id, "conv-new")
        assert found.screen.row is not None
        assert found.screen.row.summary == "New"


async def test_rows_of_another_agent_change_nothing(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        shown = found.screen.conversations
        row = shown.rows[1]
        found.conversations.add("agent-other", [row.changed(id="conv-new")])
        found.conversations.select("agent-other", row.id)
        found.conversations.remove("agent-other", row.id)
        assert found.screen.conversations is shown


async def test_nothing_takes_the_cursor_from_somebody_who_edits(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        found.screen.is_editing = True
        found.conversations.select(found.agent.id, found.screen.conversations.rows[2].id)
        assert found.screen.cursor == 1


async def test_a_removed_row_is_gone_and_the_cursor_stays_in_its_place(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two", "Three") as found:
        found.screen.cursor = 2
        found.conversations.remove(found.agent.id, found.screen.conversations.rows[2].id)
        assert found.titles == ["One", "Three"]
        assert found.screen.cursor == 2


async def test_drafts_are_marked(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.conversations.mark_draft("conv-1", has_draft=True)
        assert found.screen.conversations.drafts == {"conv-1"}
        found.conversations.mark_draft("conv-1", has_draft=False)
        assert not found.screen.conversations.drafts


async def test_drafts_on_disk_are_marked_and_said(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.drafts.note(draft(found))
        found.drafts.flush()
        await found.conversations.find_drafts()
        assert found.screen.conversations.drafts == {found.screen.conversations.rows[1].id}
        assert "1 unsaved draft" in found.screen.messages[0]


async def test_a_draft_of_a_default_conversation_marks_only_that_of_its_agent(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        (default, _) = found.screen.conversations.rows
        for agent_id in ("agent-other", default.agent_id):
            found.drafts.note(draft(found)._replace(conversation_id=default.id, agent_id=agent_id))
            found.drafts.flush()
            await found.conversations.find_drafts()
            assert (default.key in found.screen.conversations.drafts) is (agent_id == default.agent_id)


def draft(found: Reading) -> Draft:
    row = found.screen.conversations.rows[1]
    return Draft("http://demo", row.agent_id, row.id, "Typed", "One", NOW)


async def test_first_rows_read_again_bring_what_is_new(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.transport.store.open_conversation(found.agent.id, "New", NOW)
        await found.conversations.read_first_rows(50)
        assert found.titles == ["New", "One"]


async def test_first_rows_of_a_list_that_was_replaced_are_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        gate = found.transport.hold(path="/v1/conversations/$")

        async def read_again() -> None:
            await found.conversations.read_first_rows(50)

        found.screen.start_worker("follow", read_again)
        await gate.arrived()
        found.transport._gates.clear()
        found.conversations.reverse()
        await found.screen.settle("pages")
        found.transport.store.open_conversation(found.agent.id, "New", NOW)
        shown = found.screen.conversations
        gate.open()
        await found.screen.settle()
        assert found.screen.conversations is shown


async def test_a_list_of_a_server_that_was_left_shows_nothing_more(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        shown = found.screen.conversations
        found.conversations.close()
        found.conversations.put(shown.rows[1].changed(summary="Saved"))
        found.conversations.remove(found.agent.id, shown.rows[1].id)
        found.drafts.note(draft(found))
        found.drafts.flush()
        await found.conversations.find_drafts()
        assert found.screen.conversations is shown
        assert not found.screen.messages


# between two runs


async def test_the_position_is_noted_and_restored(tmp_path: Path) -> None:
    transport = numbered(30)
    async with listed(tmp_path, transport=transport) as found:
        found.conversations.filter("number 00")
        found.screen.cursor = 5
        row = found.screen.row
        assert row is not None
        found.conversations.note_position()
        found.state.close()
        noted = found.state.position("http://demo", found.agent.id)
        assert noted == ListPosition(row.id, "memory", "created", False, "number 00", 3)
    async with reading(transport, tmp_path) as found:
        found.connect.open_agent(found.agent, position=noted)
        await found.screen.settle()
        assert found.screen.filter == "number 00"
        assert found.screen.position == noted
        assert found.screen.row is not None
        assert found.screen.row.id == row.id


async def test_where_it_was_left_may_be_gone(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        found.connect.open_agent(found.agent, position=ListPosition("conv-gone"))
        await found.screen.settle()
        assert found.screen.row is not None
        assert found.screen.row.summary == "One"
        assert not found.screen.messages


async def test_a_demo_is_left_nowhere(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", demo="self-hosted") as found:
        found.conversations.note_position()
        found.state.close()
        assert found.state.position("http://demo", found.agent.id) is None


async def test_the_age_of_old_rows_is_said_until_fresh_ones_are_here(tmp_path: Path) -> None:
    transport = server_with("One")
    async with listed(tmp_path, transport=transport):
        pass
    async with reading(transport, tmp_path) as found:
        assert found.conversations.show_last_visit(found.agent.id, None) is not None
        assert "as of" in found.screen.conversations.heading
        found.conversations.shown = replace(found.conversations.shown, as_of=NOW - timedelta(minutes=5))
        found.conversations.refresh_age()
        assert "5 min ago" in found.screen.conversations.heading
