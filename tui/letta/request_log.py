"""Every call of this run, safe to share: no response bodies, no headers, and never the key."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple

from tui.letta.api_key import unchanged
from tui.letta.response import Response, Unanswered, Unsendable

KEPT = 2_000
"""Calls that are stored one by one; older ones only count in the totals."""

LARGEST_BODY = 64 * 1024
"""Characters of a request's body beyond which only its size is stored."""

BODIES = 4 * 1024 * 1024
"""Characters of stored bodies in total; beyond that, only the sizes of the oldest ones are stored."""


class Call(NamedTuple):
    """A request as it is sent."""

    method: str
    url: str
    path: str
    content: bytes = b""


class Entry(NamedTuple):
    """One call: `status` and `failure` are both empty while it is pending; `size` is the response's, in bytes."""

    number: int
    started: datetime
    method: str
    url: str
    path: str
    attempt: int
    keyed: bool
    body: str | None = None
    body_size: int = 0
    status: int | None = None
    failure: str = ""
    size: int = 0
    seconds: float = 0.0

    @property
    def pending(self) -> bool:
        """Whether no response has arrived yet."""
        return self.status is None and not self.failure

    @property
    def failed(self) -> bool:
        """Whether no response arrived, or one with an error status."""
        return bool(self.failure) or (self.status is not None and self.status >= 400)

    @property
    def curl(self) -> str:
        """A command for a POSIX shell that sends the same request, with `$LETTA_API_KEY` in place of the key."""
        body = None if self.body is None else ("--data-raw", self.body)
        if body is None and self.body_size:
            body = ("--data-binary", "@body.json")
        return " ".join(curl_words(self.method, self.url, body, keyed=self.keyed))


def curl_words(method: str, url: str, body: tuple[str, str] | None, *, keyed: bool) -> list[str]:
    """The words of a command for a POSIX shell, quoted; `body` is an option of curl for it and its value."""
    words = ["curl", "-sS", "--globoff", "-X", shlex.quote(method)]
    if keyed:
        words += ["-H", '"Authorization: Bearer $LETTA_API_KEY"']
    if body is not None:
        words += ["-H", "'Content-Type: application/json'", body[0], shlex.quote(body[1])]
    return [*words, "--url", shlex.quote(url)]


class Totals(NamedTuple):
    """All finished calls of this run, also those no longer stored, and how many are pending."""

    calls: int = 0
    failures: int = 0
    size: int = 0
    pending: int = 0
    slowest: Entry | None = None


class RequestLog:
    """The calls of this run, the last ones one by one; the log outlives each wire that writes to it."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or _utc_now
        self._entries: dict[int, Entry] = {}
        self._totals = Totals()
        self._numbers = 0
        self._bodies: deque[int] = deque()
        self._chars = 0
        self.version = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """The stored calls, newest first."""
        return iter(tuple(reversed(self._entries.values())))

    @property
    def totals(self) -> Totals:
        """The totals of all calls."""
        return self._totals

    def pending_since(self, base_url: str) -> datetime | None:
        """When the oldest call to this server was sent that has no response yet; None where there is none."""
        if not self._totals.pending:
            return None
        sent = (one.started for one in self._entries.values() if one.pending and one.url.startswith(base_url))
        return next(sent, None)

    async def watch(
        self, call: Call, answer: Awaitable[Response], *, attempt: int, hide: Callable[[str], str]
    ) -> Response:
        """Wait for the response to a call, and log both; `hide` removes the key."""
        entry = self._begin(call, attempt, hide)
        began = perf_counter()
        ended = entry._replace(failure="cancelled before a response")
        try:
            received = await answer
            ended = entry._replace(status=received.status, size=len(received.content))
        except Exception as error:
            words = str(error) if isinstance(error, Unanswered | Unsendable) else "the connection broke"
            ended = entry._replace(failure=hide(words))
            raise
        finally:
            self._end(ended._replace(seconds=perf_counter() - began))
        return received

    def _begin(self, call: Call, attempt: int, hide: Callable[[str], str]) -> Entry:
        self._numbers += 1
        content = hide(call.content.decode(errors="replace"))
        entry = Entry(
            number=self._numbers,
            started=self._clock(),
            method=call.method,
            url=hide(call.url),
            path=hide(call.path),
            attempt=attempt,
            keyed=hide is not unchanged,
            body=content if content and len(content) <= LARGEST_BODY else None,
            body_size=len(call.content),
        )
        self._entries[entry.number] = entry
        self._store_body(entry)
        while len(self._entries) > KEPT:
            self._drop_body(next(iter(self._entries)))
            del self._entries[next(iter(self._entries))]
        self._totals = self._totals._replace(pending=self._totals.pending + 1)
        self.version += 1
        return entry

    def _store_body(self, entry: Entry) -> None:
        if entry.body is not None:
            self._bodies.append(entry.number)
            self._chars += len(entry.body)
        while self._chars > BODIES:
            self._drop_body(self._bodies[0])

    def _drop_body(self, number: int) -> None:
        """Drop a body and store only its size; only called for the oldest stored body."""
        entry = self._entries[number]
        if entry.body is not None:
            self._bodies.popleft()
            self._chars -= len(entry.body)
            self._entries[number] = entry._replace(body=None)

    def _end(self, entry: Entry) -> None:
        known = self._entries.get(entry.number)
        if known is not None:
            self._entries[entry.number] = entry._replace(body=known.body)
        before = self._totals
        slowest = before.slowest
        if slowest is None or entry.seconds > slowest.seconds:
            slowest = entry
        self._totals = Totals(
            before.calls + 1,
            before.failures + entry.failed,
            before.size + entry.size,
            before.pending - 1,
            slowest,
        )
        self.version += 1


def _utc_now() -> datetime:
    return datetime.now(UTC)
