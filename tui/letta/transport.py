"""One request to a Letta server: the key, the retries, and every failure turned into a LettaError."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui.letta.api_key import USED, Key, hiding
from tui.letta.decoding import TooMuch, apart
from tui.letta.refusals import asks_to_wait, flat, refusal
from tui.letta.request_log import Call, RequestLog
from tui.letta.response import Response, Unanswered, Unsendable, parsed, web_page
from tui.letta.retry import RETRIED, Patience, retry_after
from tui.letta.server_pause import ServerPause
from tui.letta.steering import STEERING, Steering
from tui.model.errors import (
    BadResponse,
    BadSetting,
    LettaError,
    NoResponse,
    OutcomeUnknown,
    ProxyFailed,
    Refused,
    TooLarge,
    WebPage,
    attempt,
)
from tui.model.os_errors import reason_of

if TYPE_CHECKING:
    import httpx

    from tui.letta.http_client import Sender
    from tui.letta.proxy import Proxy

GATEWAY = frozenset({502, 504})
"""Statuses of a proxy that forwarded a request and got no response."""

PROXY_LOGIN = 407
"""Status of a proxy that wants a user and a password."""


class Wire:
    """The connection to one origin; the key is sent to no other, since redirects are not followed."""

    under_way = 0
    """Writes that have started and not finished."""

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
        ca_source: str = "ca_file",
        name: str = "",
        key_hint: str = "",
        pause: ServerPause | None = None,
    ) -> None:
        """`fetch_key` reads the key at the first request, in a thread; its ValueError says why that failed.

        `key_hint` says where the key came from, and is shown if a server refuses it; `ca_source` is what named
        `ca_file`.
        """
        key = Key(key) if key else None
        self.patience = patience or Patience()
        self.readonly = readonly
        self.log = RequestLog() if log is None else log
        self.pause = ServerPause() if pause is None else pause
        self.base_url = base_url.rstrip("/")
        self.server = name or urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url
        self.has_local_memory: bool = getattr(transport, "has_local_memory", False)
        """Whether the transport answers what Letta's API has no route for: memory in files, below `/_local/`."""
        self.writes = 0
        """Counts starts and ends of writes: data requested at another count may be out of date."""
        self._set_key(key)
        self._fetch_key = None if key else fetch_key
        self._fetching = asyncio.Lock()
        self._ca_file = ca_file
        self._ca_source = ca_source
        self._transport = transport
        self._jitter = jitter
        self._key_hint = key_hint
        self._sender: Sender | None = None
        self._reached = False
        self._closed = False

    def _set_key(self, key: Key | None) -> None:
        """Use this key, and hide it in everything that is shown of a request."""
        if key:
            USED.add(key)
        self._key = key
        self._hide = hiding(key)

    async def _obtain_key(self, what: str) -> None:
        """Fetch the key once; after a failure, which is raised, the next request tries again."""
        async with self._fetching:
            if self._fetch_key is None:
                return
            try:
                self._set_key(Key(await asyncio.to_thread(self._fetch_key)))
            except ValueError as error:
                raise BadSetting(f"{what}: {flat(str(error))}", server=self.server) from None
            self._fetch_key = None

    def _get_sender(self) -> Sender:
        """The sender, created at first use: neither the HTTP library nor certificates may delay the first paint."""
        if self._sender is not None:
            return self._sender
        try:
            from tui.letta.http_client import Sender

            self._sender = Sender(
                self.base_url,
                self._key,
                transport=self._transport,
                ca_file=self._ca_file,
                ca_source=self._ca_source,
                connect=self.patience.connect,
                read=self.patience.read,
            )
        except BadSetting as error:
            words, hint = flat(error.what), "correct or unset it, then restart"
        except (ValueError, OSError, ImportError) as error:
            words, hint = f"the HTTP client cannot be set up: {flat(reason_of(error))}", ""
        else:
            return self._sender
        raise BadSetting(f"Connecting to {self.server}: {words}", server=self.server, hint=hint)

    @property
    def _forwarding(self) -> Proxy | None:
        """The proxy that may answer in place of the server, as over https it cannot."""
        return None if self._sender is None else self._sender.forwarding

    async def close(self) -> None:
        """Close every connection; later requests fail with NoResponse."""
        self._closed = True
        if self._sender is not None:
            await self._sender.close()

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, what: str) -> Any:
        """JSON of a GET, retried with growing pauses while the failure looks temporary."""
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
        steering = STEERING.get()
        for number in count():
            send = partial(self._attempt, method, path, params, body, what, number + 1)
            backoff = self.patience.pause(number, self._jitter())
            long_run = steering if steering is not None and steering.has_answer else None
            try:
                answer = await (send() if steering is None else steering.send(send, self.pause))
            except Unanswered as error:
                # Letta closes the connection after a 500 without notice (measured): a new connection works.
                # If the server was never reached, an immediate error helps more than retries.
                if not (error.sent or self._reached) or not self._may_repeat(
                    error, number, backoff, steering
                ):
                    raise self._no_response(what, error) from None
                await self.pause.rest(backoff)
                continue
            if answer.status not in RETRIED:
                return await self._json(answer, what)
            failure = await attempt(self._json, answer, what)
            assert isinstance(failure, LettaError), "only an error status is a refusal"
            last = long_run is None and number >= self.patience.retries
            if last or not await self._may_retry(failure, backoff, long_run):
                raise failure
        raise AssertionError("unreachable")

    async def _attempt(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        what: str,
        number: int,
    ) -> Response:
        """Wait until the server's pause is over, and send a read."""
        if not await self.pause.over():
            assert self.pause.asked is not None, "a pause begins with an answer that asks for it"
            raise asks_to_wait(self.pause.asked, what)
        return await self._send(method, path, params, body, what, reading=True, attempt=number)

    def _may_repeat(self, error: Unanswered, number: int, backoff: float, long_run: Steering | None) -> bool:
        """Return whether to send a request again that got no response; a long run outlasts a server that restarts."""
        if long_run is not None and not error.silent:
            return long_run.may_wait(backoff, self.pause, gone=True)
        return number < self.patience.retries and (long_run is not None or not error.silent)

    async def _may_retry(self, failure: LettaError, backoff: float, long_run: Steering | None) -> bool:
        """Wait before another attempt, as long as the server asks for; False where that is too long or useless.

        A long run goes on while answers come in between, however often it is asked to wait.
        """
        if isinstance(failure, Refused) and not failure.retryable:
            return False
        asked = failure.retry_after
        if long_run is not None:
            asked = asked or None  # attempts are not limited in number, so each waits a while
            if not long_run.may_wait(backoff if asked is None else asked, self.pause):
                return False
        elif (backoff if asked is None else asked) > min(
            self.patience.all_waits - self.pause.waited, self.patience.longest_wait
        ):
            return False
        if asked is None:
            await self.pause.rest(backoff)
        elif asked:
            self.pause.begin(asked, failure)
        return True

    async def write(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        *,
        what: str,
    ) -> Any:
        """JSON of a write, sent once: OutcomeUnknown if it was sent and no complete response arrived."""
        self.writes += 1
        self.under_way += 1
        try:
            answer = await self._send(method, path, params, body, what)
        except Unanswered as error:
            if not error.sent:
                raise self._no_response(what, error) from None
            raise OutcomeUnknown(f"{what}: {error.reason}", server=self.server) from None
        finally:
            self.writes += 1
            self.under_way -= 1
        if answer.status in GATEWAY:
            passed_on = self.server if self._forwarding is None else f"the {self._forwarding}"
            words = f"{passed_on} forwarded it and got no response ({answer.status})"
            raise OutcomeUnknown(f"{what}: {words}", server=self.server)
        try:
            return await self._json(answer, what, writing=True)
        except BadResponse as error:
            # A page with a 4xx comes from something that did not pass the request on; any other may have.
            if 300 <= answer.status < 500:
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
    ) -> Response:
        if self.readonly and not reading:
            raise BadSetting(f"{what}: --readonly refuses all changes", server=self.server)
        if self._closed:
            raise NoResponse(f"{what}: this connection was closed", server=self.server)
        if self._fetch_key is not None:
            await self._obtain_key(what)
        content = None if body is None else json.dumps(body).encode()
        try:
            sender = self._get_sender()
            request = sender.build(method, self.base_url + path, params, content)
            call = Call(
                method, str(request.url), request.url.raw_path.decode(errors="replace"), request.content
            )
            answer = await self.log.watch(call, sender.send(request), attempt=attempt, hide=self._hide)
        except Unsendable:
            words = "the base URL, the key or the request cannot be sent"
            raise BadSetting(f"{what}: {words}", server=self.server) from None
        self._reached = True
        return answer

    def _no_response(self, what: str, error: Unanswered) -> NoResponse:
        words = f"{what}: {error.reason} ({self.server})"
        if error.proxy is not None:
            return self._proxy_failed(words, error.proxy)
        hint = "is its folder still there? r retries" if self.has_local_memory else NoResponse.hint
        return NoResponse(words, server=self.server, hint=hint)

    def _proxy_failed(self, words: str, proxy: Proxy) -> ProxyFailed:
        host = urlsplit(self.base_url).hostname
        hint = f"to connect without it, add {host} to {proxy.exceptions}"
        return ProxyFailed(words, server=self.server, hint=hint)

    async def _json(self, answer: Response, what: str, *, writing: bool = False) -> Any:
        status = answer.status
        proxy = self._forwarding
        if status == PROXY_LOGIN and proxy is not None:
            words = f"the {proxy} requires a user and a password ({status})"
            raise self._proxy_failed(f"{what}: {words}", proxy)
        if 300 <= status < 400:
            target = flat(self._hide(answer.target)) or "elsewhere"
            raise BadResponse(
                f"{what}: {self.server} redirects to {target}, and the key is not sent there",
                server=self.server,
                hint="if that address is yours, use it as the base URL",
            )
        via = "" if proxy is None else f", through the {proxy}"
        asked = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
        title = web_page(answer)
        if title is not None:
            said = flat(self._hide(title), 80)
            number = f"{status}: “{said}”" if said else f"{status}"
            words = f"{self.server} answered with a web page ({number}), which is not Letta{via}"
            raise WebPage(f"{what}: {words}", server=self.server, retry_after=asked)
        excess = answer.excess
        try:
            wrong, body = await apart(len(answer.content), lambda: parsed(answer.content))
        except TooMuch as limit:
            wrong, body, excess = "", None, str(limit)
        if status >= 400:
            raise refusal(
                status,
                body,
                what,
                self.server,
                hide=self._hide,
                key_hint=self._key_hint,
                via=via,
                retry_after=asked,
                writing=writing,
            )
        if excess:
            raise TooLarge(
                f"{what}: the response of {self.server} has more than {excess}", server=self.server
            )
        if answer.encoding:
            name = flat(self._hide(answer.encoding), 60)
            raise BadResponse(
                f"{what}: the response of {self.server} is encoded as “{name}”, but only gzip was requested",
                server=self.server,
                hint="a proxy in front of the server may be the cause",
            )
        if wrong:
            kind = flat(self._hide(answer.headers.get("content-type", ""))) or "no content type"
            raise BadResponse(f"{what}: the response of {self.server} {wrong} ({kind})", server=self.server)
        return body
