"""Two conversations beside each other: from marks, from the map; the first difference, and from one to the next."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    ids,
    main_screen,
    only_agent,
    press,
    press_until_held,
    remarks,
    screen_lines,
    screen_text,
    settle,
    small_server,
    started,
    writes,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.tools.compare import CompareScreen
from tui.ui.tools.isolation_map import IsolationMap
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


async def forked() -> DemoTransport:
    """A conversation of six turns with a fork, which is the newer one; each went on alone."""
    transport = small_server("Source")
    (source,) = ids(transport)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:

        async def post(path: str, body: object = None) -> str:
            answer = await http.post(f"/v1/conversations/{path}", json=body)
            assert answer.status_code == 200
            return str(answer.json().get("id", ""))

        async def say(conversation: str, text: str) -> None:
            await post(f"{conversation}/messages", {"messages": [{"role": "user", "content": text}]})

        for number in range(6):
            await say(source, f"turn {number}")
        fork = await post(f"{source}/fork")
        transport.store.set_summary(fork, "Fork")
        await say(source, "go left")
        await say(fork, "go right")
        await say(fork, "and on")
    transport.requests.clear()
    return transport


def reader(app: LettaApp) -> Reader:
    return app.screen.query_one("#tool", Reader)


def selected(app: LettaApp) -> str:
    item = reader(app).item
    assert item is not None
    return f"{item.glyph} {item.word}"


async def test_two_marked_rows_are_compared_from_the_first_difference_on() -> None:
    transport = await forked()
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space", "=")
        assert isinstance(app.screen, CompareScreen)
        text = screen_text(app)
        assert "- Fork · conv-" in text
        assert "+ Source · conv-" in text
        assert "same: 12 messages, until 2026-03-14" in text
        assert "12 messages shared · 1 difference in messages" in text
        assert selected(app) == "≠ user"
        assert [item.word for item in reader(app).items] == ["same", "user", "assistant", "user", "assistant"]
        assert writes(transport) == []
        await press(pilot, "escape")
        assert not isinstance(app.screen, CompareScreen)


async def test_one_marked_and_the_row_under_the_cursor_count_as_two() -> None:
    async with started(await forked()) as (app, pilot):
        await press(pilot, "j", "space", "k", "=")
        text = screen_text(app)
        assert text.index("- Source") < text.index("+ Fork")


async def test_with_fewer_or_more_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.ui.main_screen.REFUSAL", -1.0)
    async with started(small_server("One", "Two", "Three")) as (app, pilot):
        for keys in (("=",), ("space", "k", "="), ("escape", "space", "space", "space", "=")):
            app.clear_notifications()
            await press(pilot, *keys)
            assert app.screen is main_screen(app)
            assert (
                remarks(app)
                == "To compare two conversations, mark two, or mark one with space and go to another"
            )
        await press(pilot, "escape", "enter", "=")
        assert "Compare works in the list of conversations" in remarks(app)


async def test_wide_they_are_side_by_side_and_narrow_in_one_column() -> None:
    for size, beside in ((WIDE, True), (NARROW, False)):
        async with started(await forked(), size=size) as (app, pilot):
            await press(pilot, "space", "space", "=")
            lines = [line for line in screen_lines(app) if "go right" in line]
            assert any("- go right" in line and "+ go left" in line for line in lines) is beside
            text = screen_text(app)
            assert text.index("go right") < text.index("go left")


async def test_the_keys_go_through_the_differences_and_around() -> None:
    transport = small_server("One", "Two", blocks={"human": "Sam"})
    store = transport.store
    for at, id in enumerate(ids(transport)):
        for text in ("same", f"first {at}", "same again", f"second {at}"):
            store.add_message(id, "user", text)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space", "=")
        assert [item.word for item in reader(app).items] == ["same", "user", "same", "user"]
        assert reader(app).selected == 1
        await press(pilot, "n")
        assert (reader(app).selected, remarks(app)) == (3, "")
        await press(pilot, "right_square_bracket")
        assert (reader(app).selected, remarks(app)) == (1, "Wrapped around to the first of 2 differences")
        await press(pilot, "N")
        assert reader(app).selected == 3
        await press(pilot, "left_square_bracket")
        assert reader(app).selected == 1


async def test_what_is_the_same_unfolds() -> None:
    async with started(await forked()) as (app, pilot):
        await press(pilot, "space", "space", "=")
        assert "turn 3" not in screen_text(app)
        await press(pilot, "g", "space")
        assert "turn 0" in screen_text(app)


async def test_without_a_difference_the_keys_say_so() -> None:
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space", "=", "n")
        assert "no difference" in screen_text(app)
        assert remarks(app) == "There are no differences"


async def test_a_failure_is_shown_and_r_retries() -> None:
    transport = await forked()
    async with started(transport) as (app, pilot):
        transport.fail(500, path="/v1/conversations/conv-[^/]*$")
        await press(pilot, "space", "space", "=")
        assert "r retries" in screen_text(app)
        await press(pilot, "n")
        assert "Nothing has been compared yet" in remarks(app)
        transport.clear()
        await press(pilot, "r")
        assert "12 messages shared" in screen_text(app)


async def test_escape_stops_reading_first() -> None:
    transport = await forked()
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space")
        gate = await press_until_held(pilot, transport, "=", path="/v1/messages/")
        assert "reading both conversations" in screen_text(app)
        await press(pilot, "escape")
        assert "stopped · r retries" in screen_text(app)
        gate.open()
        await press(pilot, "escape")
        assert app.screen is main_screen(app)


async def test_the_map_compares_the_marked_conversation_with_the_one_under_the_cursor() -> None:
    transport = small_server()
    agent = only_agent(transport)
    for number, value in enumerate(("Kim", "Ola")):
        made = transport.store.add_conversation(agent, f"Isolating {number}", ["human"])
        transport.store.set_block(transport.store.conversations[made].isolated[0], value)
    async with started(transport) as (app, pilot):
        await press(pilot, "M", "=")
        assert isinstance(app.screen, IsolationMap)
        assert remarks(app) == "To compare two conversations, mark one with space and go to another"
        await press(pilot, "l", "space", "j", "=")
        assert isinstance(app.screen, CompareScreen)
        text = screen_text(app)
        assert "- Isolating 1" in text
        assert "+ Isolating 0" in text
        assert "human isolated against isolated" in text
        assert "- Ola" in text
        assert "+ Kim" in text
        await press(pilot, "escape")
        assert isinstance(app.screen, IsolationMap)


async def test_hostile_conversations_are_shown_not_obeyed() -> None:
    transport = small_server(HOSTILE, f"{HOSTILE} 2", blocks={HOSTILE: "x"})
    store, agent = transport.store, transport.store.agents[only_agent(transport)]
    for id in ids(transport):
        store.add_message(id, "user", HOSTILE)
        store.add_message(id, "assistant", f"{HOSTILE} {id}")
    store.add_conversation(agent.id, HOSTILE, [HOSTILE])
    for size in (WIDE, NARROW):
        async with started(transport, size=size) as (app, pilot):
            await press(pilot, "space", "space", "=")
            assert "[/foo]" in screen_text(app)
            await press(pilot, "g", "space")
            assert_harmless(app)


async def test_a_comparison_of_many_messages_opens_and_scrolls() -> None:
    transport = small_server("One", "Two")
    for at, id in enumerate(ids(transport)):
        for number in range(400):
            transport.store.add_message(id, "user" if number % 2 else "assistant", f"{at} {number}\n" * 5)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "space", "=", "G")
        await settle(pilot)
        assert "399" in screen_text(app)
