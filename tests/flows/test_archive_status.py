"""The list of unarchived conversations, archived ones, or both, on servers that archive and on those that don't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_helpers import small_server
from tests.flows.reading import NOW, Reading, listed, reading
from tui.backends.demo import DemoTransport
from tui.rules.changes.archive import NOT_REPORTED
from tui.storage.state import ListPosition

pytestmark = pytest.mark.anyio


def cloud(*summaries: str | None, archived: str | None = None, lists: str = "unarchived") -> DemoTransport:
    """A server that archives, with these conversations, of which one is archived."""
    transport = small_server(*summaries, flavour="cloud")
    assert transport.cloud is not None
    transport.cloud.lists = lists
    for row in transport.store.conversations.values():
        if archived is not None and row.summary == archived:
            row.archived_at = NOW
    return transport


def requested(found: Reading) -> list[str | None]:
    """The `archive_status` of each request for a list."""
    lists = [one for one in found.transport.requests if one.url.path == "/v1/conversations/"]
    return [one.url.params.get("archive_status") for one in lists]


async def press(found: Reading) -> None:
    """The key that goes on to the next list."""
    found.conversations.show_next_archive_status()
    await found.screen.settle()


def heading(found: Reading) -> str:
    return found.screen.conversations.heading


async def test_the_key_goes_through_the_three_lists_and_the_heading_says_which(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One", "Old", archived="Old")) as found:
        assert (found.titles, heading(found)) == (["One"], "unarchived · newest ↓ · 1, all")
        await press(found)
        assert (found.titles, heading(found)) == (["Old"], "archived · newest ↓ · 1, all")
        assert not any(row.is_default for row in found.screen.conversations.rows), "it can't be archived"
        await press(found)
        assert (found.titles, heading(found)) == (["One", "Old"], "with archived · newest ↓ · 2, all")
        assert found.screen.conversations.rows[0].is_default
        await press(found)
        assert (found.titles, heading(found)) == (["One"], "unarchived · newest ↓ · 1, all")
        assert requested(found) == [None, "archived", "all", None]


async def test_a_refresh_and_an_order_stay_in_the_same_list(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One", "Old", archived="Old")) as found:
        await press(found)
        found.conversations.reload()
        await found.screen.settle()
        found.conversations.reverse()
        await found.screen.settle()
        assert (found.titles, heading(found)) == (["Old"], "archived · oldest ↑ · 1, all")
        assert requested(found) == [None, "archived", "archived", "archived"]


async def test_a_search_is_for_what_the_list_shows(tmp_path: Path) -> None:
    transport = cloud(*(f"Number {place}" for place in range(30)), archived="Number 29")
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        found.conversations.filter("number 29")
        await found.screen.settle()
        assert found.titles == []
        found.conversations.clear_filter()
        await press(found)
        assert found.titles == ["Number 29"]


@pytest.mark.parametrize("page_size", [2, 200])
async def test_archived_rows_that_come_unasked_are_left_out_of_rows_and_count(
    tmp_path: Path, page_size: int
) -> None:
    """What a server lists without `archive_status` is not documented: the rows decide."""
    transport = cloud("One", "Old", "Two", "Three", archived="Old", lists="all")
    async with listed(tmp_path, transport=transport, page_size=page_size) as found:
        while not found.screen.conversations.complete:
            found.conversations.near_end()
            await found.screen.settle()
        assert found.titles == ["One", "Two", "Three"]
        assert heading(found) == "unarchived · newest ↓ · 3, all"
        assert set(requested(found)) == {None}


async def test_a_server_that_does_not_archive_is_never_asked_for_archived_ones(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        before = found.screen.conversations
        assert before.heading == "newest ↓ · 1, all"
        await press(found)
        assert found.screen.messages == [NOT_REPORTED]
        assert found.screen.conversations.rows == before.rows
        assert set(requested(found)) == {None}


async def test_without_a_row_of_the_agent_one_of_another_agent_shows_it(tmp_path: Path) -> None:
    transport = cloud("Old", archived="Old")
    other = transport.store.add_agent("Bell", {}, at=NOW)
    transport.store.open_conversation(other, "Bell's", NOW)
    async with listed(tmp_path, transport=transport) as found:
        assert (found.titles, heading(found)) == ([], "newest ↓ · 0, all")
        await press(found)
        assert found.titles == ["Old"]
        assert requested(found) == [None, None, None, "archived"]


async def test_where_nothing_shows_whether_the_server_archives_nothing_is_claimed(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("Old", archived="Old")) as found:
        await press(found)
        assert found.screen.conversations.empty == "this server may not support archiving"
        assert set(requested(found)) == {None}


async def test_a_list_without_archived_ones_says_so(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One")) as found:
        await press(found)
        assert found.screen.conversations.empty == "no conversation is archived"


async def archived_here(found: Reading, place: int) -> str:
    """Archive the conversation of a row, as its flow does, and show it."""
    row = found.screen.conversations.rows[place]
    found.conversations.put(await found.client.archive(row.id, True))
    return row.id


async def test_what_is_archived_here_stays_in_its_place_until_the_list_is_read_again(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One", "Two", "Three")) as found:
        found.screen.cursor = 2
        key = await archived_here(found, 2)
        assert found.titles == ["One", "Two", "Three"]
        assert found.screen.row is not None
        assert (found.screen.row.id, found.screen.row.archived) == (key, True)
        found.conversations.filter("t")
        found.conversations.clear_filter()
        assert found.titles == ["One", "Two", "Three"]
        found.conversations.reload()
        await found.screen.settle()
        assert found.titles == ["One", "Three"]


async def test_following_does_not_take_it_from_under_the_cursor(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One", "Two", "Three")) as found:
        found.screen.cursor = 2
        await archived_here(found, 2)
        found.follow.toggle()
        await found.screen.settle()
        assert found.titles == ["One", "Two", "Three"]
        assert found.screen.messages == []


async def test_what_somebody_else_archives_is_not_said_to_be_deleted(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=cloud("One", "Two")) as found:
        row = await found.go(1)
        await found.screen.settle()
        found.transport.store.conversations[row.id].archived_at = NOW
        found.follow.toggle()
        await found.screen.settle()
        assert found.titles == ["Two"]
        assert found.screen.messages == ["“One” was archived or deleted by somebody else"]


async def test_a_conversation_that_is_asked_for_is_shown_though_it_is_archived(tmp_path: Path) -> None:
    for lists in ("unarchived", "all"):
        transport = cloud("One", "Old", archived="Old", lists=lists)
        old = next(row.id for row in transport.store.conversations.values() if row.archived_at)
        async with reading(transport, tmp_path) as found:
            found.connect.open_agent(found.agent, wanted=old)
            await found.screen.settle()
            assert found.screen.row is not None
            assert (found.screen.row.id, found.screen.row.archived) == (old, True)


async def test_a_position_on_one_that_is_archived_by_now_is_no_reason_to_show_it(tmp_path: Path) -> None:
    transport = cloud("One", "Old", archived="Old")
    old = next(row.id for row in transport.store.conversations.values() if row.archived_at)
    async with reading(transport, tmp_path) as found:
        found.connect.open_agent(found.agent, position=ListPosition(old))
        await found.screen.settle()
        assert found.titles == ["One"]
        assert not found.screen.messages


async def test_only_unarchived_rows_are_stored_for_the_next_start(tmp_path: Path) -> None:
    transport = cloud("One", "Old", archived="Old")
    async with listed(tmp_path, transport=transport) as found:
        await press(found)
        assert found.titles == ["Old"]
    async with reading(transport, tmp_path) as found:
        assert found.conversations.show_last_visit(found.agent.id, None) is not None
        assert found.titles == ["One"]


async def test_another_agents_list_begins_with_the_unarchived_ones(tmp_path: Path) -> None:
    transport = cloud("One", "Old", archived="Old")
    other = transport.store.add_agent("Bell", {}, at=NOW)
    transport.store.open_conversation(other, "Bell's", NOW)
    async with listed(tmp_path, transport=transport) as found:
        await press(found)
        found.connect.open_agent(await found.client.agent(other))
        await found.screen.settle()
        assert (found.titles, heading(found)) == (["Bell's"], "unarchived · newest ↓ · 1, all")
