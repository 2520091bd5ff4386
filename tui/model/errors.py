"""What can go wrong between this program and a Letta server, each with a text for the user.

LettaError
├── BadSetting           the base URL, the key or the environment cannot be used at all; nothing was sent
├── NothingFits          what was named matches nothing on the server, or more than one thing
├── NoResponse           refused, unreachable, reset, TLS failure, or silent past the timeout
│   └── ProxyFailed      the proxy of the environment did that; nothing reached the server
├── OutcomeUnknown       a write was sent and no response arrived: it may or may not have happened
├── BadResponse          something answered, but not as a Letta server does
│   ├── WebPage          a page in HTML, whatever its status: a proxy, a login or a CDN sent it
│   └── TooLarge         a response or a list with more than is read of one
└── Refused              the server answered with an error status
    ├── KeyRefused       401, or 403 without another reason
    ├── NotAllowed       402, or 403 with a reason: the key is good, a plan or a permission is missing
    ├── NotThere         404 of an object: deleted meanwhile, or never there
    ├── NotOffered       404 of the route itself, 405, 501: this server has no such endpoint
    ├── Rejected         400, 409, 413, 422: the request was understood and declined
    │   └── TurnRunning  409 `turn-running`: files that a program writes at this moment; `force` changes them
    ├── RateLimited      429: refused before anything was done
    └── ServerTrouble    5xx
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

STATUS_PHRASES = frozenset(
    {"not found", "method not allowed", "not implemented", "unauthorized", "forbidden", "payment required"}
)
"""Texts in place of a reason, in lower case, that only repeat the status."""

T = TypeVar("T")
P = ParamSpec("P")


class LettaError(Exception):
    """One failed request: what was tried, on which server, and what may help."""

    hint = ""
    retry_after: float | None = None
    """Seconds that the server asks to wait before the next attempt; None where it asks for no wait."""

    def __init__(
        self, what: str, *, server: str = "", hint: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.what = what
        self.server = server
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.what} — {self.hint}" if self.hint else self.what


class BadSetting(LettaError):
    """The base URL, the key, a proxy or certificates cannot be used; nothing was sent."""


class NothingFits(LettaError):
    """An id or a name matches nothing on the server, or more than one thing; the text says which."""


class NoResponse(LettaError):
    """No response arrived: nothing listens, the connection broke, or the server stayed silent."""

    hint = "is the server running? r retries"


class ProxyFailed(NoResponse):
    """The proxy of the environment refused or did not respond; nothing reached the server."""


class OutcomeUnknown(LettaError):
    """A write was sent and its response was lost, so it may or may not have happened."""

    hint = "it may have been done: read it back before trying again"


class BadResponse(LettaError):
    """Something answered, but it is not what a Letta server sends."""

    hint = "check that the base URL is that of a Letta server"


class WebPage(BadResponse):
    """A page in HTML, whatever its status; Letta has JSON for each, so something in front of it answered."""

    hint = "a login page, a proxy or a CDN in front of the server may have sent it: check the base URL"


class TooLarge(BadResponse):
    """More than is read from one response, or from one list page by page; what was read before is valid."""

    hint = "the rest is not read: check what the server, or a proxy in front of it, sends"


class Refused(LettaError):
    """The server answered with an error status.

    `detail` is its own reason, cut to a line; `codes` are the reasons that it names for programs, such as
    `not-enough-credits`. `retryable` is False where it says that trying again won't help.
    """

    def __init__(
        self,
        what: str,
        *,
        status: int,
        detail: str = "",
        server: str = "",
        codes: tuple[str, ...] = (),
        retry_after: float | None = None,
        retryable: bool = True,
    ) -> None:
        super().__init__(what, server=server, retry_after=retry_after)
        self.status = status
        self.detail = detail
        self.codes = codes
        self.retryable = retryable


class KeyRefused(Refused):
    """401, or 403 without another reason: the key is missing or wrong."""

    hint = "set LETTA_API_KEY, or enter the key"


class NotAllowed(Refused):
    """402, or 403 with a reason: the key is good, but a plan, credits or a permission are missing."""

    hint = "this is about a plan or a permission, not a wrong key"


class NotThere(Refused):
    """404: the object was deleted meanwhile or was never there."""

    hint = "it may have been deleted: r refreshes"


class NotOffered(Refused):
    """This server has no such endpoint."""

    @property
    def reason(self) -> str:
        """The server's own reason; "" for a standard phrase about a missing endpoint."""
        return "" if self.detail.casefold() in STATUS_PHRASES else self.detail


class Rejected(Refused):
    """The server understood the request and declined it."""


class TurnRunning(Rejected):
    """409 with the code `turn-running`: the files of a conversation in which a turn seems to run; `detail` says why."""

    CODE = "turn-running"
    hint = "wait until the turn has ended, or do it anyway"


class RateLimited(Refused):
    """429: too many requests, or a quota is used up; nothing was done."""

    hint = "r retries"


class ServerTrouble(Refused):
    """5xx: the server is overloaded or broken."""

    hint = "r retries"


async def attempt(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | LettaError:
    """The result of a call, or its LettaError as a value, so that what was read at the same time is not lost."""
    try:
        return await call(*args, **kwargs)
    except LettaError as error:
        return error
