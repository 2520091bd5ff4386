"""The restored position: agent, row, tab, order and filter; what is asked for takes precedence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    ids,
    main_screen,
    make_app,
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
)
from tests.ui.test_picker import offered
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.rules.sort_order import Sort
from tui.storage.paths import state_dir
from tui.storage.state import ListPosition, user_state

pytestmark = pytest.mark.anyio

NAMES = ("Fix the parser", "Write the fix", "Plan", "Fix the docs")


async def leave(transport: DemoTransport, *keys: str, text: str = "") -> None:
    """Open the app, press keys, type into the filter, and quit."""
    async with started(transport, demo=False) as (_, pilot):
        await press(pilot, *keys)
        if text:
            await press(pilot, "slash")
            await type_text(pilot, text)
            await press(pilot, "enter", "j")
        await press(pilot, "q")


async def test_row_tab_order_and_filter_come_back() -> None:
    transport = small_server(*NAMES)
    await leave(transport, "s", "S", "b", text="fix")
    async with started(transport, demo=False) as (app, _):
        main = main_screen(app)
        assert (
            main.reading.conversations.feed.order.sort,
            main.reading.conversations.feed.order.oldest_first,
        ) == (Sort.LAST_MESSAGE, True)
        assert main.panes.left.filter_line.value == "fix"
        assert main.panes.left.filter_line.display
        assert main.panes.detail.tabs.active == "memory"
        assert len(main.panes.list.rows) == 3
        assert main.panes.list.cursor == 1
        assert main.panes.list.has_focus


@pytest.mark.parametrize(("last_visit", "at"), [(True, 2), (False, 0)], ids=["shown-before", "never-shown"])
async def test_a_row_that_is_gone_leaves_what_took_its_place_or_the_newest_one(
    last_visit: bool, at: int
) -> None:
    """Where the rows of the last visit stood on the screen, the cursor stays in its place."""
    transport = small_server(*NAMES)
    await leave(transport, "j", "j")
    gone = ids(transport)[2]
    transport.store.conversations[gone].deleted = True
    async with started(transport, demo=False, last_visit=last_visit) as (app, _):
        assert row_id(app) == ids(transport)[at]
        assert remarks(app) == ""


async def test_the_default_conversation_comes_back() -> None:
    transport = small_server(*NAMES)
    await leave(transport, "g")
    async with started(transport, demo=False) as (app, _):
        assert row_id(app) == "default"


async def test_what_is_asked_for_counts_more() -> None:
    transport = small_server(*NAMES)
    await leave(transport, "j", "S", "i")
    async with started(transport, demo=False, conversation=ids(transport)[3]) as (app, _):
        assert row_id(app) == ids(transport)[3]
        assert main_screen(app).panes.detail.tabs.active == "messages"
    async with started(transport, demo=False, sort="last-run", sources={"sort": "config.toml"}) as (
        fixed,
        _pilot,
    ):
        assert main_screen(fixed).reading.conversations.feed.order.sort is Sort.LAST_RUN


async def test_the_settings_say_how_the_list_begins() -> None:
    async with started(small_server(*NAMES), oldest_first=True, times="absolute") as (app, _):
        words = pane_text(app, "#list")
        assert words.index("Fix the docs") < words.index("Fix the parser")
        assert f"{NOW - timedelta(minutes=1):%Y-%m-%d %H:%M}" in words
        assert " min" not in words


@pytest.mark.parametrize(
    "text",
    [
        '{"places": 3}',
        '{"places": {"http://localhost:8283": {"AGENT": 3}}}',
        '{"places": {"http://localhost:8283": {"AGENT": {"tab": "x", "row": 4, "sort": "y", "filter": null}}}}',
    ],
)
async def test_a_strange_state_file_does_no_harm(text: str) -> None:
    transport = small_server(*NAMES)
    state_dir().mkdir(parents=True)
    (state_dir() / "state.json").write_text(text.replace("AGENT", only_agent(transport)), encoding="utf-8")
    async with started(transport, demo=False) as (app, _):
        assert row_id(app) == ids(transport)[0]
        assert main_screen(app).panes.detail.tabs.active == "messages"


async def test_the_demo_begins_anew() -> None:
    transport = DemoTransport(now=NOW)
    async with started(transport) as (_, pilot):
        await press(pilot, "j", "b", "q")
    assert user_state().last_server() == {}
    async with started(transport) as (again, pilot):
        assert main_screen(again).panes.detail.tabs.active == "messages"


async def test_the_server_that_answered_is_the_one_of_the_next_start() -> None:
    await leave(small_server("One"))
    assert user_state().last_server() == {"base_url": "http://localhost:8283"}


def test_places_of_agents_not_used_any_more_are_forgotten() -> None:
    kept = user_state()
    for number in range(25):
        kept.remember_agent("http://x", f"agent-{number}")
        kept.note_position("http://x", f"agent-{number}", ListPosition(row="conv-1"))
        kept.close()
    assert kept.position("http://x", "agent-1") is None
    assert kept.position("http://x", "agent-24") == ListPosition(row="conv-1")


@pytest.fixture
def picker() -> LettaApp:
    return make_app(DemoTransport(now=NOW))


async def test_pinned_agents_stand_before_the_recent_ones(picker: LettaApp) -> None:
    async with picker.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        last = offered(picker)[-1]
        await press(pilot, "pagedown", "ctrl+t")
        assert offered(picker)[0] == last
        assert "⚲" in screen_text(picker)
        await press(pilot, "escape", "a")
        assert offered(picker)[0] == last
        await press(pilot, "pageup", "ctrl+t")
        assert "The entry for all agents is always on top" in screen_text(picker)
        await press(pilot, "down", "ctrl+t")
        assert offered(picker)[0] != last
        assert "⚲" not in screen_text(picker)
