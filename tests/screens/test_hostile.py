"""Hostile text wherever text is shown: it is never markup, never a control, never something to click."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    assert_harmless,
    ids,
    main_screen,
    only_agent,
    pane_text,
    press,
    remarks,
    resize,
    settle,
    small_server,
    started,
    type_text,
)
from tui.backends.demo.transport import DemoTransport
from tui.screens.connect import ConnectScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_every_pane_of_a_conversation_full_of_traps_shows_them_as_text(size: tuple[int, int]) -> None:
    """Agent, model, summary, message, tool call, block label, value and description, all at once."""
    transport = small_server(name=HOSTILE, blocks={"human": HOSTILE, f"la{HOSTILE}bel": HOSTILE})
    store = transport.store
    agent_id = only_agent(transport)
    store.agents[agent_id].model = f"openai/{HOSTILE}"
    for block_id in store.agents[agent_id].block_ids:
        store.change_block(block_id, description=HOSTILE)
    wanted = store.add_conversation(agent_id, HOSTILE, ["human"])
    store.set_block(store.conversations[wanted].isolated[0], HOSTILE + "\nown")
    for role in ("user", "assistant"):
        store.add_message(wanted, role, HOSTILE)
    async with started(transport, size=size, notifications=True) as (app, pilot):
        assert_harmless(app)
        for key in (
            "enter",
            "G",
            "b",
            "G",
            "d",
            "i",
            "G",
            "m",
            "x",
            "escape",
            "Y",
            "escape",
            "question_mark",
        ):
            await press(pilot, key)
            assert_harmless(app)
        await press(pilot, "escape", "a")
        assert_harmless(app)
        await press(pilot, "escape", "ctrl+n")
        assert_harmless(app)
        await press(pilot, "escape", "e", "X")
        assert_harmless(app)
        await press(pilot, "enter")
        assert "[@click=app.quit]press[/]" in remarks(app)
        assert_harmless(app)
        await press(pilot, "R", "s", "slash", "x")
        assert_harmless(app)
        assert app.is_running


async def test_the_hostile_conversations_of_the_demo_are_harmless_in_every_pane() -> None:
    """What the embedded server keeps for this: escapes, OSC 52, links, overrides, tags."""
    transport = DemoTransport(now=NOW)
    wanted = next(
        row.id for row in transport.store.conversations.values() if "renamed" in (row.summary or "")
    )
    async with started(transport, conversation=wanted) as (app, pilot):
        await press(pilot, "enter")
        for key in ("g", "pagedown", "pagedown", "b", "pagedown", "i", "G"):
            await press(pilot, key)
            assert_harmless(app)
        await press(pilot, "escape", "e", "X", "escape")
        assert_harmless(app)
        assert "you have been renamed" in pane_text(app, "#list")


async def test_clicking_on_text_of_the_server_runs_nothing() -> None:
    """An action link in a message is three words in brackets."""
    transport = small_server("[@click=app.quit]x[/]")
    transport.store.add_message(ids(transport)[0], "user", "[@click=app.quit]click me[/]")
    async with started(transport) as (app, pilot):
        for selector, row in (("#messages", 2), ("#list", 1), ("#title", 0)):
            for column in (3, 12, 22):
                await pilot.click(selector, offset=(column, row))
        await settle(pilot)
        assert app.is_running
        assert "[@click=app.quit]click me[/]" in pane_text(app, "#messages")


async def test_an_address_full_of_traps_is_text_in_the_first_screen() -> None:
    """What was tried is quoted, whatever it was."""
    transport = small_server("One")
    transport.fail(500)
    async with started(transport, demo=False, sources={"base_url": HOSTILE}) as (app, pilot):
        assert isinstance(app.screen, ConnectScreen)
        assert_harmless(app)
        app.screen.query_one("#url", Input).value = f"http://{HOSTILE}"
        await press(pilot, "enter")
        assert_harmless(app)
        assert app.is_running


async def test_hostile_words_in_the_filter_are_words() -> None:
    """Brackets and percent signs are looked for, not obeyed."""
    async with started(small_server("a [/foo] b", "plain", "100% done")) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "[/foo]")
        assert [row.summary for row in main_screen(app).list.rows] == ["a [/foo] b"]
        assert_harmless(app)
        main_screen(app).filter_line.value = HOSTILE
        await settle(pilot)
        assert_harmless(app)
        await resize(pilot, NARROW)
        assert_harmless(app)
