"""Who gets into a served app, and who does not."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import ClientSession
from yarl import URL

from tests.web.browser import browse, chromium
from tui.commands.parser import build_parser
from tui.commands.serve import program

ROOT = Path(__file__).parents[2]
TYPING_GOES_IN = """
new Promise(done => {
  const look = () => document.activeElement.matches("textarea") ? done() : requestAnimationFrame(look);
  look();
})
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
    return number


@pytest.fixture
def served() -> Iterator[URL]:
    """The address that a served demo prints."""
    command = [sys.executable, "-m", "tui", "serve", "--demo", f"--port={free_port()}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield URL(process.stdout.readline().strip())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


@asynccontextmanager
async def visitor() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def status(session: ClientSession, address: URL, **headers: str) -> int:
    async with session.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status


def test_only_the_token_lets_in_and_then_it_leaves_the_address(served: URL) -> None:
    async def story() -> None:
        bare = served.with_query(None)
        async with visitor() as session:
            for path in ("/", "/ws", "/static/js/textual.js", "/page.css"):
                assert await status(session, bare.with_path(path)) == 403
            assert await status(session, served.with_query(token="guess")) == 403
            async with session.get(served) as answer:
                assert answer.url == bare
                assert "Content-Security-Policy" in answer.headers
                assert "://" not in (await answer.text()).replace(f"ws://{bare.authority}", "")
            assert await status(session, bare.with_path("/page.js")) == 200

    asyncio.run(story())


def test_another_site_gets_nothing_even_with_the_cookie(served: URL) -> None:
    async def story() -> None:
        async with visitor() as session:
            bare = served.with_query(None)
            await status(session, served)
            assert await status(session, bare) == 200
            assert await status(session, bare.with_path("/ws"), Origin="http://elsewhere.example") == 403
            assert await status(session, bare, Host="elsewhere.example") == 403

    asyncio.run(story())


def test_a_visitor_gets_a_run_of_the_app(served: URL) -> None:
    async def story() -> None:
        async with visitor() as session:
            await status(session, served)
            async with session.ws_connect(served.with_query(None).with_path("/ws")) as web_socket:
                seen = b""
                while b"Ada" not in seen:
                    seen += (await web_socket.receive(60)).data
                await web_socket.send_json(["stdin", "q"])
                while not web_socket.closed:
                    await web_socket.receive(60)

    asyncio.run(story())


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tui", "serve", "--demo", "--host=127.0.0.1", f"--port={port}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert not done.stdout
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--demo"],
        ["--base-url", "http://localhost:1/x y", "--readonly", "--agent=-odd name; $(id)"],
    ],
)
def test_what_serve_was_told_is_what_each_run_is_told(options: list[str]) -> None:
    asked = vars(build_parser().parse_args(["serve", *options]))
    direct = vars(build_parser().parse_args(options))
    assert vars(build_parser().parse_args(program(asked)[3:])) == direct


@pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
def test_a_browser_shows_it_and_types_into_it_and_asks_no_other_host(served: URL) -> None:
    async def story() -> None:
        program = chromium()
        assert program is not None
        async with browse(program) as page:
            await page.do("Page.navigate", url=str(served))
            await page.until("Ada")
            await page.evaluate(TYPING_GOES_IN)
            await page.type("?")
            await page.until("Keys here")
            assert {URL(address).authority for address in page.asked} == {served.authority}
            assert await page.evaluate("location.search") == ""

    asyncio.run(story())
