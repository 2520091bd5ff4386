"""One request to a Letta server: the key, the retries, and every failure turned into a LettaError."""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tui import __version__
from tui.api.answer import LARGEST, Answer, Dripping, fetch, keep_target, parsed
from tui.api.errors import BadAnswer, BadSetting, NoAnswer, OutcomeUnknown
from tui.api.key import Bearer, Key
from tui.api.refusals import flat, refusal
from tui.api.request_log import RequestLog, hiding

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that a repeated GET may get past."""

GATEWAY = frozenset({502, 504})
"""Statuses of a proxy that passed a request on and got no answer."""

LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1)$")
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
BROKEN = (httpx.TransportError, httpx.DecodingError)
UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to ask again."""

    connect: float = 5.0
    read: float = 30.0
    retries: int = 3
    backoff: float = 0.25
    longest_wait: float = 10.0

    def pause(self, attempt: int, luck: float) -> float:
        """Seconds before asking again: doubled each time, and spread by luck so that clients fall out of step."""
        return min(self.longest_wait, self.backoff * 2.0**attempt * (0.5 + luck))


class Wire:
    """The connection to one origin; the key leaves for no other, since no redirect is followed."""

    def __init__(
        self,
        base_url: str,
        key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        readonly: bool = False,
        log: RequestLog | None = None,
        jitter: Callable[[], float] = random.random,
        fetch_key: Callable[[], str] | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """`fetch_key` gets the key at the first request, in a thread; its ValueError says why it cannot."""
        key = Key(key) if key else None
        self.patience = patience or Patience()
        self.readonly = readonly
        self.log = RequestLog() if log is None else log
        self.base_url = base_url.rstrip("/")
        self.server = urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url
        self._take_key(key)
        self._fetch_key = None if key else fetch_key
        self._fetching = asyncio.Lock()
        self._ca_file = ca_file
        self._transport = transport
        self._jitter = jitter
        self._http: httpx.AsyncClient | None = None
        self._closed = False

    def _take_key(self, key: Key | None) -> None:
        """Use this key, and hide it from whatever is told of a request."""
        self._auth = Bearer(key) if key else None
        self._hide = hiding(key)

    async def _obtain_key(self, what: str) -> None:
        """Get the key that comes from elsewhere, once; a failure is told and tried again with the next request."""
        async with self._fetching:
            if self._fetch_key is None:
                return
            try:
                self._take_key(Key(await asyncio.to_thread(self._fetch_key)))
            except ValueError as error:
                raise BadSetting(f"{what}: {flat(str(error))}", server=self.server) from None
            self._fetch_key = None

    def _verify(self) -> ssl.SSLContext | bool:
        """What proves the server to be itself; loading certificates for plain http would only cost time."""
        if not self.base_url.startswith("https:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return ssl.create_default_context(cafile=self._ca_file) if self._ca_file else True

    def _client(self) -> httpx.AsyncClient:
        """The httpx client, made at first use: loading certificates must not delay the first paint."""
        if self._http is not None:
            return self._http
        try:
            self._http = httpx.AsyncClient(
                transport=self._transport,
                timeout=httpx.Timeout(self.patience.read, connect=self.patience.connect),
                headers={"User-Agent": f"letta-tui/{__version__}", "Accept": "application/json"},
                event_hooks={"response": [keep_target]},
                trust_env=not LOOPBACK.match(urlsplit(self.base_url).hostname or ""),
                verify=self._verify(),
                auth=self._auth,
            )
        except (ValueError, OSError, ImportError) as error:
            source = (
                f"ca_file {self._ca_file}" if self._ca_file else "the environment's proxy or certificates"
            )
            words = f"{source} cannot be used: {flat(str(error))}"
            raise BadSetting(f"Connecting to {self.server}: {words}", server=self.server) from None
        return self._http

    async def close(self) -> None:
        """Close every connection; later requests fail with NoAnswer."""
        self._closed = True
        if self._http is not None:
            await self._http.aclose()

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, what: str) -> Any:
        """JSON of a GET, asked again with growing pauses while the failure looks passing."""
        return await self._read("GET", path, params, None, what)

    async def ask(self, path: str, body: Mapping[str, Any], *, what: str) -> Any:
        """JSON of a POST that changes nothing on the server, so that it counts as a read: --readonly allows it."""
        return await self._read("POST", path, None, body, what)

    async def _read(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        what: str,
    ) -> Any:
        for attempt in range(self.patience.retries + 1):
            last = attempt == self.patience.retries
            pause = self.patience.pause(attempt, self._jitter())
            try:
                answer = await self._send(method, path, params, body, what, reading=True, attempt=attempt + 1)
            except BROKEN as error:
                # Letta closes the connection after a 500 without saying so (measured): the next one heals it.
                if last or isinstance(error, httpx.ReadTimeout):
                    raise self._no_answer(what, error) from None
            else:
                asked = asked_pause(answer.headers.get("Retry-After", ""), datetime.now(UTC))
                pause = pause if asked is None else asked
                if last or answer.status not in PASSING or pause > self.patience.longest_wait:
                    return self._json(answer, what)
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def write(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        *,
        what: str,
    ) -> Any:
        """JSON of a write, sent once: OutcomeUnknown where it left and no whole answer came."""
        try:
            answer = await self._send(method, path, params, body, what)
        except UNSENT as error:
            raise self._no_answer(what, error) from None
        except BROKEN as error:
            raise OutcomeUnknown(f"{what}: {_reason(error)}", server=self.server) from None
        if answer.status in GATEWAY:
            words = f"{self.server} passed it on and got no answer ({answer.status})"
            raise OutcomeUnknown(f"{what}: {words}", server=self.server)
        try:
            return self._json(answer, what)
        except BadAnswer as error:
            if not 200 <= answer.status < 300:
                raise
            raise OutcomeUnknown(error.what, server=self.server) from None

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        what: str,
        *,
        reading: bool = False,
        attempt: int = 1,
    ) -> Answer:
        if self.readonly and not reading:
            raise BadSetting(f"{what}: not done, --readonly allows no act", server=self.server)
        if self._closed:
            raise NoAnswer(f"{what}: this connection was closed", server=self.server)
        if self._fetch_key is not None:
            await self._obtain_key(what)
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            client = self._client()
            request = client.build_request(
                method, self.base_url + path, params=params, content=content, headers=headers
            )
            call = fetch(client, request, connect=self.patience.connect, read=self.patience.read)
            return await self.log.watch(request, call, attempt=attempt, hide=self._hide, reason=_reason)
        except UNSENDABLE:
            words = "the base URL, the key or what was asked for cannot be sent"
            raise BadSetting(f"{what}: {words}", server=self.server) from None
        except BROKEN:
            raise
        except Exception as bug:
            # Frames of the HTTP library hold the headers as plain bytes, and a crash prints what frames hold.
            raise bug if self._auth is None else bug.with_traceback(None) from None

    def _no_answer(self, what: str, error: Exception) -> NoAnswer:
        return NoAnswer(f"{what}: {_reason(error)} ({self.server})", server=self.server)

    def _json(self, answer: Answer, what: str) -> Any:
        status = answer.status
        if 300 <= status < 400:
            target = flat(self._hide(answer.target)) or "elsewhere"
            raise BadAnswer(
                f"{what}: {self.server} redirects to {target}, and the key goes nowhere else",
                server=self.server,
                hint="use that address as the base URL if it is yours",
            )
        wrong, body = parsed(answer.content)
        if status >= 400:
            raise refusal(status, body, what, self.server, hide=self._hide)
        if answer.cut:
            wrong = f"has more than {LARGEST // 1_000_000} MB, which is more than is read at once"
            raise BadAnswer(f"{what}: the answer of {self.server} {wrong}", server=self.server, hint="")
        if wrong:
            kind = flat(self._hide(answer.headers.get("Content-Type", ""))) or "no content type"
            raise BadAnswer(f"{what}: the answer of {self.server} {wrong} ({kind})", server=self.server)
        return body


def asked_pause(said: str, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which holds a number or a date; None where it holds neither."""
    if said.isdecimal():
        return float(said)
    try:
        when = parsedate_to_datetime(said)
        return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (Dripping, "the answer comes too slowly to be waited for"),
        (httpx.ConnectTimeout, "no connection within the timeout"),
        (httpx.TimeoutException, "no answer within the timeout"),
        (httpx.ConnectError, f"cannot connect: {flat(str(error)) or 'refused'}"),
        (httpx.ProxyError, f"the proxy does not connect: {flat(str(error)) or 'refused'}"),
        (httpx.RemoteProtocolError, "the connection was cut before the answer was whole"),
        (httpx.DecodingError, "the answer's encoding is broken"),
        *((kind, "it cannot be sent") for kind in UNSENDABLE),
    )
    return next((words for kind, words in reasons if isinstance(error, kind)), "the connection broke")
