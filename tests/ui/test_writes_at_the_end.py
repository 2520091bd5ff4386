"""Writes outlive the screen: quitting waits for them, bounded, and a dialog whose flow was cancelled is closed."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    flush,
    ids,
    main_screen,
    press,
    press_until_held,
    remarks,
    settle,
    small_server,
    started,
    until,
)
from tests.ui.stories import delete_three_until_held, drafted, numbered
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.conflict import ConflictScreen
from tui.ui.dialogs.help import HelpScreen
from tui.ui.tools.manual import ManualScreen

pytestmark = pytest.mark.anyio


async def test_quitting_waits_for_a_save() -> None:
    """It is confirmed before the program ends, so its draft is gone."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        gate = await press_until_held(pilot, transport, "enter", method="PATCH")
        app.exit()
        await flush(pilot)
        assert app.return_code is None
        assert "Waiting for a change to finish" in remarks(app)
        gate.open()
        await until(pilot, lambda: app.return_code is not None)
    assert transport.store.conversations[wanted].summary == "One1"
    assert drafted(wanted) is None


async def test_quitting_waits_no_longer_than_a_few_seconds_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A silent server cannot keep the program from ending; the text is stored as a draft."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        app.last_writes = 0.0
        await press(pilot, "e", "1")
        await press_until_held(pilot, transport, "enter", method="PATCH")
        app.exit()
        await until(pilot, lambda: app.return_code is not None)
    assert "may or may not have been made" in capsys.readouterr().err
    assert drafted(wanted) == "One1"


async def test_quitting_again_ends_at_once() -> None:
    """Whoever cannot wait need not."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        await press_until_held(pilot, transport, "enter", method="PATCH")
        app.exit()
        await flush(pilot)
        app.exit(return_code=143)
        await until(pilot, lambda: app.return_code == 143)


async def test_quitting_ends_several_deletions_after_the_one_under_way() -> None:
    """It is confirmed, and the others are not begun."""
    transport = numbered(5)
    async with started(transport) as (app, pilot):
        gate = await delete_three_until_held(pilot, transport)
        app.exit()
        gate.open()
        await until(pilot, lambda: app.return_code is not None)
    assert len(ids(transport)) == 4


async def test_a_server_that_is_left_before_a_flow_began_leaves_no_key_unheard() -> None:
    """The gate is shut by the key, and the flow that would open it never runs."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        main = main_screen(app)
        main.handlers["conversation.fork"]()
        main.start_over(main.services)
        await settle(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)


async def test_a_dialog_whose_flow_was_cancelled_is_closed_with_what_stands_over_it() -> None:
    """Nobody would listen to its answer."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        main = main_screen(app)
        await press(pilot, "D", "f1")
        assert isinstance(app.screen, ManualScreen)
        assert any(isinstance(screen, AskScreen) for screen in app.screen_stack)
        main.start_over(main.services)
        await settle(pilot)
        assert app.screen_stack == [main]
    assert len(ids(transport)) == 1


async def test_a_conflict_dialog_of_a_server_that_is_left_is_closed_and_the_text_is_a_draft() -> None:
    """The question was about a conversation of that server."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1")
        transport.store.set_summary(wanted, "Theirs")
        await press(pilot, "enter")
        assert isinstance(app.screen, ConflictScreen)
        main = main_screen(app)
        main.start_over(main.services)
        await settle(pilot)
        assert app.screen_stack == [main]
        assert main.edit is None
        assert drafted(wanted) == "One1"
