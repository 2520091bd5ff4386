"""Keys hammered without a pause, every key there is, in every dialog: nothing breaks and nothing is written unasked."""

from __future__ import annotations

import random

import httpx
import pytest
from textual import events

from tests.app_helpers import (
    NARROW,
    WIDE,
    assert_harmless,
    flush,
    main_screen,
    make_app,
    make_quick,
    only_agent,
    press,
    settle,
    small_server,
)
from tests.faults.tally import TALLY
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport, Fault

pytestmark = pytest.mark.anyio

LETTERS = [chr(code) for code in range(33, 127) if chr(code) not in "q"]
NAMED = [
    "up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "escape", "escape",
    "backspace", "delete", "space", "f1", "ctrl+d", "ctrl+u", "ctrl+g", "ctrl+n", "ctrl+j", "ctrl+p", "ctrl+z",
    "ctrl+a", "ctrl+k", "ctrl+w",
]  # fmt: skip
CONFIRMS = [
    "enter",
    "enter",
    "enter",
    "y",
    "exclamation_mark",
    "ctrl+s",
    "ctrl+down",
    "ctrl+up",
    "ctrl+y",
    "u",
]
NAMES = {"!": "exclamation_mark", "/": "slash", "?": "question_mark", "@": "at"}
UNASKED = [key for key in (*LETTERS, *NAMED) if key not in ("y", "!", "u", "space", "m", "Y")]
"""Keys of which none says yes to anything: the rest answers questions, saves, takes back, presses a button."""

FAULTS: tuple[Fault, ...] = (500, 404, 422, httpx.ConnectError, httpx.ReadTimeout, b"{")
BURST = 12
TURNS = 25


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses, and an editor outside that ends at once."""
    make_quick(monkeypatch)
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.setenv("PAGER", "true")


def server() -> DemoTransport:
    """Conversations with and without isolated blocks and messages."""
    transport = small_server(*(f"Row {number}" for number in range(8)))
    store = transport.store
    made = store.add_conversation(only_agent(transport), "Billing", ("human", "project"))
    for number in range(30):
        store.add_message(made, "assistant" if number % 2 else "user", f"said {number}")
    return transport


def hammer(app: LettaApp, keys: list[str]) -> None:
    """All at once, as a terminal brings what was typed while the program was busy."""
    for key in keys:
        char = " " if key == "space" else key if len(key) == 1 else None
        app.post_message(events.Key(NAMES.get(key, key), char))


def assert_sound(app: LettaApp) -> None:
    """What is shown belongs to the row under the cursor, and an open editor to its own conversation."""
    main = main_screen(app)
    row, view = main.panes.list.row, main.opened.view
    if row is not None and view is not None:
        assert view.conversation.id == row.id
    if main.edit is not None and row is not None:
        assert main.edit.key == row.key
    assert_harmless(app)


async def back(app: LettaApp, pilot: object) -> None:
    """Escape until the list has the keys; it never takes more than there are levels."""
    for _ in range(12):
        if len(app.screen_stack) == 1 and main_screen(app).panes.list.has_focus:
            return
        await press(pilot, "escape")  # type: ignore[arg-type]
    raise AssertionError(f"escape does not lead back from {app.screen} {app.focused}")


@pytest.mark.parametrize("seed", range(3))
async def test_without_a_key_that_says_yes_nothing_is_written(seed: int) -> None:
    """Every other key, in any order: questions open and close, and the server is only read.

    A PATCH without a field changes nothing; `e` on a default conversation sends it where GET is refused.
    """
    transport = server()
    app = make_app(transport)
    chance = random.Random(seed)
    async with app.run_test(size=NARROW if seed == 2 else WIDE) as pilot:
        await settle(pilot)
        for _ in range(TURNS):
            keys = [chance.choice(UNASKED) for _ in range(BURST)]
            with TALLY.trying(len(keys)):
                hammer(app, keys)
                await flush(pilot)
            assert app.is_running, keys
        await settle(pilot)
        await back(app, pilot)
        assert_sound(app)
    assert [
        request
        for request in transport.requests
        if request.method != "GET"
        and not ("dry_run" in str(request.url) or "preview" in request.url.path)
        and not (request.method == "PATCH" and request.content == b"{}")
    ] == []


@pytest.mark.parametrize("seed", range(3, 5))
async def test_every_key_on_a_server_that_fails_now_and_then(seed: int) -> None:
    """Saves, forks and deletes happen, in part: the app stands, shows what is under the cursor, escape leads back."""
    transport = server()
    app = make_app(transport)
    chance = random.Random(seed)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for turn in range(TURNS):
            transport.clear()
            if turn % 3 == 1:
                fault = chance.choice(FAULTS)
                transport.fail(fault, times=2, after_commit=chance.random() < 0.5)
                TALLY.fault(f"while hammering: {fault!r}")
            gate = transport.hold() if turn % 5 == 2 else None
            keys = [chance.choice((*LETTERS, *NAMED, *CONFIRMS)) for _ in range(BURST)]
            with TALLY.trying(len(keys)):
                hammer(app, keys)
                await flush(pilot)
            assert app.is_running, keys
            if gate is not None:
                gate.open()
            if turn % 10 == 9:
                await settle(pilot)
                assert_sound(app)
        transport.clear()
        await settle(pilot)
        await back(app, pilot)
        assert_sound(app)
