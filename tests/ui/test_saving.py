"""Saving when somebody else writes too, or the server fails: nothing is overwritten and nothing lost."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    bodies,
    flush,
    focused_id,
    ids,
    main_screen,
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
    writes,
)
from tests.ui.stories import both_edit, drafted, typed
from tui.backends.demo.transport import Fault
from tui.ui.dialogs.conflict import ConflictScreen

pytestmark = pytest.mark.anyio


# somebody else


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_summary_changed_meanwhile_is_not_overwritten_but_shown(size: tuple[int, int]) -> None:
    """Both texts stand side by side, nothing is written, the harmless answer has the focus."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport, size=size) as (app, pilot):
        await both_edit(pilot, transport, "Theirs")
        assert isinstance(app.screen, ConflictScreen)
        words = screen_text(app)
        assert "Ours1" in words
        assert "Theirs" in words
        assert "Nothing was written" in words
        assert focused_id(app) == "keep"
        assert drafted(wanted) == "Ours1"
    assert writes(transport) == []


async def test_save_mine_writes_over_theirs() -> None:
    """m: the user has seen both and says so."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await both_edit(pilot, transport, "Theirs", "m")
        assert main_screen(app).panes.list.has_focus
        assert "Ours1" in pane_text(app, "#list")
        assert drafted(wanted) is None
    assert transport.store.conversations[wanted].summary == "Ours1"


async def test_save_mine_asks_again_if_theirs_changed_again() -> None:
    """The answer was about a text that is not there any more."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await both_edit(pilot, transport, "Theirs")
        transport.store.set_summary(wanted, "Theirs, later")
        await press(pilot, "m")
        assert isinstance(app.screen, ConflictScreen)
        assert "Theirs, later" in screen_text(app)
    assert writes(transport) == []


async def test_take_theirs_gives_up_mine() -> None:
    """t: the list shows their text, the draft is gone, nothing was written."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await both_edit(pilot, transport, "Theirs", "t")
        assert main_screen(app).panes.list.has_focus
        assert "Theirs" in pane_text(app, "#list")
        assert "Theirs" in pane_text(app, "#title")
        assert drafted(wanted) is None
    assert writes(transport) == []


async def test_keep_editing_goes_on_from_their_text_with_mine_in_the_editor() -> None:
    """escape: my text stands, and the next enter writes it, since theirs was seen."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await both_edit(pilot, transport, "Theirs", "escape")
        assert focused_id(app) == "summary-text"
        assert typed(app) == "Ours1"
        assert drafted(wanted) == "Ours1"
        await press(pilot, "2", "enter")
        assert main_screen(app).panes.list.has_focus
    assert bodies(transport, "PATCH") == [{"summary": "Ours12"}]
    assert transport.store.conversations[wanted].summary == "Ours12"


async def test_the_same_text_from_somebody_else_is_no_conflict() -> None:
    """Both wanted the same: nothing to write, nothing to ask."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await both_edit(pilot, transport, "Ours1")
        assert main_screen(app).panes.list.has_focus
        assert drafted(wanted) is None
    assert writes(transport) == []


async def test_being_overtaken_right_after_the_write_is_said() -> None:
    """The write went through, and another one behind it: the dialog tells these two apart."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        transport.fail(
            httpx.Response(200, json=transport.store.conversations[wanted].json()),
            method="PATCH",
            after_commit=True,
        )
        # The answer of the write is what the server had before; the read-back finds a third text.
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        back = transport.hold(method="GET", path=f"/v1/conversations/{wanted}$")
        gate.open()
        await back.arrived()
        transport.store.set_summary(wanted, "Third")
        back.open()
        await settle(pilot)
        assert isinstance(app.screen, ConflictScreen)
        assert "Your text was saved" in screen_text(app)
        assert "Third" in screen_text(app)
        await press(pilot, "t")
        assert "Third" in pane_text(app, "#list")


async def test_hostile_texts_in_the_conflict_dialog_are_text() -> None:
    """Theirs and mine are markup, escapes and bidi overrides."""
    transport = small_server(HOSTILE)
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        assert_harmless(app)
        transport.store.set_summary(wanted, HOSTILE + "[/]")
        await press(pilot, "enter")
        assert isinstance(app.screen, ConflictScreen)
        assert screen_text(app).count("[@click=app.quit]press[/]") >= 2
        assert_harmless(app)
        await press(pilot, "m")
        assert_harmless(app)
    assert transport.store.conversations[wanted].summary is not None


# failures


async def test_a_save_that_fails_keeps_every_character_and_says_why() -> None:
    """The editor stays open with the text, the draft is on disk, and enter saves once the trouble is over."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    faults: list[tuple[Fault, str]] = [
        (500, "500"),
        (401, "the API key is missing or wrong (401)"),
        (422, "refused (422"),
        (429, "429"),
        (httpx.ConnectError, "cannot connect"),
    ]
    async with started(transport) as (app, pilot):
        await press(pilot, "e")
        text = "Ours"
        for fault, words in faults:
            transport.fail(fault, method="PATCH")
            await press(pilot, "X", "enter")
            text += "X"
            assert focused_id(app) == "summary-text", words
            assert typed(app) == text, words
            assert words in pane_text(app, "#editor")
            assert "not saved" in pane_text(app, "#editor"), words
            assert drafted(wanted) == text, words
            assert transport.store.conversations[wanted].summary == "Ours", words
            transport.clear()
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        assert drafted(wanted) is None
    assert transport.store.conversations[wanted].summary == text


async def test_a_conversation_deleted_during_the_edit_keeps_the_text() -> None:
    """There is nothing left to save it to; the words are still the user's."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        transport.store.delete_conversation(wanted)
        await press(pilot, "enter")
        assert typed(app) == "Ours1"
        assert "not found (404)" in pane_text(app, "#editor")
        assert drafted(wanted) == "Ours1"


async def test_a_lost_answer_is_read_back_and_found_saved() -> None:
    """The write happened, its answer was lost: no second write, no false alarm."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        transport.fail(httpx.ReadTimeout, method="PATCH", after_commit=True)
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        assert "Saved" in remarks(app)
        assert drafted(wanted) is None
    assert len(writes(transport)) == 1


async def test_an_unknown_outcome_is_said_to_be_unknown() -> None:
    """No answer and the old text still there: it may yet come, so the draft stays."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        transport.fail(httpx.ReadTimeout, method="PATCH")
        await press(pilot, "enter")
        assert "may or may not be saved" in pane_text(app, "#editor")
        assert typed(app) == "Ours1"
        assert drafted(wanted) == "Ours1"
    assert len(writes(transport)) == 1


async def test_a_write_answered_with_nonsense_is_looked_up() -> None:
    """A page, then half a JSON object: whether it was saved is what the server says now."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        for answer in (httpx.Response(200, html="<h1>hello</h1>"), b'{"id": "con'):
            transport.fail(answer, method="PATCH", times=1, after_commit=True)
            await press(pilot, "e", "1", "enter")
            assert main_screen(app).panes.list.has_focus
            assert drafted(wanted) is None
    assert transport.store.conversations[wanted].summary == "Ours11"


async def test_the_draft_is_dropped_only_after_the_server_confirmed() -> None:
    """While the write and its confirmation are on their way the text is still on disk."""
    transport = small_server("Ours")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        write = await press_until_held(pilot, transport, "enter", method="PATCH")
        assert drafted(wanted) == "Ours1"
        assert "saving…" in pane_text(app, "#editor")
        confirmation = transport.hold(method="GET", path=f"/v1/conversations/{wanted}$")
        write.open()
        await confirmation.arrived()
        assert drafted(wanted) == "Ours1"
        confirmation.open()
        await settle(pilot)
        assert drafted(wanted) is None


async def test_impatient_enters_write_once() -> None:
    """Enter three times while the first one is on its way; typing waits as well."""
    transport = small_server("Ours")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        await post_keys(pilot, "enter", "x", "enter", "escape")
        await flush(pilot)
        assert typed(app) == "Ours1"
        gate.open()
        await settle(pilot)
    assert bodies(transport, "PATCH") == [{"summary": "Ours1"}]


async def test_a_save_goes_on_when_the_cursor_moves_away() -> None:
    """The write is never cancelled; its outcome is shown wherever the user is by then."""
    transport = small_server("Ours", "Other")
    wanted, other = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        main_screen(app).panes.list.move_to(2)
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert row_id(app) == other
        assert "Saved: Ours1" in remarks(app)
        assert "Ours1" in pane_text(app, "#list")
        assert "Other" in pane_text(app, "#title")
        assert main_screen(app).panes.list.has_focus
        assert drafted(wanted) is None
    assert transport.store.conversations[wanted].summary == "Ours1"
