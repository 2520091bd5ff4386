"""What comes when it is no longer wanted is not shown: one test for each place that looks before it shows a result.

Exclusive workers are cancelled when the cursor moves, but an answer may come before that is heard: `move_unheard`.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    flush,
    ids,
    main_screen,
    make_app,
    pane_text,
    post_keys,
    press,
    press_until_held,
    settle,
    small_server,
    started,
    until,
)
from tests.faults.shuffled import Shuffled
from tests.ui.stories import numbered
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.letta.open_conversation import FIRST_LIMIT
from tui.model.opened import Opened
from tui.rules import check as checking
from tui.rules.view_state import Failed, Loading
from tui.ui import main_screen as main_module
from tui.ui.widgets.conversation_list import ConversationList

pytestmark = pytest.mark.anyio


def move_unheard(app: LettaApp, index: int) -> None:
    """Put the cursor on a row while the message about it is still on its way."""
    rows = main_screen(app).panes.list
    with rows.prevent(ConversationList.Highlighted):
        rows.move_to(index)


def place(app: LettaApp, conversation_id: str) -> int:
    """Where that conversation stands in the list."""
    return [row.id for row in main_screen(app).panes.list.rows].index(conversation_id)


async def test_an_answer_for_the_row_before_is_not_opened() -> None:
    transport = small_server("One", "Two")
    one, two = ids(transport)
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "j", path=f"{two}/messages")
        move_unheard(app, place(app, one))
        gate.open()
        await settle(pilot)
        assert not isinstance(main_screen(app).opened.view, Opened)


class LongAnswersHeld(DemoTransport):
    """Holds lists of messages that are longer than the first part of one."""

    more: asyncio.Event

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if int(request.url.params.get("limit", 0)) > FIRST_LIMIT and "/messages" in request.url.path:
            await self.more.wait()
        return await super().handle_async_request(request)


async def test_the_first_part_of_the_row_before_is_not_shown() -> None:
    inner = small_server("One", "Two")
    one, two = ids(inner)
    for number in range(3 * FIRST_LIMIT):
        inner.store.add_message(two, "user", f"question {number}")
    transport = LongAnswersHeld(inner.store, now=NOW)
    transport.more = asyncio.Event()
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "j", path=f"{two}/messages")
        move_unheard(app, place(app, one))
        gate.open()
        await until(pilot, lambda: len(transport.requests) > 0)
        await flush(pilot)
        view = main_screen(app).opened.view
        assert not isinstance(view, Loading) or view.known is None
        assert "question" not in pane_text(app, "#messages")
        transport.more.set()
        await settle(pilot)


async def test_a_failure_of_the_row_before_is_not_shown() -> None:
    transport = small_server("One", "Two")
    one, two = ids(transport)
    async with started(transport) as (app, pilot):
        transport.fail(500, path=two)
        gate = await press_until_held(pilot, transport, "j", path=two)
        move_unheard(app, place(app, one))
        gate.open()
        await settle(pilot)
        assert not isinstance(main_screen(app).opened.view, Failed)


async def test_an_earlier_reading_of_the_row_before_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is laid out first, which may take a while in a long conversation."""
    transport = small_server("One", "Two")
    one, two = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "k")
        main, ready, laid_out = main_screen(app), asyncio.Event(), asyncio.Event()
        prepare = main.panes.detail.prepare

        async def slow(known: Opened) -> None:
            await ready.wait()
            await prepare(known)
            laid_out.set()

        monkeypatch.setattr(main.panes.detail, "prepare", slow)
        reads = transport.hold(path=two)
        shown: list[str] = []
        main.watch(main, "view", lambda view: shown.append(view.conversation.id), init=False)
        await post_keys(pilot, "j")
        move_unheard(app, place(app, one))
        ready.set()
        await until(pilot, laid_out.is_set)
        await flush(pilot)
        assert two not in shown
        reads.open()
        await settle(pilot)


async def test_a_search_that_was_given_up_reports_no_failure() -> None:
    transport = numbered(60)
    async with started(transport, page_size=20) as (app, pilot):
        transport.fail(500, path="/v1/conversations/$")
        await press(pilot, "slash")
        gate = await press_until_held(pilot, transport, *"needle", path="/v1/conversations/$")
        main_screen(app).panes.left.filter_line.value = ""
        await flush(pilot)
        gate.open()
        await settle(pilot)
        assert "✗" not in pane_text(app, "ListHeading")


async def test_following_does_not_show_what_was_asked_before_a_newer_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(main_module, "EVERY", 10_000.0)
    inner = small_server("One")
    (one,) = ids(inner)
    transport = Shuffled(inner)
    app = make_app(transport, demo="self-hosted")  # type: ignore[arg-type]
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+t")
        transport.holding = True
        main_screen(app).reading.follow.tick()
        await transport.arrived(pilot)
        transport.release()  # the rows
        await transport.arrived(pilot)
        old = [gate for _, gate in transport.held]
        inner.store.add_message(one, "user", "the newest")
        transport.holding = False
        await post_keys(pilot, "R")
        await until(pilot, lambda: "the newest" in pane_text(app, "#messages"))
        for gate in old:
            gate.set()
        await settle(pilot)
        assert "the newest" in pane_text(app, "#messages")


async def test_findings_of_the_conversation_before_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first conversation of the demo has findings; its check ends when the second one is being read."""
    transport = DemoTransport(now=NOW)
    async with started(transport) as (app, pilot):
        main, whole = main_screen(app), checking.check
        assert main.opened.findings
        await press(pilot, "j")
        begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

        def slow(opened: Opened) -> Any:
            begun.set()
            may_end.wait()
            ended.set()
            return whole(opened)

        monkeypatch.setattr("tui.flows.check_context.MANY", 0)
        monkeypatch.setattr(checking, "check", slow)
        await post_keys(pilot, "k")
        await until(pilot, begun.is_set)
        gate = await press_until_held(pilot, transport, "j", path="/messages")
        assert isinstance(main.opened.view, Loading)
        may_end.set()
        await until(pilot, ended.is_set)
        await until(pilot, lambda: not any(one.group == "check" and one.is_running for one in app.workers))
        assert main.opened.findings == ()
        gate.open()
        await settle(pilot)


async def test_an_editor_does_not_open_on_the_row_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its draft is looked for on the disk first."""
    transport = small_server("One", "Two")
    _, two = ids(transport)
    async with started(transport) as (app, pilot):
        find, ready = app._drafts.take, asyncio.Event()

        async def slow(*place: str) -> Any:
            await ready.wait()
            return await find(*place)

        monkeypatch.setattr(app._drafts, "take", slow)
        await post_keys(pilot, "e")
        move_unheard(app, place(app, two))
        ready.set()
        await settle(pilot)
        assert main_screen(app).edit is None


async def test_a_recompile_that_ends_on_another_row_does_not_read_its_own() -> None:
    transport = small_server("One", "Two")
    one, two = ids(transport)
    human = next(block for block in transport.store.blocks.values() if block.label == "human")
    transport.store.set_block(human.id, "Robin, who moved")
    async with started(transport) as (app, pilot):
        await press(pilot, "C")
        gate = await press_until_held(pilot, transport, "y", method="POST", path=f"{one}/recompile")
        await post_keys(pilot, "j")
        await until(pilot, lambda: getattr(main_screen(app).opened.view, "conversation", None) is not None)
        await flush(pilot)
        gate.open()
        await settle(pilot)
        view = main_screen(app).opened.view
        assert view is not None
        assert view.conversation.id == two
