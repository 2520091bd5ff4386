"""Letta Code's local agents on the screen: the way in, what the model has forgotten, and what cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    assert_harmless,
    flush,
    main_screen,
    note_remarks,
    pane_text,
    press,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tests.letta_code_store import files_opened
from tests.local_store import LocalStore, assistant, forgetful_store, said, user
from tui.app import LettaApp
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.config.profiles import ProfileStore
from tui.config.settings import Settings
from tui.model.errors import NoResponse
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.connection_failed import ConnectScreen
from tui.ui.tools.file_time_machine import FileTimeMachine
from tui.ui.tools.search import SearchScreen

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return forgetful_store(tmp_path / "lc")


@asynccontextmanager
async def on_store(
    store: LocalStore, *, size: tuple[int, int] = WIDE, **settings: Any
) -> AsyncIterator[tuple[LettaApp, Pilot[None]]]:
    """The app on the store, as --letta-code starts it."""
    app = note_remarks(LettaApp(Settings(letta_code=store.path, **settings), clock=lambda: NOW))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


async def go_to(app: LettaApp, pilot: Pilot[None], summary: str) -> None:
    """Put the cursor on the conversation of this summary."""
    rows = main_screen(app).panes.list.rows
    index = next(at for at, row in enumerate(rows) if row.summary == summary)
    await press(pilot, "g", *["j"] * index)


async def test_the_agents_are_offered_and_the_header_says_where_they_are(store: LocalStore) -> None:
    async with on_store(store) as (app, pilot):
        assert isinstance(app.screen, AgentPicker)
        await press(pilot, "enter")
        header = pane_text(app, "#header")
        assert "Ada" in header
        assert "Letta Code · local" in header
        assert "connected" in header


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_forgotten_edit_is_counted_shown_and_found_in_git(
    store: LocalStore, size: tuple[int, int]
) -> None:
    async with on_store(store, size=size, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "The model forgot an edit")
        assert "✗ 1" in pane_text(app, "#header")
        await press(pilot, "b")
        words = screen_text(app)
        assert "1 forgotten edit" in words
        assert "what the model reads" in words
        await press(pilot, "exclamation_mark")
        assert "The model has forgotten an edit of this memory" in screen_text(app)
        await press(pilot, "escape", "T")
        assert isinstance(app.screen, FileTimeMachine)
        words = screen_text(app)
        assert "2 commits" in words
        assert "‹human›" in words
        assert "the record has this" in words


async def test_the_time_machine_goes_from_label_to_label(store: LocalStore) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "The model forgot an edit")
        await press(pilot, "T", "right", "right")
        assert "‹MEMORY.md›" in screen_text(app)
        assert "1 commit ·" in screen_text(app)
        await press(pilot, "o")
        assert "All commits have been read" in remarks(app)
        await press(pilot, "escape")
        assert app.screen is main_screen(app)


async def test_the_default_conversation_shows_what_its_next_turn_is_sent(store: LocalStore) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await press(pilot, "g", "b")
        assert "1 sent once, next turn" in screen_text(app)
        await press(pilot, "e")
        assert main_screen(app).edit is None
        assert "never renames the default conversation" in remarks(app)


@pytest.mark.parametrize("key", ["ctrl+n", "f", "D", "C", "M", "P"])
async def test_what_only_letta_code_can_do_says_why(store: LocalStore, key: str) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "Healthy")
        await press(pilot, key)
        assert app.screen is main_screen(app)
        assert "Letta Code" in remarks(app)


@pytest.mark.parametrize("key", ["e", "E", "u", "X", "p"])
async def test_memory_in_files_is_shown_and_not_changed(store: LocalStore, key: str) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "Healthy")
        await press(pilot, "b", "enter")
        reader = main_screen(app).panes.detail.reader
        reader.select(next(at for at, item in enumerate(reader.items) if item.key == "label-human"))
        await press(pilot, key)
        assert app.screen is main_screen(app)
        assert "Changing memory blocks isn't supported by this server" in remarks(app)
        assert "kept in git: change and commit them there" in remarks(app)


async def test_following_shows_what_a_turn_writes(store: LocalStore) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "Healthy")
        await press(pilot, "ctrl+t")
        rows = user(1, "hello"), assistant(2, said("Hi.")), user(3, "more"), assistant(4, said("Gladly."))
        store.add_conversation("local-conv-2", store.agents["Ada"], *rows, summary="Healthy")
        main_screen(app).reading.follow.tick()
        await settle(pilot)
        assert "Gladly." in screen_text(app)


async def test_a_rename_is_saved_undone_and_forbidden_by_read_only(store: LocalStore) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await go_to(app, pilot, "Healthy")
        await press(pilot, "e", "X", "enter")
        assert "HealthyX" in pane_text(app, "#list")
        await press(pilot, "u")
        assert "HealthyX" not in pane_text(app, "#list")
    async with on_store(store, agent="Ada", readonly=True) as (app, pilot):
        await go_to(app, pilot, "Healthy")
        await press(pilot, "e")
        assert main_screen(app).edit is None
        assert "Read-only" in remarks(app)


async def test_connections_offer_the_store_that_is_there(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETTA_LOCAL_BACKEND_DIR", str(store.path))
    async with started(small_server("One")) as (app, pilot):
        assert "Letta Code" not in screen_text(app)  # never opened unasked
        await press(pilot, "ctrl+o")
        assert "Letta Code on this machine" in screen_text(app)
        await press(pilot, "enter", "enter")
        assert "Letta Code · local" in pane_text(app, "#header")
        await press(pilot, "ctrl+o")
        assert "● Letta Code on this machine" in screen_text(app)


async def test_without_a_store_connections_offer_none() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "ctrl+o")
        assert "Letta Code" not in screen_text(app)
        await press(pilot, "f4")
        assert "There are no Letta Code agents on this machine" in remarks(app)


async def test_the_first_screen_without_a_server_offers_it(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETTA_LOCAL_BACKEND_DIR", str(store.path))
    async with started(small_server("One")) as (app, pilot):
        main_screen(app).cannot_connect(NoResponse("Listing agents: nobody there"))
        await settle(pilot)
        assert isinstance(app.screen, ConnectScreen)
        assert "Letta Code on this machine" in screen_text(app)
        await press(pilot, "f4", "enter")
        assert "Letta Code · local" in pane_text(app, "#header")


async def test_a_folder_in_place_of_an_address_makes_a_profile_of_a_store(store: LocalStore) -> None:
    async with started(small_server("One"), demo=None) as (app, pilot):
        await press(pilot, "ctrl+o", "n")
        await type_text(pilot, "here")
        app.screen.query_one("#base_url", Input).value = str(store.path)
        await press(pilot, "enter")
        assert "here" in pane_text(app, "#servers")
        assert ProfileStore().read().profiles["here"].values["letta_code"] == store.path
        await press(pilot, "e")
        assert app.screen.query_one("#base_url", Input).value == str(store.path)
        await press(pilot, "escape", "t")
        assert "✓ here" in pane_text(app, "#connections-state")


async def test_a_hidden_conversation_says_so_in_its_row(store: LocalStore) -> None:
    async with on_store(store, agent="Ada", conversation="local-conv-5") as (app, _):
        assert "Kept out of sight" in pane_text(app, "#list")
        assert "hidden" in pane_text(app, "#list")


async def test_damaged_records_are_counted_in_the_heading_and_named(store: LocalStore) -> None:
    record = store.folder("local-conv-2", "") / "conversation.json"
    whole = record.read_text()
    record.write_text(whole[:40])
    async with on_store(store, agent="Ada") as (app, pilot):
        assert "Healthy" not in pane_text(app, "#list")
        assert "all, 1 damaged" in pane_text(app, "ListHeading")
        assert (
            "1 conversation is not listed, since it cannot be read: local-conv-2 (conversation.json is incomplete"
            in remarks(app)
        )
        assert str(store.path) not in remarks(app)
        record.write_text(whole)
        app.clear_notifications()
        await press(pilot, "r")
        assert "Healthy" in pane_text(app, "#list")
        assert "damaged" not in pane_text(app, "ListHeading")
        assert remarks(app) == ""


async def test_a_search_of_all_agents_has_workers_where_the_list_has_them(store: LocalStore) -> None:
    store.add_workers("the cobalt lighthouse")
    async with on_store(store, agent="Ada") as (app, pilot):
        for keys, hits in (((), 0), (("ampersand", "ampersand"), 2)):
            await press(pilot, *keys, "ctrl+f", *(["f2"] if not hits else []))
            assert "f2 [x] all agents" in screen_text(app)
            await type_text(pilot, "the cobalt lighthouse")
            await press(pilot, "enter")
            screen = app.screen
            assert isinstance(screen, SearchScreen)
            assert len(screen.list.hits) == hits
            await press(pilot, "escape")


async def test_whatever_stands_in_the_files_steers_no_terminal(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "lc")
    ada = store.add_agent(
        "Ada", {"human": HOSTILE, "[@click=app.quit]x": "a file with such a name"}, index=HOSTILE
    )
    store.edit(ada, "human", f"{HOSTILE} again", commit=HOSTILE.replace("\x1b", ""))
    store.edit(ada, "human", f"{HOSTILE} and again")
    rows = user(1, f"<system-reminder>{HOSTILE}</system-reminder>", HOSTILE), assistant(2, said(HOSTILE))
    store.add_conversation("local-conv-1", ada, *rows, summary=HOSTILE)
    store.compile("local-conv-1", ada, HOSTILE, recorded=HOSTILE)
    async with on_store(store, agent="Ada") as (app, pilot):
        await press(pilot, "g", "j")
        for key in (
            "b",
            "d",
            "d",
            "exclamation_mark",
            "escape",
            "T",
            "right",
            "right",
            "escape",
            "i",
            "m",
            "z",
        ):
            await press(pilot, key)
            assert_harmless(app)


class GatedStore(LettaCodeTransport):
    """A store that responds to nothing before its gate is open."""

    def __init__(self, store: Path) -> None:
        super().__init__(store)
        self.gate = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.gate.wait()
        return await super().handle_async_request(request)


async def test_rows_of_the_last_visit_stand_there_before_a_file_of_the_store_is_read(
    store: LocalStore,
) -> None:
    async with on_store(store, agent=store.agents["Ada"]):
        pass
    transport = GatedStore(store.path)
    app = LettaApp(Settings(letta_code=store.path), transport=transport, clock=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await flush(pilot)
        assert "as of" in screen_text(app)
        assert "The model forgot an edit" in pane_text(app, "#list")
        assert "Ada" in pane_text(app, "#header")
        transport.gate.set()
        await settle(pilot)
        assert "as of" not in screen_text(app)
        assert "The model forgot an edit" in pane_text(app, "#list")


async def test_no_file_is_read_twice_to_show_the_list_and_a_conversation(store: LocalStore) -> None:
    with files_opened() as opened:
        async with on_store(store, agent="Ada") as (app, pilot):
            await go_to(app, pilot, "The model forgot an edit")
            await press(pilot, "b", "m", "H")
            assert main_screen(app).opened.view is not None
            twice = {name: count for name, count in opened().items() if count > 1}
            assert not twice
            read = {name for _, name in opened()}
            assert {"conversation.json", "messages.jsonl", "manifest.json", "system-prompt.json"} < read


async def test_a_store_that_is_gone_is_no_empty_one_and_is_found_again(store: LocalStore) -> None:
    away = store.path.with_name("away")
    async with on_store(store, agent="Ada") as (app, pilot):
        store.path.rename(away)
        await press(pilot, "R")
        words = screen_text(app)
        assert "✗ Listing conversations: cannot connect: its" in words
        assert "r retries" in words
        assert "not connected" in pane_text(app, "#header")
        assert "No conversations yet" not in words
        assert "The model forgot an edit" in words
        away.rename(store.path)
        await press(pilot, "R")
        assert "● connected" in pane_text(app, "#header")
        assert "cannot connect" not in screen_text(app)


async def test_connections_say_which_store_is_open(store: LocalStore) -> None:
    async with on_store(store, agent="Ada") as (app, pilot):
        await press(pilot, "ctrl+o")
        assert "Now: Letta Code on this machine · /" in screen_text(app)
        assert "localhost" not in screen_text(app)
