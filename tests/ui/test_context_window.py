"""The gauge in the facts, and the tool that shows what fills the context."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    asked,
    assert_harmless,
    ids,
    main_screen,
    pane_text,
    post_keys,
    press,
    press_until_held,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.tools.context_window import NOT_A_MESSAGE, ContextWindowScreen
from tui.ui.widgets.item_lines import GUTTER
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


def reader(app: LettaApp) -> Reader:
    return app.screen.query_one("#tool", Reader)


def words(app: LettaApp) -> list[str]:
    return [item.word for item in reader(app).items]


async def select(pilot: Pilot[None], app: LettaApp, word: str) -> None:
    """Move to the first item with this word."""
    while reader(app).item is None or reader(app).items[reader(app).selected].word != word:
        before = reader(app).selected
        await press(pilot, "j")
        assert reader(app).selected > before, f"no {word}"


# the gauge


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_facts_say_how_full_the_context_is_without_a_request(size: tuple[int, int]) -> None:
    transport = DemoTransport(now=NOW)
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "enter")
        assert "13 in context ▇▁▁▁▁ <1 % · 2 isolated, 1 differs, 2 stale" in pane_text(app, "#facts")
        assert not asked(transport, "GET", "/context")


async def test_a_large_context_fills_the_gauge_and_the_estimate_is_said_to_be_one() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "x" * 320_000)
    async with started(transport) as (app, pilot):
        await press(pilot, "j")
        assert "2 in context ▇▇▇▇▁ about 63 % ·" in pane_text(app, "#facts")


async def test_the_servers_count_takes_the_place_of_the_estimate_once_it_was_read() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "x" * 320_000)
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "H")
        assert "2 in context ▇▇▇▇▁ 63 % ·" in pane_text(app, "#facts")


async def test_a_limit_that_is_not_reported_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.backends.demo import agents

    whole = agents.agent_json
    monkeypatch.setattr(agents, "agent_json", lambda *args: whole(*args) | {"llm_config": None})
    async with started(small_server("One"), size=(160, 40)) as (app, pilot):
        await press(pilot, "j")
        assert "no isolated blocks · about 299 tokens, limit not reported" in pane_text(app, "#facts")
        assert "%" not in pane_text(app, "#facts")


async def test_a_context_that_is_not_reported_has_no_gauge() -> None:
    transport = DemoTransport(now=NOW, flavour="cloud")
    for conversation in transport.store.conversations.values():
        conversation.reports_context = False
    async with started(transport, demo="cloud") as (app, _):
        assert "in context: not reported" in pane_text(app, "#facts")
        assert "%" not in pane_text(app, "#facts")


async def test_without_colours_bars_are_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with started() as (app, pilot):
        assert "13 in context [#....] <1 %" in pane_text(app, "#facts")
        await press(pilot, "%")
        assert "▇" not in "".join(item.head for item in reader(app).items)
        assert "#" in reader(app).items[0].head


# the tool


async def test_it_shows_the_parts_the_life_and_the_waits() -> None:
    transport = DemoTransport(now=NOW)
    async with started(transport) as (app, pilot):
        transport.requests.clear()
        await press(pilot, "%")
        assert isinstance(app.screen, ContextWindowScreen)
        assert words(app)[:3] == ["used", "free", "system"]
        assert {"memory", "metadata", "summary", "user", "assistant", "tools", "counted", "size"} <= set(
            words(app)
        )
        assert "gap" in words(app)
        assert "tool" in words(app)
        assert "1,070 of 128,000 tokens · <1 % full · counted by the server" in screen_text(app)
        assert len(asked(transport, "GET", "/context")) == 1
        assert not asked(transport, "POST")
        await press(pilot, "escape")
        assert not isinstance(app.screen, ContextWindowScreen)


@pytest.mark.parametrize("size", [NARROW, (100, 30), (120, 40), (200, 50)])
async def test_every_bar_and_the_plot_fit_into_the_window(size: tuple[int, int]) -> None:
    async with started(size=size) as (app, pilot):
        await press(pilot, "%")
        room = reader(app).text_width - GUTTER
        for item in reader(app).items:
            assert len(item.head.rpartition(" %")[0]) <= room
        (plot,) = [item for item in reader(app).items if item.word == "size"]
        assert max(map(len, plot.text.splitlines())) < room


async def test_another_width_draws_the_bars_anew() -> None:
    async with started(size=(120, 40)) as (app, pilot):
        await press(pilot, "%")
        wide = reader(app).items[0].head
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert reader(app).items[0].head.count("▁") < wide.count("▁")


async def test_enter_on_a_wait_goes_to_its_message_in_the_whole_history() -> None:
    async with started() as (app, pilot):
        await press(pilot, "%", "enter")
        assert NOT_A_MESSAGE in remarks(app)
        await select(pilot, app, "gap")
        item = reader(app).item
        assert item is not None
        await press(pilot, "enter")
        assert not isinstance(app.screen, ContextWindowScreen)
        shown = main_screen(app).panes.detail.reader
        assert shown.has_focus
        assert shown.item is not None
        assert dict(shown.item.ids)["id"] == item.copy_id
        assert "before the context" in pane_text(app, "#scope")


async def test_a_server_that_does_not_count_is_estimated() -> None:
    transport = DemoTransport(now=NOW, flavour="cloud")
    async with started(transport, demo="cloud") as (app, pilot):
        await press(pilot, "%")
        assert "about 913 of 128,000 tokens" in screen_text(app)
        assert "estimated at 4 characters a token" in screen_text(app)


async def test_what_fails_is_said_and_r_tries_again() -> None:
    transport = small_server("One")
    transport.fail(500, path="/context")
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "%")
        assert "could not be read" in screen_text(app)
        assert words(app)[0] == "used"
        transport.clear()
        await press(pilot, "r")
        assert "counted by the server" in screen_text(app)


async def test_escape_stops_the_reading_first() -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "j")
        gate = await press_until_held(pilot, transport, "%", path="/context")
        await post_keys(pilot, "escape")
        assert isinstance(app.screen, ContextWindowScreen)
        assert "stopped: r retries" in screen_text(app)
        gate.open()
        await press(pilot, "escape")
        assert not isinstance(app.screen, ContextWindowScreen)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_no_text_of_the_server_is_markup_or_steers_the_terminal(size: tuple[int, int]) -> None:
    transport = small_server(HOSTILE, blocks={HOSTILE: "x" * 400, "human": "Sam"})
    made = ids(transport)[0]
    transport.store.add_message(made, "user", HOSTILE)
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "j", "%")
        assert "[/foo]" in screen_text(app)
        assert_harmless(app)


async def test_messages_that_could_not_be_read_leave_the_servers_count() -> None:
    transport = small_server("One")
    transport.fail(500, path="/messages")
    async with started(transport) as (app, pilot):
        await press(pilot, "j")
        assert "%" not in pane_text(app, "#facts")
        await press(pilot, "%")
        assert "counted by the server" in screen_text(app)
        assert "Its size over time is unknown" in screen_text(app)


async def test_it_needs_a_conversation_that_is_open() -> None:
    transport = small_server("One")
    transport.fail(500, path=f"/v1/conversations/{ids(transport)[0]}")
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "%")
        assert not isinstance(app.screen, ContextWindowScreen)
        assert "No conversation is open" in remarks(app)


async def test_a_narrow_window_keeps_size_and_unit_of_a_block_and_leaves_out_what_matters_less() -> None:
    async with started(size=NARROW) as (app, pilot):
        await press(pilot, "b", "enter")
        assert "project ↺ stale · ≠ differs · 317 / 100,000 chars" in screen_text(app)
        await press(pilot, "z")
        assert "project ↺ stale · ≠ · 317 / 100,000 chars ▸ 12 lines" in screen_text(app)
        assert "policy ↺ stale · 88 / 100,000 chars · read-only ▸ 5 lines" in screen_text(app)


async def test_the_narrowest_head_of_a_block_still_has_its_size_whole() -> None:
    async with started(size=(100, 30)) as (app, pilot):
        await press(pilot, "b", "z")
        assert "human ✓ · 76 chars" in screen_text(app)
        assert "100,000 ch…" not in screen_text(app)
