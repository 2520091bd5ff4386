"""The tools over the main screen: request log, exact payload, isolation map, memory time machine."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    asked,
    assert_harmless,
    flush,
    ids,
    main_screen,
    make_app,
    offered_ids,
    only_agent,
    pane_text,
    post_keys,
    press,
    press_until_held,
    screen_text,
    settle,
    small_server,
    started,
    until,
    writes,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.flows import read_isolation_map
from tui.flows.read_isolation_map import ReadIsolationMap
from tui.letta.client import PREVIEWED
from tui.presentation.traces import MORE
from tui.ui.tools.isolation_map import IsolationMap
from tui.ui.tools.payload import PayloadScreen
from tui.ui.tools.requests import RequestsScreen
from tui.ui.tools.time_machine import TimeMachine
from tui.ui.tools.tool_screen import ReaderTool
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.virtual_table import Table

pytestmark = pytest.mark.anyio


def server(isolating: int = 2, plain: int = 1, **told: Any) -> DemoTransport:
    """An agent whose first conversations isolate `human`; the second one has gone its own way."""
    transport = small_server(**told)
    store, agent_id = transport.store, only_agent(transport)
    for number in range(isolating):
        made = store.add_conversation(agent_id, f"Isolating {number}", ["human"])
        if number == 1:
            store.set_block(store.conversations[made].isolated[0], "Kim")
    for number in range(plain):
        store.add_conversation(agent_id, f"Plain {number}")
    return transport


async def say(transport: DemoTransport, conversation_id: str, *texts: str) -> None:
    """Turns of a conversation, past the app."""
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        for text in texts:
            told = {"messages": [{"role": "user", "content": text}]}
            answer = await http.post(f"/v1/conversations/{conversation_id}/messages", json=told)
            assert answer.status_code == 200
            answer = await http.post(f"/v1/conversations/{conversation_id}/recompile")
            assert answer.status_code == 200
    transport.requests.clear()


def reader(app: LettaApp) -> Reader:
    return app.screen.query_one("#tool", Reader)


def table(app: LettaApp) -> Table:
    return app.screen.query_one(Table)


def cells(app: LettaApp) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table(app).rows]


def copied(app: LettaApp) -> str:
    return app.clipboard


async def opened(pilot: Pilot[None], *keys: str) -> LettaApp:
    await settle(pilot)
    await press(pilot, *keys)
    app = pilot.app
    assert isinstance(app, LettaApp)
    return app


# request log


async def test_the_log_lists_every_call_of_the_run_newest_first() -> None:
    transport = small_server("One")
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "at")
        assert isinstance(app.screen, RequestsScreen)
        listed = [f"{row[6]} {row[7]}" for row in cells(app)]
        assert sorted(listed) == sorted(asked(transport))
        assert listed[-1].startswith(("GET /v1/health/", "GET /v1/agents/"))
        assert f"{len(listed)} calls · 0 failures" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, RequestsScreen)


async def test_the_log_tells_failures_attempts_and_bytes() -> None:
    transport = small_server("One")
    transport.fail(503, path="core-memory", times=1)
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "at")
        blocks = [row for row in cells(app) if "core-memory" in row[7]]
        assert [(row[0], row[2], row[5]) for row in blocks] == [("✓", "200", "2"), ("✗", "503", "")]
        assert "1 failure" in screen_text(app)


async def test_a_call_is_copied_as_curl_without_the_key() -> None:
    transport = small_server("One", key="sk-very-secret")
    async with make_app(transport, api_key="sk-very-secret").run_test(size=WIDE) as pilot:
        app = await opened(pilot, "at", "y")
        assert copied(app).startswith("curl -sS --globoff -X GET")
        assert '"Authorization: Bearer $LETTA_API_KEY"' in copied(app)
        assert "sk-very-secret" not in copied(app)
        await press(pilot, "enter")
        assert "sk-very-secret" not in "".join(item.text for item in reader(app).items)
        assert "curl" in [item.word for item in reader(app).items]


async def test_the_log_follows_what_comes_while_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.ui.tools.requests.LOOK", 0.01)
    transport = small_server("One")
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "at")
        before = len(cells(app))
        await main_screen(app).services.client.health()
        await until(pilot, lambda: len(cells(app)) > before)
        assert cells(app)[0][7] == "/v1/health/"


# exact payload


async def test_the_payload_says_what_it_is_of_and_shows_its_parts() -> None:
    transport = server()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "P")
        assert isinstance(app.screen, PayloadScreen)
        words = [item.word for item in reader(app).items]
        assert words == ["preview", "system", "user", "tool", "tool", "tool", "settings"]
        assert "neither other conversations nor isolated blocks" in reader(app).items[0].text
        assert reader(app).items[2].text == PREVIEWED
        assert "system" in screen_text(app)
        assert len(writes(transport)) == 1  # the asking itself


async def test_the_payload_is_a_read_that_readonly_allows() -> None:
    transport = server()
    before = {key: list(agent.message_ids) for key, agent in transport.store.agents.items()}
    async with make_app(transport, readonly=True).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "P")
        assert len(reader(app).items) == 7
    assert before == {key: agent.message_ids for key, agent in transport.store.agents.items()}


async def test_a_server_without_the_preview_is_said_to_be_one() -> None:
    transport = server()
    transport.fail(404, path="preview-raw-payload")
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "P")
        assert "Showing the exact payload isn't supported by this server" in screen_text(app)
        transport.clear()
        await press(pilot, "r")
        assert len(reader(app).items) == 7


# isolation map


async def test_the_map_shows_labels_by_conversations() -> None:
    transport = server()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "M")
        assert isinstance(app.screen, IsolationMap)
        assert [column.title for column in table(app).columns] == [
            "conversation",
            "human",
            "persona",
            "project",
        ]
        assert cells(app) == [
            ["Isolating 1", "≠ diverged", "· shared", "· shared"],
            ["Isolating 0", "= same", "· shared", "· shared"],
        ]
        assert "Isolated blocks in 2 of 3 conversations" in screen_text(app)
        await press(pilot, "f")
        assert [row[0] for row in cells(app)] == ["Plain 0", "Isolating 1", "Isolating 0"]


async def test_a_dead_label_has_its_column() -> None:
    transport = server()
    transport.store.detach(only_agent(transport), "human")
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "M")
        assert [row[3] for row in cells(app)] == ["∅ dead", "∅ dead"]


async def test_from_a_cell_to_the_difference_and_back() -> None:
    async with make_app(server()).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "M", "enter")
        assert isinstance(app.screen, ReaderTool)
        (item,) = reader(app).items
        assert item.word == "diverged"
        assert "Robin" in screen_text(app)
        assert "Kim" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, IsolationMap)


async def test_two_conversations_are_compared_by_marking_them() -> None:
    async with make_app(server(isolating=3)).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "M", "space")
        assert "space on another conversation" in screen_text(app)
        await press(pilot, "j", "space")
        assert isinstance(app.screen, ReaderTool)
        assert "human: Isolating 2 against Isolating 1" in screen_text(app)
        (item,) = reader(app).items
        assert (item.word, item.head) == ("differs", "isolated against isolated")
        await press(pilot, "escape", "k", "space")
        assert "mark removed" in screen_text(app)


async def test_a_map_that_is_stopped_keeps_what_it_has_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_isolation_map, "FEW", 1)
    transport = server(isolating=4)
    async with started(transport) as (_, pilot):
        transport.requests.clear()
        ours = ids(transport)
        third = transport.store.conversations[ours[1]].isolated[0]
        await press_until_held(pilot, transport, "M", path=f"/v1/blocks/{third}")
        await flush(pilot)
        app = pilot.app
        assert isinstance(app, LettaApp)
        assert "2 of 4 isolated blocks read · escape stops" in screen_text(app)
        await post_keys(pilot, "escape")
        await settle(pilot)
        assert isinstance(app.screen, IsolationMap)
        assert [row[1] for row in cells(app)] == ["= same", "= same", "… not read", "… not read"]
        assert "2 blocks not read: o loads more" in screen_text(app)
        transport.clear()
        await press(pilot, "o")
        assert [row[1] for row in cells(app)] == ["= same", "= same", "≠ diverged", "= same"]
        await press(pilot, "escape")
        assert not isinstance(app.screen, IsolationMap)


async def test_a_map_whose_server_goes_away_says_so_and_tries_again() -> None:
    transport = server()
    async with started(transport) as (_, pilot):
        transport.fail(httpx.ConnectError, path="/v1/blocks/")
        app = await opened(pilot, "M")
        assert "o retries" in screen_text(app)
        assert [row[1] for row in cells(app)] == ["… not read", "… not read"]
        transport.clear()
        await press(pilot, "o")
        assert [row[1] for row in cells(app)] == ["≠ diverged", "= same"]


async def test_many_isolated_blocks_come_in_few_requests() -> None:
    transport = server(isolating=60)
    app = make_app(transport)
    async with app.run_test():
        found = ReadIsolationMap(main_screen(app).services.client, only_agent(transport))
        transport.requests.clear()
        await found.read(lambda words: None)
        assert found.complete
        assert len(asked(transport)) == 3
        assert asked(transport, path="/v1/blocks/") == ["GET /v1/blocks/?order=desc&limit=500"]


async def test_a_page_without_blocks_of_ours_is_the_last_and_a_go_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_isolation_map, "LISTED", 20)
    monkeypatch.setattr(read_isolation_map, "BY_ID", 15)
    transport = server(isolating=30)
    for number in range(20):
        transport.store.add_block("skills", f"orphan {number}")
    app = make_app(transport)
    async with app.run_test():
        found = ReadIsolationMap(main_screen(app).services.client, only_agent(transport))
        transport.requests.clear()
        await found.read(lambda words: None)
        assert len(asked(transport, path="/v1/blocks/?")) == 1
        assert len(asked(transport, path="/v1/blocks/block-")) == 15
        assert (found.complete, len(found.missing)) == (False, 15)
        await found.read(lambda words: None)
        assert found.complete


@pytest.mark.parametrize(("heavy", "pages"), [(10_000_000, 2), (10, 1)])
async def test_many_missing_blocks_are_looked_for_behind_those_of_others(
    monkeypatch: pytest.MonkeyPatch, heavy: int, pages: int
) -> None:
    monkeypatch.setattr(read_isolation_map, "LISTED", 20)
    monkeypatch.setattr(read_isolation_map, "MANY", 25)
    monkeypatch.setattr(read_isolation_map, "HEAVY", heavy)
    transport = server(isolating=30)
    for number in range(20):
        transport.store.add_block("skills", f"orphan {number}")
    app = make_app(transport)
    async with app.run_test():
        found = ReadIsolationMap(main_screen(app).services.client, only_agent(transport))
        transport.requests.clear()
        await found.read(lambda words: None)
        assert len(asked(transport, path="/v1/blocks/?")) == pages
        assert found.complete


async def test_pages_of_conversations_are_bounded_per_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_isolation_map, "ROWS", 2)
    monkeypatch.setattr(read_isolation_map, "PAGES", 2)
    transport = server(isolating=4, plain=3)
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "M")
        assert "more conversations: o loads more" in screen_text(app)
        await press(pilot, "o")
        assert "7 conversations" in screen_text(app)


# time machine


async def talked() -> DemoTransport:
    """A conversation whose persona was another at each of two steps, and is a third one now."""
    transport = small_server("One")
    store, (conversation_id,) = transport.store, ids(transport)
    persona = next(block.id for block in store.blocks.values() if block.label == "persona")
    await say(transport, conversation_id, "first")
    store.set_block(persona, "Ada, older")
    await say(transport, conversation_id, "second")
    await say(transport, conversation_id, "third")
    store.set_block(persona, "Ada, retired")
    return transport


async def test_the_machine_shows_what_the_model_read_at_each_step() -> None:
    transport = await talked()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T", "l")
        assert isinstance(app.screen, TimeMachine)
        assert "‹persona›" in screen_text(app)
        assert "3 of 3 steps read · 3 with a trace" in screen_text(app)
        now, newest, oldest = reader(app).items
        assert "Ada, retired" in str(now.parts)
        assert "not seen by any step read so far" in now.head
        assert "Ada, older" in str(newest.raw)
        assert oldest.text == "Ada"
        assert len(asked(transport, path="/trace")) == 3


@pytest.mark.parametrize("key", ["T", "M"])
async def test_where_everything_was_read_no_key_to_read_on_is_named(key: str) -> None:
    transport = await talked()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, key)
        assert " o " not in pane_text(app, "KeyLine")


async def test_traces_are_read_as_one_moves_and_only_once() -> None:
    transport = small_server("One")
    await say(transport, ids(transport)[0], *(f"turn {number}" for number in range(20)))
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T")
        assert "8 of 20 steps read" in screen_text(app)
        assert len(asked(transport, path="/trace")) == 8
        assert reader(app).items[-1].key == MORE
        await press(pilot, "G")
        assert len(asked(transport, path="/trace")) == 16
        await press(pilot, "o")
        assert "20 of 20 steps read" in screen_text(app)
        assert MORE not in [item.key for item in reader(app).items]
        await press(pilot, "escape", "T")
        assert "20 of 20 steps read" in screen_text(app)
        assert len(asked(transport, path="/trace")) == 20


async def test_reading_traces_can_be_stopped() -> None:
    transport = small_server("One")
    await say(transport, ids(transport)[0], *(f"turn {number}" for number in range(12)))
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T")
        await press_until_held(pilot, transport, "o", path="/trace")
        await flush(pilot)
        assert "8 of 12 steps read · 8 with a trace · reading, escape stops" in screen_text(app)
        await post_keys(pilot, "escape")
        await settle(pilot)
        assert isinstance(app.screen, TimeMachine)
        assert "8 of 12 steps read · 8 with a trace · o reads all" in screen_text(app)
        transport.clear()
        await press(pilot, "o")
        assert "12 of 12 steps read" in screen_text(app)


async def test_steps_without_a_trace_are_said() -> None:
    transport = await talked()
    transport.store.traces.clear()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T")
        assert "3 of 3 steps read · 0 with a trace" in screen_text(app)
        assert "3 steps without a trace on the server" in screen_text(app)


async def test_a_server_without_traces_or_an_answer_is_said_and_asked_again() -> None:
    transport = await talked()
    transport.fail(404, path="/trace")
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T")
        assert "A trace of what was sent to the model isn't supported by this server" in screen_text(app)
        transport.clear()
        await press(pilot, "o")
        assert "3 of 3 steps read" in screen_text(app)


async def test_a_conversation_that_never_ran_has_no_steps() -> None:
    async with make_app(small_server("One")).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T")
        assert "nothing has been sent to a model yet" in screen_text(app)


# all of them


@pytest.mark.parametrize("key", ["at", "P", "M", "T"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_text_is_harmless_in_every_tool(key: str, size: tuple[int, int]) -> None:
    transport = small_server(HOSTILE, blocks={"human": HOSTILE, "[/foo]": HOSTILE}, name=HOSTILE)
    store, (conversation_id,) = transport.store, ids(transport)
    store.isolate(store.conversations[conversation_id], "human")
    await say(transport, conversation_id, HOSTILE)
    transport.fail(httpx.Response(400, json={"detail": HOSTILE}), path="core-memory", times=1)
    async with make_app(transport).run_test(size=size) as pilot:
        app = await opened(pilot, key)
        assert_harmless(app)
        await press(pilot, "j", "enter")
        assert_harmless(app)


@pytest.mark.parametrize(
    ("keys", "screen"),
    [("at", RequestsScreen), ("P", PayloadScreen), ("M", IsolationMap), ("T", TimeMachine)],
)
async def test_each_tool_fits_the_narrow_screen_and_gives_the_focus_back(
    keys: str, screen: type[Any]
) -> None:
    async with started(server(), size=NARROW) as (_, pilot):
        before = pilot.app.focused
        app = await opened(pilot, keys)
        assert isinstance(app.screen, screen)
        assert app.focused is not None
        await press(pilot, "escape")
        assert app.focused is before


async def test_tools_that_make_no_sense_are_not_offered() -> None:
    transport = small_server()
    transport.store.agents.clear()
    async with make_app(transport).run_test(size=WIDE) as pilot:
        app = await opened(pilot, "P", "M", "T")
        assert "tool.requests" in offered_ids(app)
        assert not {"tool.payload", "tool.map", "tool.time"} & offered_ids(app)
        assert len(app.screen_stack) == 1


async def test_the_demo_shows_a_memory_that_changed() -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        app = await opened(pilot, "T", "l", "o")
        assert "‹project›" in screen_text(app)
        kept = [item for item in reader(app).items if re.match("span", item.key)]
        assert len(kept) == 3
        assert any("no trace" in item.word for item in reader(app).items)
