"""What can go wrong between this program and a Letta server, each with words fit for a user.

LettaError
├── BadSetting           the base URL, the key or the environment cannot be used at all; nothing was sent
├── NoAnswer             refused, unreachable, reset, TLS failure, or silent past the timeout
│   └── ProxyFailed      the proxy of the environment did that; the server was not asked
├── OutcomeUnknown       a write was sent and no answer came: it may or may not have happened
├── BadAnswer            something answered, but not as a Letta server does
│   └── TooLarge         more than is read of one answer, or of one list
└── Refused              the server answered with an error status
    ├── KeyRefused       401, 403
    ├── NotThere         404 of a thing: deleted meanwhile, or never there
    ├── NotOffered       404 of the route itself, 405, 501: this version of Letta has no such call
    ├── Rejected         400, 409, 413, 422: the request was understood and declined
    └── ServerTrouble    429 and 5xx
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class LettaError(Exception):
    """One failed request: what was tried, on which server, and what may help."""

    hint = ""

    def __init__(self, what: str, *, server: str = "", hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.server = server
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.what} — {self.hint}" if self.hint else self.what


class BadSetting(LettaError):
    """The base URL, the key, a proxy or certificates cannot be used; nothing was sent."""


class NoAnswer(LettaError):
    """No answer came: nothing listens, the connection broke, or the server stayed silent."""

    hint = "is the server running? r retries"


class ProxyFailed(NoAnswer):
    """The proxy of the environment refused, or gave no answer; the server was not asked."""


class OutcomeUnknown(LettaError):
    """A write was sent and its answer was lost, so it may or may not have happened."""

    hint = "it may have been done: read it back before trying again"


class BadAnswer(LettaError):
    """Something answered, but it is not what a Letta server sends."""

    hint = "check that the base URL is that of a Letta server"


class TooLarge(BadAnswer):
    """More than is read of one answer, or of one list page by page; what was read before stands."""

    hint = "no more is read: check what the server, or a proxy in front of it, sends"


class Refused(LettaError):
    """The server answered with an error status; `detail` is its own reason, cut to a line."""

    def __init__(self, what: str, *, status: int, detail: str = "", server: str = "") -> None:
        super().__init__(what, server=server)
        self.status = status
        self.detail = detail


class KeyRefused(Refused):
    """401 or 403: the key is missing or wrong."""

    hint = "set LETTA_API_KEY, or enter the key"


class NotThere(Refused):
    """404: the thing was deleted meanwhile or was never there."""

    hint = "it may have been deleted: r refreshes"


class NotOffered(Refused):
    """This version of Letta has no such call."""

    hint = "this server's version has no such call"


class Rejected(Refused):
    """The server understood the request and declined it."""


class ServerTrouble(Refused):
    """429 or a 5xx: the server is overloaded or broken."""

    hint = "r retries"


async def attempt(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | LettaError:
    """The result of a call, or its LettaError as a value, so that what was read with it stands."""
    try:
        return await call(*args, **kwargs)
    except LettaError as error:
        return error
