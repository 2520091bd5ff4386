"""When a request is sent again: how often, after which pause, and what Retry-After says."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from typing import NamedTuple

RETRIED = frozenset({429, 502, 503, 504})
"""Statuses after which a read is sent again."""

LONGEST_WAIT = 1e9
"""Seconds, about thirty years: a longer wait requested by a server is not a usable number."""

LONGEST_COMMAND_WAIT = 10.0
"""Seconds that a command waits in all before it ends with what the server asks for."""

LONGEST_SCREEN_WAIT = 600.0
"""Seconds that the screen waits, where the wait is shown and can be cut short."""


class Patience(NamedTuple):
    """How long to wait for a server, in seconds, and how often to send a read again.

    `longest_wait` is the longest pause that a server may ask for, `all_waits` how long all of them may take together.
    """

    connect: float = 5.0
    read: float = 30.0
    retries: int = 3
    backoff: float = 0.25
    longest_wait: float = 10.0
    all_waits: float = inf

    def pause(self, attempt: int, luck: float) -> float:
        """Seconds before the next attempt: doubled each time, with jitter from `luck` in 0 to 1."""
        return min(self.longest_wait, self.backoff * 2.0 ** min(attempt, 30) * (0.5 + luck))


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, which is a number or a date; None if it is neither."""
    if header.isdecimal():
        return min(float(header), LONGEST_WAIT)
    if not header:
        return None
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(header)
        return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
