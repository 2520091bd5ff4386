"""No key of the main screen is silent: it does its action, or the screen says why that cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app_helpers import (
    NARROW,
    WIDE,
    flush,
    main_screen,
    press,
    remarks,
    screen_text,
    small_server,
    started,
    type_text,
)
from tui.actions import MAIN_SCREEN, in_scopes
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport

pytestmark = pytest.mark.anyio

KEYS = {key: one.id for one in in_scopes(*MAIN_SCREEN) for key in one.key_names}

Reach = Callable[[LettaApp, Pilot[None]], Any]


async def the_list(app: LettaApp, pilot: Pilot[None]) -> None:
    """Where the app starts."""


async def the_default_conversation(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "g")


async def the_detail(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "enter")


async def nothing_matches(app: LettaApp, pilot: Pilot[None]) -> None:
    """The list is filtered, and no row is left."""
    if not main_screen(app).panes.left.filter_words:
        await press(pilot, "slash")
        await type_text(pilot, "nothing")
        await press(pilot, "enter")
    assert main_screen(app).panes.list.row is None


async def the_filter_line(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "slash")


async def the_find_line(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "enter", "slash")


async def the_editor(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "e")


async def the_list_during_an_edit(app: LettaApp, pilot: Pilot[None]) -> None:
    await press(pilot, "e")
    main_screen(app).panes.list.focus()
    await flush(pilot)


def no_agent() -> DemoTransport:
    """A server without agents."""
    transport = small_server()
    transport.store.agents.clear()
    return transport


@pytest.mark.parametrize(
    ("reach", "size", "settings"),
    [
        (the_list, WIDE, {}),
        (the_list, NARROW, {}),
        (the_list, WIDE, {"readonly": True}),
        (the_default_conversation, WIDE, {}),
        (the_detail, WIDE, {}),
        (the_detail, NARROW, {}),
        (nothing_matches, WIDE, {}),
        (the_filter_line, WIDE, {}),
        (the_find_line, WIDE, {}),
        (the_editor, WIDE, {}),
        (the_list_during_an_edit, WIDE, {}),
        (the_list_during_an_edit, NARROW, {}),
    ],
)
async def test_every_key_is_done_or_refused(
    reach: Reach, size: tuple[int, int], settings: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(small_server("One", "Two"), size=size, **settings) as (app, pilot):
        await reach(app, pilot)
        await every_key_is_done_or_refused(app, pilot, monkeypatch)


async def test_every_key_is_done_or_refused_without_an_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with started(no_agent()) as (app, pilot):
        await every_key_is_done_or_refused(app, pilot, monkeypatch)


async def every_key_is_done_or_refused(
    app: LettaApp, pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Press every key that reaches the main screen; what it would do is noted and not done."""
    monkeypatch.setattr("tui.ui.main_screen.REFUSAL", -1.0)
    main, done = main_screen(app), list[str]()
    for id in main.handlers:
        monkeypatch.setitem(main.handlers, id, lambda id=id: done.append(id))  # type: ignore[misc]
    active = {key: one.binding for key, one in main.active_bindings.items()}
    if main.panes.list.has_focus or main.panes.detail.reader.has_focus:
        assert set(KEYS) <= set(active)
    for key, binding in active.items():
        if binding.id and binding.id in main.handlers and binding.id != "app.quit":
            app.clear_notifications()
            done.clear()
            app.simulate_key(key)
            await flush(pilot)
            reason = main.why_not(binding.id)
            assert done == ([] if reason else [binding.id]), (key, reason)
            assert remarks(app) == reason, key


NOTHING_NEW = {
    "tab.messages": "they are shown already",
    "pane.left": "the list has the focus",
    "pane.back": "there is nothing to leave",
    "list.reverse": "there is no row whose place could change",
    "item.fold-type": "a fact has one line, folded or not",
    "detail.down": "there is nothing to scroll",
    "detail.up": "there is nothing to scroll",
    "app.quit": "it ends the app",
}
"""What does nothing that can be seen where nothing is selected, and why that is right."""


def what_is_seen(app: LettaApp, transport: DemoTransport) -> tuple[object, ...]:
    width = main_screen(app).panes.list.size.width
    return app.screen, app.focused, width, screen_text(app), remarks(app), len(transport.requests)


@pytest.mark.parametrize(
    ("server", "reach"), [(no_agent, the_list), (lambda: small_server("One"), nothing_matches)]
)
async def test_what_is_done_where_nothing_is_selected_can_be_seen(
    server: Callable[[], DemoTransport], reach: Reach
) -> None:
    """No handler returns in silence because what it is about is not there."""
    transport = server()
    async with started(transport) as (app, pilot):
        main = main_screen(app)
        for one in in_scopes(*MAIN_SCREEN):
            await reach(app, pilot)
            if one.id not in NOTHING_NEW and not main.why_not(one.id):
                before = what_is_seen(app, transport)
                await press(pilot, one.key_names[0])
                assert what_is_seen(app, transport) != before, one.id
                await back_to_the_list(app, pilot)


async def back_to_the_list(app: LettaApp, pilot: Pilot[None]) -> None:
    while app.screen is not main_screen(app):
        await press(pilot, "escape")
    main_screen(app).panes.list.focus()
    app.clear_notifications()
    await flush(pilot)


async def test_a_key_that_is_held_down_is_refused_once() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "n", "n", "n", "v")
        assert remarks(app).splitlines() == [
            "The list isn't filtered",
            "Pager works in Messages, Memory and Info",
        ]
