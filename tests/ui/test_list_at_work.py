"""The list at work: filters with completion, pins, all agents, first words, and the queue of untitled conversations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    asked,
    assert_harmless,
    bodies,
    draft_on_disk,
    focused_id,
    ids,
    main_screen,
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
    writes,
)
from tests.ui.stories import typed
from tui.app import LettaApp
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.ui.widgets.summary_editor import EditorArea

pytestmark = pytest.mark.anyio

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW])


def say(transport: DemoTransport, *texts: str) -> None:
    """Have users write these texts first, into one conversation after the other; "" writes nothing."""
    for conversation_id, text in zip(ids(transport), texts, strict=True):
        if text:
            parts = [{"type": "text", "text": text}]
            transport.store.write(only_agent(transport), conversation_id, "user", parts, at=NOW)


def titles(app: LettaApp) -> list[str | None]:
    """The summaries of the rows, without the default conversation."""
    return [row.summary for row in main_screen(app).panes.list.rows if not row.is_default]


def filter_field(app: LettaApp) -> Input:
    return main_screen(app).query_one("#filter", Input)


# filters


@SIZES
async def test_a_filter_is_completed_and_leaves_what_fits(size: tuple[int, int]) -> None:
    async with started(small_server("One", None, "Two"), size=size) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "is:unt")
        assert "is:untitled" in pane_text(app, "#filter")  # what is not typed yet is dimmed
        assert filter_field(app).value == "is:unt"
        await press(pilot, "tab")
        assert filter_field(app).value == "is:untitled"
        assert focused_id(app) == "filter"
        assert titles(app) == [None]
        assert "1 match" in screen_text(app)
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus


async def test_right_takes_the_completion_and_tab_without_one_goes_to_the_next_pane() -> None:
    async with started(small_server("One", None)) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "-is:unt")
        await press(pilot, "right")
        assert filter_field(app).value == "-is:untitled"
        assert titles(app) == ["One"]
        await press(pilot, "tab")
        assert focused_id(app) != "filter"


@SIZES
async def test_a_filter_that_cannot_be_used_is_said_in_place_of_the_heading(size: tuple[int, int]) -> None:
    async with started(small_server("One", "Two"), size=size) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "is:open x")
        assert "✗ “open”: is: takes untitled, draft" in pane_text(app, "ListHeading")
        await press(pilot, *["backspace"] * 2, "enter")
        assert titles(app) == ["One", "Two"]
        assert "✗ “open”" in pane_text(app, "ListHeading")
        await press(pilot, "escape")
        assert "✗" not in pane_text(app, "ListHeading")


async def test_hostile_filters_and_completions_are_text() -> None:
    transport = small_server("One", name="Ada [/foo]\x1b[31m", blocks={"[/foo]\x1b]0;owned\x07": "x"})
    async with started(transport) as (app, pilot):
        await press(pilot, "slash")
        filter_field(app).value = f"x:{HOSTILE} is:[/foo]\x1b[31m"
        await settle(pilot)
        assert_harmless(app)
        assert "[/foo]" in pane_text(app, "ListHeading")


async def test_the_help_of_the_filter_names_the_filters() -> None:
    async with started(small_server("One"), size=(120, 50)) as (app, pilot):
        await press(pilot, "slash", "f1")
        words = screen_text(app)
        for name in ("is:untitled", "isolated:LABEL", "idle:>7d", "-is:untitled"):
            assert name in words


# pins


@SIZES
async def test_p_pins_a_row_to_the_top_and_unpins_it(size: tuple[int, int]) -> None:
    transport = small_server("One", "Two", "Three")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "G", "p")
        assert titles(app) == ["Three", "One", "Two"]
        assert row_id(app) == ids(transport)[2]
        (line,) = [line for line in pane_lines(app, "#list") if "Three" in line]
        assert "⚲ Three" in line
        await press(pilot, "p")
        assert titles(app) == ["One", "Two", "Three"]
        assert "⚲" not in pane_text(app, "#list")
        assert not writes(transport)


async def test_a_pin_is_there_after_a_restart_and_the_default_one_has_none() -> None:
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "G", "p", "g", "p")
        assert remarks(app) == "The default conversation is always on top"
    async with started(transport) as (app, pilot):
        assert titles(app) == ["Two", "One"]


# all agents


def two_agents(name: str = "Bell", version: str = "0.16.8") -> DemoTransport:
    """Ada with a conversation, and another agent with a newer one."""
    store = Store.empty(NOW)
    for age, agent in enumerate((name, "Ada")):
        agent_id = store.add_agent(agent, {"human": agent}, at=NOW - timedelta(days=age + 1))
        made = store.open_conversation(agent_id, f"Of {age}", NOW - timedelta(minutes=age + 1))
        store.add_system(made)
    return DemoTransport(store, now=NOW, version=version)


async def choose_all(pilot: Pilot[None]) -> None:
    """Go to the list of all agents."""
    await press(pilot, "a")
    await type_text(pilot, "all ag")
    await press(pilot, "enter")


@SIZES
async def test_all_agents_are_offered_on_top_and_rows_name_theirs(size: tuple[int, int]) -> None:
    transport = two_agents()
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "a")
        assert app.screen.query_one(OptionList).get_option_at_index(0).id == "all-agents"
        assert "All agents the conversations of every agent" in screen_text(app)
        await press(pilot, "up", "enter")
        assert "all agents" in pane_text(app, "#header")
        rows = [line for line in pane_lines(app, "#list") if "Of " in line]
        assert ["Bell" in row for row in rows] == [True, False]
        assert ["Ada" in row for row in rows] == [False, True]
        await press(pilot, "i", "enter")
        assert "Bell" in screen_text(app)


async def test_what_is_done_is_done_to_the_agent_of_the_row() -> None:
    transport = two_agents()
    bell, ada = transport.store.agents
    async with started(transport) as (app, pilot):
        await choose_all(pilot)
        await press(pilot, "j", "f", "y")
        made = list(transport.store.conversations.values())[-1]
        assert made.agent_id == ada
        assert len(titles(app)) == 3
        await press(pilot, "a")
        await type_text(pilot, "bell")
        await press(pilot, "enter")
        assert titles(app) == ["Of 0"]
        agent = main_screen(app).connection.agent
        assert agent is not None
        assert agent.id == bell


async def test_a_new_conversation_asks_for_one_agent_first() -> None:
    transport = two_agents()
    async with started(transport) as (app, pilot):
        await choose_all(pilot)
        await press(pilot, "ctrl+n")
        assert remarks(app) == "A new conversation belongs to one agent: a chooses it first"
        assert not writes(transport)


async def test_deleting_marked_rows_of_several_agents_copies_each_with_its_own() -> None:
    transport = two_agents()
    async with started(transport) as (app, pilot):
        await choose_all(pilot)
        await press(pilot, "asterisk", "D", "y")
        assert titles(app) == []
        assert all(one.deleted for one in transport.store.conversations.values())


async def test_hostile_names_of_agents_are_text_in_rows() -> None:
    async with started(two_agents(HOSTILE)) as (app, pilot):
        await choose_all(pilot)
        assert_harmless(app)
        assert "[/foo]" in pane_text(app, "#list")


async def test_older_servers_have_the_lists_of_their_agents_merged() -> None:
    async with started(two_agents(version="0.16.4")) as (app, pilot):
        await choose_all(pilot)
        assert titles(app) == ["Of 0", "Of 1"]
        assert "2, all" in pane_text(app, "ListHeading")
        await press(pilot, "a")
        await type_text(pilot, "ada")
        await press(pilot, "enter")
        assert titles(app) == ["Of 1"]


# first words


async def test_untitled_rows_in_view_show_what_they_begin_with_and_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.flows.preview_untitled.MOST", 10)
    transport = small_server("Titled", *[None] * 60)
    say(transport, "", "", *(f"Hello {place}, {HOSTILE}" for place in range(1, 60)))
    async with started(transport) as (app, pilot):
        assert '"Hello 1, [/foo]' in pane_text(app, "#list")
        assert_harmless(app)
        requests = [line for line in asked(transport, "GET", "/messages") if "limit=4" in line]
        assert len(requests) == len(set(requests)) < 40  # those in view, and none twice
        seen = len(requests)
        await press(pilot, "j", "j", "k", "r")
        assert len([line for line in asked(transport, "GET", "/messages") if "limit=4" in line]) == seen


async def test_the_next_run_shows_them_without_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.flows.preview_untitled.MOST", 10)
    transport = small_server("Titled", None)
    say(transport, "", "Hello there")
    async with started(transport, demo=None, base_url="http://letta.test") as (app, _):
        assert '"Hello there"' in pane_text(app, "#list")
    transport.requests.clear()
    async with started(transport, demo=None, base_url="http://letta.test") as (app, _):
        assert '"Hello there"' in pane_text(app, "#list")
        assert not [line for line in asked(transport, "GET", "/messages") if "limit=4" in line]


async def test_first_words_that_cannot_be_read_are_asked_for_once_and_described_rows_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.flows.preview_untitled.MOST", 10)
    transport = small_server("Titled", None, None, flavour="cloud")
    described, failing = ids(transport)[1:]
    transport.store.conversations[described].description = "About billing"
    transport.fail(404, path=f"{failing}/messages")
    async with started(transport) as (app, pilot):
        assert "untitled · About billing" in pane_text(app, "#list")
        await press(pilot, "r")
        assert len(asked(transport, "GET", f"{failing}/messages?order=asc&limit=4")) == 1
        assert not asked(transport, "GET", f"{described}/messages")
        assert not remarks(app)


# the queue


@SIZES
async def test_o_suggests_a_title_for_the_next_untitled_one_and_enter_saves_it(size: tuple[int, int]) -> None:
    transport = small_server("One", "Two", None)
    say(transport, "", "", "<system-reminder>cwd</system-reminder>Fix the parser. Then rest.")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "o")
        assert row_id(app) == ids(transport)[2]
        assert typed(app) == "Fix the parser"
        assert "◌ suggested · 14 characters · from the first message" in pane_text(app, "#editor")
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        assert titles(app) == ["One", "Two", "Fix the parser"]
        assert bodies(transport, "PATCH") == [{"summary": "Fix the parser"}]


async def test_typing_replaces_the_suggestion() -> None:
    transport = small_server(None)
    say(transport, "Fix the parser")
    async with started(transport) as (app, pilot):
        await press(pilot, "o")
        assert app.screen.query_one(EditorArea).selected_text == "Fix the parser"
        await type_text(pilot, "Mine")
        assert typed(app) == "Mine"
        assert "● changed" in pane_text(app, "#editor")
        await press(pilot, "enter")
        assert titles(app) == ["Mine"]


@SIZES
async def test_ctrl_down_saves_and_goes_on_to_the_next_untitled_one(size: tuple[int, int]) -> None:
    transport = small_server(None, "Two", None, "Four", None)
    say(transport, "First thing", "", "Second thing", "", "Third thing")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "o", "ctrl+down")
        assert typed(app) == "Second thing"
        assert row_id(app) == ids(transport)[2]
        await press(pilot, "ctrl+down")
        assert typed(app) == "Third thing"
        await press(pilot, "ctrl+down")
        assert "No untitled conversation below" in remarks(app).splitlines()
        assert main_screen(app).panes.list.has_focus
        assert titles(app) == ["First thing", "Two", "Second thing", "Four", "Third thing"]


async def test_the_queue_goes_through_what_a_filter_leaves() -> None:
    transport = small_server(None, "Two", None, None)
    say(transport, "First thing", "", "Second thing", "Third thing")
    async with started(transport) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "is:untitled")
        await press(pilot, "enter", "o", "ctrl+down", "ctrl+down")
        assert typed(app) == "Third thing"
        await press(pilot, "enter", "escape")
        assert titles(app) == ["First thing", "Two", "Second thing", "Third thing"]


async def test_a_skipped_suggestion_leaves_nothing_and_o_goes_on() -> None:
    transport = small_server(None, None)
    say(transport, "First thing", "Second thing")
    async with started(transport) as (app, pilot):
        await press(pilot, "o", "escape")
        assert not remarks(app)
        assert draft_on_disk("http://demo", ids(transport)[0]) is None
        assert "✎" not in pane_text(app, "#list")
        await press(pilot, "o")
        assert typed(app) == "Second thing"
        await press(pilot, "escape", "o")
        assert remarks(app) == "No untitled conversation below: 1 above (g, then o)"
        assert not writes(transport)


async def test_one_that_was_skipped_is_offered_again_from_above() -> None:
    transport = small_server("One", None, None)
    say(transport, "", "First thing", "Second thing")
    async with started(transport) as (app, pilot):
        await press(pilot, "o", "escape", "k", "o")
        assert typed(app) == "First thing"
        await press(pilot, "escape", "o")
        assert typed(app) == "Second thing"


async def test_moving_away_from_a_suggestion_saves_and_stores_nothing() -> None:
    transport = small_server(None, "Two")
    say(transport, "First thing", "")
    async with started(transport) as (app, pilot):
        await press(pilot, "o")
        main_screen(app).panes.list.move_to(2)
        await settle(pilot)
        assert main_screen(app).edit is None
        assert draft_on_disk("http://demo", ids(transport)[0]) is None
        assert not writes(transport)


async def test_keys_typed_while_the_next_one_is_looked_for_are_typed_into_it() -> None:
    transport = small_server("One", None)
    say(transport, "", "Fix the parser")
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "o", path=f"{ids(transport)[1]}/messages")
        await post_keys(pilot, *"Mine", "D")
        gate.open()
        await settle(pilot)
        assert typed(app) == "MineD"


async def test_further_pages_are_loaded_to_find_an_untitled_one() -> None:
    transport = small_server(*(f"Number {place}" for place in range(40)), None)
    say(transport, *[""] * 40, "Far below")
    async with started(transport, page_size=10) as (app, pilot):
        await press(pilot, "o")
        assert typed(app) == "Far below"
        assert row_id(app) == ids(transport)[40]


async def test_without_a_message_the_editor_is_empty_and_says_why() -> None:
    async with started(small_server(None)) as (app, pilot):
        await press(pilot, "o")
        assert typed(app) == ""
        assert "no message to suggest a title from" in pane_text(app, "#editor")


async def test_a_suggestion_that_cannot_be_read_is_said_in_the_editor() -> None:
    transport = small_server("One", None)
    async with started(transport) as (app, pilot):
        transport.fail(404, path=f"{ids(transport)[1]}/messages")
        await press(pilot, "o")
        assert "no suggestion: Reading the messages" in pane_text(app, "#editor")
        assert_harmless(app)


async def test_where_every_conversation_has_a_title_that_is_said() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "o")
        assert remarks(app) == "No untitled conversation below"
        assert main_screen(app).panes.list.has_focus


async def test_a_hostile_first_message_is_a_harmless_suggestion() -> None:
    transport = small_server(None)
    say(transport, HOSTILE)
    async with started(transport) as (app, pilot):
        await press(pilot, "o")
        assert_harmless(app)
        assert typed(app).startswith("[/foo]")
        assert "\x1b" not in typed(app)


async def test_readonly_refuses_the_queue() -> None:
    async with started(small_server(None), readonly=True) as (app, pilot):
        await press(pilot, "o")
        assert remarks(app) == "Read-only: --readonly refuses all changes"


async def test_the_rows_begin_below_the_heading_after_a_resize_below_a_dialog() -> None:
    async with started(small_server("One", "Two"), size=NARROW) as (app, pilot):
        await press(pilot, "ctrl+o")
        await pilot.resize_terminal(*WIDE)
        await press(pilot, "escape")
        panes = main_screen(app).panes
        assert panes.heading.region.bottom == panes.list.region.y
        assert panes.heading.size.height == 1


async def test_a_list_without_matches_names_all_that_was_typed() -> None:
    async with started(small_server("One", "Two")) as (app, pilot):
        await press(pilot, "slash")
        for words in ("z", "zz", "zzq"):
            await press(pilot, words[-1])
            assert f"nothing matches “{words}”" in pane_text(app, "#list")
