"""The whole history: read when asked for, dimmed above the boundary, never twice, never somebody else's."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    NARROW,
    NOW,
    asked,
    flush,
    ids,
    main_screen,
    only_agent,
    pane_lines,
    pane_text,
    post_keys,
    press,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.conversations import compact_before
from tui.backends.demo.transport import DemoTransport
from tui.presentation.history import BOUNDARY
from tui.presentation.item import Item

pytestmark = pytest.mark.anyio


def items(app: LettaApp) -> tuple[Item, ...]:
    return main_screen(app).panes.detail.reader.items


def rows_of(found: tuple[Item, ...]) -> list[str]:
    """The stored rows that items show, a call's with its return's."""
    named = (value for item in found for name, value in item.ids if name in ("id", "return"))
    return list(dict.fromkeys(named))


def titles(app: LettaApp) -> list[str]:
    return [item.text for item in items(app)]


def compacted_server(*summaries: str) -> DemoTransport:
    """A server whose first conversation has ten turns, of which six are hidden behind a summary."""
    transport = small_server(*summaries)
    wanted = ids(transport)[0]
    store = transport.store
    for number in range(10):
        store.add_message(wanted, "user", f"question {number}")
        store.add_message(wanted, "assistant", f"answer {number}")
    compact_before(store, store.conversations[wanted], 13, "what was asked and answered")
    return transport


async def test_the_whole_history_of_a_compacted_conversation_in_one_line_of_time() -> None:
    """201 rows above the boundary, 13 below it, each once; the list of the server never shows."""
    transport = DemoTransport(now=NOW)
    async with started(transport) as (app, pilot):
        assert "earlier messages, not in context · H whole history" in pane_text(app, "#scope")
        assert not asked(transport, "GET", "/v1/messages/?")
        view = main_screen(app).opened.view
        assert view is not None
        await press(pilot, "H")
        at = next(index for index, item in enumerate(items(app)) if item.key == BOUNDARY)
        above, below = items(app)[:at], items(app)[at + 1 :]
        wanted = transport.store.in_context(view.conversation.id)
        assert rows_of(below) == wanted
        shown = set(rows_of(items(app)))
        links = {link.message_id for link in transport.store.links(view.conversation.id)}
        assert shown == links
        assert len(links) == 214
        assert not set(rows_of(above)) & set(wanted)
        dates = [item.date for item in above if item.date is not None]
        assert dates == sorted(dates)
        assert "context starts here: 13 of 214 messages" in pane_text(app, "#messages")
        assert "201 before the context" in pane_text(app, "#scope")
        await press(pilot, "H")
        scope = pane_text(app, "#scope")
        assert "201 earlier messages, not in context · 1,070 / 128,000 tokens · H" in scope
        assert BOUNDARY not in [item.key for item in items(app)]
        before = len(asked(transport))
        await press(pilot, "H")
        assert len(asked(transport)) == before


async def test_the_selected_message_stays_selected_and_the_boundary_comes_into_view() -> None:
    """Whoever reads the context goes on reading it."""
    async with started(compacted_server("One")) as (app, pilot):
        await press(pilot, "enter", "j", "j")
        selected = main_screen(app).panes.detail.reader.item
        assert selected is not None
        await press(pilot, "H")
        now = main_screen(app).panes.detail.reader.item
        assert now is not None
        assert now.key == selected.key
        assert "context starts here: 10 of 22 messages" in pane_text(app, "#messages")
        await press(pilot, "c")
        assert (main_screen(app).panes.detail.reader.item or now).key == BOUNDARY
        await press(pilot, "g")
        assert pane_lines(app, "#messages")[0].startswith("▌▪ user")
        assert any(line.startswith("┊") for line in pane_lines(app, "#messages"))


async def test_c_goes_to_the_first_message_where_only_the_context_is_shown() -> None:
    async with started(compacted_server("One"), size=NARROW) as (app, pilot):
        await press(pilot, "enter", "G", "c")
        assert main_screen(app).panes.detail.reader.selected == 0


async def test_a_conversation_without_a_compaction_says_nothing_until_it_is_asked() -> None:
    async with started(small_server("One")) as (app, pilot):
        assert not main_screen(app).query_one("#scope").display
        await press(pilot, "H")
        assert "all 1 message, nothing before the context" in pane_text(app, "#scope")


async def test_the_size_of_the_context_is_shown_where_the_server_tells_it() -> None:
    """And nothing is said where it does not, as here at first."""
    transport = compacted_server("One")
    async with started(transport, size=(160, 36)) as (app, pilot):
        transport.fail(404, path="/context")
        await press(pilot, "H")
        assert "tokens" not in pane_text(app, "#scope")
        transport.clear()
        told = {"context_window_size_current": 4376, "context_window_size_max": 128_000}
        transport.fail(httpx.Response(200, json=told), path="/context")
        transport.store.add_message(ids(transport)[0], "user", "news")
        await press(pilot, "enter", "r")
        assert "4,376 / 128,000 tokens" in pane_text(app, "#scope")
        assert "news" in titles(app)


async def test_a_history_that_cannot_be_read_says_so_in_place_and_r_tries_again() -> None:
    """The context stands."""
    transport = compacted_server("One")
    async with started(transport) as (app, pilot):
        transport.fail(500, path="/v1/messages/")
        await press(pilot, "enter", "H")
        assert "the history could not be read" in pane_text(app, "#scope")
        assert "r retries" in pane_text(app, "#scope")
        await press(pilot, "g")
        assert "the server failed (500" in pane_text(app, "#messages")
        assert "answer 9" in titles(app)
        transport.clear()
        await press(pilot, "r")
        assert "question 0" in titles(app)


async def test_a_history_that_comes_late_is_not_shown_with_another_conversation() -> None:
    """The cursor has moved on; what arrives belongs to nobody who is looking."""
    transport = compacted_server("One", "Two")
    async with started(transport) as (app, pilot):
        gate = transport.hold(path="/v1/messages/")
        await post_keys(pilot, "H")
        await flush(pilot)
        assert "reading the whole history…" in pane_text(app, "#scope")
        await post_keys(pilot, "j")
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert "question 0" not in titles(app)
        assert BOUNDARY not in [item.key for item in items(app)]


async def test_a_fork_shows_the_rows_that_it_shares_and_says_where_the_rest_is() -> None:
    """The list by conversation lacks them; after a compaction of the fork they are evicted all the same."""
    transport = small_server("One")
    (source,) = ids(transport)
    store = transport.store
    for number in range(6):
        store.add_message(source, "user", f"shared {number}")
        store.add_message(source, "assistant", f"reply {number}")
    async with started(transport) as (app, pilot):
        http = httpx.AsyncClient(transport=transport, base_url="http://demo")
        fork = (await http.post(f"/v1/conversations/{source}/fork", json={})).json()["id"]
        store.add_message(fork, "user", "only in the fork")
        store.add_message(fork, "assistant", "indeed")
        compact_before(store, store.conversations[fork], 10, "shared things")
        await press(pilot, "R", "g", "j")
        await press(pilot, "H")
        assert main_screen(app).panes.list.row is not None
        words = titles(app)
        assert words.index("shared 0") < words.index("reply 4")
        assert "shared with the conversation this one was forked from" in words[0]
        assert words.count("shared 0") == words.count("only in the fork") == 1


async def test_the_default_conversation_has_its_history_with_the_agent() -> None:
    transport = small_server("One")
    transport.store.add_message(only_agent(transport), "user", "straight to the agent")
    async with started(transport) as (app, pilot):
        await press(pilot, "k", "H")
        assert asked(transport, "GET", "conversation_id=default&order=asc") or asked(
            transport, "GET", "order=asc&limit=2000&conversation_id=default"
        )
        assert "straight to the agent" in titles(app)
        assert "nothing before the context" in pane_text(app, "#scope")


async def test_ctrl_g_goes_to_the_first_message_from_a_moment_on() -> None:
    async with started() as (app, pilot):
        await press(pilot, "enter", "H")
        dated = [item for item in items(app) if item.date is not None and item.dimmed]
        wanted = dated[len(dated) // 2]
        assert wanted.date is not None
        await press(pilot, "ctrl+g")
        await type_text(pilot, "nonsense")
        assert "not a time yet: 2026-11-22 14:30, 2026-11-22 or 14:30" in screen_text(app)
        assert "⏎ Go" in pane_text(app, "KeyLine")
        await press(pilot, "enter", *["backspace"] * 8)
        await type_text(pilot, f"{wanted.date:%Y-%m-%d %H:%M:%S}")
        await press(pilot, "enter")
        found = main_screen(app).panes.detail.reader.item
        assert found is not None
        assert found.date == wanted.date
        await press(pilot, "ctrl+g", "escape")
        assert main_screen(app).panes.detail.reader.item == found
