"""Requests over httpx; this module, which imports it, is loaded after the first paint."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Generator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from tui import __version__
from tui.letta.api_key import Key, hiding
from tui.letta.certificates import no_verification, verification
from tui.letta.decoding import Body
from tui.letta.proxy import Proxy, find_proxy
from tui.letta.refusals import flat
from tui.letta.response import LARGEST, LARGEST_REFUSAL, Response, Unanswered, Unsendable
from tui.letta.unpacking import ACCEPTED, unpacker
from tui.model.errors import BadSetting

SLOWEST = 1024
"""Bytes that have to arrive within the read timeout."""

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
MOST_OF_COOKIES = 16_384
"""Characters of cookies that are stored and sent again: a proxy may set a few, and a server new ones without end."""

BROKEN = (httpx.TransportError, httpx.DecodingError, zlib.error)
UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)


class _Dripping(httpx.ReadTimeout):
    """Raised if a response arrives too slowly to wait for its end."""


class _Bearer(httpx.Auth):
    """Puts the key on the request itself, whose headers httpx masks when it prints them."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


class _Route:
    """How far a request through a proxy has come, by what httpcore traces of it."""

    def __init__(self) -> None:
        self.at_proxy = False
        """Whether only the proxy was reached so far; a reused connection is past it."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of an event of httpcore."""
        if event in ("connection.connect_tcp.started", "socks.connect_tcp.started"):
            self.at_proxy = True
        elif event in ("proxy.start_tls.started", "socks.setup_socks5_connection.complete"):
            self.at_proxy = False
        elif event == "http11.send_request_headers.started":
            self.at_proxy = info["request"].method == b"CONNECT"


class Sender:
    """The connections to one origin; no redirect is followed.

    httpx is given one proxy or none and does not read the environment: it fails at forms of NO_PROXY that curl
    knows.
    """

    def __init__(
        self,
        base_url: str,
        key: Key | None,
        *,
        transport: httpx.AsyncBaseTransport | None,
        ca_file: Path | None,
        ca_source: str,
        connect: float,
        read: float,
    ) -> None:
        """Raises BadSetting where the environment's proxy or certificates are unusable, OSError without any TLS."""
        https = base_url.startswith("https:")
        direct = transport is not None
        self._proxy = None if direct else find_proxy(base_url, os.environ)
        self._has_secret = key is not None or (self._proxy is not None and self._proxy.login is not None)
        self._connect = connect
        self._read = read
        self.forwarding = None if https or _is_socks(self._proxy) else self._proxy
        """The proxy that may answer in place of the server; over https and SOCKS, only the server can."""
        self._http = httpx.AsyncClient(
            transport=transport,
            proxy=_for_httpx(self._proxy),
            auth=_Bearer(key) if key else None,
            timeout=httpx.Timeout(read, connect=connect),
            headers={
                "User-Agent": f"letta-tui/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED,
            },
            event_hooks={"response": [_keep_target]},
            trust_env=False,
            verify=verification(os.environ, ca_file, ca_source)
            if https and not direct
            else no_verification(),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def build(
        self, method: str, url: str, params: Mapping[str, Any] | None, content: bytes | None
    ) -> httpx.Request:
        """A request as it will be sent; raises Unsendable."""
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            return self._http.build_request(method, url, params=params, content=content, headers=headers)
        except UNSENDABLE:
            raise Unsendable("it cannot be sent") from None

    async def send(self, request: httpx.Request) -> Response:
        """Send a request and return the complete response; raises Unanswered and Unsendable."""
        route = _Route()
        if self._proxy is not None:
            request.extensions["trace"] = route
        try:
            return await _fetch(self._http, request, connect=self._connect, read=self._read)
        except UNSENDABLE:
            raise Unsendable("it cannot be sent") from None
        except BROKEN as error:
            raise self._unanswered(error, route) from None
        except Exception as bug:
            if route.at_proxy and _is_socks(self._proxy):  # httpcore lets the errors of socksio pass
                raise self._unanswered(httpx.ProxyError("its response is not SOCKS"), route) from None
            # Stack frames of the HTTP library have the headers as plain bytes, and a crash prints local variables.
            raise (bug.with_traceback(None) if self._has_secret else bug) from None
        finally:
            _limit_cookies(self._http.cookies)

    def _unanswered(self, error: Exception, route: _Route) -> Unanswered:
        """Return what to report about a request without a complete response, and who is to blame."""
        silent = isinstance(error, httpx.ReadTimeout)
        if self._proxy is None:
            return Unanswered(_reason(error), sent=not isinstance(error, UNSENT), silent=silent)
        if route.at_proxy:
            words = f"the {self._proxy} {_reason_of_proxy(error, self._proxy)}"
            return Unanswered(words, sent=False, silent=silent, proxy=self._proxy)
        words = f"{_reason(error)}, through the {self._proxy}"
        return Unanswered(words, sent=not isinstance(error, UNSENT), silent=silent)


def _limit_cookies(cookies: httpx.Cookies) -> None:
    """Forget all cookies once they are too many."""
    if sum(len(one.name) + len(one.value or "") for one in cookies.jar) > MOST_OF_COOKIES:
        cookies.clear()


def _is_socks(proxy: Proxy | None) -> bool:
    return proxy is not None and proxy.url.startswith("socks")


def _for_httpx(proxy: Proxy | None) -> httpx.Proxy | None:
    """The proxy as httpx takes it; raises BadSetting."""
    if proxy is None:
        return None
    if _is_socks(proxy) and find_spec("socksio") is None:
        raise BadSetting(f"{proxy.variable} names a SOCKS proxy, which needs a package: pip install socksio")
    context = verification(os.environ) if proxy.url.startswith("https:") else None
    try:
        return httpx.Proxy(proxy.url, auth=proxy.login, ssl_context=context)
    except httpx.InvalidURL:
        raise BadSetting(f"{proxy.variable} names a proxy with an invalid host: {proxy.host}") from None


async def _keep_target(response: httpx.Response) -> None:
    """Response hook: move the Location header to where httpx does not look.

    httpx would build a request from it, which is never sent, and fail if the address is invalid.
    """
    response.extensions["target"] = response.headers.pop("Location", "")


async def _fetch(
    client: httpx.AsyncClient, request: httpx.Request, *, connect: float, read: float
) -> Response:
    """Send a request and read its response; a server that only sends a byte now and then times out too.

    Raises what httpx raises, and _Dripping.
    """
    now = asyncio.get_running_loop().time
    limit = asyncio.timeout(2 * connect + 2 * read)
    try:
        async with limit:
            response = await client.send(request, stream=True)
            try:
                limit.reschedule(now() + read)
                return await _whole(response, limit, read)
            finally:
                await response.aclose()
    except TimeoutError:
        raise _Dripping("less than 1 KiB within the timeout", request=request) from None


async def _whole(response: httpx.Response, limit: asyncio.Timeout, read: float) -> Response:
    """Read the body, unpacked, until it is whole or larger than is read."""
    target = str(response.extensions.get("target", ""))
    most = LARGEST_REFUSAL if response.is_error else LARGEST
    now = asyncio.get_running_loop().time
    encoding = "" if response.is_stream_consumed else response.headers.get("Content-Encoding", "")
    unpacked = unpacker(encoding)
    if unpacked is None:
        return Response(response.status_code, response.headers, b"", target, encoding=encoding)
    body, marked = Body(), 0
    async for chunk in _received(response):
        for number, piece in enumerate(unpacked.pieces(chunk)):
            if number:
                await asyncio.sleep(0)  # one chunk can unpack to all that is read of a response
            body.add(piece)
            if len(body) > most:
                size = f"{most // 2**20} MiB"
                return Response(response.status_code, response.headers, b"", target, excess=size)
            if len(body) - marked >= SLOWEST:
                marked = len(body)
                limit.reschedule(now() + read)
    unpacked.check_end()
    return Response(response.status_code, response.headers, body, target)


async def _received(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it arrives, still packed; a transport inside the process may have it ready and unpacked."""
    if response.is_stream_consumed:
        yield response.content
        return
    async for chunk in response.aiter_raw():
        yield chunk


def _reason_of_proxy(error: Exception, proxy: Proxy) -> str:
    """What the proxy did in place of connecting to the server; a password that it echoes is hidden."""
    if isinstance(error, httpx.ProxyError):
        hide = hiding(proxy.login[1] if proxy.login else None)
        return f"refuses to connect: {flat(hide(str(error))) or 'without a reason'}"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {_cause(error)}"
    if isinstance(error, httpx.TimeoutException):
        return "does not respond within the timeout"
    return "closed the connection"


def _reason(error: Exception) -> str:
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (_Dripping, "the response is too slow"),
        (httpx.ConnectTimeout, "no connection within the timeout"),
        (httpx.TimeoutException, "no response within the timeout"),
        (httpx.ConnectError, f"cannot connect: {_cause(error)}"),
        (httpx.ProxyError, f"the proxy cannot connect: {_cause(error)}"),
        (httpx.RemoteProtocolError, "the connection was closed before the response was complete"),
        (httpx.DecodingError, "the response has a broken encoding"),
        (zlib.error, "the response has a broken encoding"),
    )
    return next((words for kind, words in reasons if isinstance(error, kind)), "the connection broke")


def _cause(error: BaseException) -> str:
    """Return why there is no connection, in the system's words, which httpx hides behind its own errors."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, BaseExceptionGroup):
            link = link.exceptions[0]
        if isinstance(link, ssl.SSLError):
            return flat(re.sub(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$", "", str(link)))
        if isinstance(link, socket.gaierror):
            temporary = link.errno == socket.EAI_AGAIN
            return "the name cannot be resolved at the moment" if temporary else "no such host"
        if isinstance(link, OSError) and link.errno:
            return os.strerror(link.errno).lower()
        link = link.__cause__ or link.__context__
    return flat(str(error)) or "refused"
