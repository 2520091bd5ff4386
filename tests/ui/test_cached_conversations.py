"""Cached rows are shown before they are read again, neighbours are preloaded, and no change begins from either."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from importlib.util import find_spec
from types import ModuleType

import httpx
import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    NOW,
    WIDE,
    asked,
    bodies,
    flush,
    ids,
    main_screen,
    offered_ids,
    pane_text,
    post_keys,
    press,
    press_until_held,
    reader_text,
    settle,
    small_server,
    until,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import Settings
from tui.flows import open_conversation
from tui.letta.open_conversation import FIRST_LIMIT
from tui.model.opened import Opened
from tui.rules.view_state import Loading
from tui.ui import main_screen as main_screen_module
from tui.ui.main_screen import PRELOAD
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio

LONG = 3 * FIRST_LIMIT


class Clock:
    """A clock that only moves when the test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The time."""
        return self.now


class Stepwise(DemoTransport):
    """Holds back every list of messages that is longer than the first part of one."""

    more: asyncio.Event

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, the long lists when `more` is set."""
        if int(request.url.params.get("limit", 0)) > FIRST_LIMIT and "/messages" in request.url.path:
            await self.more.wait()
        return await super().handle_async_request(request)


def app_on(transport: DemoTransport, clock: Clock | None = None) -> LettaApp:
    """The app on that server, with a clock of its own."""
    return LettaApp(Settings(demo="self-hosted"), transport=transport, clock=clock or Clock())


def talk(transport: DemoTransport, conversation_id: str, count: int) -> None:
    """So many messages."""
    for number in range(count):
        transport.store.add_message(conversation_id, "user", f"question {number}")


def messages_of(app: LettaApp) -> Reader:
    """The pane of messages."""
    return main_screen(app).query_one("#messages", Reader)


async def until_shown(pilot: Pilot[None], app: LettaApp, words: str) -> None:
    """Wait until the messages hold these words, whatever else is under way."""
    await until(pilot, lambda: words in reader_text(app, "messages"))


async def test_the_first_messages_are_read_one_round_trip_deep_while_the_rest_comes() -> None:
    """The first response is shown without waiting for another, and the position stays when the rest arrives."""
    server = small_server("Long")
    (wanted,) = ids(server)
    talk(server, wanted, LONG)
    transport = Stepwise(server.store, now=NOW)
    transport.more = asyncio.Event()
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await until_shown(pilot, app, "question 3")
        await flush(pilot)
        view = main_screen(app).opened.view
        assert isinstance(view, Loading)
        assert "reading the rest" in pane_text(app, "#facts")
        assert f"{LONG + 1} in context" in pane_text(app, "#facts")
        assert len(messages_of(app).items) < LONG
        assert "no message" not in {item.word for item in messages_of(app).items}
        assert len(asked(transport, path=f"{wanted}/messages")) == 1
        await post_keys(pilot, "enter", "pagedown")
        await flush(pilot)
        item, top = messages_of(app).item, messages_of(app).scroll_y
        transport.more.set()
        await settle(pilot)
        assert isinstance(main_screen(app).opened.view, Opened)
        assert len(messages_of(app).items) == LONG + 1
        assert (messages_of(app).item, messages_of(app).scroll_y) == (item, top)
        assert len(asked(transport, path=f"{wanted}/messages")) == 2


async def test_the_first_messages_wait_for_no_block_and_nothing_is_said_of_memory_meanwhile() -> None:
    server = small_server("Long")
    (wanted,) = ids(server)
    talk(server, wanted, LONG)
    transport = Stepwise(server.store, now=NOW)
    transport.more = asyncio.Event()
    gate = transport.hold(path="/v1/agents/.*/core-memory/blocks")
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await until_shown(pilot, app, "question 3")
        await flush(pilot)
        assert f"{LONG + 1} in context" in pane_text(app, "#facts")
        assert "isolated" not in pane_text(app, "#facts")
        await post_keys(pilot, "b")
        await flush(pilot)
        assert reader_text(app, "memory").split("\n")[0].endswith("Reading the blocks…")
        gate.open()
        transport.more.set()
        await settle(pilot)
        assert "Reading the blocks" not in reader_text(app, "memory")
        assert "isolated" in pane_text(app, "#facts")


async def test_a_short_conversation_is_read_before_its_blocks_are_there() -> None:
    """What comes then says what was not known, and leaves what is read as it is."""
    transport = small_server("Short")
    (wanted,) = ids(transport)
    talk(transport, wanted, 5)
    gate = transport.hold(path="/v1/agents/.*/core-memory/blocks")
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await until_shown(pilot, app, "question 4")
        await flush(pilot)
        assert isinstance(main_screen(app).opened.view, Loading)
        assert "isolated" not in pane_text(app, "#facts")
        shown = messages_of(app).items
        gate.open()
        await settle(pilot)
        assert isinstance(main_screen(app).opened.view, Opened)
        assert "isolated" in pane_text(app, "#facts")
        assert "reading" not in pane_text(app, "#facts")
        assert all(one is other for one, other in zip(shown, messages_of(app).items, strict=True))


async def test_a_conversation_that_was_read_is_there_at_once_with_its_age_and_then_anew() -> None:
    transport = small_server("One", "Two")
    first, second = ids(transport)
    talk(transport, first, 2)
    clock = Clock()
    app = app_on(transport, clock)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "j")
        assert second in str(main_screen(app).opened.view)
        clock.now += timedelta(minutes=2)
        transport.store.add_message(first, "user", "said meanwhile")
        gate = await press_until_held(pilot, transport, "k", method="GET", path=first)
        await flush(pilot)
        assert "question 1" in pane_text(app, "#messages")
        assert "as of 2 min ago" in pane_text(app, "#facts")
        gate.open()
        await settle(pilot)
        assert "said meanwhile" in pane_text(app, "#messages")
        assert "as of" not in pane_text(app, "#facts")


async def test_what_is_shown_from_before_is_no_base_for_an_act() -> None:
    """An edit begins from the list and is compared with what the server has, not with the cached copy."""
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "j")
        transport.store.set_summary(first, "Theirs")
        gate = await press_until_held(pilot, transport, "k", method="GET", path=first)
        await flush(pilot)
        main = main_screen(app)
        assert isinstance(main.opened.view, Loading)
        assert main.opened.view.earlier
        unknown = {"context.check", "types.choose", "history.toggle", "history.boundary"}
        assert not unknown & offered_ids(app)
        gate.open()
        await settle(pilot)
        await press(pilot, "e", "!", "enter")
        assert bodies(transport, "PATCH") == [{"summary": "Theirs!"}]


async def test_a_failure_takes_the_place_of_what_was_known() -> None:
    transport = small_server("One", "Two")
    first, _ = ids(transport)
    talk(transport, first, 2)
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "j")
        transport.fail(httpx.Response(403, json={"detail": "no"}), path=first)
        await press(pilot, "k")
        assert "question 1" not in pane_text(app, "#messages")
        assert "could not be read" in pane_text(app, "#facts")


async def test_a_write_forgets_what_was_read() -> None:
    transport = small_server("One", "Two")
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "j")
        assert len(main_screen(app).reading.opened.cache) == 2
        await press(pilot, "e", "!", "enter")
        assert len(bodies(transport, "PATCH")) == 1
        gate = await press_until_held(pilot, transport, "k", method="GET", path=ids(transport)[0])
        await flush(pilot)
        view = main_screen(app).opened.view
        assert isinstance(view, Loading)
        assert view.known is None
        gate.open()
        await settle(pilot)


async def test_neighbours_are_read_while_the_cursor_rests_and_shown_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 2)
    transport = small_server("One", "Two", "Three", "Four")
    first, second, third, fourth = ids(transport)
    talk(transport, second, 1)
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert asked(transport, path=second)
        assert not asked(transport, path=third), (
            "the default conversation and one row are all that stand beside"
        )
        gate = await press_until_held(pilot, transport, "j", method="GET", path=second)
        await flush(pilot)
        assert "question 0" in pane_text(app, "#messages")
        gate.open()
        await settle(pilot)
        assert asked(transport, path=third)
        assert not asked(transport, path=fourth)
        assert len(asked(transport, path=first)) == 2, "what is known is not read again"


async def test_reading_beside_ends_when_the_cursor_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 2)
    transport = small_server("One", "Two", "Three", "Four")
    _, second, _, fourth = ids(transport)
    gate = transport.hold(method="GET", path=f"{second}$")
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        (reading,) = [worker for worker in app.workers if worker.group == "neighbours"]
        await post_keys(pilot, "G")
        await flush(pilot)
        assert reading.is_cancelled
        gate.open()
        await settle(pilot)
        assert asked(transport, path=fourth)
        assert len(asked(transport, path=f"{second}")) <= 2


async def test_a_failing_neighbour_is_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 2)
    transport = small_server("One", "Two")
    transport.fail(httpx.Response(500, json={}), path=ids(transport)[1])
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert isinstance(main_screen(app).opened.view, Opened)
        assert main_screen(app).header.connection == "connected"


def test_what_is_loaded_ahead_is_there() -> None:
    """By name, since it is loaded step by step: a wrong name would end the program."""
    assert [name for name in PRELOAD if find_spec(name) is None] == []


async def test_what_an_opening_needs_is_loaded_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_screen_module, "PRELOAD", ("needed by an opening",))
    loaded: list[tuple[str, int]] = []
    transport = small_server("One")

    def load(name: str) -> ModuleType:
        about = [request for request in transport.requests if "/conversations/conv" in request.url.path]
        loaded.append((name, len(about)))
        return ModuleType(name)

    monkeypatch.setattr(open_conversation, "import_module", load)
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert loaded[0] == ("needed by an opening", 0)
        assert isinstance(main_screen(app).opened.view, Opened)
