"""Following: what comes while one looks is read and marked, and nothing else moves."""

from __future__ import annotations

import httpx
import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    NARROW,
    asked,
    ids,
    main_screen,
    only_agent,
    pane_lines,
    pane_text,
    press,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    writes,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui import main_screen as main_screen_module

pytestmark = pytest.mark.anyio


async def say(transport: DemoTransport, conversation_id: str, text: str) -> None:
    """A turn of a conversation, past the app."""
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        told = {"messages": [{"role": "user", "content": text}]}
        answer = await http.post(f"/v1/conversations/{conversation_id}/messages", json=told)
        assert answer.status_code == 200


async def tick(pilot: Pilot[None]) -> None:
    """What the clock does every few seconds."""
    assert isinstance(pilot.app, LettaApp)
    main_screen(pilot.app).reading.follow.tick()
    await settle(pilot)


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock never strikes by itself."""
    monkeypatch.setattr(main_screen_module, "EVERY", 10_000.0)


async def test_new_messages_are_marked_until_the_next_look() -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+t")
        assert "connected ↻" in screen_text(app)
        await tick(pilot)
        assert "new" not in pane_text(app, "#facts")
        await say(transport, ids(transport)[0], "what is new?")
        await tick(pilot)
        assert "what is new?" in screen_text(app)
        assert "new or rewritten" in pane_text(app, "#facts")
        assert any("+" in line[:2] for line in pane_lines(app, "#messages"))
        await press(pilot, "ctrl+t")
        assert "new or rewritten" not in pane_text(app, "#facts")
        assert "↻" not in screen_text(app)
    assert not [line for line in writes(transport) if "/messages" not in line]


async def test_a_refresh_marks_what_came_since_the_opening() -> None:
    transport = small_server("One")
    async with started(transport, size=NARROW) as (app, pilot):
        await press(pilot, "enter")
        await say(transport, ids(transport)[0], "hello there")
        await press(pilot, "r")
        assert "new or rewritten" in pane_text(app, "#facts")
        await press(pilot, "r")
        assert "new or rewritten" not in pane_text(app, "#facts"), "the second look saw them"


async def test_a_changed_block_is_marked_by_its_label() -> None:
    transport = small_server("One")
    store = transport.store
    async with started(transport) as (app, pilot):
        await press(pilot, "b", "ctrl+t")
        block = store.agents[only_agent(transport)].block_ids[0]
        store.set_block(block, "somebody else")
        await tick(pilot)
        assert "1 block changed" in pane_text(app, "#facts")
        assert main_screen(app).opened.changes.labels


async def test_new_rows_come_in_and_the_cursor_stays() -> None:
    transport = small_server("One", "Two", "Three")
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "ctrl+t")
        before = row_id(app)
        transport.store.add_conversation(only_agent(transport), "Brand new")
        await tick(pilot)
        assert "Brand new" in screen_text(app)
        assert row_id(app) == before


async def test_nothing_is_read_while_somebody_edits() -> None:
    transport = small_server("One")
    async with started(transport) as (_, pilot):
        await press(pilot, "ctrl+t", "e")
        count = len(asked(transport))
        await tick(pilot)
        assert len(asked(transport)) == count


async def test_a_server_that_goes_away_is_said_and_one_that_comes_back_too() -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+t")
        transport.fail(httpx.ConnectError)
        await tick(pilot)
        assert "✗ not connected" in screen_text(app)
        transport.clear()
        await tick(pilot)
        assert "● connected" in screen_text(app)


async def test_what_cannot_be_followed_is_said_until_it_can_be() -> None:
    """The conversation on the screen was deleted by somebody else: it does not just stand still."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+t")
        transport.fail(404, path="/conv-[^/]+$")
        await tick(pilot)
        assert "Not following: Reading the conversation: not" in screen_text(app)
        transport.clear()
        await tick(pilot)
        assert "Not following" not in screen_text(app)
