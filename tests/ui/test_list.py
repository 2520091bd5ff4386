"""The list of conversations: paging, the cursor's place, filter, and answers that come too late."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    asked,
    flush,
    focused_id,
    ids,
    main_screen,
    make_app,
    pane_text,
    post_keys,
    press,
    press_until_held,
    resize,
    row_id,
    screen_lines,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tests.ui.stories import conversation_reads, numbered
from tui.flows import list_conversations
from tui.ui.widgets.conversation_list import NEAR

pytestmark = pytest.mark.anyio


# paging


async def test_g_goes_to_the_last_loaded_row_and_on_until_all_are_here() -> None:
    """45 rows in pages of 20: the heading counts up to "45, all"."""
    transport = numbered(45)
    async with started(transport, page_size=20) as (app, pilot):
        assert "20 loaded, more" in screen_text(app)
        await press(pilot, "G", "G", "G")
        assert "45, all" in screen_text(app)
        await press(pilot, "G")
        assert row_id(app) == ids(transport)[44]
        assert [row.summary for row in main_screen(app).panes.list.rows[1:]] == [
            f"Number {number:03}" for number in range(45)
        ]


async def test_the_next_page_comes_as_the_cursor_nears_the_end() -> None:
    """Nobody has to ask for it."""
    transport = numbered(150)
    async with started(transport, page_size=40) as (app, pilot):
        assert "40 loaded, more" in screen_text(app)
        await press(pilot, "pagedown")
        assert "120 loaded, more" in screen_text(app)


async def test_a_key_held_over_a_thousand_rows_asks_for_two_pages() -> None:
    """They grow, so that who goes far waits seldom."""
    transport = numbered(2_000)
    async with started(transport) as (app, pilot):
        before = len(asked(transport, "GET", "/v1/conversations/?"))
        shown = main_screen(app).panes.list
        for _ in range(1_000):
            shown.action_move(1)
            if shown.cursor >= len(shown.rows) - NEAR:
                await settle(pilot)
        assert shown.cursor == 1_001
        assert len(asked(transport, "GET", "/v1/conversations/?")) - before == 2


async def test_a_key_held_at_the_end_of_what_is_loaded_is_no_rest_until_all_rows_are_here() -> None:
    """The row at which it waits for the next page is not read each time."""
    async with started(numbered(60), page_size=40) as (app, pilot):
        screen = main_screen(app)
        screen.reading.conversations.feed.complete = True  # nothing more is asked for
        screen.panes.list.action_last()
        await settle(pilot)
        at = screen.reading.opened._moved_at
        await post_keys(pilot, "j")
        await flush(pilot)
        assert screen.reading.opened._moved_at == at
        screen.reading.conversations.feed.complete = False
        await post_keys(pilot, "j")
        await flush(pilot)
        assert screen.reading.opened._moved_at > at


async def test_all_rows_of_one_instant_are_listed() -> None:
    """Thirty conversations share one created_at; the server's own cursor would lose most of them."""
    async with started(agent="Batch import", page_size=10) as (app, pilot):
        await press(pilot, *["G"] * 6)
        assert "30, all" in screen_text(app)
        rows = main_screen(app).panes.list.rows
        assert sorted(row.summary or "" for row in rows[1:]) == [f"Ticket {4000 + n}" for n in range(30)]


async def test_a_page_that_fails_is_told_above_the_list_and_r_brings_it() -> None:
    """The rows that are here stay, with the cursor where it was."""
    transport = numbered(45)
    async with started(transport, page_size=20) as (app, pilot):
        transport.fail(500, path="/v1/conversations/$")
        await press(pilot, "G")
        assert pane_text(app, "ListHeading").startswith("✗ Listing conversations: the server failed")
        last = row_id(app)
        assert last == ids(transport)[19]
        transport.clear()
        await press(pilot, "r")
        assert "loaded" in screen_text(app)
        assert row_id(app) == last
        await press(pilot, "G", "G", "G")
        assert "45, all" in screen_text(app)


async def test_the_default_conversation_is_the_first_row_of_every_order() -> None:
    """◆ marks it, whatever the sort."""
    async with started(numbered(5)) as (app, pilot):
        for _ in range(4):
            assert main_screen(app).panes.list.rows[0].is_default
            await press(pilot, "s")
        await press(pilot, "S", "g")
        assert main_screen(app).panes.list.rows[0].is_default
        assert any("◆ default conversation" in line for line in screen_lines(app))


async def test_untitled_conversations_show_the_first_words_once_they_were_read() -> None:
    """An untitled row says "untitled" and, after a visit, what the user said first."""
    transport = small_server(None, "Titled")
    transport.store.add_message(ids(transport)[0], "user", "why does the build fail")
    async with started(transport) as (app, _):
        assert 'untitled · "why does the build' in pane_text(app, "#list")


async def test_an_untitled_conversation_is_called_the_same_in_heading_and_dialogs() -> None:
    transport = small_server(None, "Titled")
    transport.store.add_message(ids(transport)[0], "user", "why does the build fail")
    words = 'untitled · "why does the build fail"'
    async with started(transport) as (app, pilot):
        assert words in pane_text(app, "#title")
        for key in ("D", "f", "U", "T"):
            await press(pilot, key)
            assert app.screen is not main_screen(app)
            assert words in screen_text(app), key
            await press(pilot, "escape")


# the cursor's place


# reading what the cursor rests on


async def test_running_down_the_list_reads_only_the_row_where_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten keys without a rest, one conversation asked for."""
    transport = numbered(30)
    app = make_app(transport)
    rest = asyncio.Event()

    async def sleep(_: float) -> None:
        await rest.wait()

    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        before = len(conversation_reads(transport))
        still = SimpleNamespace(sleep=sleep, gather=asyncio.gather, to_thread=asyncio.to_thread)
        monkeypatch.setattr("tui.flows.open_conversation.asyncio", still)
        await post_keys(pilot, *["j"] * 10)
        await flush(pilot)
        assert conversation_reads(transport)[before:] == []
        rest.set()
        await settle(pilot)
        assert conversation_reads(transport)[before:] == [ids(transport)[10]]
        assert "Number 010" in pane_text(app, "#title")


async def test_an_answer_that_comes_too_late_is_never_shown() -> None:
    """A is slow, B is fast, and the cursor is on B when A's answer arrives."""
    transport = small_server("First", "Slow A", "Fast B")
    slow, fast = ids(transport)[1:3]
    gate = transport.hold(path=f"/v1/conversations/{slow}")
    async with started(transport) as (app, pilot):
        await post_keys(pilot, "j")
        await gate.arrived()
        await post_keys(pilot, "j")
        await settle(pilot)
        assert "Fast B" in pane_text(app, "#title")
        gate.open()
        await settle(pilot)
        assert row_id(app) == fast
        assert "Fast B" in pane_text(app, "#title")
        assert "Slow A" not in pane_text(app, "#detail")


async def test_the_row_left_is_not_shown_while_the_next_one_is_on_its_way() -> None:
    """The title changes at once; the text of the last conversation does not stand below it."""
    transport = small_server("First", "Second")
    first, second = ids(transport)
    transport.store.add_message(first, "user", "words of the first one")
    async with started(transport) as (app, pilot):
        assert "words of the first one" in screen_text(app)
        gate = await press_until_held(pilot, transport, "j", path=f"/v1/conversations/{second}")
        await flush(pilot)
        assert "Second" in pane_text(app, "#title")
        assert "words of the first one" not in screen_text(app)
        gate.open()
        await settle(pilot)


async def test_moving_about_makes_no_request_per_row() -> None:
    """Painting a page of rows asks the server nothing but the page."""
    transport = numbered(60)
    app = make_app(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
    assert len(asked(transport, "GET", "/v1/conversations/?")) == 1
    assert conversation_reads(transport) == [ids(transport)[0]]


# filter


async def test_typing_narrows_the_list_and_enter_goes_to_the_first_match() -> None:
    """/ and some letters, then the list has the keys again."""
    async with started(small_server("Fix the parser", "Weekly report", "Parser tests")) as (app, pilot):
        await press(pilot, "slash")
        assert focused_id(app) == "filter"
        await type_text(pilot, "PARS")
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["Fix the parser", "Parser tests"]
        assert "2 match" in pane_text(app, "ListHeading")
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        row = main_screen(app).panes.list.row
        assert row is not None
        assert row.summary == "Fix the parser"
        assert "Fix the parser" in pane_text(app, "#title")


async def test_while_typing_the_cursor_stands_where_enter_goes() -> None:
    """Not on a row that happened to be near one that the last letter left out."""
    async with started(small_server("Pancakes", "Nothing", "Parser, first", "Padding", "Parser, second")) as (
        app,
        pilot,
    ):
        await press(pilot, "j", "j", "j", "slash")
        await type_text(pilot, "pars")
        assert main_screen(app).panes.list.cursor == 0
        here = row_id(app)
        await press(pilot, "enter")
        assert row_id(app) == here


async def test_escape_takes_the_filter_away_and_keeps_the_conversation() -> None:
    """From the line and from the list alike."""
    transport = small_server("Fix the parser", "Weekly report", "Parser tests")
    report = ids(transport)[1]
    async with started(transport) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "weekly")
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus
        assert len(main_screen(app).panes.list.rows) == 4
        assert row_id(app) == report
        await press(pilot, "slash")
        await type_text(pilot, "weekly")
        await press(pilot, "enter", "escape")
        assert len(main_screen(app).panes.list.rows) == 4
        assert row_id(app) == report


async def test_rows_that_are_not_loaded_join_from_the_servers_search() -> None:
    """The needle is on no loaded page."""
    transport = small_server(*(f"Number {number:03}" for number in range(60)), "The needle")
    async with started(transport, page_size=20) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "needle")
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["The needle"]
        assert asked(transport, "GET", "summary_search=needle")
        await press(pilot, "enter")
        assert "The needle" in pane_text(app, "#title")


async def test_a_complete_list_is_filtered_without_asking_the_server() -> None:
    """Everything is here already."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "tw")
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["Two"]
    assert not asked(transport, "GET", "summary_search")


async def test_a_refresh_under_a_filter_keeps_what_the_servers_search_brings() -> None:
    """The row is on no loaded page, so the list does not have it after it was read again."""
    transport = small_server(*(f"Number {number:03}" for number in range(60)), "The needle")
    async with started(transport, page_size=20) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "needle")
        await press(pilot, "enter", "r")
        assert "The needle" in pane_text(app, "#list")


async def test_a_search_that_fails_is_told_and_the_loaded_rows_stay() -> None:
    """The half that works goes on working."""
    transport = numbered(60)
    async with started(transport, page_size=20) as (app, pilot):
        transport.fail(500, path="/v1/conversations/$")
        await press(pilot, "slash")
        await type_text(pilot, "mber 012")
        assert pane_text(app, "ListHeading").startswith("✗ Listing conversations: the server failed")
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["Number 012"]


async def test_the_search_of_words_typed_over_is_not_shown() -> None:
    """An answer for the old words comes after the new ones."""
    transport = small_server(*(f"Number {number:03}" for number in range(60)), "needle", "haystack")
    async with started(transport, page_size=20) as (app, pilot):
        await press(pilot, "slash")
        gate = await press_until_held(pilot, transport, *"needle", path="/v1/conversations/$")
        main_screen(app).panes.left.filter_line.value = "haystack"
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert [row.summary for row in main_screen(app).panes.list.rows] == ["haystack"]


async def long_list_filtered(monkeypatch: pytest.MonkeyPatch, *keys: str) -> list[str | None]:
    """What a list that counts as long shows after these keys, none of which waits for the one before."""
    monkeypatch.setattr(list_conversations, "WHOLE", 20)
    monkeypatch.setattr(list_conversations, "STEP", 7)
    async with started(numbered(60)) as (app, pilot):
        await press(pilot, "slash")
        for key in keys:
            app.simulate_key(key)
        await settle(pilot)
        shown = main_screen(app).panes.list
        assert shown.row is not None
        return [shown.row.summary, *(row.summary for row in shown.rows)]


async def test_a_long_list_shows_what_matches_when_it_was_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Letters typed meanwhile restart the search."""
    first, *shown = await long_list_filtered(monkeypatch, *"r 05")
    assert shown == ["Number 005", *(f"Number {number:03}" for number in range(50, 60))]
    assert first in shown


async def test_enter_goes_to_the_first_match_of_a_list_that_was_not_yet_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not take a row that does not match."""
    first, *shown = await long_list_filtered(monkeypatch, "0", "5", "enter")
    assert len(shown) == 11
    assert first == shown[0]


async def test_emptying_the_filter_shows_a_long_list_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, *shown = await long_list_filtered(monkeypatch, "5", "9", "backspace", "backspace")
    assert len(shown) == 61


async def test_a_filter_without_a_match_says_so_and_leads_back() -> None:
    """0 match; escape brings every row."""
    async with started(small_server("One", "Two")) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "zzz")
        assert "0 match" in pane_text(app, "ListHeading")
        await press(pilot, "enter", "escape")
        assert app.is_running
        assert len(main_screen(app).panes.list.rows) == 3


async def test_a_dead_connection_is_seen_in_the_header_and_heals() -> None:
    """● connected, ✗ not connected, ● connected: in words, not in colour alone."""
    transport = numbered(5)
    async with started(transport) as (app, pilot):
        transport.fail(httpx.ConnectError)
        await press(pilot, "R")
        assert "not connected" in pane_text(app, "#header")
        assert len(main_screen(app).panes.list.rows) == 6
        transport.clear()
        await press(pilot, "R")
        assert "connected" in pane_text(app, "#header")


async def test_times_are_relative_and_absolute_where_there_is_room() -> None:
    """A narrow list says "3 h"; a wide one says when as well."""
    transport = small_server("One")
    row = next(iter(transport.store.conversations.values()))
    row.created_at = NOW - timedelta(hours=3)
    async with started(transport) as (app, pilot):
        assert "3 h" in pane_text(app, "#list")
        await resize(pilot, (200, 50))
        assert "2026-03-14 06:26" in pane_text(app, "#list")


async def test_times_are_told_as_the_settings_say() -> None:
    """Absolute, on a clock of twelve hours: in the list, above the messages, and in what is asked for."""
    async with started(small_server("One"), times="absolute", clock="12h", zone="utc") as (app, pilot):
        assert "2026-03-14 09:25 am" in pane_text(app, "#list")
        assert "1 min" not in pane_text(app, "#list")
        assert "compiled 2026-03-14 09:26 am" in screen_text(app)
        await press(pilot, "i")
        assert "2026-03-14 09:25:53 am UTC (1 min ago)" in screen_text(app)
        await press(pilot, "at")
        assert re.search(r"\d\d:\d\d:\d\d [ap]m 200", screen_text(app))
