"""How times are told: how long ago or the moment itself, on which clock, in which zone; said once for a run.

Every line of every pane and table asks, so it is held here instead of being handed through all of them.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple


class Telling(NamedTuple):
    """What the settings `times`, `clock` and `zone` say."""

    absolute: bool = False
    twelve: bool = False
    utc: bool = False


_telling: ContextVar[Telling] = ContextVar("_telling", default=Telling())  # noqa: B039


def tell_times(telling: Telling) -> None:
    """Tell all times like this from now on."""
    _telling.set(telling)


def ago(then: datetime | None, now: datetime) -> str:
    """Return the time for a column: `3 h`, or where absolute times are wanted `2026-11-22 14:30`."""
    return short(then) if _telling.get().absolute else relative(then, now)


def since(then: datetime | None, now: datetime) -> str:
    """Return the time as a phrase: how long ago, or the moment where absolute times are wanted."""
    return short(then) if _telling.get().absolute else how_long_ago(then, now)


def how_long_ago(then: datetime | None, now: datetime) -> str:
    """Return `relative` as a phrase: `just now`, `3 h ago` or `in 3 min`."""
    words = relative(then, now)
    if not words or words.startswith("in "):
        return words
    return "just now" if words == "now" else f"{words} ago"


def relative(then: datetime | None, now: datetime) -> str:
    """Return how long ago that was in one unit, as `3 h`; a clock that runs ahead gives `in 3 min`.

    Times without a zone count as UTC, which is what the server means by them.
    """
    if then is None:
        return ""
    seconds = int((zoned(now) - zoned(then)).total_seconds())
    past = abs(seconds)
    for unit, length in (("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3_600), ("min", 60)):
        if past >= length:
            return f"{'in ' if seconds < 0 else ''}{past // length} {unit}"
    return "now"


def absolute(then: datetime | None) -> str:
    """Return the time to the second with its offset, as `2026-11-22 00:33:28 UTC` or `... +02:00`."""
    if then is None:
        return ""
    there = placed(then)
    offset = f"{there:%z}"
    zone = f"{offset[:3]}:{offset[3:5]}" if there.utcoffset() else "UTC"
    return f"{there.date().isoformat()} {_clock(there, seconds=True)} {zone}"


def short(then: datetime | None) -> str:
    """Return the time to the minute, as `2026-11-22 14:30`, or on a clock of 12 hours `2026-11-22 02:30 pm`."""
    if then is None:
        return ""
    there = placed(then)
    return f"{there.date().isoformat()} {_clock(there)}"


def clock(then: datetime) -> str:
    """Return the time of day to the second."""
    return _clock(placed(then), seconds=True)


def placed(then: datetime) -> datetime:
    """Return the moment in the zone that times are told in."""
    with contextlib.suppress(OverflowError, OSError, ValueError):
        return zoned(then).astimezone(UTC if _telling.get().utc else None)
    return zoned(then)


def meant(told: datetime) -> datetime:
    """Return the moment that a time means which somebody typed, in the zone that times are told in."""
    if told.tzinfo is None and _telling.get().utc:
        return told.replace(tzinfo=UTC)
    return told.astimezone()


def zoned(moment: datetime) -> datetime:
    """Return the moment with a zone, UTC if it has none."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _clock(there: datetime, *, seconds: bool = False) -> str:
    tail = f":{there.second:02}" if seconds else ""
    if not _telling.get().twelve:
        return f"{there.hour:02}:{there.minute:02}{tail}"
    return f"{there.hour % 12 or 12:02}:{there.minute:02}{tail} {'am' if there.hour < 12 else 'pm'}"
