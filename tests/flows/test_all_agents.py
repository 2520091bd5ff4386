"""Conversations of all agents in one list: rows name their agent, and what is done is done to that of the row."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.app_helpers import asked
from tests.flows.reading import NOW, Reading, reading
from tui.backends.demo import DemoTransport, Store
from tui.model.agent import ALL_AGENTS
from tui.model.opened import Opened
from tui.storage.state import ListPosition, State

pytestmark = pytest.mark.anyio


def two_agents(version: str = "0.16.8") -> DemoTransport:
    """Ada with two conversations, Bell with one in between."""
    store = Store.empty(NOW)
    ada, bell = (
        store.add_agent(name, {"human": name}, at=NOW - timedelta(days=9)) for name in ("Ada", "Bell")
    )
    for minutes, (agent, summary) in enumerate(((ada, "First"), (bell, "Second"), (ada, "Third"))):
        store.add_system(store.open_conversation(agent, summary, NOW - timedelta(minutes=minutes)))
    return DemoTransport(store, now=NOW, version=version)


async def open_all(found: Reading) -> None:
    found.connect.open_agent(ALL_AGENTS)
    await found.screen.settle()


async def test_one_list_in_one_order_with_the_names_of_the_agents(tmp_path: Path) -> None:
    transport = two_agents()
    async with reading(transport, tmp_path) as found:
        await open_all(found)
        shown = found.screen.conversations
        assert found.titles == ["First", "Second", "Third"]
        assert not any(row.is_default for row in shown.rows)
        assert shown.agent_names is not None
        assert [shown.agent_names[row.agent_id] for row in shown.rows] == ["Ada", "Bell", "Ada"]
        assert len(asked(transport, "GET", "/v1/conversations/?")) == 1
        assert "agent_id" not in asked(transport, "GET", "/v1/conversations/?")[0]


async def test_a_row_is_read_with_its_own_agent_whose_record_is_read_once(tmp_path: Path) -> None:
    transport = two_agents()
    async with reading(transport, tmp_path) as found:
        await open_all(found)
        for place, name in ((0, "Ada"), (1, "Bell"), (2, "Ada")):
            await found.go(place)
            await found.screen.settle()
            view = found.open.view
            assert isinstance(view, Opened)
            assert view.agent.name == name
            assert isinstance(view.shared, tuple)
            assert view.shared[0].value == name
        records = [
            line for line in asked(transport, "GET", "/v1/agents/agent-") if "/core-memory" not in line
        ]
        assert len(records) == 2


async def test_agents_are_filtered_by_name(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path) as found:
        await open_all(found)
        found.conversations.filter("agent:bell")
        assert found.titles == ["Second"]
        found.conversations.filter("-agent:bell th")
        assert found.titles == ["Third"]
        found.conversations.filter("agent:zed")
        assert "no agent is called “zed”" in found.screen.conversations.heading


async def test_lists_of_a_server_before_0_16_5_are_merged(tmp_path: Path) -> None:
    """It refuses to list without an agent (measured), so that one request is refused and no other."""
    transport = two_agents(version="0.16.4")
    async with reading(transport, tmp_path) as found:
        await open_all(found)
        assert found.titles == ["First", "Second", "Third"]
        assert not found.screen.conversations.problem
        lists = asked(transport, "GET", "/v1/conversations/?")
        assert len(lists) == 3
        assert [line for line in lists if "agent_id" not in line] == lists[:1]
        found.connect.open_agent(found.agent)
        await found.screen.settle()
        assert found.titles == ["First", "Third"]


def many_agents(count: int, each: int, version: str = "0.16.4") -> DemoTransport:
    """Agents whose conversations take turns: the newest one is the first agent's, the next the second's."""
    store = Store.empty(NOW)
    agents = [
        store.add_agent(f"A{number}", {"human": "x"}, at=NOW - timedelta(days=9)) for number in range(count)
    ]
    for number in range(count * each):
        at = NOW - timedelta(minutes=number)
        store.add_system(store.open_conversation(agents[number % count], f"Row {number}", at))
    return DemoTransport(store, now=NOW, version=version)


async def test_merged_lists_are_read_as_far_as_somebody_scrolls(tmp_path: Path) -> None:
    transport = many_agents(6, 20)
    async with reading(transport, tmp_path, page_size=10) as found:
        await open_all(found)
        assert found.titles == [f"Row {number}" for number in range(10)]
        assert len(asked(transport, "GET", "/v1/conversations/?agent_id")) == 6, "a page of each agent"
        while await found.conversations.load_more():
            pass
        assert found.titles == [f"Row {number}" for number in range(120)]
        assert found.conversations.feed.complete
        assert len(asked(transport, "GET", "/v1/conversations/?agent_id")) == 12


async def test_first_rows_of_merged_lists_are_read_again_while_following(tmp_path: Path) -> None:
    transport = many_agents(2, 12)
    async with reading(transport, tmp_path, page_size=10) as found:
        await open_all(found)
        transport.store.add_system(transport.store.open_conversation(found.agent.id, "New", NOW))
        await found.conversations.read_first_rows(10)
        assert found.titles[0] == "New"
        assert len(found.titles) == 11
        transport.requests.clear()
        while await found.conversations.load_more():
            pass
        assert [title for title in found.titles if title == "Row 10"], "nothing behind them is lost"
        assert len(found.titles) == 25


async def test_merged_lists_are_searched_agent_by_agent(tmp_path: Path) -> None:
    transport = many_agents(2, 30)
    async with reading(transport, tmp_path, page_size=10) as found:
        await open_all(found)
        found.conversations.filter("Row 55")
        await found.screen.settle()
        assert found.titles == ["Row 55"]


async def test_an_order_that_merged_lists_cannot_have_is_said_and_the_newest_are_listed(
    tmp_path: Path,
) -> None:
    transport = two_agents(version="0.16.4")
    async with reading(transport, tmp_path, sort="last-message") as found:
        await open_all(found)
        assert found.titles == ["First", "Second", "Third"]
        assert "cannot sort by last message" in found.screen.messages[-1]


async def test_the_next_run_begins_there_again(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path) as found:
        await open_all(found)
        found.conversations.note_position()
        found.state.close()
        assert found.state.last_agent("http://demo") == ""
        assert found.state.recent_agents("http://demo") == ()
    async with reading(two_agents(), tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
        assert found.conversations.lists_all
        assert found.titles == ["First", "Second", "Third"]


async def test_rows_of_the_last_visit_name_their_agents_once_these_are_read(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path) as found:
        await open_all(found)
    transport = two_agents()
    async with reading(transport, tmp_path) as found:
        found.connect.begin_with_rows()
        assert found.titles == ["First", "Second", "Third"]
        assert found.conversations.lists_all
        assert not transport.requests
        found.connect.start()
        await found.screen.settle()
        assert found.screen.conversations.as_of is None
        assert sorted((found.screen.conversations.agent_names or {}).values()) == ["Ada", "Bell"]


async def test_positions_of_the_list_of_all_and_of_an_agent_are_apart(tmp_path: Path) -> None:
    state = State(tmp_path / "state.json")
    state.remember_agent("s", "agent-1")
    state.remember_agent("s", "")
    state.note_position("s", "", ListPosition("conv-1"))
    state.note_position("s", "agent-1", ListPosition("conv-2"))
    state.close()
    positions = state.position("s", ""), state.position("s", "agent-1")
    assert [one and one.row for one in positions] == ["conv-1", "conv-2"]


async def test_a_conversation_that_is_asked_for_may_be_of_any_agent(tmp_path: Path) -> None:
    transport = two_agents()
    wanted = list(transport.store.conversations)[1]
    async with reading(transport, tmp_path, page_size=10) as found:
        found.connect.open_agent(ALL_AGENTS, wanted=wanted)
        await found.screen.settle()
        assert found.screen.row is not None
        assert found.screen.row.id == wanted
        assert not found.screen.messages
