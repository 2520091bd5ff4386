"""Several conversations marked in the list: stored by id, exported into one file, deleted after one question."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.widgets import OptionList

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    assert_harmless,
    draft_on_disk,
    flush,
    ids,
    leave_draft,
    main_screen,
    offered_ids,
    only_agent,
    pane_lines,
    pane_text,
    post_keys,
    press,
    press_until_held,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    until,
    writes,
)
from tests.ui.stories import delete_three_until_held
from tui.app import LettaApp
from tui.backends.bundle.open_file import read_recording
from tui.backends.bundle.transport import BundleTransport
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import resolve
from tui.storage.draft_store import Draft
from tui.storage.paths import state_dir
from tui.ui.dialogs.confirm_change import AskScreen

pytestmark = pytest.mark.anyio

RESET, REFUSED = httpx.ReadError, httpx.ConnectError
NOT_FOUND = httpx.Response(404, json={"detail": "Conversation not found with id"})


def marked(app: LettaApp) -> list[str]:
    """The ids that are marked, in the order of marking."""
    return list(main_screen(app).marks.rows)


def files(folder: str) -> list[Path]:
    """What was written into a folder of the state."""
    return sorted((state_dir() / folder).glob("*.json"))


def copies() -> list[Any]:
    """What the copies of the deleted hold."""
    return [json.loads(path.read_text()) for path in files("backups")]


def numbered(count: int = 5, **told: Any) -> DemoTransport:
    """Conversations "number 1" (the newest) and so on, each a row of the list."""
    return small_server(*(f"number {number}" for number in range(1, count + 1)), **told)


# marking


async def test_space_marks_and_goes_on_and_unmarks() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        assert marked(app) == keys[:2]
        assert row_id(app) == keys[2]
        lines = pane_lines(app, "#list")
        assert ["●" in line for line in lines[:4]] == [False, True, True, False]
        assert "● 2 marked · newest" in screen_text(app)
        await press(pilot, "k", "space")
        assert marked(app) == keys[:1]
        await press(pilot, "escape")
        assert marked(app) == []
        assert "marked" not in screen_text(app)


async def test_capitals_mark_on_the_way_down_and_up() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "J", "shift+down")
        assert marked(app) == keys[1:4]
        await press(pilot, "escape", "K", "K", "K", "shift+up", "shift+up")
        assert set(marked(app)) == set(keys[:4])
        assert "cannot be marked" in remarks(app), "the cursor came to the default conversation"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_clicks_with_ctrl_and_shift_mark(size: tuple[int, int]) -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport, size=size) as (app, pilot):
        await pilot.click("#list", offset=(5, 2), control=True)
        await settle(pilot)
        assert (marked(app), row_id(app)) == ([keys[1]], keys[1])
        await pilot.click("#list", offset=(5, 5), shift=True)
        await settle(pilot)
        assert (marked(app), row_id(app)) == (keys[1:5], keys[4])
        await pilot.click("#list", offset=(5, 3), control=True)
        await settle(pilot)
        assert marked(app) == [keys[1], keys[3], keys[4]]
        await pilot.click("#list", offset=(5, 1))
        await settle(pilot)
        assert (marked(app), row_id(app)) == ([keys[1], keys[3], keys[4]], keys[0])
        await pilot.click("#list", offset=(5, 0), shift=True)
        await settle(pilot)
        assert marked(app) == [keys[1], keys[3], keys[4], keys[0]]  # the default conversation is none of them
        await pilot.click("#list", offset=(5, 0), control=True)
        await settle(pilot)
        assert "cannot be marked" in remarks(app)


async def test_a_second_click_with_ctrl_takes_the_mark_away_and_opens_nothing() -> None:
    async with started(numbered()) as (app, pilot):
        await pilot.click("#list", offset=(5, 2), control=True, times=2)
        await settle(pilot)
        assert marked(app) == []
        assert main_screen(app).panes.list.has_focus


async def test_the_star_marks_all_shown_and_turns_marks_around() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "asterisk")
        assert set(marked(app)) == set(keys)
        await press(pilot, "space", "asterisk")
        assert marked(app) == keys[:1]


async def test_the_default_conversation_cannot_be_marked_and_says_why() -> None:
    async with started(numbered()) as (app, pilot):
        await press(pilot, "g", "space")
        assert marked(app) == []
        assert "default conversation cannot be marked" in remarks(app)
        assert row_id(app) == "default"


async def test_marks_stay_through_sort_filter_refresh_and_a_filter_is_cleared_after_them() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        for key in ("S", "s", "r", "R"):
            await press(pilot, key)
            assert marked(app) == keys[:2]
        await press(pilot, "slash")
        await type_text(pilot, "number 2")
        await press(pilot, "enter")
        assert "2 marked, 1 not shown" in screen_text(app)
        await press(pilot, "escape")
        assert marked(app) == []
        assert main_screen(app).panes.left.filter_line.value == "number 2"
        await press(pilot, "escape")
        assert main_screen(app).panes.left.filter_line.value == ""


async def test_marks_stay_while_pages_come() -> None:
    transport = numbered(30)
    async with started(transport, page_size=5) as (app, pilot):
        await press(pilot, "space", "G", "G", "G", "space")
        assert marked(app)[0] == ids(transport)[0]
        assert len(marked(app)) == 2


async def test_a_row_that_vanishes_loses_its_mark() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        transport.store.delete_conversation(keys[0])
        await press(pilot, "r")
        assert marked(app) == keys[1:2]
        assert "● 1 marked" in screen_text(app)


async def test_another_agent_has_no_marks() -> None:
    async with started(DemoTransport(now=NOW)) as (app, pilot):
        await press(pilot, "space", "space")
        assert len(marked(app)) == 2
        before = main_screen(app).connection.agent
        await press(pilot, "a", "down", "enter")
        assert main_screen(app).connection.agent is not before
        assert marked(app) == []


async def test_in_the_detail_space_folds_and_escape_goes_back_with_the_marks_kept() -> None:
    async with started(numbered()) as (app, pilot):
        await press(pilot, "space", "enter", "space", "escape")
        assert len(marked(app)) == 1
        assert main_screen(app).panes.list.has_focus


async def test_a_draft_shows_beside_a_mark() -> None:
    transport = numbered()
    leave_draft(Draft("http://demo", only_agent(transport), ids(transport)[0], "half", "number 1", NOW))
    async with started(transport) as (app, pilot):
        await press(pilot, "space")
        assert "●✎number 1" in pane_text(app, "#list")


# export


async def test_all_marked_go_into_one_file_that_opens_offline() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "j", "space", "w")
        (path,) = files("exports")
        assert "Exported 2 conversations to" in remarks(app)
        assert path.name in remarks(app)
        assert marked(app) == [keys[0], keys[2]]
        assert "Exporting" not in screen_text(app).replace("Exported", "")
    held = json.loads(path.read_text())
    assert [one["conversation"]["id"] for one in held["conversations"]] == [keys[0], keys[2]]
    assert writes(transport) == []
    recorded = BundleTransport(read_recording(path.read_bytes()))
    offline = LettaApp(resolve({"bundle": path}, {}), transport=recorded, clock=lambda: NOW)
    async with offline.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "number 1" in pane_text(offline, "#list")
        assert "number 3" in pane_text(offline, "#list")
        assert "number 2" not in pane_text(offline, "#list")


async def test_an_export_tells_what_it_lacks() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        transport.fail(500, path=f"{keys[0]}$")
        await press(pilot, "w")
        assert "Exported 1 of 2 conversations" in remarks(app)
        assert "“number 1” is not in the file" in remarks(app)
        transport.fail(500, path="/conv-")
        app.clear_notifications()
        await press(pilot, "w")
        assert "Not exported" in remarks(app)
    assert len(files("exports")) == 1


async def test_an_export_shows_its_progress_and_is_stopped_by_escape() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        gate = await press_until_held(pilot, transport, "w", path=f"{keys[1]}$")
        await flush(pilot)
        assert "Exporting 2 of 2 · escape stops" in screen_text(app)
        await post_keys(pilot, "w", "D")
        await flush(pilot)
        assert "still running" in remarks(app)
        await press(pilot, "escape")
        assert "Export stopped at 2 of 2: nothing was written" in remarks(app)
        assert "Exporting" not in screen_text(app)
        assert marked(app) == keys[:2]
        gate.open()
        await press(pilot, "w")
    assert len(files("exports")) == 1


# delete


async def test_all_marked_are_told_copied_and_deleted_on_another_key() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "j", "space", "D")
        assert isinstance(app.screen, AskScreen)
        told = screen_text(app)
        assert "Delete 2 marked conversations?" in told
        assert "permanently deletes 2 conversations" in told
        assert "number 1" in told
        assert "u cannot bring them back" in told
        await press(pilot, "D", "space", "enter")
        assert writes(transport) == []
        assert isinstance(app.screen, AskScreen)
        await press(pilot, "y")
        assert writes(transport) == [f"DELETE /v1/conversations/{keys[place]}" for place in (0, 2)]
        assert {held["conversation"]["id"] for held in copies()} == {keys[0], keys[2]}
        assert "Deleted 2 of 2 conversations" in remarks(app)
        assert row_id(app) == keys[3], "the cursor was there, and stays"
        assert marked(app) == []
        assert "Deleting" not in screen_text(app)


async def test_a_question_that_is_left_deletes_nothing_and_keeps_the_marks() -> None:
    transport = numbered()
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        for leaves in ("escape", "n"):
            await press(pilot, "D", leaves)
            assert len(app.screen_stack) == 1
        assert len(marked(app)) == 2
        assert writes(transport) == []
        assert files("backups") == []


@pytest.mark.parametrize(
    ("fault", "after_commit", "said", "left"),
    [
        (RESET, True, "Deleted 3 of 3", ()),
        (RESET, False, "“number 2” may or may not be deleted", (1, 2)),
        (NOT_FOUND, False, "Gone already: “number 2”", ()),
        (500, False, "Deleted 2 of 3", (1,)),
        (409, False, "Deleted 2 of 3", (1,)),
        (REFUSED, False, "1 not tried: they would fail in the same way", (1, 2)),
        (405, False, "1 not tried: they would fail in the same way", (1, 2)),
    ],
)
async def test_a_fault_in_the_middle(
    fault: Any, after_commit: bool, said: str, left: tuple[int, ...]
) -> None:
    """What is not known to be deleted keeps its mark; the list shows what is there, and the cursor stays."""
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "J", "J")
        transport.fail(fault, method="DELETE", path=keys[1], after_commit=after_commit)
        await press(pilot, "D", "y")
        assert said in remarks(app)
        assert marked(app) == [keys[place] for place in left]
        assert [row.id for row in main_screen(app).panes.list.rows[1:]] == [
            keys[place] for place in (*left, 3, 4)
        ]
        assert len(files("backups")) == 3 - (2 in left)
        if fault == 405:
            assert "conversation.delete" not in offered_ids(app)


async def test_escape_stops_after_the_one_under_way_and_what_is_unmarked_stays() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        gate = await delete_three_until_held(pilot, transport)
        assert "Deleting 1 of 3 · escape stops" in screen_text(app)
        await post_keys(pilot, "escape")
        await flush(pilot)
        assert "Stopping after 1 of 3" in screen_text(app)
        gate.open()
        await settle(pilot)
        assert "Deleted 1 of 3 conversations\n2 not tried: stopped" in remarks(app)
        assert marked(app) == keys[1:3]
        assert ids(transport) == keys[1:]


async def test_a_mark_taken_away_meanwhile_saves_its_conversation() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        gate = await delete_three_until_held(pilot, transport)
        await post_keys(pilot, "space")
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert keys[2] in ids(transport)
        assert "No longer marked, so not deleted: “number 3”" in remarks(app)


async def test_what_somebody_else_deleted_or_marked_nobody_is_not_asked_for() -> None:
    transport = numbered()
    keys = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "J", "J")
        transport.store.delete_conversation(keys[1])
        await press(pilot, "D")
        assert "1 of the marked conversations no longer exists" in screen_text(app)
        await press(pilot, "y")
        assert "Deleted 2 of 2 conversations" in remarks(app)
        assert not any(keys[1] in line for line in writes(transport))
        assert ids(transport) == keys[3:]


async def test_drafts_of_the_deleted_go_into_the_copies_and_away() -> None:
    transport = numbered()
    keys = ids(transport)
    leave_draft(Draft("http://demo", only_agent(transport), keys[1], "half a thought", "number 2", NOW))
    async with started(transport) as (app, pilot):
        await press(pilot, "J", "D")
        assert "✎ unsaved draft" in screen_text(app)
        await press(pilot, "y")
        held = {one["conversation"]["id"]: one["draft"] for one in copies()}
        assert held == {keys[0]: None, keys[1]: "half a thought"}
        assert draft_on_disk("http://demo", keys[1]) is None


async def test_the_cursor_may_be_on_the_default_conversation() -> None:
    transport = numbered()
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "g", "D", "y")
        assert "Deleted 1 of 1 conversation" in remarks(app)
        assert row_id(app) == "default"


async def test_read_only_marks_are_for_export_alone() -> None:
    transport = numbered()
    async with started(transport, readonly=True) as (app, pilot):
        screen = main_screen(app)
        await press(pilot, "space", "space", "D", "y")
        assert app.screen is screen
        assert "conversation.delete" not in offered_ids(app)
        screen.handlers["conversation.delete"]()
        await settle(pilot)
        assert "Read-only" in remarks(app)
        assert screen.connection.agent is not None
        marked = list(screen.marks.rows.values())
        screen.start_flow(partial(screen.writing.delete_marked.delete, marked, screen.connection.agent))
        await settle(pilot)
        await press(pilot, "y")
        assert app.screen is screen
        await press(pilot, "w")
        assert "Exported 2 conversations" in remarks(app)
    assert writes(transport) == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_titles_are_only_text(size: tuple[int, int]) -> None:
    transport = small_server(HOSTILE, f"{HOSTILE} two", "three")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "J", "w")
        assert_harmless(app)
        transport.fail(500, method="DELETE")
        await press(pilot, "D")
        assert_harmless(app)
        await press(pilot, "y")
        assert "Deleted 0 of 2" in remarks(app)
        assert_harmless(app)


@pytest.mark.parametrize(("key", "method"), [("w", "GET"), ("D", "DELETE")])
async def test_the_end_of_the_program_in_the_middle_is_quiet(key: str, method: str) -> None:
    transport = numbered()
    async with started(transport) as (_, pilot):
        await press(pilot, "J", "J")
        gate = transport.hold(method=method, path="/conv-[^/]+$")
        if key == "D":
            await press(pilot, "D")
            await post_keys(pilot, "y")
        else:
            await post_keys(pilot, key)
        await gate.arrived()
        await post_keys(pilot, "q")
    assert files("exports") == []
    assert len(ids(transport)) == 5


async def test_another_agent_ends_a_deletion_after_the_one_under_way() -> None:
    transport = DemoTransport(now=NOW)
    async with started(transport) as (app, pilot):
        gate = await delete_three_until_held(pilot, transport)
        before = marked(app)
        ada = main_screen(app).connection.agent
        await post_keys(pilot, "a")
        await until(
            pilot, lambda: any(one.option_count for one in app.screen.query("#agents").results(OptionList))
        )
        await post_keys(pilot, "down", "enter")
        await until(pilot, lambda: main_screen(app).connection.agent is not ada)
        gate.open()
        await settle(pilot)
        assert "Deleted 1 of 3" in remarks(app)
        assert [line.rpartition("/")[2] for line in writes(transport)] == before[:1]
        assert "◌ Deleting" not in screen_text(app)
