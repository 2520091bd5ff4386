"""The key goes to its own proven server, and no crash, echo, repr or wrong certificate shows it to anybody."""

from __future__ import annotations

import io
import shlex
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from tests.app_helpers import NOW, small_server
from tests.faults.hostile import Fault, HostileTransport
from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import running, unknown_sequences
from tests.faults.test_terminal import ATTACK, KEY, environment, pieces
from tui.backends.demo.transport import DemoTransport
from tui.config.address import check_api_key
from tui.config.api_key_sources import ApiKeyCommand, api_key_from_file
from tui.config.config_file import Config, Profile
from tui.config.profiles import ProfileStore
from tui.config.settings import Environment, Settings, resolve
from tui.config.switch_server import to_address, to_profile
from tui.letta.api_key import Key
from tui.letta.client import LettaClient
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import LettaError, NoResponse

TLS = Path(__file__).parent / "tls"
CALM = Patience(connect=10, read=20, retries=0, backoff=0)

CRASH = """
import sys
import tui.letta.http_client, tui.letta.transport
from tui.cli import main
from tui.ui.main_screen import MainScreen

{arranged}
raise SystemExit(main(["--base-url", sys.argv[1]]))
"""
CRASHES = {
    "in an act of the screen": (
        """
def crash(self, *_):
    app, services, settings = self.app, self.services, self.services.settings
    wire = self.services.client.wire
    raise RuntimeError("on purpose")
MainScreen._edit = crash
""",
        "e",
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
            assert program.end() == 70
            written = bytes(program.written)
    assert b"RuntimeError: on purpose" in written, "it crashed, and said so"
    assert b"Traceback" in written, "and where"
    TALLY.search(written, *pieces(), where=f"a crash {place}")


FORM = """
import tui.storage.atomic_files
real = tui.storage.atomic_files._sync_folder
def crash(folder):
    if folder.name == "keys":
        raise RuntimeError("on purpose")
    real(folder)
tui.storage.atomic_files._sync_folder = crash
"""


def test_a_crash_while_a_typed_key_is_saved_does_not_show_it(tmp_path: Path) -> None:
    script = CRASH.format(arranged=FORM)
    with served(world()) as (url, _):
        command = [sys.executable, "-c", script, url]
        with running(command, environment(tmp_path), tmp_path) as program:
            program.until("system")
            program.press("\x0f", until="Connections")
            program.press("n", until="New connection")
            program.press("lab", "\t", "http://localhost:1", *["\t"] * 4, KEY)
            program.press("\x13")
            program.end()
            written = bytes(program.written)
    assert b"on purpose" in written
    assert b"_write_api_key" in written
    TALLY.search(written, *pieces(), where="a crash in saving a key")


def test_the_message_of_a_crash_does_not_control_the_terminal(tmp_path: Path) -> None:
    """It may be text of the server."""
    arranged = CRASHES["in an act of the screen"][0].replace('"on purpose"', f'"on purpose" + {ATTACK!r}')
    with served(world()) as (url, _):
        command = [sys.executable, "-c", CRASH.format(arranged=arranged), url]
        with running(command, environment(tmp_path), tmp_path) as program:
            program.until("system")
            program.press("e")
            program.end()
            written = bytes(program.written)
    assert b"on purpose" in written
    assert b"owned" in written
    found = unknown_sequences(written)
    TALLY.leaks += bool(found)
    assert found == []


# what a crash prints of local variables


def crash(*_: object, **__: object) -> None:
    raise RuntimeError("on purpose")


def key_file(room: Path) -> Path:
    path = room / "lab.key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


def save_typed(room: Path) -> None:
    fields = {"base_url": "http://localhost:1", "api_key_file": str(room / "keys" / "lab.key")}
    ProfileStore(room).save("lab", fields, api_key=check_api_key(KEY) or "")


def named(**values: object) -> Config:
    return Config(
        profiles={"lab": Profile("lab", {"base_url": "http://localhost:1", **values}, Path("config.toml"))}
    )


def in_environment() -> Environment:
    return Environment({"LETTA_API_KEY": KEY, "LAB": KEY})


CRASHING: dict[str, tuple[str, Callable[[Path], object]]] = {
    "read from a file": (
        "tui.config.api_key_sources._checked",
        lambda room: api_key_from_file(key_file(room), "lab"),
    ),
    "printed by a command": (
        "tui.config.api_key_sources.check_api_key",
        lambda room: ApiKeyCommand(f"cat {shlex.quote(str(key_file(room)))}", "lab")(),
    ),
    "of a variable": (
        "tui.config.settings.check_plain_http",
        lambda _: resolve({}, in_environment()),
    ),
    "of a profile's variable": (
        "tui.config.settings.check_plain_http",
        lambda _: to_profile(Settings(), "lab", named(api_key_env="LAB"), in_environment()),
    ),
    "of a profile's file": (
        "tui.config.settings.check_plain_http",
        lambda room: to_profile(Settings(), "lab", named(api_key_file=key_file(room)), in_environment()),
    ),
    "entered": (
        "tui.config.switch_server.replace",
        lambda _: to_address(Settings(), "http://localhost:1", check_api_key(KEY)),
    ),
    "written": ("tui.storage.atomic_files.os.write", save_typed),
    "synced": ("tui.storage.atomic_files._sync_folder", save_typed),
}


@pytest.mark.parametrize("name", CRASHING)
def test_no_local_variable_of_a_crash_shows_a_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rendered as Textual does, with every entry of every container."""
    room = tmp_path / "room"
    room.mkdir(mode=0o700)
    place, call = CRASHING[name]
    with monkeypatch.context() as patch:
        patch.setattr(place, crash)
        with pytest.raises(RuntimeError) as caught:
            call(room)
    console = Console(file=io.StringIO(), width=400)
    error = caught.value
    traceback = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=100,
        locals_max_string=400,
    )
    console.print(traceback)
    assert isinstance(console.file, io.StringIO)
    printed = console.file.getvalue()
    assert "locals" in printed
    TALLY.search(printed, *pieces(), where=f"a crash with a key {name}")


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
            pytest.raises(NoResponse, match="certificate verify failed"),
        ):
            await client.agents()
        with pytest.raises(NoResponse):
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
        with pytest.raises(NoResponse):
            await other.agents()
        assert len(heard) == 1
        await other.close()
