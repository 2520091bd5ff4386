"""Choosing an agent by typing a part of its name."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    asked,
    assert_harmless,
    main_screen,
    pane_text,
    press,
    row_id,
    screen_text,
    small_server,
    started,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.agent_picker import ALL, AgentPicker

pytestmark = pytest.mark.anyio


def offered(app: LettaApp) -> list[str]:
    """The ids of the agents that the picker shows, in its order."""
    options = app.screen.query_one(OptionList)
    ids = [options.get_option_at_index(index).id or "" for index in range(options.option_count)]
    return [id for id in ids if id != ALL]


def many_agents(count: int) -> DemoTransport:
    """A server with so many agents, Agent 000 the newest."""
    store = Store.empty(NOW)
    for number in reversed(range(count)):
        store.add_agent(f"Agent {number:03}", {"persona": "one of many"})
    return DemoTransport(store, now=NOW)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_part_of_the_name_finds_the_agent_and_enter_opens_it(size: tuple[int, int]) -> None:
    """a, some letters of the middle of a name, enter."""
    async with started(size=size) as (app, pilot):
        await press(pilot, "a")
        await type_text(pilot, "night")
        assert len(offered(app)) == 1
        await press(pilot, "enter")
        agent = main_screen(app).connection.agent
        assert agent is not None
        assert agent.title.startswith("Linus")
        assert main_screen(app).panes.list.has_focus
        assert "Nightly run 1204" in screen_text(app)


async def test_escape_keeps_the_agent_and_the_place_in_its_list() -> None:
    """A look at the picker changes nothing."""
    async with started() as (app, pilot):
        await press(pilot, "j", "j")
        before = row_id(app)
        await press(pilot, "a")
        await type_text(pilot, "gra")
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus
        assert row_id(app) == before
        agent = main_screen(app).connection.agent
        assert agent is not None
        assert agent.name == "Ada"


async def test_recently_used_agents_come_first() -> None:
    """What was opened last stands on top the next time."""
    transport = DemoTransport(now=NOW)
    names = {agent.name: agent.id for agent in transport.store.agents.values()}
    async with started(transport) as (app, pilot):
        for name in ("grace", "batch"):
            await press(pilot, "a")
            await type_text(pilot, name)
            await press(pilot, "enter")
        await press(pilot, "a")
        assert offered(app)[:3] == [names["Batch import"], names["Grace"], names["Ada"]]


async def test_an_agent_beyond_the_first_page_is_found_by_the_server() -> None:
    """The 120th of 130 agents, on no loaded page."""
    transport = many_agents(130)
    async with started(transport) as (app, pilot):
        await press(pilot, "a")
        await type_text(pilot, "t 120")
        await press(pilot, "enter")
        assert "Agent 120" in pane_text(app, "#header")


async def test_moving_down_through_the_picker_loads_further_pages() -> None:
    """130 agents come in three pages as the cursor nears the end."""
    async with started(many_agents(130)) as (app, pilot):
        await press(pilot, "a")
        assert len(offered(app)) == 50
        await press(pilot, *["pagedown"] * 12)
        assert len(offered(app)) == 130
        assert sorted(set(offered(app))) == sorted(offered(app))


async def test_a_name_that_nobody_has_is_said_to_be_nobodys() -> None:
    """No match is a sentence, not an empty box; enter then chooses nothing."""
    async with started() as (app, pilot):
        await press(pilot, "a")
        await type_text(pilot, "zzz")
        assert "no agent" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, AgentPicker)


async def test_a_hostile_agent_name_is_text_in_picker_and_header() -> None:
    """Markup, escape sequences and bidi overrides in a name are shown, not obeyed."""
    async with started(small_server("One", name=HOSTILE)) as (app, pilot):
        assert_harmless(app)
        assert "[/foo]" in pane_text(app, "#header")
        await press(pilot, "a")
        assert_harmless(app)
        assert "[/foo] [@click=app.quit]press[/]" in pane_text(app, "#agents")
        await press(pilot, "enter")
        assert app.is_running


async def test_changing_the_agent_forgets_filter_and_conversation_of_the_last_one() -> None:
    """Nothing of the old agent is left on the screen."""
    async with started() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "parser")
        await press(pilot, "enter", "a")
        await type_text(pilot, "grace")
        await press(pilot, "enter")
        words = screen_text(app)
        assert "Quarterly review of the rules" in words
        assert "parser" not in words
        assert "3, all" in words


async def test_the_list_of_agents_asks_for_no_relationships() -> None:
    """The cheap form of the request, for the list and for every search in it."""
    transport = DemoTransport(now=NOW)
    async with started(transport) as (_, pilot):
        await press(pilot, "a")
        await type_text(pilot, "zz")
    assert all("include_relationships=" in line for line in asked(transport, "GET", "/v1/agents/?"))


async def test_an_agent_that_a_search_brought_does_not_end_the_pages() -> None:
    """It stands first on the second page, and those on the third are found all the same."""
    transport = many_agents(130)
    zed = list(transport.store.agents.values())[130 - 51]
    zed.name = "Zed"
    async with started(transport) as (app, pilot):
        await press(pilot, "a", *"zed", *["backspace"] * 3)
        await press(pilot, *["pagedown"] * 12)
        assert len(offered(app)) == 130


async def test_the_picker_is_as_tall_as_its_agents_and_keeps_that_while_a_name_is_typed() -> None:
    async with started(many_agents(6)) as (app, pilot):
        await press(pilot, "a")
        picker, options = app.screen.query_one("#picker"), app.screen.query_one(OptionList)
        assert options.size.height == 7, "and all of them together"
        region = picker.region
        await type_text(pilot, "003")
        assert len(offered(app)) == 1
        assert picker.region == region


async def test_many_agents_leave_room_for_the_window_around_the_picker() -> None:
    async with started(many_agents(60), size=NARROW) as (app, pilot):
        await press(pilot, "a")
        picker = app.screen.query_one("#picker")
        assert picker.region.bottom < NARROW[1]
        assert picker.max_scroll_y == 0, "only the list scrolls"
