"""One request: what is asked again and what is not, and what every failure is called."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.letta.servers import AT_ONCE, Answer, RawServer, Scripted, Timer, http_answer, page, wired
from tui.letta.retry import Patience, retry_after
from tui.letta.transport import Wire
from tui.model.errors import (
    BadResponse,
    BadSetting,
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotOffered,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServerTrouble,
    WebPage,
)

pytestmark = pytest.mark.anyio

OK = page(200, {"fine": True})


@pytest.fixture
def timer() -> Timer:
    """A clock on which sleeping takes no time."""
    return Timer()


CONNECTION_ERRORS = [
    httpx.ConnectError("nobody listens"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("cut"),
    httpx.PoolTimeout("busy"),
    httpx.DecodingError("broken gzip"),
]


def by_type(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, Exception) else None


async def get(server: Scripted | None, **more: Any) -> Any:
    async with wired(server, **more) as wire:
        return await wire.get("/v1/x", what="Asking")


async def write(server: Scripted | None, **more: Any) -> Any:
    async with wired(server, **more) as wire:
        return await wire.write("PATCH", "/v1/x", None, {"summary": "s"}, what="Saving")


# what is asked again


@pytest.mark.parametrize(
    "trouble", [*CONNECTION_ERRORS, *(page(status) for status in (429, 502, 503, 504))], ids=by_type
)
async def test_a_get_is_asked_again_past_a_passing_trouble(trouble: Answer) -> None:
    server = Scripted(OK, trouble, trouble, OK)
    async with wired(server) as wire:
        await wire.get("/v1/x", what="Asking")
        assert await wire.get("/v1/x", what="Asking") == {"fine": True}
    assert len(server.requests) == 4


@pytest.mark.parametrize("trouble", [httpx.ConnectError("nobody listens"), httpx.ConnectTimeout("slow")])
async def test_a_server_that_was_never_reached_is_asked_once(trouble: Answer) -> None:
    server = Scripted(trouble, OK)
    with pytest.raises(NoResponse):
        await get(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(httpx.ConnectError("nobody"), NoResponse), (page(503), ServerTrouble), (page(429), RateLimited)],
)
async def test_patience_ends(trouble: Answer, kind: type[LettaError]) -> None:
    server = Scripted(OK, trouble)
    async with wired(server, patience=Patience(retries=2, backoff=0.0)) as wire:
        await wire.get("/v1/x", what="Asking")
        with pytest.raises(kind):
            await wire.get("/v1/x", what="Asking")
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "answer", [page(status) for status in (307, 400, 401, 403, 404, 405, 409, 422, 500, 501)]
)
async def test_an_answer_that_will_not_change_is_asked_for_once(answer: Answer) -> None:
    server = Scripted(answer)
    with pytest.raises(LettaError):
        await get(server)
    assert len(server.requests) == 1


async def test_a_server_that_stays_silent_is_not_waited_for_again() -> None:
    server = Scripted(httpx.ReadTimeout("silent"))
    with pytest.raises(NoResponse, match="no response within the timeout"):
        await get(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [*CONNECTION_ERRORS, httpx.ReadTimeout(""), *(page(s) for s in (429, 500, 502, 503))],
    ids=by_type,
)
async def test_a_write_is_sent_once(trouble: Answer) -> None:
    server = Scripted(trouble, OK)
    with pytest.raises(LettaError):
        await write(server)
    assert len(server.requests) == 1


async def test_pauses_double_and_are_spread() -> None:
    patience = Patience(backoff=0.25, longest_wait=10)
    assert [patience.pause(attempt, luck=0.5) for attempt in range(4)] == [0.25, 0.5, 1.0, 2.0]
    assert [patience.pause(1, luck) for luck in (0.0, 1.0)] == [0.25, 0.75]
    assert patience.pause(20, luck=0.5) == 10


async def test_between_requests_it_pauses_with_jitter(timer: Timer) -> None:
    server = Scripted(page(503), httpx.ConnectError(""), OK)
    async with wired(server, patience=Patience(backoff=1.0), pause=timer.pause()) as wire:
        await wire.get("/v1/x", what="Asking")
    first, second = timer.slept
    assert 0.5 <= first < 1.5
    assert 1.0 <= second < 3.0


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(timer: Timer, status: int) -> None:
    server = Scripted(page(status, retry_after="7"), OK)
    assert await get(server, pause=timer.pause()) == {"fine": True}
    assert timer.slept == [7.0]


async def test_the_wait_for_a_quota_is_honoured_too(timer: Timer) -> None:
    server = Scripted(page(429, {"timeToQuotaResetMs": 2500}), OK)
    assert await get(server, pause=timer.pause()) == {"fine": True}
    assert timer.slept == [2.5]


async def test_a_server_that_asks_for_longer_than_the_patience_is_told_of_at_once(timer: Timer) -> None:
    server = Scripted(page(429, {"detail": "come back later"}, retry_after="3600"), OK)
    with pytest.raises(RateLimited, match=r"asks to wait 3600 s \(60 min\) \(429: come back later\)"):
        await get(server, pause=timer.pause())
    assert (timer.slept, len(server.requests)) == ([], 1)


async def test_what_will_not_help_is_not_sent_again(timer: Timer) -> None:
    server = Scripted(page(503, {"errorCode": "gone", "retryable": False}, retry_after="1"), OK)
    with pytest.raises(ServerTrouble, match="503: gone"):
        await get(server, pause=timer.pause())
    assert (timer.slept, len(server.requests)) == ([], 1)


async def test_all_pauses_together_have_a_limit(timer: Timer) -> None:
    """Two requests that wait at the same time wait once; a third pause would be too much."""
    busy = page(429, {"reasons": ["exceeded-quota"]}, retry_after="4")
    server = Scripted(busy, OK, OK, busy, OK, busy)
    pause = timer.pause()
    async with wired(server, patience=Patience(all_waits=10.0), pause=pause) as wire:
        both = (wire.get("/v1/x", what="Asking"), wire.get("/v1/y", what="Asking"))
        assert list(await asyncio.gather(*both)) == [{"fine": True}] * 2
        assert pause.waited == 4.0
        assert await wire.get("/v1/x", what="Asking") == {"fine": True}
        with pytest.raises(RateLimited, match=r"the server asks to wait 4 s \(429: exceeded-quota\)"):
            await wire.get("/v1/x", what="Asking")
    assert pause.waited == 8.0
    assert len(server.requests) == 6


async def test_a_write_does_not_wait_for_the_pause_of_a_read_and_begins_none(timer: Timer) -> None:
    server = Scripted(page(429, retry_after="30"), OK)
    pause = timer.pause()
    async with wired(server, pause=pause) as wire:
        with pytest.raises(
            RateLimited, match=r"asks to wait 30 s \(429\); this is not retried automatically"
        ):
            await wire.write("PATCH", "/v1/x", None, {}, what="Saving")
        assert pause.left == 0
        assert await wire.get("/v1/x", what="Asking") == {"fine": True}
    assert (timer.slept, len(server.requests)) == ([], 2)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html><head><title>Sign in</title></head></html>"),
        httpx.Response(403, html="<!DOCTYPE html><title>Sign in</title>Blocked"),
        httpx.Response(
            404, content=b"\n<HTML><title>Sign in</title>", headers={"content-type": "text/plain"}
        ),
        httpx.Response(401, html="  <title>Sign in</title>"),
    ],
    ids=["200", "403", "404", "401"],
)
async def test_a_web_page_is_no_answer_of_letta_whatever_its_status(answer: httpx.Response) -> None:
    for ask in (get, write) if answer.status_code >= 400 else (get,):
        with pytest.raises(WebPage) as caught:
            await ask(Scripted(answer))
        words = f"letta.test answered with a web page ({answer.status_code}: “Sign in”), which is not Letta"
        assert words in caught.value.what


@pytest.mark.parametrize("status", [200, 500, 502, 503, 520])
async def test_after_a_web_page_a_write_may_have_happened(status: int) -> None:
    """What stands in front of the server may have passed it on."""
    with pytest.raises(OutcomeUnknown):
        await write(Scripted(httpx.Response(status, html="<html>later</html>")))


async def test_a_web_page_with_a_passing_status_is_asked_for_again(timer: Timer) -> None:
    server = Scripted(httpx.Response(503, html="<html>", headers={"retry-after": "3"}), OK)
    assert await get(server, pause=timer.pause()) == {"fine": True}
    assert timer.slept == [3.0]


async def test_the_title_of_a_web_page_is_text(timer: Timer) -> None:
    title = "[/foo]\x1b[31m KEY " + "x" * 400
    server = Scripted(httpx.Response(403, html=f"<html><title>{title}</title>"))
    with pytest.raises(WebPage) as caught:
        await get(server, key="KEY")
    assert caught.value.what.isprintable()
    assert "KEY" not in caught.value.what
    assert len(caught.value.what) < 200


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("Sun, 22 Nov 2026 00:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
async def test_retry_after_is_a_number_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after(said, datetime(2026, 11, 22, tzinfo=UTC)) == seconds


# what failures are called


async def test_no_connection_is_explained_in_words_of_the_system() -> None:
    """httpx says "All connection attempts failed", or [Errno -2], whatever the reason."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        for url, words in (
            (f"http://127.0.0.1:{port}", f"Asking: cannot connect: connection refused (127.0.0.1:{port})"),
            (f"http://localhost:{port}", f"Asking: cannot connect: connection refused (localhost:{port})"),
            ("http://nowhere.invalid", "Asking: cannot connect: no such host (nowhere.invalid)"),
        ):
            wire = Wire(url)
            with pytest.raises(NoResponse) as failed:
                await wire.get("/v1/health/", what="Asking")
            await wire.close()
            assert failed.value.what == words


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (httpx.ConnectError("nobody\x1b listens"), "Asking: cannot connect: nobody listens (letta.test)"),
        (httpx.ConnectError(""), "Asking: cannot connect: refused (letta.test)"),
        (httpx.ConnectTimeout(""), "Asking: no connection within the timeout (letta.test)"),
        (httpx.ReadTimeout(""), "Asking: no response within the timeout (letta.test)"),
        (httpx.ReadError(""), "Asking: the connection broke (letta.test)"),
        (httpx.ProxyError("503"), "Asking: the proxy cannot connect: 503 (letta.test)"),
        (
            httpx.RemoteProtocolError(""),
            "Asking: the connection was closed before the response was complete (letta.test)",
        ),
        (httpx.DecodingError(""), "Asking: the response has a broken encoding (letta.test)"),
    ],
    ids=by_type,
)
async def test_no_answer_says_why_and_on_which_server(trouble: Exception, words: str) -> None:
    with pytest.raises(NoResponse) as caught:
        await get(Scripted(trouble))
    assert caught.value.what == words
    assert str(caught.value) == f"{words} — is the server running? r retries"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (page(401, {"detail": "Unauthorized"}), KeyRefused),
        (page(403), KeyRefused),
        (page(404, {"detail": "Agent not found"}), NotThere),
        (page(404, {"detail": "Not Found"}), NotOffered),
        (page(405, {"detail": "Method Not Allowed"}), NotOffered),
        (page(409, {"detail": "CONFLICT: busy"}), Rejected),
        (page(422, {"trace_id": "", "detail": "[{'msg': 'Field required', 'input': None}]"}), Rejected),
        (page(500, {"detail": "An unknown error occurred"}), ServerTrouble),
        (page(429, {"reasons": ["exceeded-quota"]}), RateLimited),
        (page(402, {"error": {"reasons": ["not-enough-credits"]}}), NotAllowed),
        (httpx.Response(404, text="not here"), NotThere),
        (httpx.Response(403, headers={"content-type": "text/html"}), KeyRefused),
        (
            httpx.Response(404, content=b'{"message": "Not Found"}', headers={"content-type": "text/html"}),
            NotOffered,
        ),
    ],
)
async def test_every_refusal_has_its_kind_for_reads_and_writes(
    answer: httpx.Response, kind: type[LettaError]
) -> None:
    for ask in (get, write):
        with pytest.raises(kind):
            await ask(Scripted(answer))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="It works!"),
        httpx.Response(200, content=b'[{"id": "conv-'),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"1" * 10_000),
    ],
    ids=["text", "cut", "not UTF-8", "nested past the parser", "a number past the parser"],
)
async def test_what_is_no_json_is_a_bad_answer_to_a_read_and_leaves_a_write_open(
    answer: httpx.Response,
) -> None:
    with pytest.raises(BadResponse, match=r"the response of letta\.test is not complete JSON"):
        await get(Scripted(answer))
    with pytest.raises(OutcomeUnknown):
        await write(Scripted(answer))


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout(""),
        httpx.ReadError(""),
        httpx.WriteError(""),
        httpx.WriteTimeout(""),
        httpx.RemoteProtocolError(""),
        httpx.DecodingError(""),
        page(502),
        page(504),
    ],
    ids=by_type,
)
async def test_a_write_whose_answer_was_lost_may_have_happened(trouble: Answer) -> None:
    with pytest.raises(OutcomeUnknown, match="it may have been done: read it back before trying again"):
        await write(Scripted(trouble))


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.PoolTimeout(""), httpx.ProxyError("")],
    ids=by_type,
)
async def test_a_write_that_never_left_did_not_happen(trouble: Exception) -> None:
    with pytest.raises(NoResponse):
        await write(Scripted(trouble))


@pytest.mark.parametrize("ask", [get, write])
async def test_a_redirect_is_told_and_not_followed(ask: Callable[..., Any]) -> None:
    server = Scripted(page(307, location="http://elsewhere.test/v1/x"))
    with pytest.raises(BadResponse) as caught:
        await ask(server)
    words = "letta.test redirects to http://elsewhere.test/v1/x, and the key is not sent there"
    assert words in str(caught.value)
    assert str(caught.value).endswith(" — if that address is yours, use it as the base URL")
    assert server.only.url.host == "letta.test"


async def test_a_closed_wire_fails_readably() -> None:
    async with wired(Scripted(OK)) as wire:
        await wire.get("/v1/x", what="Asking")
    with pytest.raises(NoResponse, match="Asking: this connection was closed"):
        await wire.get("/v1/x", what="Asking")
    with pytest.raises(NoResponse, match="Saving: this connection was closed"):
        await wire.write("PATCH", "/v1/x", None, {}, what="Saving")


async def test_a_readonly_wire_sends_no_write() -> None:
    server = Scripted(OK)
    wire = Wire("http://letta.test", transport=server, patience=AT_ONCE, readonly=True)
    with pytest.raises(BadSetting, match="Saving: --readonly refuses all changes"):
        await wire.write("PATCH", "/v1/x", None, {}, what="Saving")
    assert not server.requests
    assert await wire.get("/v1/x", what="Asking") == {"fine": True}
    await wire.close()


# addresses


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://letta.test", "http://letta.test/v1/x"),
        ("http://letta.test/", "http://letta.test/v1/x"),
        ("https://letta.test:8443/deep/prefix/", "https://letta.test:8443/deep/prefix/v1/x"),
        ("http://[::1]:8283", "http://[::1]:8283/v1/x"),
    ],
)
async def test_a_base_url_may_have_a_prefix(base: str, url: str) -> None:
    server = Scripted(OK)
    await get(server, base_url=base)
    assert str(server.only.url) == url


async def test_the_server_is_named_without_the_password_of_its_address() -> None:
    async with wired(Scripted(OK), "http://me:secret@letta.test:8283/x") as wire:
        assert wire.server == "letta.test:8283"


@pytest.mark.parametrize("base", ["ftp://letta.test", "http://", "http://letta.test:port", "no address"])
@pytest.mark.parametrize("ask", [get, write])
async def test_an_address_that_cannot_be_used_is_a_bad_setting(base: str, ask: Callable[..., Any]) -> None:
    with pytest.raises(BadSetting):
        await ask(None, base_url=base)


@pytest.mark.parametrize("params", [{"q": "half \ud800"}])
async def test_what_cannot_be_put_into_an_address_is_told(params: dict[str, str]) -> None:
    server = Scripted(OK)
    async with wired(server) as wire:
        with pytest.raises(BadSetting, match="Asking: the base URL, the key or the request cannot be sent"):
            await wire.get("/v1/x", params, what="Asking")
    assert not server.requests


# over a real socket


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with RawServer([http_answer(b"[]")]).listening() as server, wired(None, server.url) as wire:
        assert await wire.get("/v1/x", what="Asking") == []
    assert server.heard[0].startswith(b"GET /v1/x HTTP/1.1")


async def test_a_connection_cut_in_the_middle_is_healed_by_the_next() -> None:
    cut, whole = http_answer(b'[{"id"', claims=500), http_answer(b"[1]")
    async with RawServer([cut, b"", whole]).listening() as server, wired(None, server.url) as wire:
        assert await wire.get("/v1/x", what="Asking") == [1]
    assert len(server.heard) == 3


@pytest.mark.parametrize(
    "answer", [b"", b"garbage\r\n\r\n", http_answer(b"{", claims=500)], ids=["none", "garbage", "cut"]
)
async def test_a_write_cut_off_is_sent_once_and_left_open(answer: bytes) -> None:
    async with RawServer([answer]).listening() as server, wired(None, server.url) as wire:
        with pytest.raises(OutcomeUnknown):
            await wire.write("PATCH", "/v1/x", None, {"summary": "s"}, what="Saving")
    assert len(server.heard) == 1


async def test_nobody_listening_is_no_answer() -> None:
    async with RawServer([]).listening() as server:
        url = server.url
    async with wired(None, url, patience=AT_ONCE) as wire:
        with pytest.raises(NoResponse, match="Asking: cannot connect"):
            await wire.get("/v1/x", what="Asking")
        with pytest.raises(NoResponse, match="Saving: cannot connect"):
            await wire.write("PATCH", "/v1/x", None, {}, what="Saving")


async def test_a_body_of_any_text_is_sent_as_json() -> None:
    server = Scripted(OK)
    text = 'quote " and half \ud800 and NUL \0'
    async with wired(server) as wire:
        await wire.write("PATCH", "/v1/x", {"a": "b c"}, {"summary": text}, what="Saving")
    assert server.only.headers["content-type"] == "application/json"
    assert json.loads(server.only.content) == {"summary": text}
    assert server.only.url.query == b"a=b+c"


async def test_only_gzip_is_asked_for() -> None:
    transport = Scripted(page(200, {}))
    async with wired(transport) as wire:
        await wire.get("/v1/agents/a", what="Reading")
    assert transport.requests[0].headers["Accept-Encoding"] == "gzip"


async def test_a_few_cookies_come_back_and_too_many_are_dropped() -> None:
    """A proxy may bind a session to a server by one; a server must not fill memory and headers with them."""
    few = {"Set-Cookie": "route=a; Path=/"}
    many = {"Set-Cookie": f"more={'x' * 20_000}; Path=/"}
    transport = Scripted(*(httpx.Response(200, json={}, headers=one) for one in (few, many, {}, {})))
    async with wired(transport) as wire:
        for _ in range(4):
            await wire.get("/v1/agents/a", what="Reading")
    sent = [request.headers.get("Cookie", "") for request in transport.requests]
    assert sent == ["", "route=a", "", ""]
