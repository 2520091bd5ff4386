"""The ways out of a finding on the screen: explained, copied as a command, or begun with the app's own question."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    assert_harmless,
    focused_id,
    ids,
    main_screen,
    only_agent,
    press,
    remarks,
    screen_text,
    small_server,
    started,
    writes,
)
from tests.commands.test_repair import long_server, stale_server, waiting_server
from tui.app import LettaApp
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.findings import FindingsScreen
from tui.ui.dialogs.ways_out import WaysOutScreen
from tui.ui.main_screen import MainScreen

pytestmark = pytest.mark.anyio


def findings(app: LettaApp) -> int:
    return len(main_screen(app).opened.findings)


async def test_f_explains_the_way_out_and_enter_begins_it_with_its_question() -> None:
    server = stale_server()
    async with started(server) as (app, pilot):
        await press(pilot, "exclamation_mark", "f")
        assert isinstance(app.screen, WaysOutScreen)
        text = screen_text(app)
        assert "1 way out · stale · human" in text
        assert "→ recompile in this app: Recompile" in text
        assert "no model is called" in text
        assert f"letta-tui recompile {ids(server)[0]} --demo" in text
        await press(pilot, "enter")
        assert isinstance(app.screen, AskScreen)
        assert "Recompile “One”?" in screen_text(app)
        assert all("dry_run" in line for line in writes(server))
        await press(pilot, "y")
        assert "Recompiled “One”" in remarks(app)
        assert findings(app) == 0


async def test_what_the_app_does_not_do_is_a_command_to_copy() -> None:
    server = waiting_server()
    async with started(server) as (app, pilot):
        await press(pilot, "exclamation_mark", "f", "enter")
        assert isinstance(app.screen, WaysOutScreen)
        assert "The app doesn't do this: copy the command" in remarks(app)
        await press(pilot, "y")
        assert app.clipboard == f"letta-tui deny {ids(server)[0]} --demo"
        assert "Copied the command" in remarks(app)
        assert writes(server) == []


async def test_where_there_is_no_way_out_the_reason_is_shown_and_nothing_can_be_done() -> None:
    server = stale_server(flavour="cloud")
    async with started(server, demo="cloud") as (app, pilot):
        await press(pilot, "exclamation_mark", "f")
        text = screen_text(app)
        assert "Ways out · stale · human" in text
        assert "No way out on this server: none has been tried on servers after Letta 0.16.8." in text
        assert "Do it" not in text
        await press(pilot, "enter", "y")
        assert remarks(app).splitlines() == ["Nothing to do here", "There is no command for this"]


async def test_escape_goes_back_one_level_at_a_time() -> None:
    async with started(long_server()) as (app, pilot):
        for key in ("escape", "q", "f"):
            await press(pilot, "exclamation_mark", "f", key)
            shown: list[type] = [type(app.screen)]
            await press(pilot, "escape")
            shown.append(type(app.screen))
            assert shown == [FindingsScreen, MainScreen]
        assert focused_id(app) == "list"


async def test_without_findings_there_are_no_ways_out() -> None:
    async with started(small_server("Fine")) as (app, pilot):
        await press(pilot, "exclamation_mark", "f")
        assert isinstance(app.screen, FindingsScreen)
        assert remarks(app) == "No findings"


async def test_readonly_explains_it_and_refuses_to_begin_it() -> None:
    server = stale_server()
    async with started(server, readonly=True) as (app, pilot):
        await press(pilot, "exclamation_mark", "f", "enter")
        assert app.screen is main_screen(app)
        assert "read-only" in remarks(app).lower()
        assert writes(server) == []


async def test_a_narrow_window_shows_sentence_and_command() -> None:
    server = long_server()
    async with started(server, size=NARROW) as (app, pilot):
        await press(pilot, "exclamation_mark", "f")
        text = screen_text(app)
        assert "→ compact" in text
        assert "It costs one call of the model that writes the summary" in text
        assert "letta-tui compact" in text


async def test_hostile_labels_are_shown_not_obeyed() -> None:
    server = small_server("One", blocks={HOSTILE: "x"})
    wanted, agent_id = ids(server)[0], only_agent(server)
    server.store.isolate(server.store.conversations[wanted], HOSTILE)
    server.store.detach(agent_id, HOSTILE)
    async with started(server) as (app, pilot):
        await press(pilot, "exclamation_mark", "f")
        assert_harmless(app)
        assert "[/foo]" in screen_text(app)
        await press(pilot, "y")
        assert "\\u001b[31m" in app.clipboard
        assert app.clipboard.replace("\n", "").isprintable()


async def test_the_manual_opens_at_the_ways_out() -> None:
    async with started(waiting_server()) as (app, pilot):
        await press(pilot, "exclamation_mark", "f", "f1")
        assert "f on a finding shows what repairs it on this server" in screen_text(app)
