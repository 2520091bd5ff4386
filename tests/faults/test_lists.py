"""Lists that lie: pages that repeat, overlap, never end or hold everything, and ids that are no ids."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from tui.model.agent import Agent
from tui.model.errors import BadAnswer

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
    def page(after: str | None, limit: int) -> list[dict[str, Any]]:
        first = number_of(after) + 1
        return [row(n, created_at=f"{9999 - n:04}-01-01T00:00:00Z") for n in range(first, first + limit)]

    app, transport = app_on(page, "a cursor that never ends")
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


async def test_a_command_does_not_read_a_list_without_end_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(after: str | None, limit: int) -> list[dict[str, Any]]:
        first = number_of(after) + 1
        return [row(n, created_at=f"{9999 - n:04}-01-01T00:00:00Z") for n in range(first, first + limit)]

    TALLY.fault("a cursor that never ends")
    monkeypatch.setattr(selection, "ENDLESS", 500)
    transport = Listing(page)
    client = LettaClient(Wire("http://letta.test", transport=transport))
    with TALLY.trying(), pytest.raises(BadAnswer, match="Listing conversations: no end after 500 of them"):
        await selection.all_conversations(client, Agent(id=only_agent(transport.inner)), 200)
    assert transport.asked < 5
    await client.close()
