"""One visitor's run: what starts, how large it is, and that it ends with its visitor and with the server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.web.serving import children, gone, painted, rest, run_of_the_app, serving, stop, visitor
from tui.commands.serve import environment
from tui.web import session
from tui.web.server import WebServer
from tui.web.session import LARGEST, clamped

ECHO = r"""
import os, sys

def paint(data):
    sys.stdout.buffer.write(b"D" + len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()

sys.stdout.buffer.write(b"__GANGLION__\n")
paint(f"{os.environ['COLUMNS']}x{os.environ['ROWS']}.".encode())
while head := sys.stdin.buffer.read(5):
    paint(head[:1] + sys.stdin.buffer.read(int.from_bytes(head[1:], "big")) + b".")
"""
"""A program that paints the size it was given, then what it is sent."""

STUBBORN = r"""
import signal, sys

for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
sys.stdout.buffer.write(b"__GANGLION__\nD\0\0\0\1.")
sys.stdout.buffer.flush()
while True:
    signal.pause()
"""

FULL = r"""
import sys

sys.stdout.buffer.write(b"__GANGLION__\n")
while True:
    sys.stdout.buffer.write(b"D\0\1\0\0" + b"." * 65536)
"""

FAILING = r"raise SystemExit('\x1b]0;owned\x07 no such option')"

linux = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="no pidfd on this system")


@asynccontextmanager
async def running(
    program: str, query: str = "", reports: list[str] | None = None
) -> AsyncIterator[tuple[WebServer, ClientWebSocketResponse]]:
    """A server in this process whose visitors run a Python program, and the web socket of one."""
    report = print if reports is None else reports.append
    command = [sys.executable, "-I", "-c", program]
    server = WebServer(command, "127.0.0.1", 80, print, environment=os.environ, report=report)
    async with TestServer(server.application()) as listening:
        headers = {"Host": "127.0.0.1", "Cookie": f"letta-tui={server.token}"}
        async with ClientSession(headers=headers) as client:
            url = listening.make_url(f"{server.path}ws{query}")
            async with client.ws_connect(url) as web_socket:
                yield server, web_socket
        await asyncio.gather(*(session.stop() for session in server.sessions))


def pid(server: WebServer) -> int:
    """The process of the only session."""
    (one,) = server.sessions
    assert one.process is not None
    return one.process.pid


# what starts


def test_nothing_in_the_current_folder_is_run(tmp_path: Path) -> None:
    """Neither in place of the program, nor of a module that it imports."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("tui", "textual", "json", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")

    async def story() -> None:
        async with visitor() as client, run_of_the_app(client, served.address) as web_socket:
            await painted(web_socket, b"Ada")

    with serving(cwd=folder) as served:
        asyncio.run(story())
    assert not (tmp_path / "ran").exists()


def test_python_looks_for_modules_in_no_folder_that_depends_on_the_current_one() -> None:
    given = {"PYTHONPATH": f":/lib/a::lib/b:/lib/c:{os.pathsep}.", "LETTA_TUI_BROWSER": "commands"}
    assert environment(given, commands=False)["PYTHONPATH"] == "/lib/a:/lib/c"
    assert "PYTHONPATH" not in environment({"PYTHONPATH": "."}, commands=False)
    assert environment(given, commands=False)["LETTA_TUI_BROWSER"] == "restricted"
    assert environment({}, commands=True)["LETTA_TUI_BROWSER"] == "commands"


def test_a_visitor_of_the_demo_cannot_run_a_command() -> None:
    async def story() -> None:
        async with visitor() as client, run_of_the_app(client, served.address) as web_socket:
            await painted(web_socket, b"Refactor")
            await web_socket.send_json(["stdin", "|"])
            await painted(web_socket, b"--allow-commands")

    with serving("--readonly") as served:
        asyncio.run(story())


def test_a_screenshot_is_downloaded_by_its_visitor_alone() -> None:
    """Below the path of this run: to the root of the site, the cookie is not sent."""

    async def story() -> None:
        async with visitor() as client, run_of_the_app(client, served.address) as web_socket:
            await painted(web_socket, b"Refactor")
            await web_socket.send_json(["stdin", "\x10"])
            await painted(web_socket, b"Search")
            await web_socket.send_json(["stdin", "screenshot"])
            await painted(web_socket, b"Save an SVG")
            await web_socket.send_json(["stdin", "\r"])
            while (message := await web_socket.receive(60)).type is not WSMsgType.TEXT:
                pass
            kind, file = message.json()
            assert kind == "open_url"
            async with client.get(served.address) as page:
                url = page.url.join(URL(file["url"]))
            async with client.get(url) as answer:
                assert answer.status == 200
                assert "Content-Security-Policy" in answer.headers
                assert b"<svg" in await answer.read()

    with serving() as served:
        asyncio.run(story())


def test_a_program_that_fails_is_reported_and_not_obeyed() -> None:
    reports: list[str] = []

    async def story() -> None:
        async with running(FAILING, "", reports) as (_, web_socket):
            await rest(web_socket)

    asyncio.run(story())
    assert reports == ["letta-tui: a session ended with 1: \x1b]0;owned\x07 no such option"]


# how large it is


@given(st.integers(), st.integers())
def test_no_size_is_empty_or_huge(width: int, height: int) -> None:
    columns, rows = clamped(width, height)
    assert 1 <= columns <= LARGEST[0]
    assert 1 <= rows <= LARGEST[1]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("?width=120&height=36", b"120x36."),
        ("?width=20000&height=20000", b"1000x400."),
        ("?width=-1&height=0", b"1x1."),
        ("?width=wide&height=" + "9" * 5000, b"80x24."),
        ("", b"80x24."),
    ],
)
def test_a_run_begins_with_a_size_that_it_can_bear(query: str, size: bytes) -> None:
    async def story() -> None:
        async with running(ECHO, query) as (_, web_socket):
            assert await painted(web_socket, b".") == size

    asyncio.run(story())


def test_the_page_changes_the_size_within_bounds_and_types_any_text() -> None:
    async def story() -> None:
        async with running(ECHO) as (_, web_socket):
            await painted(web_socket, b".")
            await web_socket.send_json(["resize", {"width": 20000, "height": 5}])
            seen = await painted(web_socket, b"}.")
            assert json.loads(seen[1:-1]) == {"type": "resize", "width": 1000, "height": 5}
            await web_socket.send_str('["stdin", "Gr\\u00fc\\ud800"]')
            assert await painted(web_socket, b"?.") == "DGrü?.".encode()

    asyncio.run(story())


# how it ends


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_signal_ends_the_server_and_its_runs_while_tabs_are_open(number: int, stopped: bool) -> None:
    """Nobody reads from the web socket any more, so it is not closed by the other side."""

    async def story() -> None:
        async with visitor() as client, run_of_the_app(client, served.address) as web_socket:
            await painted(web_socket, b"Ada")
            (child,) = children(served.process.pid)
            run = os.pidfd_open(child)
            if stopped:
                stop(child)
            code, errors = await asyncio.to_thread(served.end, number, 10)
            assert code == 0
            assert "Traceback" not in errors
            assert await gone(run)
            os.close(run)

    with serving() as served:
        asyncio.run(story())


@linux
@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_ends_when_the_server_is_killed(stopped: bool) -> None:
    async def story() -> None:
        async with visitor() as client, run_of_the_app(client, served.address) as web_socket:
            await painted(web_socket, b"Ada")
            (child,) = children(served.process.pid)
            run = os.pidfd_open(child)
            if stopped:
                stop(child)
            served.process.kill()
            assert await gone(run)
            os.close(run)

    with serving() as served:
        asyncio.run(story())


@linux
@pytest.mark.parametrize("program", [STUBBORN, FULL], ids=["ignores-signals", "waits-to-be-read"])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_ends_with_its_visitor_whatever_it_does(
    program: str, stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "GRACE", 0.2)

    async def story() -> None:
        async with running(program) as (server, web_socket):
            await painted(web_socket, b".")
            child = pid(server)
            run = os.pidfd_open(child)
            if stopped:
                stop(child)
            await web_socket.close()
            assert await gone(run)
            os.close(run)

    asyncio.run(story())


@linux
def test_a_run_is_asked_to_end_before_it_is_killed(tmp_path: Path) -> None:
    """A closed tab is a hangup: the position in the list is stored, as it is in a terminal."""

    async def story() -> None:
        async with visitor() as client:
            async with run_of_the_app(client, served.address) as web_socket:
                await painted(web_socket, b"Refactor")
                (child,) = children(served.process.pid)
                run = os.pidfd_open(child)
            assert await gone(run)
            os.close(run)

    with serving(XDG_STATE_HOME=str(tmp_path)) as served:
        asyncio.run(story())
        assert served.process.poll() is None
    assert "http://demo" in (tmp_path / "letta-tui" / "state.json").read_text()


def test_no_more_than_a_few_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.web.server.MOST_SESSIONS", 1)

    async def story() -> None:
        async with running(ECHO) as (server, _), TestServer(server.application()) as other:
            headers = {"Host": "127.0.0.1", "Cookie": f"letta-tui={server.token}"}
            async with ClientSession(headers=headers) as client:
                with pytest.raises(WSServerHandshakeError, match="503"):
                    await client.ws_connect(other.make_url(f"{server.path}ws"))

    asyncio.run(story())


def test_a_program_that_is_not_there_is_reported_and_the_page_is_told() -> None:
    reports: list[str] = []

    async def story() -> None:
        server = WebServer(["/none-such"], "127.0.0.1", 80, print, environment={}, report=reports.append)
        async with TestServer(server.application()) as listening:
            headers = {"Host": "127.0.0.1", "Cookie": f"letta-tui={server.token}"}
            async with (
                ClientSession(headers=headers) as client,
                client.ws_connect(listening.make_url(f"{server.path}ws")) as web_socket,
            ):
                assert await rest(web_socket) == 1000

    asyncio.run(story())
    (report,) = reports
    assert "could not be started" in report
