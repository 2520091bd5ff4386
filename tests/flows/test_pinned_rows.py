"""Pins: on top in the order of pinning, stored per server, and read by id where their page is not loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_helpers import asked
from tests.flows.reading import Reading, listed, server_with

pytestmark = pytest.mark.anyio


async def pin(found: Reading, place: int) -> str:
    """Pin the row at an index, and return its id."""
    row = found.screen.conversations.rows[place]
    await found.conversations.toggle_pin(row)
    return row.id


async def test_pinned_rows_are_on_top_below_the_default_one_and_the_cursor_follows(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two", "Three") as found:
        found.screen.cursor = 3
        third = await pin(found, 3)
        assert found.titles == ["Three", "One", "Two"]
        assert found.screen.conversations.rows[0].is_default
        assert found.screen.row is not None
        assert found.screen.row.id == third
        await pin(found, 2)
        assert found.titles == ["Three", "One", "Two"]
        assert found.screen.conversations.pinned == {row.id for row in found.screen.conversations.rows[1:3]}
        await pin(found, 1)
        assert found.titles == ["One", "Two", "Three"]


async def test_the_default_conversation_is_not_pinned(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await pin(found, 0)
        assert found.screen.messages == ["The default conversation is always on top"]
        assert not found.state.pinned_conversations("http://demo")


async def test_the_next_run_reads_those_that_are_on_no_loaded_page(tmp_path: Path) -> None:
    transport = server_with(*(f"Number {place}" for place in range(30)))
    last = list(transport.store.conversations)[29]
    async with listed(tmp_path, transport=transport) as found:
        await pin(found, 30)
    transport.requests.clear()
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        assert found.titles[:2] == ["Number 29", "Number 0"]
        assert len(asked(transport, "GET", f"/v1/conversations/{last}")) == 1
        found.conversations.filter("is:pinned")
        await found.screen.settle()
        assert found.titles == ["Number 29"]


async def test_at_most_twenty_are_read_by_id(tmp_path: Path) -> None:
    transport = server_with(*(f"Number {place}" for place in range(60)))
    async with listed(tmp_path, transport=transport) as found:
        for id in list(transport.store.conversations)[20:60]:
            found.state.toggle_conversation_pin("http://demo", found.agent.id, id)
    transport.requests.clear()
    async with listed(tmp_path, transport=transport, page_size=10):
        assert len(asked(transport, "GET", "/v1/conversations/conv-")) == 20


async def test_one_that_was_deleted_loses_its_pin(tmp_path: Path) -> None:
    transport = server_with(*(f"Number {place}" for place in range(30)))
    last = list(transport.store.conversations)[29]
    async with listed(tmp_path, transport=transport) as found:
        await pin(found, 30)
        transport.store.conversations[last].deleted = True
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        assert found.titles[0] == "Number 0"
        assert not found.state.pinned_conversations("http://demo")


async def test_a_disk_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        (tmp_path / "state.json").unlink(missing_ok=True)
        (tmp_path / "state.json").mkdir()
        await pin(found, 1)
        assert found.screen.messages[-1].startswith("The pin cannot be stored on this machine: ")
        assert not found.screen.conversations.pinned


async def test_pins_of_another_agent_are_not_read(tmp_path: Path) -> None:
    transport = server_with(*(f"Number {place}" for place in range(30)))
    async with listed(tmp_path, transport=transport) as found:
        found.state.toggle_conversation_pin(
            "http://demo", "agent-other", list(transport.store.conversations)[29]
        )
    async with listed(tmp_path, transport=transport, page_size=10) as found:
        assert found.titles[0] == "Number 0"
