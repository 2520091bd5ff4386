"""What was typed is on the server or in a draft, whatever the server, the disk, the user and another window do."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import (
    NOW,
    bodies,
    draft_on_disk,
    focused_id,
    ids,
    main_screen,
    pane_text,
    post_keys,
    press,
    press_until_held,
    remarks,
    settle,
    small_server,
    started,
    until,
    writes,
)
from tests.faults.tally import TALLY
from tests.ui.stories import burst, drafted, typed
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.draft_writer import DraftWriter
from tui.storage.paths import state_dir
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.conflict import ConflictScreen
from tui.ui.dialogs.new_conversation import NewConversationScreen

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_draft_is_on_disk_although_the_next_one_was_begun_within_the_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """X in the first, ctrl+down, Y in the next, all within half a second; then the first save fails."""
    monkeypatch.setattr("tui.storage.draft_writer.DELAY", 60.0)
    transport = small_server("One", "Two")
    first, second = ids(transport)
    async with started(transport) as (app, pilot):
        transport.fail(500, method="PATCH")
        await press(pilot, "e", "X")
        gate = await press_until_held(pilot, transport, "ctrl+down", method="PATCH")
        await post_keys(pilot, "Y")
        gate.open()
        await settle(pilot)
        assert "stored as a draft" in remarks(app)
    TALLY.edit(kept=drafted(first) == "OneX")
    TALLY.edit(kept=drafted(second) == "TwoY")


async def test_a_summary_that_is_being_saved_is_not_edited_beside_that() -> None:
    """Back on the row before its save ended: the answer would close the editor over what was typed since."""
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        gate = await press_until_held(pilot, transport, "ctrl+down", method="PATCH")
        burst(app, "ctrl+up", "q", "D", "y")
        await until(pilot, lambda: "still being saved" in remarks(app))
        assert main_screen(app).edit is None
        gate.open()
        await settle(pilot)
        assert app.is_running
        await press(pilot, "e")
        assert typed(app) == "OneX"
    assert bodies(transport, "PATCH") == [{"summary": "OneX"}]
    TALLY.edit(kept=transport.store.conversations[first].summary == "OneX")


async def test_a_conflict_does_not_take_keys_that_were_meant_for_elsewhere() -> None:
    """m is a letter in the next editor: it must not answer "mine" to a question that pops up there."""
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        transport.store.set_summary(first, "Theirs")
        gate = await press_until_held(pilot, transport, "ctrl+down", method="GET", path=f"{first}$")
        gate.open()
        await post_keys(pilot, "m")
        await settle(pilot)
        assert app.screen is main_screen(app)
        assert "Twom" in typed(app)
        assert "somebody else changed this summary" in remarks(app)
        TALLY.edit(kept=drafted(first) == "OneX")
        await press(pilot, "escape", "k", "e", "enter")
        assert isinstance(app.screen, ConflictScreen)
        await press(pilot, "m")
    assert transport.store.conversations[first].summary == "OneX"


async def test_a_save_that_ends_does_not_take_the_focus_from_where_the_user_is() -> None:
    """Letters for the find line would act in the list."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        await post_keys(pilot, "tab")
        await post_keys(pilot, "slash")
        here = focused_id(app)
        assert here not in ("list", "summary-text")
        gate.open()
        await settle(pilot)
        assert focused_id(app) == here


async def test_a_deletion_that_failed_leaves_the_draft_whatever_the_list_shows() -> None:
    """The list was read again and no longer has the row; the conversation is still there, and so is the draft."""
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        main_screen(app).leave_editor()
        await settle(pilot)
        assert drafted(first) == "OneX"
        gate = transport.hold(method="DELETE")
        transport.fail(405, method="DELETE")
        main_screen(app).panes.list.focus()
        await press(pilot, "D")
        await post_keys(pilot, "y")
        await gate.arrived()
        main_screen(app).reading.conversations.feed.remove(first)
        gate.open()
        await settle(pilot)
        assert "not deleted" in remarks(app).casefold()
    TALLY.edit(kept=drafted(first) == "OneX")


# the disk


def full_disk(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_draft_that_the_disk_refuses_is_said_and_kept_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reported once, at the first key; never called stored; shown again on the same row; forgotten once saved."""
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    async with started(transport) as (app, pilot):
        monkeypatch.setattr("tui.storage.draft_store.write_text", full_disk)
        await press(pilot, "e", "X", "Y", "Z")
        assert remarks(app).count("Draft cannot be written to disk") == 1
        assert "No space left" in remarks(app)
        main_screen(app).panes.list.focus()
        await press(pilot, "j")
        assert "Draft stored only until you quit" in remarks(app)
        assert "Draft stored:" not in remarks(app)
        await press(pilot, "k", "e")
        TALLY.edit(kept=typed(app) == "OneXYZ")
        assert [draft.text for draft in app.unsaved] == ["OneXYZ"]
        await press(pilot, "enter")
        assert app.unsaved == ()
    assert transport.store.conversations[first].summary == "OneXYZ"


async def test_a_disk_that_has_room_again_gets_the_draft_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quitting is the last chance."""
    transport = small_server("One")
    (first,) = ids(transport)
    async with started(transport) as (app, pilot):
        with monkeypatch.context() as patch:
            patch.setattr("tui.storage.draft_store.write_text", full_disk)
            await press(pilot, "e", "X")
            assert drafted(first) is None
    assert app.unsaved == ()
    TALLY.edit(kept=drafted(first) == "OneX")


async def test_a_folder_of_drafts_that_cannot_be_read_is_said() -> None:
    """A file is in place of the folder: no draft is found and none can be stored, and both are reported."""
    folder = state_dir() / "drafts"
    folder.parent.mkdir(parents=True)
    folder.write_text("no folder")
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "e", "X")
        assert "Draft cannot be written to disk" in remarks(app)
        assert typed(app) == "OneX"
        await press(pilot, "enter")
        assert "Saved" in remarks(app)


# two windows


def draft_of(text: str, key: str = "conv-1") -> Draft:
    return Draft("http://letta.test", "agent-1", key, text, "", NOW)


async def test_a_draft_of_another_instance_is_not_forgotten_with_ours(room: Path) -> None:
    """Both edit the same summary; the first one saves; what the second one typed stays on disk."""
    first, second = DraftWriter(DraftStore(room)), DraftWriter(DraftStore(room))
    first.note(draft_of("first"))
    first.flush()
    assert await first.is_stored("http://letta.test", "conv-1", "agent-1")
    second.note(draft_of("second"))
    assert await second.is_stored("http://letta.test", "conv-1", "agent-1")
    await first.drop("http://letta.test", "conv-1", "agent-1")
    held = await second.find("http://letta.test", "conv-1", "agent-1")
    TALLY.edit(kept=held is not None and held.text == "second")
    await second.drop("http://letta.test", "conv-1", "agent-1")
    assert draft_on_disk("http://letta.test", "conv-1", room) is None
    first.close()
    second.close()


async def test_what_is_noted_after_the_end_is_written_all_the_same(room: Path) -> None:
    """A worker that ends with the program may come late."""
    keeper = DraftWriter(DraftStore(room))
    keeper.close()
    keeper.note(draft_of("late"))
    held = await keeper.find("http://letta.test", "conv-1", "agent-1")
    TALLY.edit(kept=held is not None and held.text == "late")


# keys in a burst


@pytest.mark.parametrize(
    ("key", "screen", "field"),
    [("a", AgentPicker, "Input"), ("ctrl+n", NewConversationScreen, "#new-summary")],
)
async def test_letters_typed_right_after_the_key_of_a_dialog_go_into_it(
    key: str, screen: type, field: str
) -> None:
    """The list must not take them: q would quit, D would ask to delete."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        burst(app, key, "q", "D", "x")
        await settle(pilot)
        assert app.is_running
        assert isinstance(app.screen, screen)
        found = app.screen.query(field).first()
        assert getattr(found, "value", "") == "qDx"
    assert writes(transport) == []


async def test_letters_typed_right_after_slash_go_into_the_filter() -> None:
    """And an editor that does not open takes its letters with it."""
    transport = small_server("One", "quilt")
    async with started(transport) as (app, pilot):
        burst(app, "slash", "q", "u")
        await settle(pilot)
        assert app.is_running
        assert main_screen(app).panes.left.filter_line.value == "qu"
        await press(pilot, "escape", "k")
        burst(app, "e", "q")
        await settle(pilot)
        assert app.is_running
        assert "quilt" in pane_text(app, "#list")
