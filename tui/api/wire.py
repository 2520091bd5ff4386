"""One request to a Letta server: the key, the retries, and every failure turned into a LettaError."""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from tui import __version__
from tui.api.errors import (
    BadAnswer,
    BadSetting,
    KeyRefused,
    LettaError,
    NoAnswer,
    NotOffered,
    NotThere,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServerTrouble,
)

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that a repeated GET may get past."""

LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1)$")
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to ask again."""

    connect: float = 5.0
    read: float = 30.0
    retries: int = 3
    backoff: float = 0.25
    longest_wait: float = 10.0


class Key(str):
    """An API key that no repr, traceback or log spells out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Key('…')"


class _Bearer(httpx.Auth):
    """Puts the key on the request itself, whose headers httpx masks when it prints them."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


class Wire:
    """The connection to one origin; the key leaves for no other, since no redirect is followed."""

    def __init__(
        self,
        base_url: str,
        key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.patience = patience or Patience()
        self.base_url = base_url.rstrip("/")
        self.server = urlsplit(self.base_url).netloc or self.base_url
        self._jitter = jitter
        host = urlsplit(self.base_url).hostname or ""
        self._http = httpx.AsyncClient(
            transport=transport,
            auth=_Bearer(Key(key)) if key else None,
            timeout=httpx.Timeout(self.patience.read, connect=self.patience.connect),
            headers={"User-Agent": f"letta-tui/{__version__}", "Accept": "application/json"},
            trust_env=not LOOPBACK.match(host),
            verify=self._context(),
        )

    def _context(self) -> ssl.SSLContext | bool:
        # Loading the CA bundle costs as much as the first request; plain http never needs it.
        return True if self.base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, what: str) -> Any:
        """JSON of a GET, asked again with growing pauses while the failure looks passing."""
        for attempt in range(self.patience.retries + 1):
            last = attempt == self.patience.retries
            pause = self.patience.backoff * 2**attempt * (0.5 + self._jitter())
            try:
                response = await self._send("GET", path, params, None, what)
            except (httpx.TransportError, httpx.DecodingError) as error:
                # Letta closes the connection after a 500 without saying so (measured): the next one heals it.
                if last or isinstance(error, httpx.ReadTimeout):
                    raise self._no_answer(what, error) from None
            else:
                if response.status_code not in PASSING or last:
                    return self._json(response, what)
                pause = self._asked_pause(response, pause)
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def write(
        self, method: str, path: str, params: Mapping[str, Any] | None, body: Mapping[str, Any], *, what: str
    ) -> Any:
        """JSON of a write, sent once: OutcomeUnknown where it left and no whole answer came."""
        try:
            response = await self._send(method, path, params, body, what)
        except UNSENT as error:
            raise self._no_answer(what, error) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise OutcomeUnknown(f"{what}: {_reason(error)}", server=self.server) from None
        try:
            return self._json(response, what)
        except BadAnswer as error:
            raise OutcomeUnknown(error.what, server=self.server) from None

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        what: str,
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            return await self._http.request(
                method, self.base_url + path, params=params, content=content, headers=headers
            )
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
            raise BadSetting(f"{what}: the base URL or the key has characters that cannot be sent") from None

    def _no_answer(self, what: str, error: Exception) -> LettaError:
        return NoAnswer(f"{what}: {_reason(error)} ({self.server})", server=self.server)

    def _asked_pause(self, response: httpx.Response, pause: float) -> float:
        asked = response.headers.get("Retry-After", "")
        wanted = float(asked) if asked.isdecimal() else pause
        return min(wanted, self.patience.longest_wait)

    def _json(self, response: httpx.Response, what: str) -> Any:
        status = response.status_code
        if 300 <= status < 400:
            target = flat(response.headers.get("Location", "elsewhere"))
            raise BadAnswer(
                f"{what}: {self.server} redirects to {target}, and the key goes nowhere else",
                server=self.server,
                hint="use that address as the base URL if it is yours",
            )
        try:
            body = json.loads(response.content) if response.content else None
        except ValueError:
            body = response
        if status >= 400:
            raise refusal(status, body, what, self.server)
        if body is response:
            kind = flat(response.headers.get("Content-Type", "")) or "no content type"
            raise BadAnswer(
                f"{what}: the answer of {self.server} is not whole JSON ({kind})", server=self.server
            )
        return body


def refusal(status: int, body: object, what: str, server: str) -> Refused:
    """The error for a status >= 400 and its body, whatever shape the body has."""
    detail = reason_in(body)
    routeless = status == 404 and detail == "Not Found"
    kind: type[Refused] = Rejected
    if status in (401, 403):
        kind, said = KeyRefused, f"the key was refused ({status})"
    elif routeless or status in (405, 501):
        kind, said = NotOffered, f"not offered by this server ({status})"
    elif status == 404:
        # Letta's own text leaks internals of its access check (measured), so it is not repeated.
        kind, said = NotThere, "not found (404)"
    elif status == 429 or status >= 500:
        kind, said = ServerTrouble, f"the server failed ({status}{': ' + detail if detail else ''})"
    else:
        said = f"refused ({status}{': ' + detail if detail else ''})"
    return kind(f"{what}: {said}", status=status, detail=detail, server=server)


def reason_in(body: object) -> str:
    """The server's reason in one line: `detail`, then `error.message`, else nothing."""
    if not isinstance(body, dict):
        return ""
    detail = body.get("detail")
    error = body.get("error")
    if detail is None and isinstance(error, dict):
        detail = error.get("message")
    if isinstance(detail, list):
        detail = "; ".join(
            str(item.get("msg", item)) if isinstance(item, dict) else str(item) for item in detail
        )
    text = detail if isinstance(detail, str) else "" if detail is None else json.dumps(detail)
    found = cast("list[str]", re.findall(r"'msg': ['\"](.*?)['\"],", text))  # a Python repr inside a string
    return flat("; ".join(found) or text.removeprefix("INVALID_ARGUMENT: ").removeprefix("CONFLICT: "))


def flat(text: str, limit: int = 300) -> str:
    """Text of the server cut to one printable line."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _reason(error: Exception) -> str:
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (httpx.ConnectTimeout, "no connection within the timeout"),
        (httpx.TimeoutException, "no answer within the timeout"),
        (httpx.ConnectError, f"cannot connect: {_unreached(error)}"),
        (httpx.RemoteProtocolError, "the connection was cut in the middle of the answer"),
        (httpx.DecodingError, "the answer's encoding is broken"),
    )
    return next((words for kind, words in reasons if isinstance(error, kind)), "the connection broke")


def _unreached(error: Exception) -> str:
    """Why no connection came about; the library's own words for "refused" say nothing."""
    words = flat(str(error))
    return "nothing answers there" if not words or words.startswith("All connection attempts") else words
