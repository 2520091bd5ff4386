"""Searching everywhere from the keyboard: what is typed, what is shown while it runs, and where enter leads."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    BIDI,
    HOSTILE,
    NARROW,
    NOW,
    asked,
    assert_harmless,
    ids,
    main_screen,
    only_agent,
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
from tests.flows.test_search import PHRASE, compacted
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.tools.search import SearchScreen

pytestmark = pytest.mark.anyio


def search_screen(app: LettaApp) -> SearchScreen:
    assert isinstance(app.screen, SearchScreen)
    return app.screen


async def search_for(pilot: Pilot[None], text: str) -> None:
    """Open the search, type, and wait for all hits."""
    await press(pilot, "ctrl+f")
    await type_text(pilot, text)
    await press(pilot, "enter")


def selected_ids(app: LettaApp) -> dict[str, str]:
    item = main_screen(app).panes.detail.reader.item
    assert item is not None
    return dict(item.ids)


# the field


async def test_keys_typed_at_once_after_ctrl_f_go_into_the_field() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await post_keys(pilot, "ctrl+f", "d", "q", "j", "D")
        await settle(pilot)
        assert search_screen(app).field.value == "dqjD"
    assert not writes(transport)


async def test_an_empty_field_or_no_place_searches_nothing() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        before = len(asked(transport))
        await press(pilot, "ctrl+f", "enter")
        assert "type a text to search for" in screen_text(app)
        await type_text(pilot, "x")
        await press(pilot, "f3", "f4", "f5", "enter")
        assert "choose where to search" in screen_text(app)
        assert len(asked(transport)) == before


async def test_the_last_text_and_the_choices_stay_and_are_typed_over() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await search_for(pilot, "question")
        await press(pilot, "f5", "escape", "ctrl+f")
        assert search_screen(app).field.value == "question"
        assert "f5 [ ] memory" in screen_text(app)
        await type_text(pilot, "answer")
        assert search_screen(app).field.value == "answer"


# hits


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_a_hit_says_where_it_is_and_what_stands_around_it(flavour: str, size: tuple[int, int]) -> None:
    transport, _ = compacted(flavour)
    async with started(transport, size=size, demo=flavour) as (app, pilot):
        await search_for(pilot, PHRASE)
        text = screen_text(app)
        assert "One" in text
        assert "just now · user · before the context" in text
        assert "I painted ▸THE COBALT LIGHTHOUSE◂ today" in text
        assert ("searched by the server" in text) == (flavour == "cloud")
        assert ("reading every message" in text) == (flavour != "cloud")
        assert "1 hit" in text
        assert app.screen.focused is search_screen(app).list


async def test_hits_come_while_it_walks_and_escape_stops_then_closes() -> None:
    transport = small_server(*(f"Number {number}" for number in range(30)))
    every = ids(transport)
    transport.store.add_message(every[0], "user", f"first {PHRASE}")
    gate = transport.hold(path=f"{every[20]}/messages")
    async with started(transport) as (app, pilot):
        await post_keys(pilot, "ctrl+f", *"cobalt", "enter")
        await until(pilot, lambda: "▸cobalt◂" in screen_text(app))
        await until(pilot, lambda: "escape stops" in screen_text(app))
        assert "1 hit · " in screen_text(app)
        await post_keys(pilot, "escape")
        await until(pilot, lambda: "stopped · 1 hit" in screen_text(app))
        assert "▸cobalt◂" in screen_text(app)
        gate.open()
        await settle(pilot)
        sent = len(asked(transport))
        await press(pilot, "escape")
        assert app.screen is main_screen(app)
        assert len(asked(transport)) == sent


async def test_the_scope_is_a_visible_toggle_and_searches_again() -> None:
    transport, _ = compacted()
    grace = transport.store.add_agent("Grace", {"human": f"who likes {PHRASE}"})
    async with started(transport, agent="Ada") as (app, pilot):
        await press(pilot, "ctrl+f")
        assert "in all conversations" not in screen_text(app)  # the scope at first is one agent
        await press(pilot, "escape")
        await search_for(pilot, PHRASE)
        assert "f2 [ ] all agents" in screen_text(app)
        assert len(search_screen(app).list.hits) == 1
        await press(pilot, "f2")
        assert "f2 [x] all agents" in screen_text(app)
        assert {hit.agent for hit in search_screen(app).list.hits} == {
            grace,
            only_agent_named(transport, "Ada"),
        }
        assert "Grace · shared memory human" in screen_text(app)
        await press(pilot, "f5")
        assert "f5 [ ] memory" in screen_text(app)
        assert all(hit.place == "messages" for hit in search_screen(app).list.hits)


def only_agent_named(transport: DemoTransport, name: str) -> str:
    return next(agent.id for agent in transport.store.agents.values() if agent.name == name)


async def test_a_click_toggles_too() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+f")
        await pilot.click("#search-choices", offset=(22, 0))
        assert "f3 [ ] messages" in screen_text(app)
        await pilot.click("#search-choices", offset=(2, 0))
        assert "f2 [x] all agents" in screen_text(app)


async def test_a_narrow_window_has_all_that_can_be_chosen_in_two_lines() -> None:
    transport, _ = compacted()
    async with started(transport, size=NARROW) as (app, pilot):
        await press(pilot, "ctrl+f")
        assert "f5 [x] memory f6 [ ] regex f7 [ ] system messages" in screen_text(app)
        await pilot.click("#search-choices", offset=(16, 1))
        assert "f7 [x] system messages" in screen_text(app)
        await pilot.click("#search-choices", offset=(2, 1))
        assert "f6 [x] regex" in screen_text(app)


async def test_memory_in_system_messages_is_one_hit_and_f7_lists_them() -> None:
    transport = small_server("One", "Two", "Three", blocks={"human": f"[/foo] {PHRASE}"})
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+f")
        await type_text(pilot, PHRASE)
        await press(pilot, "enter")
        assert [(hit.place, hit.readers) for hit in search_screen(app).list.hits] == [("memory", 4)]
        assert "shared memory human 4 conversations read it" in screen_text(app)
        assert "4 system messages contain it too: f7 lists them" in screen_text(app)
        await press(pilot, "f7")
        assert {hit.role for hit in search_screen(app).list.hits} == {None, "system"}
        assert len(search_screen(app).list.hits) == 5
        assert "contain it too" not in screen_text(app)
        assert_harmless(app)


async def test_stopped_the_memory_found_until_then_is_shown() -> None:
    transport = small_server("One", "Two", blocks={"human": PHRASE})
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+f")
        await type_text(pilot, PHRASE)
        gate = await press_until_held(pilot, transport, "enter", path=f"{ids(transport)[1]}/messages")
        await press(pilot, "escape")
        gate.open()
        await settle(pilot)
        assert [(hit.place, hit.label) for hit in search_screen(app).list.hits] == [("memory", "human")]


async def test_a_regex_is_a_toggle_and_a_bad_one_is_named() -> None:
    transport, _ = compacted("cloud")
    async with started(transport, demo="cloud") as (app, pilot):
        await press(pilot, "ctrl+f", "f6")
        await type_text(pilot, "cobalt l.ghthouse")
        await press(pilot, "enter")
        assert "▸COBALT LIGHTHOUSE◂" in screen_text(app)
        assert "reading every message" in screen_text(app)
        await press(pilot, "slash")
        await type_text(pilot, "(")
        await press(pilot, "enter")
        assert "the regex cannot be used" in screen_text(app)


async def test_nothing_found_is_said() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await search_for(pilot, "no such words")
        assert "nothing was found" in screen_text(app)
        assert "0 hits · 3 conversations" in screen_text(app)
        await press(pilot, "enter", "j", "G")
        assert isinstance(app.screen, SearchScreen)


async def test_a_server_that_fails_is_said_and_what_was_found_stays() -> None:
    transport = small_server("One", "Two")
    transport.store.add_message(ids(transport)[0], "user", PHRASE)
    async with started(transport) as (app, pilot):
        transport.fail(500, path=f"{ids(transport)[1]}/messages")
        await search_for(pilot, PHRASE)
        assert "Two: Reading the messages: the server failed" in screen_text(app)
        assert "▸the cobalt lighthouse◂" in screen_text(app)


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_hostile_text_in_hits_is_harmless(size: tuple[int, int]) -> None:
    transport = small_server(f"[/foo] {HOSTILE}", name=f"Ada [/foo] {BIDI}")
    transport.store.add_message(ids(transport)[0], "user", f"needle [/foo] {HOSTILE} {BIDI}\x1b[2J")
    async with started(transport, size=size) as (app, pilot):
        await search_for(pilot, "needle")
        assert "[/foo]" in screen_text(app)
        assert_harmless(app)
        await press(pilot, "f2")
        assert_harmless(app)


async def test_without_colour_the_match_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await search_for(pilot, PHRASE)
        assert "▸THE COBALT LIGHTHOUSE◂" in screen_text(app)


async def test_the_cursor_moves_over_many_hits() -> None:
    transport = small_server("One")
    for number in range(60):
        transport.store.add_message(ids(transport)[0], "user", f"{PHRASE} {number}.")
    async with started(transport, size=NARROW) as (app, pilot):
        await search_for(pilot, PHRASE)
        hits = search_screen(app).list
        await press(pilot, "j", "j", "k")
        assert hits.cursor == 1
        await press(pilot, "G")
        assert hits.cursor == 59
        assert " 59." in screen_text(app)
        await press(pilot, "pageup")
        assert hits.cursor < 59
        await press(pilot, "g")
        assert hits.cursor == 0
        assert " 0." in screen_text(app)


# where enter leads


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_enter_goes_to_a_message_before_the_context(size: tuple[int, int]) -> None:
    transport, wanted = compacted()
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "j")
        assert row_id(app) != wanted
        await search_for(pilot, PHRASE)
        hit = search_screen(app).list.hit
        assert hit is not None
        await press(pilot, "enter")
        assert app.screen is main_screen(app)
        assert row_id(app) == wanted
        assert selected_ids(app)["id"] == hit.message
        assert main_screen(app).panes.detail.reader.has_focus
        assert "THE COBALT LIGHTHOUSE" in screen_text(app)
        assert "context starts here" in screen_text(app)


async def test_enter_goes_to_a_message_in_context_without_its_history() -> None:
    transport, wanted = compacted()
    async with started(transport) as (app, pilot):
        await search_for(pilot, "answer 5")
        before = len(asked(transport, "GET", "/v1/messages/"))
        hit = search_screen(app).list.hit
        assert hit is not None
        await press(pilot, "enter")
        assert (row_id(app), selected_ids(app)["id"]) == (wanted, hit.message)
        assert len(asked(transport, "GET", "/v1/messages/")) == before


async def test_enter_goes_to_a_conversation_of_another_agent() -> None:
    transport, _ = compacted()
    store = transport.store
    grace = store.add_agent("Grace", {})
    one = store.open_conversation(grace, "Hers", NOW)
    store.add_system(one)
    message = store.add_message(one.id, "assistant", f"I saw {PHRASE}")
    store.add_message(one.id, "user", "bye")
    async with started(transport, agent="Ada") as (app, pilot):
        await press(pilot, "ctrl+f", "f2")
        await type_text(pilot, f"saw {PHRASE}")
        await press(pilot, "enter", "enter")
        agent = main_screen(app).connection.agent
        assert agent is not None
        assert agent.id == grace
        assert row_id(app) == one.id
        assert selected_ids(app)["id"] == message


async def test_enter_goes_to_a_row_that_is_on_no_loaded_page_or_filtered_out() -> None:
    transport = small_server(*(f"Number {number}" for number in range(80)))
    last = ids(transport)[-1]
    message = transport.store.add_message(last, "user", PHRASE)
    async with started(transport, page_size=20) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "Number 1")
        await press(pilot, "enter")
        await search_for(pilot, PHRASE)
        await press(pilot, "enter")
        assert row_id(app) == last
        assert selected_ids(app)["id"] == message


async def test_enter_shows_types_of_messages_that_were_hidden() -> None:
    transport, wanted = compacted()
    async with started(transport) as (app, pilot):
        main_screen(app).reading.opened.hide_types(frozenset({"assistant"}))
        await search_for(pilot, "answer 5")
        await press(pilot, "enter")
        assert row_id(app) == wanted
        assert "answer 5" in screen_text(app)


async def test_enter_on_memory_goes_to_the_block() -> None:
    transport = small_server("One", blocks={"human": "Sam", "persona": "Ada", "project": PHRASE})
    wanted = transport.store.add_conversation(only_agent(transport), "Own", ("project",))
    async with started(transport) as (app, pilot):
        await press(pilot, "ctrl+f", "f3", "f4")
        await type_text(pilot, PHRASE)
        await press(pilot, "enter")
        assert [hit.conversation for hit in search_screen(app).list.hits] == [None, wanted]
        await press(pilot, "j", "enter")
        assert row_id(app) == wanted
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert item.key == "label-project"
        await press(pilot, "ctrl+f", "enter", "enter")
        assert row_id(app) == "default"
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert item.key == "label-project"


async def test_enter_on_a_summary_goes_to_the_conversation() -> None:
    transport = small_server("One", "All about paint")
    async with started(transport) as (app, pilot):
        await search_for(pilot, "about paint")
        await press(pilot, "enter")
        assert row_id(app) == ids(transport)[1]


async def test_a_message_that_is_gone_by_then_is_said() -> None:
    transport, wanted = compacted()
    async with started(transport) as (app, pilot):
        await search_for(pilot, PHRASE)
        hit = search_screen(app).list.hit
        assert hit is not None
        assert hit.message is not None
        transport.store.rows[hit.message].deleted = True
        for link in transport.store.links(wanted):
            link.deleted = link.deleted or link.message_id == hit.message
        await press(pilot, "enter")
        assert row_id(app) == wanted
        assert "no longer lists this message" in remarks(app)


async def test_an_edit_is_left_as_a_draft_when_a_hit_is_gone_to() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "e")
        await type_text(pilot, "typed ")
        main_screen(app).panes.list.focus()
        await search_for(pilot, PHRASE)
        await press(pilot, "enter")
        assert main_screen(app).edit is None
        assert main_screen(app).conversations.drafts
    assert not [path for path in writes(transport) if "/messages/search" not in path]


# where is this still said


async def ask_where_said(app: LettaApp, pilot: Pilot[None], label: str) -> None:
    """Select a block in Memory, and press W."""
    await press(pilot, "b", "enter")
    while (item := main_screen(app).panes.detail.reader.item) is not None and item.key != f"label-{label}":
        await press(pilot, "j")
    await press(pilot, "W")


async def test_w_in_memory_searches_for_what_the_block_no_longer_says() -> None:
    transport = small_server(
        "One", "Two", blocks={"human": "Works at Acme Corp.\nLikes tea.", "persona": "Ada"}
    )
    store = transport.store
    one, two = ids(transport)
    quoted = store.add_message(two, "assistant", "She works at ACME corp. Still.")
    store.set_block(next(iter(store.blocks)), "Works at Initech.\nLikes tea.")
    async with started(transport) as (app, pilot):
        await ask_where_said(app, pilot, "human")
        text = screen_text(app)
        assert "Where is this still said · human" in text
        assert "1 sentence no longer in this block, from what the model reads" in text
        assert "“Works at Acme Corp.”" in text
        hits = search_screen(app).list.hits
        assert {hit.message for hit in hits} >= {quoted}
        assert [(hit.place, hit.role, hit.readers) for hit in hits] == [
            ("messages", "assistant", None),
            ("memory", None, 2),
        ]
        assert "memory human, not as it is stored" in text
        assert "2 system messages contain it too: f7 lists them" in text
        await press(pilot, "f7")
        hits = search_screen(app).list.hits
        assert {(hit.role, hit.conversation) for hit in hits} == {
            ("assistant", two),
            ("system", one),
            ("system", two),
        }
        while (hit := search_screen(app).list.hit) is not None and hit.message != quoted:
            await press(pilot, "j")
        await press(pilot, "enter")
        assert row_id(app) == two
        assert selected_ids(app)["id"] == quoted


async def test_w_says_when_nothing_else_was_said_and_slash_searches_for_other_words() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await ask_where_said(app, pilot, "human")
        assert (
            "Earlier values say nothing that the current one does not (from what the model reads, the journal"
            in screen_text(app)
        )
        await press(pilot, "f6")
        assert "searched for literally" in remarks(app)
        await press(pilot, "slash")
        await type_text(pilot, PHRASE)
        await press(pilot, "enter")
        assert "▸THE COBALT LIGHTHOUSE◂" in screen_text(app)
        await press(pilot, "escape")
        assert app.screen is main_screen(app)


async def test_w_elsewhere_says_what_to_select() -> None:
    transport, _ = compacted()
    async with started(transport) as (app, pilot):
        await press(pilot, "enter", "W")
        assert "Select a block in Memory first" in remarks(app)
        await press(pilot, "escape", "W")
        assert "works in" in remarks(app)


async def test_hostile_text_in_an_earlier_value_is_harmless() -> None:
    transport = small_server("One", blocks={"human": f"old [/foo] {HOSTILE} {BIDI}\x1b[2J"})
    transport.store.set_block(next(iter(transport.store.blocks)), "new")
    async with started(transport, size=NARROW) as (app, pilot):
        await ask_where_said(app, pilot, "human")
        assert "[/foo]" in screen_text(app)
        assert_harmless(app)
