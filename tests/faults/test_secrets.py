"""The key goes to its own proven server, and no crash, echo, repr or wrong certificate shows it to anybody."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import NOW, small_server
from tests.faults.hostile import Fault, HostileTransport
from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import running
from tests.faults.test_terminal import KEY, environment, pieces
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import Settings
from tui.letta.api_key import Key
from tui.letta.client import LettaClient
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import LettaError, NoAnswer

TLS = Path(__file__).parent / "tls"
CALM = Patience(connect=10, read=20, retries=0, backoff=0)

CRASH = """
import os, sys
import tui.letta.http_client, tui.letta.transport
from tui.app import LettaApp
from tui.config.settings import resolve
from tui.ui.main_screen import MainScreen

{arranged}
LettaApp(resolve({{"base_url": sys.argv[1]}}, os.environ)).run()
"""
CRASHES = {
    "in an act of the screen": (
        """
def crash(self, *_):
    app, services, settings = self.app, self.services, self.services.settings
    wire = self.services.client.wire
    raise RuntimeError("on purpose")
MainScreen._show_help = crash
""",
        "?",
    ),
    "in reading an answer": (
        """
def crash(*_):
    raise RuntimeError("on purpose")
tui.letta.transport.parsed = crash
""",
        "",
    ),
    "deep in the HTTP library": (
        """
import httpcore._async.http11 as http11
async def crash(self, request, timeout=None):
    headers = request.headers
    raise RuntimeError("on purpose")
http11.AsyncHTTP11Connection._receive_response_headers = crash
""",
        "",
    ),
    "in writing a request": (
        """
import h11
real = h11.Connection.send
def crash(self, event):
    data = real(self, event)
    raise RuntimeError("on purpose")
h11.Connection.send = crash
""",
        "",
    ),
}


def world() -> DemoTransport:
    return DemoTransport(small_server("One").store, now=NOW, key=KEY)


@pytest.mark.parametrize("place", CRASHES)
def test_a_crash_shows_where_it_was_and_not_the_key(place: str, tmp_path: Path) -> None:
    arranged, keys = CRASHES[place]
    script = CRASH.format(arranged=arranged)
    with served(world()) as (url, _):
        command = [sys.executable, "-c", script, url]
        with running(command, environment(tmp_path), tmp_path) as program:
            if keys:
                program.until("system")
                program.press(keys)
            program.end()
            written = bytes(program.written)
    assert b"on purpose" in written, "it crashed, and said so"
    assert b"locals" in written
    TALLY.search(written, *pieces(), where=f"a crash {place}")


ECHOES = [
    Fault("the key in a reason", "", status=400, body=b'{"detail": "bad key %s"}' % KEY.encode()),
    Fault(
        "the key in a long reason", "", status=422, body=b'{"detail": "%s %s"}' % (b"x" * 280, KEY.encode())
    ),
    Fault(
        "the key in a provider's reason", "", status=500, body=b'{"error": {"message": "%s"}}' % KEY.encode()
    ),
    Fault("the key in an address", "", status=307, headers=(("Location", f"http://x/?key={KEY}"),)),
    Fault("the key in a type", "", body=b"<", headers=(("Content-Type", f"text/{KEY}"),)),
    Fault("the key in a list", "", status=422, body=b'{"detail": [{"msg": "%s"}]}' % KEY.encode()),
]


@pytest.mark.anyio
@pytest.mark.parametrize("fault", ECHOES, ids=lambda fault: fault.name)
async def test_a_key_that_the_server_echoes_is_not_repeated(fault: Fault) -> None:
    TALLY.fault(fault.name)
    client = LettaClient(Wire("http://letta.test", KEY, transport=HostileTransport(fault), patience=CALM))
    with pytest.raises(LettaError) as caught:
        await client.agents()
    told = [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    told += [repr(entry) + entry.curl for entry in client.wire.log]
    TALLY.search("\n".join(told), *pieces(), where=fault.name)
    await client.close()


@pytest.mark.anyio
async def test_nothing_that_holds_the_key_spells_it() -> None:
    held = Key(KEY)
    wire = Wire("http://letta.test", KEY, transport=HostileTransport(None), patience=CALM)
    client = LettaClient(wire)
    await client.agents()
    settings = Settings(api_key=held)
    shown = [
        held,
        held[:80],
        held[3:40],
        held[5],
        [held],
        {"key": held},
        settings,
        wire,
        client,
        vars(client),
    ]
    shown += [vars(wire), wire.log, list(wire.log)]
    request = httpx.Request("GET", "http://x", headers={"Authorization": f"Bearer {KEY}"})
    shown += [request, request.headers]
    for one in shown:
        TALLY.search(repr(one), *pieces(), where=type(one).__name__)
    await wire.close()


# certificates


def proven() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


@pytest.mark.anyio
async def test_a_certificate_that_nobody_vouches_for_is_refused_with_words_and_sees_no_key() -> None:
    TALLY.fault("a certificate of its own")
    with served(world(), proven()) as (url, heard):
        client = LettaClient(Wire(url, KEY, patience=CALM))
        with (
            TALLY.trying(),
            pytest.raises(NoAnswer, match="certificate verify failed"),
        ):
            await client.agents()
        with pytest.raises(NoAnswer):
            await client.update_summary("conv-1", "s")
        assert not heard
        await client.close()


@pytest.mark.anyio
async def test_a_ca_of_ones_own_proves_its_servers_and_no_others() -> None:
    with served(world(), proven()) as (url, heard):
        client = LettaClient(Wire(url, KEY, patience=CALM, ca_file=TLS / "ca.pem"))
        with TALLY.trying():
            assert len((await client.agents()).rows) == 1
        assert len(heard) == 1
        await client.close()
        other = LettaClient(
            Wire(url.replace("localhost", "127.0.0.2"), KEY, patience=CALM, ca_file=TLS / "ca.pem")
        )
        with pytest.raises(NoAnswer):
            await other.agents()
        assert len(heard) == 1
        await other.close()
