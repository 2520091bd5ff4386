"""Lists that lie: pages that repeat, overlap, never end or hold everything, and ids that are no ids."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    WIDE,
    asked,
    assert_harmless,
    main_screen,
    make_app,
    only_agent,
    pane_text,
    press,
    settle,
    small_server,
)
from tests.faults.tally import TALLY
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.commands import selection
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.letta.walk import Walk
from tui.model.agent import Agent
from tui.model.errors import NoResponse, TooLarge

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]

Page = Callable[[str | None, int], list[dict[str, Any]]]


class Listing(httpx.AsyncBaseTransport):
    """The embedded server, whose list of conversations is another one."""

    def __init__(self, page: Page) -> None:
        self.inner: DemoTransport = small_server("One")
        self.page = page
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET" or request.url.path != "/v1/conversations/":
            return await self.inner.handle_async_request(request)
        self.asked += 1
        told = self.page(request.url.params.get("after"), int(request.url.params["limit"]))
        return httpx.Response(200, content=json.dumps(told), request=request)


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"conv-{number}", "summary": f"Row {number}", "created_at": "2026-03-14T09:00:00Z", **more}


def number_of(cursor: str | None) -> int:
    return -1 if cursor is None else int(cursor.removeprefix("conv-"))


def app_on(page: Page, name: str) -> tuple[LettaApp, Listing]:
    TALLY.fault(name)
    transport = Listing(page)
    return make_app(transport, page_size=10), transport  # type: ignore[arg-type]


def rows_of(app: LettaApp) -> list[str]:
    return [one.id for one in main_screen(app).panes.list.rows if not one.is_default]


async def test_a_page_that_repeats_for_ever_ends() -> None:
    app, transport = app_on(
        lambda _after, limit: [row(n) for n in range(10)] * min(limit // 10, 40), "the same page for ever"
    )
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "G", "G", "G")
            assert sorted(rows_of(app)) == [f"conv-{n}" for n in range(10)]
            assert transport.asked < 40
            assert main_screen(app).reading.conversations.feed.complete


async def test_pages_that_overlap_give_each_row_once() -> None:
    def page(after: str | None, limit: int) -> list[dict[str, Any]]:
        first = max(0, number_of(after) - 4)
        return [
            row(n, created_at=f"2026-03-14T{23 - n // 4:02}:00:00Z")
            for n in range(first, min(60, first + limit))
        ]

    app, _ = app_on(page, "pages that overlap")
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            for _ in range(12):
                await press(pilot, "G")
            assert rows_of(app) == [f"conv-{n}" for n in range(60)]


async def test_a_list_without_end_is_read_page_by_page_and_no_further() -> None:
    app, transport = app_on(endless, "a cursor that never ends")
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            before = transport.asked
            await press(pilot, "G", "G", "G")
            assert before < transport.asked <= before + 6
            assert "more" in main_screen(app).reading.conversations.feed.count_text
            await press(pilot, "g", "question_mark", "escape")
            assert app.is_running


async def test_a_hundred_thousand_rows_in_one_page_are_one_list() -> None:
    rows = [row(n) for n in range(100_000)]
    app, _ = app_on(lambda _after, _limit: rows, "a hundred thousand rows in one page")
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            assert len(rows_of(app)) == 100_000
            await press(pilot, "G", "g", "j")
            assert app.is_running


@pytest.mark.parametrize("pages", [1, 3])
async def test_a_hundred_thousand_rows_of_one_id_are_one_row(pages: int) -> None:
    """Whether it is more than was asked for, or page after page of it."""
    every = [row(7, summary=f"Row {n}") for n in range(100_000)]
    one = pages == 1
    app, transport = app_on(lambda _after, limit: every if one else every[:limit], "100,000 rows of one id")
    with TALLY.trying(100_000):
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "G", "g", "j", "slash", "R", "enter", "escape")
            assert rows_of(app) == ["conv-7"]
            assert transport.asked < 40
            assert app.is_running


async def test_a_hundred_thousand_messages_of_one_id_are_shown_and_read_once() -> None:
    """In every view, whole history, folded and as text."""
    transport = small_server("One")
    message = {
        "id": "message-1",
        "date": "2026-03-14T09:00:00Z",
        "message_type": "user_message",
        "content": "hi",
    }
    content = json.dumps([message] * 100_000).encode()
    transport.fail(httpx.Response(200, content=content), path="/messages/?$")
    app = make_app(transport)
    TALLY.fault("100,000 messages of one id")
    with TALLY.trying(100_000):
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "enter", "G", "g", "H", "G", "H", "b", "i", "m", "x", "escape")
            assert len([line for line in asked(transport) if "/messages" in line]) < 20
            assert app.is_running


ODD_IDS = [
    "", ".", "..", "../../v1/agents", "a/b?c#d", "a b", "%2e%2e", "\x1b[31mred\x1b[0m", "\x00", HOSTILE, "half \ud800",
    "\u202egpj", "x" * 100_000, "[/foo]", "conv-\n1", "default",
]  # fmt: skip


@pytest.mark.parametrize(
    "odd_ids", [ODD_IDS[start::3] for start in range(3)], ids=["first", "second", "third"]
)
async def test_ids_that_are_no_ids_are_rows_that_cannot_be_read_and_nothing_else(odd_ids: list[str]) -> None:
    """Every one is opened, copied and shown raw; none reaches another path or the terminal."""
    app, transport = app_on(
        lambda _after, _limit: [row(n, id=key) for n, key in enumerate(odd_ids)], "ids that are none"
    )
    with TALLY.trying(len(odd_ids)):
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            await settle(pilot)
            await press(pilot, "g")
            for _ in range(len(rows_of(app))):
                await press(pilot, "j", "x", "escape")
                assert_harmless(app)
            assert app.is_running
    allowed = ("/v1/conversations/", "/v1/agents/", "/v1/health/", "/v1/blocks/", "/v1/messages/")
    for line in asked(transport.inner):
        path = line.split(" ")[1].split("?")[0]
        assert path.startswith(allowed), line
        assert ".." not in path.split("/"), line
        assert path.count("/") <= 5, line


async def test_half_a_surrogate_pair_is_shown_and_copied_as_what_can_be() -> None:
    def page(_after: str | None, _limit: int) -> list[dict[str, Any]]:
        return [row(1, summary="half \ud800 pair", odd="\udfff", isolated_block_ids=["\ud801"])]

    app, transport = app_on(page, "half a surrogate pair")
    assert only_agent(transport.inner)
    with TALLY.trying():
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            await settle(pilot)
            assert "half" in pane_text(app, "#list")
            await press(
                pilot,
                "j",
                "Y",
                "y",
                "x",
                "Y",
                "escape",
                "i",
                "G",
                "Y",
                "x",
                "Y",
                "escape",
                "e",
                "end",
                "x",
                "escape",
            )
            assert_harmless(app)
            assert app.is_running
            app.clipboard.encode()


def endless(after: str | None, limit: int) -> list[dict[str, Any]]:
    """Pages of a list that has no end."""
    first = number_of(after) + 1
    return [row(n, created_at=f"{9999 - n:04}-01-01T00:00:00Z") for n in range(first, first + limit)]


async def all_of(transport: Listing) -> None:
    """Read the list as a command does."""
    client = LettaClient(Wire("http://letta.test", transport=transport))
    try:
        await selection.all_conversations(client, Agent(id=only_agent(transport.inner)), 200)
    finally:
        await client.close()


async def test_a_command_does_not_read_a_list_without_end_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    TALLY.fault("a cursor that never ends")
    monkeypatch.setattr("tui.rules.paging.MOST_ROWS", 500)
    transport = Listing(endless)
    with TALLY.trying(), pytest.raises(TooLarge, match="Listing conversations: no end after 600 rows"):
        await all_of(transport)
    assert transport.asked < 5


async def test_a_command_does_not_ask_for_ever_for_the_same_full_page() -> None:
    TALLY.fault("the same full page for ever")
    transport = Listing(lambda _after, limit: [row(n % 10) for n in range(limit)])
    with TALLY.trying(), pytest.raises(TooLarge, match="Listing conversations: no end after 10 rows"):
        await all_of(transport)
    assert transport.asked < 15


class Stalling(Listing):
    """Sends the first page, and nothing from then on."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("after"):
            await asyncio.Event().wait()
        return await super().handle_async_request(request)


async def test_a_command_does_not_wait_for_ever_for_a_new_row(monkeypatch: pytest.MonkeyPatch) -> None:
    TALLY.fault("a page that never comes")
    monkeypatch.setattr(selection, "Walk", partial(Walk, patience=0.01))
    with (
        TALLY.trying(),
        pytest.raises(NoResponse, match=r"Listing conversations: no new row within 0\.01 seconds"),
    ):
        await all_of(Stalling(endless))


async def test_the_list_says_that_no_new_row_came_and_shows_those_that_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    TALLY.fault("a page that never comes")
    monkeypatch.setattr("tui.flows.list_conversations.Walk", partial(Walk, patience=0.01))
    app = make_app(Stalling(endless), page_size=10)  # type: ignore[arg-type]
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "G")
            assert len(rows_of(app)) == 10
            assert "no new row within 0.01 seconds" in pane_text(app, "ListHeading")


async def test_the_list_says_where_it_ends_before_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.rules.paging.MOST_ROWS", 25)
    app, transport = app_on(endless, "a cursor that never ends")
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            await press(pilot, "G", "G", "G")
            asked_before = transport.asked
            await press(pilot, "g", "G", "k", "j")
            assert transport.asked == asked_before
            assert "30 loaded, limit reached" in pane_text(app, "ListHeading")
