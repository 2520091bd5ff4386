"""Filters of the list: what they need is read, and the heading says what is not known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import asked, only_agent, small_server
from tests.flows.reading import NOW, listed, server_with
from tui.backends.demo import DemoTransport
from tui.storage.draft_store import Draft

pytestmark = pytest.mark.anyio


def isolated_server(*labels: str) -> DemoTransport:
    """A server with a conversation for each label, which isolates it; "" isolates nothing."""
    transport = server_with()
    store = transport.store
    for age, label in enumerate(labels):
        made = store.open_conversation(only_agent(transport), f"With {label}", NOW - timedelta(minutes=age))
        store.add_system(made)
        if label:
            store.isolate(made, label)
    return transport


async def test_untitled_rows_beside_words(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", None, "", "Two") as found:
        found.conversations.filter("is:untitled")
        assert found.titles == [None, ""]
        assert not any(row.is_default for row in found.screen.conversations.rows)
        found.conversations.filter("-is:untitled two")
        assert found.titles == ["Two"]
        found.conversations.clear_filter()
        assert len(found.titles) == 4


async def test_what_is_wrong_with_a_filter_is_said_and_leaves_every_row_in(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        found.conversations.filter("is:open")
        assert found.screen.conversations.problem == (
            "“open”: is: takes untitled, draft, archived, pinned, isolated, findings"
        )
        assert found.titles == ["One", "Two"]
        found.conversations.filter("one")
        assert found.screen.conversations.problem == ""


async def test_an_unfinished_filter_is_a_problem_only_once_it_is_accepted(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.screen.is_filtering = True
        found.conversations.filter("is:unt")
        assert found.screen.conversations.problem == ""
        found.screen.is_filtering = False
        found.conversations.finish_filter()
        assert found.screen.conversations.problem.startswith("“unt”: is: takes untitled")


async def test_pages_are_loaded_until_a_filter_has_matches(tmp_path: Path) -> None:
    """Only loaded rows show which of them are untitled: the server cannot search for that."""
    transport = server_with(*[*(f"Number {place}" for place in range(95)), None])
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        assert len(found.titles) == 10
        found.conversations.filter("is:untitled")
        assert "among the 10 loaded" in found.screen.conversations.empty
        await found.screen.settle()
        assert found.titles == [None]
        assert found.screen.conversations.complete
        assert not asked(transport, "GET", "summary_search")


async def test_no_more_pages_than_a_filter_needs(tmp_path: Path) -> None:
    async with listed(tmp_path, *[None] * 200, page_size=50) as found:
        found.conversations.filter("is:untitled")
        await found.screen.settle()
        assert len(found.titles) == 50


async def test_the_server_searches_for_the_words_alone(tmp_path: Path) -> None:
    transport = server_with(*(f"Number {place}" for place in range(30)))
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        found.conversations.filter("Number 29 -is:draft")
        await found.screen.settle()
        assert found.titles == ["Number 29"]
        assert any(
            "summary_search=Number+29&" in f"{line}&" or "Number%2029" in line for line in asked(transport)
        )


async def test_labels_of_isolated_blocks_are_read_when_a_filter_asks_for_them(tmp_path: Path) -> None:
    transport = isolated_server("human", "", "project")
    async with listed(tmp_path, transport=transport) as found:
        assert not asked(transport, "GET", "/v1/blocks/")
        found.conversations.filter("isolated:human")
        await found.screen.settle()
        assert found.titles == ["With human"]
        requests = len(asked(transport, "GET", "/v1/blocks/"))
        assert 1 <= requests <= 2
        found.conversations.filter("-isolated:human")
        await found.screen.settle()
        assert found.titles == ["With ", "With project"]
        assert len(asked(transport, "GET", "/v1/blocks/")) == requests
        found.conversations.filter("isolated:humam")
        assert "no isolated block is labelled “humam”" in found.screen.conversations.heading


async def test_a_server_that_does_not_give_the_labels_is_asked_once(tmp_path: Path) -> None:
    transport = isolated_server("human")
    async with listed(tmp_path, transport=transport) as found:
        transport.fail(httpx.ConnectError, path="/v1/blocks/")
        found.conversations.filter("isolated:human")
        await found.screen.settle()
        assert found.screen.conversations.problem.endswith("labels of isolated blocks are missing")


async def test_many_blocks_are_read_by_the_page(tmp_path: Path) -> None:
    transport = isolated_server(*["human"] * 40)
    async with listed(tmp_path, transport=transport) as found:
        found.conversations.filter("isolated:human")
        await found.screen.settle()
        assert len(found.titles) == 40
        assert len(asked(transport, "GET", "/v1/blocks/")) == 1


async def test_drafts_are_found_and_leave_the_list_when_they_go(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        row = found.screen.conversations.rows[2]
        found.drafts.note(Draft("http://demo", found.agent.id, row.id, "text", None, NOW))
        found.drafts.flush()
        found.conversations.filter("is:draft")
        assert found.titles == []
        await found.conversations.find_drafts()
        assert found.titles == ["Two"]
        found.conversations.mark_draft(row.key, has_draft=False)
        assert found.titles == []


async def test_findings_are_of_what_was_checked_in_this_run(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        found.conversations.filter("has:findings")
        assert found.screen.conversations.empty.endswith("only conversations opened in this run are checked")
        assert "findings known of 0 checked conversations" in found.screen.conversations.heading
        found.conversations.clear_filter()
        await found.go(1)
        await found.screen.settle()
        first, second = found.screen.conversations.rows[1:]
        found.conversations.note_check(second.key, True)
        found.conversations.filter("has:findings")
        assert found.titles == ["Two"]
        assert "findings known of 2 checked conversations" in found.screen.conversations.heading
        found.conversations.note_check(first.key, True)
        assert found.titles == ["One", "Two"]


async def test_archived_rows_are_listed_while_the_filter_asks_for_them(tmp_path: Path) -> None:
    transport = small_server("One", "Old", flavour="cloud")
    list(transport.store.conversations.values())[1].archived_at = NOW
    async with listed(tmp_path, transport=transport) as found:
        assert found.titles == ["One"]
        found.conversations.filter("is:archived")
        await found.screen.settle()
        assert found.titles == ["Old"]
        assert "with archived" in found.screen.conversations.heading
        found.conversations.clear_filter()
        await found.screen.settle()
        assert found.titles == ["One"]
        assert found.screen.conversations.heading.startswith("unarchived · ")


async def test_a_server_that_archives_nothing_is_said(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.conversations.filter("is:archived")
        assert found.screen.conversations.empty.endswith("this server may not support archiving")
