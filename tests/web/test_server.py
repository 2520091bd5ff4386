"""Who gets into a served app, and who does not."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.web.serving import (
    ROOT,
    Served,
    free_port,
    letta_tui,
    painted,
    rest,
    run_of_the_app,
    serving,
    visitor,
)
from tui.commands.parser import build_parser
from tui.commands.serve import is_local, program
from tui.web.server import WebServer


@pytest.fixture
def served() -> Iterator[Served]:
    """A served demo, which ends without having complained of anything."""
    with serving() as running:
        yield running
        code, errors = running.end()
        assert code == 0
        assert errors.splitlines() == [
            "Open that address in a browser. Ctrl-C stops this server and its sessions."
        ]


async def status(session: ClientSession, address: URL, **headers: str) -> int:
    async with session.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status


@asynccontextmanager
async def guarded(host: str, port: int) -> AsyncIterator[tuple[WebServer, URL]]:
    """The application of a server for this host and port, which really listens elsewhere, and its address there."""
    server = WebServer(["true"], host, port, print, environment={}, report=print)
    async with TestServer(server.application()) as listening:
        yield server, listening.make_url(f"/?token={server.token}")


def test_only_the_token_lets_in_and_then_it_leaves_the_address(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session:
            for path in ("/", "/ws", "/static/js/textual.js", "/page.css"):
                assert await status(session, served.origin.with_path(path)) == 403
            assert await status(session, served.address.with_query(token="guess")) == 403
            async with session.get(served.address) as answer:
                here = answer.url
                assert here.origin() == served.origin
                assert not here.query
                assert "Content-Security-Policy" in answer.headers
                assert "://" not in (await answer.text()).replace(f"ws://{here.authority}", "")
            assert await status(session, here.join(URL("page.js"))) == 200
            assert await status(session, here.join(URL("static/js/textual.js"))) == 200
        async with visitor() as other:
            for path in ("", "ws", "page.css", "static/js/textual.js", "download/x"):
                assert await status(other, here.join(URL(path))) == 403

    asyncio.run(story())


def test_another_site_gets_nothing_even_with_the_cookie(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session:
            async with session.get(served.address) as answer:
                here = answer.url
            assert await status(session, here) == 200
            assert await status(session, here.join(URL("ws")), Origin="http://elsewhere.example") == 403
            assert await status(session, here, Origin="null") == 403
            assert await status(session, here, Host="elsewhere.example") == 403

    asyncio.run(story())


def test_the_cookie_goes_to_no_other_server_of_this_host(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session, session.get(served.address, allow_redirects=False) as answer:
            cookie = answer.cookies["letta-tui"]
            assert cookie["path"] == answer.headers["Location"] != "/"
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
            assert not cookie["max-age"]
            assert not cookie["expires"]

    asyncio.run(story())


def test_the_cookie_of_a_run_that_has_ended_opens_no_other() -> None:
    async def story() -> None:
        async with guarded("localhost", 80) as (old, _), guarded("localhost", 80) as (new, address):
            assert old.path != new.path
            async with visitor() as session:
                for path in (old.path, new.path):
                    headers = {"Host": "localhost", "Cookie": f"letta-tui={old.token}"}
                    assert await status(session, address.with_path(path), **headers) == 403

    asyncio.run(story())


def test_no_address_redirects_to_another_host(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session:
            for path in ("//elsewhere.example/", "//elsewhere.example//..", "/\\elsewhere.example"):
                url = URL(f"{served.origin}{path}?token={served.address.query['token']}", encoded=True)
                async with session.get(url, allow_redirects=False) as answer:
                    assert answer.status == 303
                    assert URL(answer.headers["Location"]).host is None
                    assert not answer.headers["Location"].startswith("//")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("host", "port", "said", "expected"),
    [
        ("localhost", 80, "localhost", 303),
        ("localhost", 80, "localhost:80", 303),
        ("127.0.0.1", 80, "LOCALHOST", 303),
        ("localhost", 8000, "localhost", 403),
        ("localhost", 8000, "localhost:80", 403),
        ("::1", 8000, "[::1]:8000", 303),
        ("0.0.0.0", 8000, "192.0.2.7:8000", 303),
        ("0.0.0.0", 8000, f"{socket.gethostname()}:8000", 303),
        ("0.0.0.0", 8000, "elsewhere.example:8000", 403),
        ("::", 8000, "[2001:db8::1]:8000", 303),
        ("box.example", 8000, "192.0.2.7:8000", 403),
    ],
)
def test_only_a_name_of_this_server_may_be_asked_for(host: str, port: int, said: str, expected: int) -> None:
    async def story() -> None:
        async with guarded(host, port) as (_, address), visitor() as session:
            assert await status(session, address, Host=said) == expected

    asyncio.run(story())


async def reply(address: URL, request: bytes) -> bytes:
    """The status of what is replied to these bytes."""
    assert address.host is not None
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 60)
    writer.close()
    return line.partition(b" ")[2][:3]


def get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *headers, b"", b""])


def test_bytes_that_are_no_request_are_refused_in_silence(served: Served) -> None:
    """The fixture sees that nothing is printed."""
    host = f"Host: {served.origin.authority}".encode()

    async def story() -> None:
        async with visitor() as session, session.get(served.address, allow_redirects=False) as answer:
            path = answer.headers["Location"].encode()
            known = [host, f"Cookie: letta-tui={answer.cookies['letta-tui'].value}".encode()]
        upgrade = [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"]
        for request in (
            get(b"/", host, b"Cookie: letta-tui=\xff\xfe"),
            get(b"/", host, b'Cookie: letta-tui="\\377\\";;;=\x80'),
            get(b"/?token=%FF%ED%A0%80", host),
            get(b"/?token=\xc3\x28", host),
            get(b"/", b"Host: \xff\xff"),
            get(b"/"),
            get(b"/", host, b"Origin: \xff"),
            get(path + b"ws", *known),
            get(path + b"ws", *known, *upgrade),
            get(path + b"ws", *known, *upgrade[:2], b"Sec-WebSocket-Version: 1"),
            get(path + b"download/../../x", *known),
            get(path + b"download/%ff", *known),
            get(path + b"static/%2e%2e/%2e%2e/server.py", *known),
            get(path + b"static/", *known),
            get(b"/", host, b"X: " + b"x" * 100_000),
            b"GET / HTTP/1.0\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ):
            assert await reply(served.origin, request) in (b"400", b"403", b"404"), request

    asyncio.run(story())


def test_what_the_page_never_sends_ends_the_web_socket_in_silence(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session:
            for text in ("not JSON", "{}", "[]", "[" * 100_000, '["stdin", 5]', '["resize", {"width": "1"}]'):
                async with run_of_the_app(session, served.address) as web_socket:
                    await web_socket.send_str(text)
                    assert await rest(web_socket) == 1008
            async with run_of_the_app(session, served.address) as web_socket:
                await web_socket.send_bytes(b"\xff")
                assert await rest(web_socket) == 1008

    asyncio.run(story())


def test_a_visitor_gets_a_run_of_the_app(served: Served) -> None:
    async def story() -> None:
        async with visitor() as session, run_of_the_app(session, served.address) as web_socket:
            await painted(web_socket, b"Ada")
            await web_socket.send_json(["stdin", "q"])
            assert await rest(web_socket) == 1000

    asyncio.run(story())


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = letta_tui("serve", "--demo", "--host=127.0.0.1", f"--port={port}")
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert not done.stdout
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("", False),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
    ],
)
def test_other_machines_can_reach_whatever_is_not_loopback(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_a_host_that_others_can_reach_is_served_only_if_that_is_said_as_well() -> None:
    """192.0.2.1 is an address of no machine, so that nothing listens in the end."""
    command = letta_tui("serve", "--demo", "--host=192.0.2.1", f"--port={free_port()}")
    for options, said in ([], "Add --allow-other-machines"), (["--allow-other-machines"], "cannot listen on"):
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert not done.stdout
        assert "lets other machines connect over plain http" in done.stderr
        assert said in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--demo"],
        ["--demo=cloud"],
        ["--base-url", "http://localhost:1/x y", "--readonly", "--agent=-odd name; $(id)"],
    ],
)
def test_what_serve_was_told_is_what_each_run_is_told(options: list[str]) -> None:
    asked = vars(build_parser().parse_args(["serve", *options]))
    direct = vars(build_parser().parse_args(options))
    assert vars(build_parser().parse_args(program(asked)[3:])) == direct
