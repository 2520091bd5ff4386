"""Drive the whole app against the embedded server, wait for it without sleeping, and read what it paints."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from rich.console import Console
from rich.segment import Segment
from textual import events
from textual.app import App
from textual.keys import KEY_NAME_REPLACEMENTS, REPLACED_KEYS
from textual.pilot import Pilot
from textual.strip import Strip
from textual.worker import Worker

from tui.app import LettaApp
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport, Gate
from tui.config.setting_rules import SELF_HOSTED
from tui.config.settings import Settings
from tui.letta.retry import Patience
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.paths import state_dir
from tui.ui.bindings import offered
from tui.ui.main_screen import MainScreen
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.reader import Reader

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
WIDE, NARROW = (120, 36), (80, 24)
PATIENT = 60.0
"""Seconds after which a wait for the app is a failure of the app."""

QUIET = 10
"""Turns of the event loop in which messages are handed on, before every widget is asked whether it has one."""

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SCROLLBAR_ACTS = {"grab", "release", "scroll_up", "scroll_down"}
HOSTILE = "[/foo] [@click=app.quit]press[/] \x1b[31mred\x1b]0;owned\x07 \x9b31m\x85 \u202egnp.exe\u202c\u2066"
"""Markup, an action link, CSI and OSC, C1 and bidi overrides: every place that shows text has to survive it."""


def make_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the pauses out: no debounce, no backoff, drafts written with the first key; remarks stay."""
    for place in (
        "tui.flows.open_conversation.REST",
        "tui.flows.list_conversations.TYPING",
        "tui.ui.dialogs.agent_picker.TYPING",
        "tui.storage.draft_writer.DELAY",
    ):
        monkeypatch.setattr(place, 0.0)
    monkeypatch.setattr("tui.flows.preview_untitled.MOST", 0)
    monkeypatch.setattr("tui.flows.preview_untitled.REST", 0.0)
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 0)  # a test counts what it asks for itself
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS_REST", 0.0)
    monkeypatch.setattr("tui.app.Patience", partial(Patience, backoff=0.0))
    # On a busy machine a message of four seconds is gone before the test reads it.
    monkeypatch.setattr("textual.notifications.Notification.has_expired", False)


def make_app(transport: DemoTransport | None = None, **settings: Any) -> LettaApp:
    """The app on an embedded server, both at the same frozen time."""
    chosen = Settings(**{"demo": SELF_HOSTED, **settings})
    server = transport or DemoTransport(now=NOW, flavour=chosen.demo or SELF_HOSTED)
    app = LettaApp(chosen, transport=server, clock=lambda: NOW)
    note_remarks(app)
    return app


REMARKS: WeakKeyDictionary[App[Any], list[str]] = WeakKeyDictionary()
"""The remarks of each app since they were last cleared."""


def note_remarks(app: LettaApp) -> LettaApp:
    """The same app, whose remarks are noted from now on: Textual has no public way to ask for them."""
    said = REMARKS[app] = []
    notify, clear = app.notify, app.clear_notifications

    def noted(message: str, **options: Any) -> None:
        said.append(message)
        notify(message, **options)

    def cleared() -> None:
        said.clear()
        clear()

    app.notify, app.clear_notifications = noted, cleared  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def started(
    transport: DemoTransport | None = None,
    *,
    size: tuple[int, int] = WIDE,
    notifications: bool = False,
    **settings: Any,
) -> AsyncIterator[tuple[LettaApp, Pilot[None]]]:
    """The app of `make_app`, running, with all its reading done, and who presses its keys."""
    app = make_app(transport, **settings)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await settle(pilot)
        yield app, pilot


def small_server(
    *summaries: str | None, blocks: Mapping[str, str] | None = None, name: str = "Ada", **told: Any
) -> DemoTransport:
    """A server with one agent and these conversations, the first one the newest, a minute between them."""
    store = Store.empty(NOW)
    labels = {"human": "Robin", "persona": "Ada", "project": "ledger"} if blocks is None else blocks
    agent_id = store.add_agent(name, labels, at=NOW - timedelta(days=9))
    for age, summary in enumerate(summaries, start=1):
        made = store.open_conversation(agent_id, summary, NOW - timedelta(minutes=age))
        store.add_system(made)
    return DemoTransport(store, now=NOW, **told)


def ids(transport: DemoTransport) -> list[str]:
    """The ids of the conversations, in the order in which they were made."""
    return [row.id for row in transport.store.conversations.values() if not row.deleted]


def only_agent(transport: DemoTransport) -> str:
    """The id of the agent that a small server has."""
    (agent_id,) = transport.store.agents
    return agent_id


# waiting


def _asks_the_user(task: asyncio.Task[Any]) -> bool:
    """Whether a worker waits for the answer to a dialog."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        code = getattr(waiting, "cr_code", None)
        if code is not None and code.co_name == "push_screen_wait":
            return True
        waiting = getattr(waiting, "cr_await", None)
    return False


def _busy(app: LettaApp) -> set[asyncio.Task[Any]]:
    if all(worker.is_finished for worker in app.workers):
        return set()
    return {task for task in asyncio.all_tasks() if _is_worker(task) and not _asks_the_user(task)}


def _is_worker(task: asyncio.Task[Any]) -> bool:
    """Whether a task runs a worker of the app."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename == inspect.getfile(Worker)


async def flush(pilot: Pilot[None]) -> None:
    """Wait until no widget has a message left, whatever the workers do."""
    app = pilot.app

    def is_quiet() -> bool:
        pumps = [app, *(node for screen in app.screen_stack for node in screen.walk_children(with_self=True))]
        return all(pump.message_queue_size == 0 for pump in pumps)

    while app.is_running:
        for _ in range(QUIET):  # turns of the loop are cheap, and a pause asks every widget
            await asyncio.sleep(0)
        await pilot.pause(0)
        if is_quiet():
            return


async def settle(pilot: Pilot[None]) -> None:
    """Wait until the app has nothing left to do but to wait for the user; drafts are on disk then."""
    app = pilot.app
    assert isinstance(app, LettaApp)
    async with asyncio.timeout(PATIENT):
        await flush(pilot)
        while app.is_running and (busy := _busy(app)):
            # A worker that comes to ask the user something doesn't end: looked at again and again.
            ended, _ = await asyncio.wait(busy, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)
            if ended or not _busy(app):
                await flush(pilot)
        if app.is_running:
            await app._drafts.all("")


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait for what has to come while something else is still under way."""
    async with asyncio.timeout(PATIENT):
        while not holds():
            await pilot.pause(0)


def key_event(key: str) -> events.Key:
    """A key as a terminal reports it, by its name or by its character."""
    if len(key) == 1 and not key.isalnum():
        name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
        return events.Key(KEY_NAME_REPLACEMENTS.get(name, name), key)
    try:
        character: str | None = unicodedata.lookup(REPLACED_KEYS.get(key, key).replace("_", " "))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(key, character)


async def post_keys(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, each when the widgets have handled the one before, whatever the workers do.

    `Pilot.press` waits for the process to be idle instead, which is up to a second a key on a busy machine.
    """
    for key in keys:
        pilot.app.post_message(key_event(key))
        await flush(pilot)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, each when the work of the one before is done."""
    for key in keys:
        pilot.app.post_message(key_event(key))
        await settle(pilot)


async def press_until_held(
    pilot: Pilot[None],
    transport: DemoTransport,
    *keys: str,
    method: str | None = None,
    path: str | None = None,
) -> Gate:
    """Press keys until the request that they lead to has come; it is answered when the gate is opened."""
    gate = transport.hold(method=method, path=path)
    async with asyncio.timeout(PATIENT):
        await post_keys(pilot, *keys)
        await gate.arrived()
    return gate


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type a text into the field that has the focus, without a pause."""
    await post_keys(pilot, *text)
    await settle(pilot)


async def resize(pilot: Pilot[None], size: tuple[int, int]) -> None:
    """Change the window and wait until the app has taken it over, which Textual puts off a little."""
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: pilot.app.screen.query_one(KeyLine).size.width == size[0])
    await settle(pilot)


# reading the screen


def main_screen(app: LettaApp) -> MainScreen:
    """The screen at the bottom."""
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


def strips(app: App[Any]) -> list[Strip]:
    """What is painted, line by line, as it goes to the terminal: what a screenshot prints."""
    printed: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Console, "print", lambda console, screen: printed.append(screen))
        patch.setattr(Console, "export_svg", lambda console, **options: "")
        app.export_screenshot()
    (screen,) = printed
    segments = [segment for segment in app.console.render(screen) if not segment.control]
    return [Strip(line) for line in Segment.split_lines(segments)]


def screen_lines(app: LettaApp) -> list[str]:
    """What is on the screen, one string a line."""
    return [strip.text for strip in strips(app)]


def screen_text(app: LettaApp) -> str:
    """What is on the screen without frames and bars, with runs of blanks as one."""
    return _words(screen_lines(app))


def pane_lines(app: LettaApp, selector: str) -> list[str]:
    """What is on the screen where that widget stands."""
    region = app.screen.query_one(selector).region
    lines = strips(app)[region.y : region.bottom]
    return [strip.crop(region.x, region.right).text for strip in lines]


def pane_text(app: LettaApp, selector: str) -> str:
    """What is on the screen where that widget stands, without frames and bars, with runs of blanks as one."""
    return _words(pane_lines(app, selector))


def _words(lines: Iterable[str]) -> str:
    return " ".join(re.sub("[\u2500-\u257f▕▌▏]", " ", " ".join(lines)).split())


def assert_harmless(app: LettaApp) -> None:
    """Nothing that is painted steers a terminal, turns text around, or runs an action when clicked."""
    for line in strips(app):
        for segment in line:
            bad = [char for char in segment.text if unicodedata.category(char) == "Cc" or char in BIDI]
            assert not bad, f"{bad!r} in {segment.text!r}"
            meta = segment.style.meta if segment.style is not None else {}
            acts = {act for name, act in meta.items() if name.startswith("@")} - SCROLLBAR_ACTS
            assert not acts, f"a click on {segment.text!r} runs {acts}"


def remarks(app: LettaApp) -> str:
    """The passing remarks that stand on the screen now."""
    return "\n".join(REMARKS.get(app, ()))


def row_id(app: LettaApp) -> str | None:
    """The conversation under the cursor of the list."""
    row = main_screen(app).panes.list.row
    return None if row is None else row.id


def reader_text(app: LettaApp, tab: str) -> str:
    """Every text of a reader, seen or not."""
    reader = main_screen(app).query_one(f"#{tab}", Reader)
    return "\n".join(f"{item.word} {item.title} {item.head} {item.text}" for item in reader.items)


def focused_id(app: LettaApp) -> str | None:
    """The id of the widget that has the keys."""
    return None if app.focused is None else app.focused.id


# what the server was asked


def asked(transport: DemoTransport, method: str = "", path: str = "") -> list[str]:
    """Requests so far, as "GET /path?query"."""
    found = [f"{one.method} {one.url.raw_path.decode()}" for one in transport.requests]
    return [line for line in found if line.startswith(method) and path in line]


def bodies(transport: DemoTransport, method: str) -> list[Any]:
    """The JSON bodies of the requests so far with that method."""
    return [json.loads(one.content) for one in transport.requests if one.method == method]


def writes(transport: DemoTransport) -> list[str]:
    """Every request so far that is not a reading one."""
    return [line for line in asked(transport) if not line.startswith("GET ")]


def offered_ids(app: LettaApp) -> set[str]:
    """The ids of the actions whose keys do something now."""
    return {one.binding.id for one in offered(app.screen) if one.enabled and one.binding.id}


def key_of(app: LettaApp, binding_id: str) -> str:
    """The first key that a binding has now, by the binding's id."""
    keys = [key for key, found in app.screen.active_bindings.items() if found.binding.id == binding_id]
    assert keys, f"no key does {binding_id} here"
    return keys[0]


def leave_draft(draft: Draft) -> None:
    """A draft of an app that has ended."""
    with closing(DraftStore(state_dir() / "drafts")) as drafts:
        drafts.save(draft)


def draft_on_disk(server: str, conversation_id: str, folder: Path | None = None) -> dict[str, Any] | None:
    """The fields of a draft on disk, whichever process it belongs to."""
    found = [json.loads(path.read_text()) for path in (folder or state_dir() / "drafts").glob("*.json")]
    wanted = {"server": server, "conversation_id": conversation_id}
    return next((fields for fields in found if wanted.items() <= fields.items()), None)
