"""Exit codes, and what a command prints about a request that failed."""

from __future__ import annotations

from collections.abc import Iterable

from tui.commands.output import print_message
from tui.model.errors import (
    BadResponse,
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotOffered,
    NotThere,
    ProxyFailed,
    RateLimited,
    ServerTrouble,
    WebPage,
)
from tui.model.text import one_line

DONE, FOUND, USAGE, CONNECTION, API_KEY_REFUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 4, 130, 141
"""Exit codes: 141 is what a shell reports of a program whose output nobody reads any more."""

MAY_PASS = (NoResponse, RateLimited, ServerTrouble, BadResponse)
"""Errors that a later attempt may not meet."""


class UsageError(Exception):
    """Arguments that cannot be used, or that name nothing on the server; the text says what to do."""


def exit_code_of(error: LettaError) -> int:
    """The exit code after a failed request."""
    if isinstance(error, KeyRefused):
        return API_KEY_REFUSED
    return CONNECTION if isinstance(error, MAY_PASS) else USAGE


def describe_failure(error: LettaError) -> str:
    """Return what failed, and what may help."""
    hint = ""
    if isinstance(error, KeyRefused | NotAllowed | ProxyFailed | WebPage):
        hint = f" — {one_line(error.hint, 300)}"
    elif isinstance(error, NoResponse):
        hint = " — is it running there? --base-url or LETTA_BASE_URL sets the address"
    return one_line(error.what, 800) + hint


def report_failures(parts: Iterable[object]) -> int:
    """Print every LettaError among the parts; the exit code of the first one, missing parts not counted, else 0."""
    failures = [part for part in parts if isinstance(part, LettaError)]
    for failure in failures:
        print_message(f"letta-tui: {describe_failure(failure)}")
    codes = (exit_code_of(failure) for failure in failures if not isinstance(failure, NotOffered | NotThere))
    return next(codes, DONE)
