"""The API key goes to its own server, as one header, and is shown to nobody."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import threading
import traceback
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from tests.letta.servers import Answer, RawServer, Scripted, http_answer, page, wired
from tui.letta.api_key import Key, without_keys
from tui.letta.request_log import RequestLog
from tui.letta.transport import Wire
from tui.model.errors import BadSetting, LettaError

pytestmark = pytest.mark.anyio

KEY = "sk-let-VERYSECRET"

TROUBLES: list[Answer] = [
    page(401, {"detail": "Unauthorized"}),
    page(500),
    page(307, location="https://elsewhere.test/"),
    httpx.Response(200, text="<html>"),
    httpx.ConnectError("nobody"),
    httpx.ReadTimeout("silent"),
    httpx.ReadError("reset"),
    RuntimeError("a bug of this program"),
]


def told_by(error: BaseException) -> str:
    """Everything that tracebacks with local variables show of an error, below the test that knows the key."""
    assert error.__traceback__ is not None
    below = error.__traceback__.tb_next
    plain = ""
    with contextlib.suppress(AttributeError):  # before 3.13 it stumbles over objects that are half made
        plain = "".join(traceback.TracebackException(type(error), error, below, capture_locals=True).format())
    console = Console(file=io.StringIO(), width=300, record=True)
    console.print(Traceback.from_exception(type(error), error, below, show_locals=True))
    return "\n".join([repr(error), str(error), plain, console.export_text()])


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_no_error_and_no_traceback_shows_the_key(trouble: Answer, method: str) -> None:
    if isinstance(trouble, Exception):
        trouble = trouble.with_traceback(None)
    async with wired(Scripted(trouble), key=KEY) as wire:
        asked = (
            wire.get("/v1/x", what="A")
            if method == "GET"
            else wire.write(method, "/v1/x", None, {}, what="A")
        )
        with pytest.raises((LettaError, RuntimeError)) as caught:
            await asked
    assert "VERYSECRET" not in told_by(caught.value)


async def test_a_broken_connection_shows_no_key() -> None:
    async with RawServer([b"nonsense\r\n\r\n"]).listening() as server, wired(None, server.url, KEY) as wire:
        with pytest.raises(LettaError) as caught:
            await wire.write("PATCH", "/v1/x", None, {}, what="Saving")
    assert "VERYSECRET" not in told_by(caught.value)
    assert KEY.encode() in server.heard[0]


@pytest.mark.parametrize("key", ["VERYSECRET\n", "VERYSECRET\r\nX-Evil: 1", "VERYSECRET\ud800"])
async def test_a_key_that_cannot_be_sent_is_not_shown_either(key: str) -> None:
    async with RawServer([http_answer(b"[]")]).listening() as server, wired(None, server.url, key) as wire:
        with pytest.raises(LettaError) as caught:
            await wire.get("/v1/x", what="Asking")
        assert not server.heard
    assert "VERYSECRET" not in told_by(caught.value)


async def test_a_wire_that_cannot_be_made_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://x")
    async with wired(None, "https://letta.test", KEY) as wire:
        with pytest.raises(LettaError) as caught:
            await wire.get("/v1/x", what="Asking")
    assert "VERYSECRET" not in told_by(caught.value)
    with pytest.raises(ValueError, match="Invalid IPv6") as broken:
        Wire("http://[", KEY)
    assert "VERYSECRET" not in told_by(broken.value)


async def test_logs_show_no_key(caplog: pytest.LogCaptureFixture) -> None:
    answers = [http_answer(b"[]"), http_answer(b'{"detail":"Unauthorized"}', status="401 Unauthorized")]
    with caplog.at_level(logging.DEBUG):
        async with RawServer(answers).listening() as server, wired(None, server.url, KEY) as wire:
            await wire.get("/v1/x", what="Asking")
            with pytest.raises(LettaError):
                await wire.get("/v1/x", what="Asking")
    assert "/v1/x" in caplog.text
    assert "VERYSECRET" not in caplog.text


async def test_the_key_is_a_bearer_token_of_every_request() -> None:
    server = Scripted(page(200, []))
    async with wired(server, key=KEY) as wire:
        await wire.get("/v1/x", what="Asking")
        await wire.write("POST", "/v1/x", None, {}, what="Making")
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}"] * 2


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_nothing_is_claimed(key: str | None) -> None:
    server = Scripted(page(200, []))
    async with wired(server, key=key) as wire:
        await wire.get("/v1/x", what="Asking")
    assert "authorization" not in server.only.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_carries_the_key_away(status: int) -> None:
    async with RawServer([http_answer(b"[]")]).listening() as elsewhere:
        head = f"Location: {elsewhere.url}/v1/x\r\n"
        away = http_answer(b"", status=f"{status} Moved", head=head)
        async with RawServer([away]).listening() as server, wired(None, server.url, KEY) as wire:
            with pytest.raises(LettaError, match="redirects to"):
                await wire.get("/v1/x", what="Asking")
        assert not elsewhere.heard


def test_a_key_spells_itself_only_where_it_is_sent() -> None:
    assert repr(Key(KEY)) == "Key('…')"
    assert repr({"key": Key(KEY)}) == "{'key': Key('…')}"
    assert Key(KEY) == KEY


async def test_a_key_from_elsewhere_is_fetched_once_before_the_first_request() -> None:
    server, fetched = Scripted(page(200, [])), []

    def fetch() -> str:
        fetched.append(threading.current_thread() is threading.main_thread())
        return KEY

    log = RequestLog()
    wire = Wire("http://letta.test", transport=server, fetch_key=fetch, log=log)
    await asyncio.gather(*(wire.get(f"/v1/{number}", what="Asking") for number in range(3)))
    await wire.close()
    assert fetched == [False]
    assert [request.headers["Authorization"] for request in server.requests] == [f"Bearer {KEY}"] * 3
    assert "VERYSECRET" not in repr(list(log))


async def test_a_key_that_cannot_be_fetched_is_told_and_fetched_again_later() -> None:
    server, answers = Scripted(page(200, [])), [ValueError("the vault is locked"), KEY]

    def fetch() -> str:
        answer = answers.pop(0)
        if isinstance(answer, ValueError):
            raise answer
        return str(answer)

    wire = Wire("http://letta.test", transport=server, fetch_key=fetch)
    with pytest.raises(BadSetting, match="Asking: the vault is locked"):
        await wire.get("/v1/x", what="Asking")
    assert not server.requests
    await wire.get("/v1/x", what="Asking")
    await wire.close()
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"


async def test_certificates_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        wire = Wire("https://letta.test", KEY, ca_file=path)
        with pytest.raises(BadSetting, match=path.name):
            await wire.get("/v1/x", what="Asking")
        await wire.close()
        (tmp_path / "empty.pem").touch()


def test_blanks_are_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in LETTA_API_KEY=" ": a crash would be printed without its blanks."""
    monkeypatch.setattr("tui.letta.api_key._known", set())  # keys of other tests may be part of any text
    assert without_keys("File line 1", " ", "", None) == "File line 1"
    assert without_keys("a sesame b", " sesame\n") == "a [key] b"
