"""What is typed is on disk, comes back in the next start, and goes only when the server has it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NOW,
    assert_harmless,
    draft_on_disk,
    focused_id,
    ids,
    leave_draft,
    main_screen,
    pane_text,
    post_keys,
    press,
    remarks,
    screen_lines,
    settle,
    small_server,
    started,
    type_text,
    writes,
)
from tui.backends.demo.transport import DemoTransport
from tui.storage.draft_store import Draft
from tui.storage.paths import state_dir
from tui.ui.dialogs.conflict import ConflictScreen

pytestmark = pytest.mark.anyio

SERVER = "http://demo"


def left_on_disk() -> list[Path]:
    """Every file of drafts."""
    return list((state_dir() / "drafts").glob("*"))


def keep(transport: DemoTransport, conversation_id: str, text: str, began_from: str | None) -> None:
    """A draft as an app that was killed left it."""
    agent_id = transport.store.conversations[conversation_id].agent_id
    leave_draft(Draft(SERVER, agent_id, conversation_id, text, began_from, NOW))


async def test_typing_alone_puts_the_text_on_disk() -> None:
    """No key but the letters themselves; the file holds them and what they began from."""
    transport = small_server("Before")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e")
        await type_text(pilot, " and")
        found = draft_on_disk(SERVER, wanted)
        assert found is not None
        assert (found["text"], found["began_from"]) == ("Before and", "Before")
        assert "✎" in pane_text(app, "#list")


async def test_drafts_come_back_in_the_next_start_byte_for_byte() -> None:
    """The app was killed in the middle of edits: rows are marked, e goes on, enter saves exactly that."""
    texts = (
        "two\nlines\n",
        "👩‍🔧 日本語 e\u0301 🏳️‍🌈",
        " blanks  kept ",
        "\ttab\n\n\n",
        HOSTILE.replace("\x85", ""),
    )
    transport = small_server(*(f"Before {n}" for n in range(len(texts))), "Other")
    for wanted, text, n in zip(ids(transport), texts, range(len(texts)), strict=False):
        keep(transport, wanted, text, f"Before {n}")
    async with started(transport) as (app, pilot):
        assert "5 unsaved drafts (newest: “" in remarks(app)
        assert_harmless(app)
        for n, text in enumerate(texts):
            assert [line for line in screen_lines(app) if f"✎ Before {n}" in line]
            await press(pilot, "e")
            assert main_screen(app).panes.detail.editor.area.text == text
            assert "draft stored" in pane_text(app, "#editor")
            assert_harmless(app)
            await press(pilot, "enter", "j")
        assert "✎" not in pane_text(app, "#list")
    assert left_on_disk() == []
    saved = [transport.store.conversations[wanted].summary for wanted in ids(transport)]
    assert saved == [*texts, "Other"]


async def test_quitting_in_the_middle_of_an_edit_keeps_it_for_the_next_start() -> None:
    """What one app was typing, the next one offers."""
    transport = small_server("Before")
    (wanted,) = ids(transport)
    async with started(transport) as (_, pilot):
        await press(pilot, "e")
        await type_text(pilot, " and")
        await press(pilot, "ctrl+j")
        await post_keys(pilot, "x")
    async with started(transport) as (again, pilot):
        await press(pilot, "e")
        assert main_screen(again).panes.detail.editor.area.text == "Before and\nx"
        await press(pilot, "enter")
    assert transport.store.conversations[wanted].summary == "Before and\nx"
    assert left_on_disk() == []


async def test_leaving_the_row_keeps_the_draft_and_marks_the_row() -> None:
    """Going to another conversation loses nothing; coming back and e brings it."""
    transport = small_server("One", "Two")
    one, _ = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        main_screen(app).panes.list.focus()
        await press(pilot, "j")
        assert focused_id(app) == "list"
        assert "Two" in pane_text(app, "#title")
        assert "✎ One" in " ".join(pane_text(app, "#list").split())
        found = draft_on_disk(SERVER, one)
        assert found is not None
        assert found["text"] == "OneX"
        await press(pilot, "k", "e")
        assert main_screen(app).panes.detail.editor.area.text == "OneX"
    assert writes(transport) == []


async def test_escape_drops_the_draft_and_its_mark() -> None:
    """Giving an edit up means it: nothing is offered at the next start."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X", "escape")
        assert "✎" not in pane_text(app, "#list")
    assert left_on_disk() == []


async def test_the_editor_names_the_key_for_a_cancelled_text_until_it_is_there() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "e")
        assert "ctrl+z" not in pane_text(app, "#summary-status")
        await press(pilot, "X", "escape", "e")
        assert "ctrl+z brings back the cancelled text" in pane_text(app, "#summary-status")
        await press(pilot, "ctrl+z")
        assert main_screen(app).panes.detail.editor.area.text == "OneX"
        assert "ctrl+z" not in pane_text(app, "#summary-status")


async def test_a_draft_of_a_summary_that_changed_meanwhile_ends_in_a_question() -> None:
    """Killed, changed by somebody else, started again: saving the draft asks first."""
    transport = small_server("Theirs, newer")
    (wanted,) = ids(transport)
    keep(transport, wanted, "Mine", "Before")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "enter")
        assert isinstance(app.screen, ConflictScreen)
        await press(pilot, "m")
    assert transport.store.conversations[wanted].summary == "Mine"


async def test_a_draft_survives_a_failed_save_and_a_restart() -> None:
    """The server was down when it mattered."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport) as (_, pilot):
        transport.fail(httpx.ConnectError)
        await press(pilot, "e", "X", "enter")
    transport.clear()
    async with started(transport) as (_, pilot):
        await press(pilot, "e", "enter")
    assert transport.store.conversations[wanted].summary == "OneX"


async def test_a_disk_that_takes_no_draft_is_told_and_typing_goes_on(
    clean_environment: Path,
) -> None:
    """A file where the folder should be: the reason is said, the edit can still be saved."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    folder = state_dir() / "drafts"
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X")
        await settle(pilot)
        assert "Draft cannot be written to disk" in remarks(app)
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
    assert transport.store.conversations[wanted].summary == "OneX"


async def test_drafts_of_another_server_are_not_offered_here() -> None:
    """The same conversation id on two servers is two conversations."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    agent_id = transport.store.conversations[wanted].agent_id
    leave_draft(Draft("http://elsewhere.test", agent_id, wanted, "foreign", "One", NOW))
    async with started(transport) as (app, pilot):
        assert "draft" not in remarks(app)
        await press(pilot, "e")
        assert main_screen(app).panes.detail.editor.area.text == "One"


async def test_a_draft_that_clears_the_summary_is_told_as_an_empty_one() -> None:
    transport = small_server("Before")
    keep(transport, ids(transport)[0], "", "Before")
    async with started(transport) as (app, _):
        assert "1 unsaved draft (newest: empty): e on a row marked ✎" in remarks(app)
