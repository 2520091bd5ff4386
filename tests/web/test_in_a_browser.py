"""A served app in a real browser: what its visitor gets, and what a page of another site does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.web.browser import Page, browse, chromium
from tests.web.serving import Served, children, serving
from tui.web.session import LARGEST

PROGRAM = chromium() or ""
pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium on this machine")

TYPING_GOES_IN = """
new Promise(done => {
  const look = () => document.activeElement.matches("textarea") ? done() : requestAnimationFrame(look);
  look();
})
"""

SOCKET_OPENS = """
new Promise(done => {
  const socket = new WebSocket("%s");
  socket.onopen = () => done("opened");
  socket.onerror = () => done("refused");
})
"""

ENDED = """
new Promise(done => {
  const look = () => document.querySelector("#ended").offsetParent ? done() : requestAnimationFrame(look);
  look();
})
"""

READ = 'fetch("%s", {credentials: "include"}).then(answer => answer.text(), () => "blocked")'

FRAME = """
new Promise(done => {
  const frame = document.createElement("iframe");
  frame.onload = () => done("loaded");
  frame.src = "%s";
  document.body.append(frame);
})
"""

HUGE_SCREEN = """
new Promise(done => {
  const socket = new WebSocket(document.querySelector("#terminal").dataset.sessionWebsocketUrl +
                               "?width=20000&height=20000");
  socket.binaryType = "arraybuffer";
  let painted = "";
  const stop = setTimeout(() => done(painted), 60000);
  socket.onmessage = message => {
    painted += new TextDecoder().decode(message.data);
    if (painted.includes("Refactor")) { clearTimeout(stop); socket.close(); done(painted); }
  };
})
"""


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as running:
        yield running


@asynccontextmanager
async def opened(served: Served) -> AsyncIterator[Page]:
    """A browser with the served app in it, which takes keys."""
    async with browse(PROGRAM) as page:
        await page.go(str(served.address))
        await page.until("Refactor")
        await page.evaluate(TYPING_GOES_IN)
        yield page


@asynccontextmanager
async def another_site(host: str) -> AsyncIterator[URL]:
    """The address of a page that has nothing to do with the app; ports do not count in what cookies call a site."""

    async def index(request: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html><body>elsewhere</body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    async with TestServer(app, host=host) as site:
        yield URL.build(scheme="http", host=host, port=site.port, path="/")


def test_it_is_shown_and_typed_into_and_no_other_host_is_asked(served: Served) -> None:
    async def story() -> None:
        async with opened(served) as page:
            await page.type("?")
            await page.until("Keys here")
            assert {URL(address).authority for address in page.asked} == {served.address.authority}
            assert await page.evaluate("location.search") == ""
            assert await page.evaluate("document.cookie") == ""

    asyncio.run(story())


def test_the_footer_is_right_before_anything_is_typed(served: Served) -> None:
    async def story() -> None:
        async with browse(PROGRAM) as page:
            await page.go(str(served.address))
            await page.until("H History")

    asyncio.run(story())


def test_no_command_can_be_given_by_a_key_or_in_a_form(served: Served) -> None:
    async def story() -> None:
        async with opened(served) as page:
            await page.type("|")
            await page.until("--allow-commands")
            await page.press_with_control("o")
            await page.until("Connections")
            await page.type("n")
            screen = await page.until("a profile cannot use variables")
            assert "Server" in screen
            assert "Key: command" not in screen
            assert "Key: file" not in screen

    asyncio.run(story())


def test_a_huge_window_gets_a_screen_of_bounded_size(served: Served) -> None:
    async def story() -> None:
        async with opened(served) as page:
            painted = await page.evaluate(HUGE_SCREEN)
            columns, rows = LARGEST
            assert "Refactor" in painted
            assert len(painted) < 40 * columns * rows

    asyncio.run(story())


def test_a_page_of_another_site_reaches_nothing_with_the_visitors_cookie(served: Served) -> None:
    async def story() -> None:
        async with another_site(served.address.host or "") as elsewhere, opened(served) as page:
            inside = await page.evaluate("location.href")
            socket = await page.evaluate('document.querySelector("#terminal").dataset.sessionWebsocketUrl')
            assert await page.evaluate(SOCKET_OPENS % socket) == "opened"
            await page.go(str(elsewhere))
            assert await page.evaluate("document.body.textContent") == "elsewhere"
            assert await page.evaluate(SOCKET_OPENS % socket) == "refused"
            assert await page.evaluate(READ % inside) == "blocked"
            await page.evaluate(FRAME % inside)
            assert await page.evaluate("frames[0].document?.body?.textContent ?? null") is None

    asyncio.run(story())


def test_a_double_slash_leads_to_no_other_host(served: Served) -> None:
    async def story() -> None:
        async with browse(PROGRAM) as page:
            token = served.address.query["token"]
            await page.go(f"{served.origin}//elsewhere.example/?token={token}")
            await page.until("Refactor")
            assert {URL(address).authority for address in page.asked} == {served.address.authority}

    asyncio.run(story())


def test_it_ends_while_a_tab_is_open_and_its_cookie_opens_no_later_run() -> None:
    async def story() -> None:
        with serving() as served:
            async with opened(served) as page:
                inside = URL(await page.evaluate("location.href"))
                assert children(served.process.pid)
                code, errors = await asyncio.to_thread(served.end)
                assert code == 0
                assert "Traceback" not in errors
                await page.evaluate(ENDED)
                with serving(f"--port={inside.port}") as later:
                    await page.go(str(inside))
                    assert "its token lets you in" in await page.evaluate("document.body.textContent")
                    await page.go(str(later.origin))
                    assert "its token lets you in" in await page.evaluate("document.body.textContent")

    asyncio.run(story())
