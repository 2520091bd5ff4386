"""Letta before 0.16.8: what it lacks is said where it is missed, once, and nothing else suffers.

`tests/live/test_versions.py` proves the same of real servers.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    NARROW,
    WIDE,
    asked,
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
    settle,
    small_server,
    started,
    type_text,
    writes,
)
from tui.backends.demo.transport import DemoTransport
from tui.storage.paths import state_dir

pytestmark = pytest.mark.anyio


async def write_summary(pilot: Pilot[None], text: str) -> None:
    """Edit the summary under the cursor."""
    await press(pilot, "e", "ctrl+u")
    await type_text(pilot, text)
    await press(pilot, "enter")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_summary_that_cannot_be_changed_is_kept_as_a_draft(size: tuple[int, int]) -> None:
    """Said in the editor; then e stands only on the row with the draft."""
    transport = small_server("One", "Two", version="0.16.2")
    async with started(transport, size=size) as (app, pilot):
        await write_summary(pilot, "mine")
        words = " ".join(pane_text(app, "SummaryEditor").split())
        assert (
            "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first version that can"
            in words
        )
        assert len(writes(transport)) == 1
        await press(pilot, "tab", "shift+tab")
        main_screen(app).panes.list.focus()
        await press(pilot, "down")
        assert not {"summary.edit", "summary.edit-outside", "summary.undo", "summary.redo"} & offered_ids(app)
        await press(pilot, "e", "E")
        assert main_screen(app).edit is None
        await press(pilot, "up")
        assert "summary.edit" in offered_ids(app)
        await press(pilot, "e")
        assert main_screen(app).panes.detail.editor.text == "mine"
    assert len(writes(transport)) == 1


@pytest.mark.parametrize("version", ["0.16.4", "0.16.5", "0.16.8"])
async def test_a_summary_is_saved_from_0_16_4_on(version: str) -> None:
    transport = small_server("One", version=version)
    async with started(transport) as (app, pilot):
        await write_summary(pilot, "mine")
        assert "Saved: mine" in remarks(app)
        assert {"summary.edit", "summary.undo"} <= offered_ids(app)


async def test_isolation_that_the_server_ignored_is_not_believed_in() -> None:
    """0.16.2 answers 200 to labels and copies nothing: said with the creation, and the labels go."""
    transport = small_server("One", version="0.16.2")
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n")
        await type_text(pilot, "made")
        await press(pilot, "enter", "space", "enter")
        made = ids(transport)[-1]
        assert f"Created {made}, but the server does not report isolated blocks" in remarks(app)
        assert "This server (Letta 0.16.2) cannot isolate blocks: Letta 0.16.4 is the first" in remarks(app)
        assert bodies(transport, "POST")[-1] == {"summary": "made", "isolated_block_labels": ["human"]}
        assert row_id(app) == made
        await press(pilot, "ctrl+n")
        assert "cannot isolate blocks" in screen_text(app)
        assert "persona" not in pane_text(app, "#labels")
        await type_text(pilot, "plain")
        await press(pilot, "enter")
        assert bodies(transport, "POST")[-1] == {"summary": "plain"}


@pytest.mark.parametrize("version", ["0.16.4", "0.16.8"])
async def test_isolation_that_came_about_is_not_doubted(version: str) -> None:
    transport = small_server("One", version=version)
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+n", "enter", "space", "enter")
        assert remarks(app) == f"Created {ids(transport)[-1]}"


@pytest.mark.parametrize(
    ("key", "action", "version", "words"),
    [
        ("f", "fork", "0.16.5", "cannot fork conversations: Letta 0.16.7 is the first version that can"),
        ("f", "fork", "0.16.2", "cannot fork conversations: Letta 0.16.7 is the first version that can"),
        ("D", "delete", "0.16.4", "Not deleted: This server (Letta 0.16.4) cannot delete conversations"),
        ("D", "delete", "0.16.2", "Not deleted: This server (Letta 0.16.2) cannot delete conversations"),
        ("C", "recompile", "0.16.5", "cannot recompile a system message: Letta 0.16.7 is the first"),
    ],
)
async def test_an_act_that_the_server_lacks_is_said_once(
    key: str, action: str, version: str, words: str
) -> None:
    transport = small_server("One", "Two", version=version)
    async with started(transport) as (app, pilot):
        assert f"conversation.{action}" in offered_ids(app)
        await press(pilot, key, "y")
        assert words in " ".join(f"{remarks(app)} {screen_text(app)}".split())
        await press(pilot, "escape")
        assert f"conversation.{action}" not in offered_ids(app)
        await press(pilot, key)
        assert app.screen is main_screen(app)
        assert len(main_screen(app).panes.list.rows) == 3
        assert "connected" in pane_text(app, "#header")


async def test_a_deletion_that_did_not_happen_leaves_its_copy_and_says_where() -> None:
    async with started(small_server("One", version="0.16.4")) as (app, pilot):
        await press(pilot, "D", "y")
        (copy,) = (state_dir() / "backups").iterdir()
        assert str(copy) in remarks(app)


async def test_a_server_that_ignores_the_order_is_not_said_to_heed_it() -> None:
    """0.16.2 sends the newest first whatever is asked; its rows show that, so that s is not offered."""
    transport = small_server("One", "Two", version="0.16.2")
    async with started(transport, page_size=1) as (app, pilot):
        before = len(transport.requests)
        assert "list.sort" not in offered_ids(app)
        await press(pilot, "s")
        assert "Other sort orders aren't supported by this server" in remarks(app)
        assert "newest" in pane_text(app, "ListHeading")
        assert len(transport.requests) == before
        assert "list.reverse" in offered_ids(app)
        assert row_id(app) == ids(transport)[0]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.16.2", "cannot sort by last message: Letta 0.16.7 is the first version that can"),
        ("0.16.5", "cannot sort by last message: Letta 0.16.7 is the first version that can"),
    ],
)
async def test_a_sort_of_the_settings_that_the_server_lacks_is_said(version: str, words: str) -> None:
    """0.16.2 ignores it, and 0.16.5 answers 422."""
    transport = small_server("One", "Two", version=version)
    async with started(transport, sort="last-message") as (app, _):
        assert words in remarks(app)
        assert "newest" in pane_text(app, "ListHeading")
        assert len(main_screen(app).panes.list.rows) == 3


async def test_a_sort_that_the_server_lacks_does_not_stand_in_the_way_of_the_next() -> None:
    """0.16.5 would answer 422 to the order by last message, and knows the one by last run."""
    transport = small_server("One", "Two", version="0.16.5")
    async with started(transport) as (app, pilot):
        await press(pilot, "s")
        assert "last run ↓" in pane_text(app, "ListHeading")
        await press(pilot, "s", "s")
        assert "last run ↓" in pane_text(app, "ListHeading")
        assert not any("order_by=last_message_at" in line for line in asked(transport, "GET"))


async def test_an_agent_opened_with_a_sort_that_its_server_lacks_shows_its_list_all_the_same() -> None:
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "s")
        assert "last message" in pane_text(app, "ListHeading")
        transport.version = "0.16.5"
        main = main_screen(app)
        assert main.connection.agent is not None
        main.reading.connect.open_agent(main.connection.agent)
        await settle(pilot)
        assert "newest" in pane_text(app, "ListHeading")
        assert len(main.panes.list.rows) == 3


async def test_words_are_found_although_the_server_does_not_search() -> None:
    async with started(small_server("Billing", "Weekly", version="0.16.2"), page_size=1) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "bill")
        shown = [row.summary for row in main_screen(app).panes.list.rows]
        assert shown == ["Billing"]


async def test_the_map_and_memory_say_that_nothing_is_told_of_isolation() -> None:
    transport = small_server("One", version="0.16.2")
    async with started(transport) as (app, pilot):
        await press(pilot, "b")
        assert "does not report isolated blocks" in screen_text(app)
        await press(pilot, "M")
        words = " ".join(screen_text(app).split())
        assert "(Letta before 0.16.4 has none), so there is nothing to map" in words
        assert "0 of 1" not in screen_text(app)


async def test_a_row_that_no_list_shows_is_said_to_be_out_of_reach() -> None:
    transport = small_server("One", version="0.16.2")
    transport.fail(b"[]", path="/conv-[^/]+/messages$")
    async with started(transport) as (app, _):
        words = " ".join(pane_text(app, "DetailPane").split())
        assert (
            "This server cannot read a message by its id: Letta 0.16.4 is the first version that can."
            in words
        )


async def test_another_server_is_not_judged_by_the_one_before() -> None:
    async with started(small_server("One", version="0.16.5")) as (app, pilot):
        await press(pilot, "f", "y")
        assert "conversation.fork" not in offered_ids(app)
        main = main_screen(app)
        main.start_over(replace(main.services))
        await settle(pilot)
        assert "conversation.fork" in offered_ids(app)


def test_the_embedded_server_of_now_lacks_nothing() -> None:
    transport = small_server("One")
    assert isinstance(transport, DemoTransport)
    assert transport.version == "0.16.8"
    assert only_agent(transport)
