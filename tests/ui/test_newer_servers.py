"""Servers after 0.16.8: what they have is offered, and what they lack is not."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.app_helpers import (
    NARROW,
    WIDE,
    bodies,
    ids,
    main_screen,
    offered_ids,
    only_agent,
    pane_text,
    press,
    remarks,
    row_id,
    screen_text,
    small_server,
    started,
    type_text,
    writes,
)
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.confirm_change import AskScreen

pytestmark = pytest.mark.anyio


def words_of(text: str) -> str:
    return " ".join(text.split())


def talk(flavour: str = "cloud") -> tuple[DemoTransport, list[str]]:
    """A conversation of four messages, and the ids in its context."""
    transport = small_server("One", flavour=flavour)
    (first,) = ids(transport)
    for number in range(4):
        transport.store.add_message(first, "user" if number % 2 == 0 else "assistant", f"text {number}")
    return transport, transport.store.in_context(first)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_new_conversation_has_the_fields_that_the_server_stores(size: tuple[int, int]) -> None:
    """No labels to isolate; summary, description, model and whether lists leave it out."""
    transport = small_server("Old", flavour="cloud")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "ctrl+n")
        shown = words_of(screen_text(app))
        assert "cannot isolate blocks: no version of Letta after 0.16.8 can" in shown
        assert "Blocks to isolate" not in shown
        assert "persona" not in shown
        await type_text(pilot, "Brand new")
        await press(pilot, "tab")
        await type_text(pilot, "about refunds")
        await press(pilot, "tab")
        await type_text(pilot, "openai/gpt-4.1")
        assert "[ ] Hide it from lists" in screen_text(app)
        await press(pilot, "tab", "space")
        assert "[x] Hide it from lists" in screen_text(app)
        await press(pilot, "enter")
        made = ids(transport)[-1]
        assert f"Created {made}" in remarks(app)
        assert row_id(app) == made
    assert bodies(transport, "POST") == [
        {"summary": "Brand new", "description": "about refunds", "model": "openai/gpt-4.1", "hidden": True}
    ]


async def test_enter_in_the_summary_creates_where_there_are_no_labels() -> None:
    transport = small_server("Old", flavour="cloud")
    async with started(transport) as (_, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Quick")
        await press(pilot, "enter")
    assert bodies(transport, "POST") == [{"summary": "Quick"}]


async def test_letta_0_16_8_is_asked_for_labels_and_a_model_alone() -> None:
    transport = small_server("Old")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        assert [field.id for field in app.screen.query(Input)] == ["new-summary", "new-model"]
        assert "Hide it from lists" not in screen_text(app)
        await press(pilot, "enter", "space", "tab")
        await type_text(pilot, "openai/gpt-4.1")
        await press(pilot, "enter")
    assert bodies(transport, "POST") == [{"isolated_block_labels": ["human"], "model": "openai/gpt-4.1"}]


async def test_a_refused_model_is_said_in_the_dialog_and_nothing_typed_is_lost() -> None:
    transport = small_server("Old", flavour="cloud")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n", "tab")
        await type_text(pilot, "[/foo]")
        await press(pilot, "tab")
        await type_text(pilot, "no-provider")
        await press(pilot, "enter")
        assert "provider/model-name" in screen_text(app)
        assert app.screen.query_one("#new-model", Input).value == "no-provider"
    assert len(ids(transport)) == 1


async def test_m_forks_up_to_the_message_under_the_cursor() -> None:
    transport, context = talk()
    async with started(transport) as (app, pilot):
        await press(pilot, "enter", "g", "j", "j", "f")
        assert isinstance(app.screen, AskScreen)
        assert "m forks only up to the selected message: 2 messages" in words_of(screen_text(app))
        await press(pilot, "m")
        made = ids(transport)[-1]
        assert f"Forked as {made}" in remarks(app)
        assert row_id(app) == made
    assert transport.store.in_context(made)[1:] == context[1:3]
    assert len(writes(transport)) == 1


async def test_y_forks_all_of_it_whatever_is_selected() -> None:
    transport, context = talk()
    async with started(transport) as (_, pilot):
        await press(pilot, "enter", "g", "j", "f", "y")
    assert transport.store.in_context(ids(transport)[-1])[1:] == context[1:]


@pytest.mark.parametrize(("flavour", "keys"), [("cloud", ()), ("self-hosted", ("enter", "g", "j"))])
async def test_where_no_part_can_be_forked_m_says_so(flavour: str, keys: tuple[str, ...]) -> None:
    """Nothing is selected while the list has the focus; and 0.16.8 forks whole conversations only."""
    transport, _ = talk(flavour)
    async with started(transport) as (app, pilot):
        await press(pilot, *keys, "f", "m")
        assert isinstance(app.screen, AskScreen)
        assert "Use one of the keys shown below" in remarks(app)
        assert "Up to message" not in screen_text(app)
    assert writes(transport) == []


async def test_stale_memory_is_said_and_a_recompile_is_not_refused() -> None:
    transport = small_server("One", flavour="cloud")
    (human,) = (one for one in transport.store.blocks.values() if one.label == "human")
    transport.store.set_block(human.id, "Robin, who moved")
    async with started(transport) as (app, pilot):
        assert "1 stale" in pane_text(app, "#facts")
        await press(pilot, "b")
        shown = words_of(screen_text(app))
        assert "No blocks are isolated on this server" in shown
        assert "↺ stale" in shown
        await press(pilot, "C", "y")
        assert "Recompiled" in remarks(app)
        await press(pilot, "r")
        assert "stale" not in pane_text(app, "#facts")


async def test_memory_in_git_is_said_in_memory_and_info() -> None:
    transport = small_server("One", flavour="cloud")
    transport.store.agents[only_agent(transport)].tags.append("git-memory-enabled")
    async with started(transport) as (app, pilot):
        assert "memory in git" in pane_text(app, "#facts")
        await press(pilot, "b")
        assert "memory is stored in git (tag git-memory-enabled)" in words_of(screen_text(app))
        await press(pilot, "i")
        assert "stored in git" in words_of(screen_text(app))


async def test_a_map_of_isolation_is_not_offered_where_there_is_none() -> None:
    transport = small_server("One", flavour="cloud")
    async with started(transport) as (app, pilot):
        assert "tool.map" not in offered_ids(app)
        await press(pilot, "M")
        assert "cannot isolate blocks: no version of Letta after 0.16.8 can" in remarks(app)
        assert app.screen is main_screen(app)
        assert "conversation.archive" in offered_ids(app)
