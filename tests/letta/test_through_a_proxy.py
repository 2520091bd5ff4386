"""A server behind a proxy of the environment, over real sockets: who is to blame, and what was sent."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.letta.servers import AT_ONCE, RawServer, http_answer, wired
from tui.letta.http_client import Sender
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import (
    BadSetting,
    KeyRefused,
    LettaError,
    NoResponse,
    OutcomeUnknown,
    ProxyFailed,
    ServerTrouble,
    WebPage,
)

pytestmark = pytest.mark.anyio

HTTP, HTTPS = "http://letta.test", "https://letta.test"
BRIEF = Patience(connect=0.2, read=0.2, retries=0, backoff=0)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server of which nothing is left afterwards."""
    running: list[tuple[asyncio.Task[None], asyncio.StreamWriter]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
            writer.close()
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take note of a connection at once: a task that is cancelled before it begins closes nothing."""
        running.append((asyncio.create_task(handle(reader, writer)), writer))

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for task, writer in running:
                task.cancel()
                writer.transport.abort()
            closed = (writer.wait_closed() for _, writer in running)
            await asyncio.gather(*(task for task, _ in running), *closed, return_exceptions=True)


@asynccontextmanager
async def tunnel(port: int, heard: list[bytes]) -> AsyncIterator[int]:
    """The port of a proxy that connects every CONNECT to one port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_copy(reader, outer), _copy(inner, writer))
        finally:
            outer.transport.abort()

    async with listening(serve) as own_port:
        yield own_port


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """The address of a proxy that takes connections and never answers."""

    async def serve(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


async def failed(wire: Wire) -> LettaError:
    """The error of a read, after a write that failed in the same way."""
    with pytest.raises(NoResponse):
        await wire.write("PATCH", "/v1/x", None, {}, what="Saving")
    with pytest.raises(LettaError) as caught:
        await wire.get("/v1/x", what="Asking")
    return caught.value


@pytest.mark.parametrize("base_url", [HTTP, HTTPS])
async def test_a_proxy_where_nobody_listens_is_named_with_its_variable(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer([]).listening() as server:
        pass
    monkeypatch.setenv("ALL_PROXY", server.url)
    async with wired(None, base_url) as wire:
        error = await failed(wire)
    assert isinstance(error, ProxyFailed)
    assert f"Asking: the proxy 127.0.0.1:{server.port} (ALL_PROXY) cannot be reached: " in error.what
    assert error.what.endswith("(letta.test)")
    assert error.hint == "to connect without it, add letta.test to NO_PROXY"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http_answer(b"no", status="403 Forbidden"), "refuses to connect: 403 Forbidden"),
        (http_answer(b"", status="407 Proxy Authentication Required"), "refuses to connect: 407 Proxy Auth"),
        (http_answer(b"<html>", status="502 Bad Gateway"), "refuses to connect: 502 Bad Gateway"),
        (b"", "closed the connection"),
        (b"garbage\r\n\r\n", "closed the connection"),
    ],
)
async def test_a_proxy_that_does_not_connect_is_named_and_nothing_was_sent(
    answer: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer([answer] * 2).listening() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "other.test")
        async with wired(None, HTTPS) as wire:
            error = await failed(wire)
    assert isinstance(error, ProxyFailed)
    assert f"the proxy 127.0.0.1:{proxy.port} (https_proxy) {words}" in error.what
    assert error.hint.endswith("no_proxy")
    assert all(head.startswith(b"CONNECT letta.test:443 ") for head in proxy.heard)


async def test_a_silent_proxy_is_named_and_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with silent() as url, wired(None, HTTPS, patience=BRIEF) as wire:
        monkeypatch.setenv("HTTPS_PROXY", url)
        error = await failed(wire)
    assert isinstance(error, ProxyFailed)
    assert "(HTTPS_PROXY) does not respond within the timeout" in error.what


async def test_a_server_that_is_silent_behind_a_proxy_may_have_been_sent_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with silent() as url, wired(None, HTTP, patience=BRIEF) as wire:
        monkeypatch.setenv("HTTP_PROXY", url)
        with pytest.raises(OutcomeUnknown, match=r"through the proxy 127\.0\.0\.1"):
            await wire.write("PATCH", "/v1/x", None, {}, what="Saving")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("403 Forbidden", KeyRefused, ", through the proxy"),
        ("503 Service Unavailable", ServerTrouble, ", through the proxy"),
        ("407 Proxy Authentication Required", ProxyFailed, "requires a user and a password (407)"),
        ("403 Forbidden", WebPage, "a web page (403), which is not Letta, through the proxy"),
        ("503 Service Unavailable", WebPage, "a web page (503), which is not Letta, through the proxy"),
    ],
)
async def test_over_plain_http_the_answer_may_be_that_of_the_proxy(
    status: str, kind: type[LettaError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"<html>" if kind in (WebPage, ProxyFailed) else b"Blocked"
    async with RawServer([http_answer(body, status=status)]).listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with wired(None, HTTP, patience=BRIEF) as wire:
            with pytest.raises(kind) as caught:
                await wire.get("/v1/x", what="Asking")
    assert words in caught.value.what
    assert "(HTTP_PROXY)" in caught.value.what
    assert proxy.heard[0].startswith(b"GET http://letta.test/v1/x HTTP/1.1")


async def test_the_password_of_a_proxy_goes_to_it_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [http_answer(b"", status="407 For robin:S3CRET")]
    async with RawServer([http_answer(b"[1]"), *refusals]).listening() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"robin:S3CRET@127.0.0.1:{proxy.port}")
        async with wired(None, HTTP, patience=AT_ONCE) as wire:
            assert await wire.get("/v1/x", what="Asking") == [1]
        async with wired(None, HTTPS, patience=AT_ONCE) as wire:
            with pytest.raises(ProxyFailed) as caught:
                await wire.get("/v1/x", what="Asking")
            (entry,) = wire.log
            shown = f"{caught.value} {caught.value!r} {vars(caught.value)} {entry!r} {entry.curl}"
            assert "S3CRET" not in shown
    login = base64.b64encode(b"robin:S3CRET")
    assert all(b"Proxy-Authorization: Basic " + login in head for head in proxy.heard)


# through the tunnel


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of letta.test with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program, which makes the certificate")
    path = tmp_path / "letta.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=letta.test"
    files = [
        "-addext",
        "subjectAltName=DNS:letta.test",
        "-keyout",
        str(path),
        "-out",
        str(tmp_path / "certificate"),
    ]
    subprocess.run([*command.split(), *files], capture_output=True, check=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "certificate").read_bytes())
    return path


@asynccontextmanager
async def serving_tls(certificate: Path, *answers: bytes) -> AsyncIterator[int]:
    """The port of a TLS server that gives these answers on each connection, and then cuts it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    async with listening(serve, context) as port:
        yield port


async def test_a_server_answers_through_the_tunnel(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    refusal = http_answer(b"{}", status="403 Forbidden")
    async with (
        serving_tls(certificate, http_answer(b"[1]"), refusal) as port,
        tunnel(port, heard) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        async with wired(None, HTTPS, key="KEY") as wire:
            assert await wire.get("/v1/x", what="Asking") == [1]
            with pytest.raises(KeyRefused) as caught:
                await wire.get("/v1/x", what="Asking")
    assert caught.value.what == "Asking: the API key is missing or wrong (403)"
    assert len(heard) == 1
    assert b"KEY" not in heard[0]


async def test_a_certificate_that_nobody_vouches_for_is_not_blamed_on_the_proxy(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_tls(certificate) as port, tunnel(port, []) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        async with wired(None, HTTPS, patience=AT_ONCE) as wire:
            error = await failed(wire)
    assert not isinstance(error, ProxyFailed)
    assert "certificate verify failed" in error.what
    assert f"through the proxy 127.0.0.1:{proxy} (HTTPS_PROXY)" in error.what


async def test_a_write_that_is_cut_behind_the_proxy_may_have_been_done(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with serving_tls(certificate, b"") as port, tunnel(port, []) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        async with wired(None, HTTPS) as wire:
            with pytest.raises(OutcomeUnknown, match="through the proxy"):
                await wire.write("PATCH", "/v1/x", None, {}, what="Saving")


async def test_the_certificates_of_the_environment_count_for_this_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tls = Path(__file__).parents[1] / "faults" / "tls"
    async with serving_tls(tls / "server.pem", http_answer(b"[1]")) as port:
        url = f"https://localhost:{port}"
        async with wired(None, url, patience=AT_ONCE) as wire:
            with pytest.raises(NoResponse, match="certificate verify failed"):
                await wire.get("/v1/x", what="Asking")
        monkeypatch.setenv("SSL_CERT_FILE", str(tls / "ca.pem"))
        async with wired(None, url) as wire:
            assert await wire.get("/v1/x", what="Asking") == [1]


# what cannot be used


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "ALL_PROXY names a SOCKS proxy, which needs a package"),
        ("all_proxy", "gopher://x", "all_proxy names a proxy of an unknown kind"),
        ("HTTPS_PROXY", "http://127.0.0.1:port", "HTTPS_PROXY must name a host and a port"),
        ("HTTPS_PROXY", "http://☃:1", "HTTPS_PROXY names a proxy with an invalid host"),
        ("SSL_CERT_FILE", "/nowhere/at-all.pem", "SSL_CERT_FILE names a file that cannot be read"),
        ("SSL_CERT_DIR", "/nowhere/at-all", "SSL_CERT_DIR does not name a folder of certificates"),
        ("SSLKEYLOGFILE", "/nowhere/keys", "SSLKEYLOGFILE names a file that cannot be written"),
    ],
)
async def test_an_environment_that_cannot_be_used_names_its_variable(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value.startswith("socks"):
        monkeypatch.setattr("tui.letta.http_client.find_spec", lambda _: None)
    monkeypatch.setenv(variable, value)
    async with wired(None, HTTPS) as wire:
        with pytest.raises(BadSetting, match=f"^Connecting to letta.test: {words}") as caught:
            await wire.get("/v1/x", what="Asking")
    assert caught.value.hint == "correct or unset it, then restart"


@pytest.mark.parametrize(
    "entry", ["[::1]", "::1", "fe80::/10", "::1/128", "host:8080", "[::1]:80", "192.0.2.0/24", "[", "*:"]
)
async def test_no_entry_of_no_proxy_ends_the_program(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", f"localhost,{entry},127.0.0.1")
    for proxy in ("", "http://127.0.0.1:9"):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        sender = Sender(HTTPS, None, transport=None, ca_file=None, ca_source="", connect=1, read=1)
        await sender.close()
