"""A new conversation: summary, labels to isolate, and what the server makes of it."""

from __future__ import annotations

import httpx
import pytest
from textual.widgets import Input

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    asked,
    assert_harmless,
    bodies,
    ids,
    key_of,
    main_screen,
    only_agent,
    pane_text,
    post_keys,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    writes,
)
from tui.backends.demo.transport import DemoTransport, Fault
from tui.ui.dialogs.new_conversation import NewConversationScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_summary_and_two_labels_make_a_conversation_with_its_own_blocks(
    size: tuple[int, int],
) -> None:
    """ctrl+n, a summary, two checks, enter: it is on top, under the cursor, with two blocks of its own."""
    transport = small_server("Old")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Brand new")
        await press(pilot, "enter", "space", "down", "space", "enter")
        made = ids(transport)[-1]
        assert row_id(app) == made
        assert main_screen(app).panes.list.has_focus
        assert "Brand new" in pane_text(app, "#list")
        assert "▣2" in pane_text(app, "#list")
        assert f"Created {made}" in remarks(app)
    conversation = transport.store.conversations[made]
    assert [transport.store.blocks[one].label for one in conversation.isolated] == ["human", "persona"]
    assert bodies(transport, "POST") == [
        {"summary": "Brand new", "isolated_block_labels": ["human", "persona"]}
    ]


async def test_everything_may_stay_empty() -> None:
    """No summary, no label: an empty body, not an empty summary."""
    transport = small_server("Old")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n", "enter", "enter")
        assert row_id(app) == ids(transport)[-1]
        assert "untitled" in pane_text(app, "#list")
    assert bodies(transport, "POST") == [{}]


async def test_escape_creates_nothing_and_leaves_everything_where_it_was() -> None:
    """The cursor, the filter and the list."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "ctrl+n")
        await type_text(pilot, "never")
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus
        assert row_id(app) == ids(transport)[1]
    assert writes(transport) == []


async def test_a_label_detached_meanwhile_is_refused_in_the_dialog_and_the_orphan_is_named() -> None:
    """Everything typed stays; what the server left behind is in the list and said."""
    transport = small_server("Old")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Brand new")
        await press(pilot, "enter", "space")
        transport.store.detach(only_agent(transport), "human")
        await press(pilot, "enter")
        assert isinstance(app.screen, NewConversationScreen)
        orphan = ids(transport)[-1]
        words = screen_text(app)
        assert "Block with label 'human' not found" in words
        assert orphan in words
        assert app.screen.query_one("#new-summary", Input).value == "Brand new"
        await press(pilot, "escape")
        assert orphan in [row.id for row in main_screen(app).panes.list.rows]
    assert len(writes(transport)) == 1


async def test_a_lost_answer_is_looked_up_and_not_repeated() -> None:
    """Created, but the response was lost: the list is read, the user is informed, the request is sent once."""
    transport = small_server("Old")
    transport.fail(httpx.ReadTimeout, method="POST", after_commit=True)
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Maybe")
        await press(pilot, "enter", "enter")
        made = ids(transport)[-1]
        words = screen_text(app)
        assert "probably created" in words
        assert made in words
        await press(pilot, "escape")
        assert "Maybe" in pane_text(app, "#list")
    assert len(asked(transport, "POST")) == 1


async def test_a_lost_request_is_said_to_be_probably_not_created() -> None:
    """No answer, and the list shows nothing new."""
    transport = small_server("Old")
    transport.fail(httpx.ReadTimeout, method="POST")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n", "enter", "enter")
        assert "probably not created" in screen_text(app)
    assert len(asked(transport, "POST")) == 1


async def test_a_failure_is_told_in_the_dialog_and_the_next_try_works() -> None:
    """Nothing typed is lost, however often it fails."""
    transport = small_server("Old")
    faults: tuple[tuple[Fault, str], ...] = (
        (500, "500"),
        (401, "401"),
        (httpx.ConnectError, "cannot connect"),
    )
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Again")
        await press(pilot, "enter")
        for fault, words in faults:
            transport.fail(fault, method="POST", times=1)
            await press(pilot, "enter")
            assert words in screen_text(app)
        await press(pilot, "enter")
        assert "Again" in pane_text(app, "#list")
        assert row_id(app) == ids(transport)[-1]


async def test_two_enters_create_one() -> None:
    """Impatience while the first request is on its way."""
    transport = small_server("Old")
    gate = transport.hold(method="POST")
    async with started(transport) as (_, pilot):
        await press(pilot, "ctrl+n", "enter")
        await post_keys(pilot, "enter")
        await gate.arrived()
        await post_keys(pilot, "enter", "enter")
        gate.open()
        await settle(pilot)
    assert len(asked(transport, "POST")) == 1


async def test_hostile_labels_are_text_and_are_sent_as_they_are() -> None:
    """Markup and escapes in a block's label, in the check-list and in the memory pane."""
    transport = small_server("Old", blocks={HOSTILE: f"value {HOSTILE}"})
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n", "enter", "space")
        assert "[/foo] [@click=app.quit]" in screen_text(app)
        assert_harmless(app)
        await press(pilot, "enter", "b")
        assert_harmless(app)
        assert "value [/foo]" in pane_text(app, "#memory")
    assert bodies(transport, "POST") == [{"isolated_block_labels": [HOSTILE]}]


async def test_an_agent_without_blocks_can_have_a_conversation_too() -> None:
    """There is nothing to check, and enter creates."""
    transport = small_server("Old", blocks={})
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        assert "no blocks to isolate" in screen_text(app)
        await type_text(pilot, "Plain")
        await press(pilot, "enter")
        assert "Plain" in pane_text(app, "#list")


async def test_blocks_that_cannot_be_read_are_said_so_in_the_dialog() -> None:
    """The reason stands where the labels would; a conversation without any can still be made."""
    transport = small_server("Old")
    async with started(transport) as (app, pilot):
        transport.fail(500, path="core-memory")
        await press(pilot, "ctrl+n")
        assert "the server failed (500" in screen_text(app)
        await press(pilot, key_of(app, "new.create"))
        assert row_id(app) == ids(transport)[-1]


async def test_a_new_conversation_is_under_the_cursor_whatever_the_sort() -> None:
    """It has no last message, and is shown all the same."""
    transport = DemoTransport(now=NOW)
    async with started(transport) as (app, pilot):
        await press(pilot, "S", "ctrl+n")
        await type_text(pilot, "Brand new")
        await press(pilot, key_of(app, "new.create"))
        assert "Brand new" in pane_text(app, "#list")
        assert "Brand new" in pane_text(app, "#title")
