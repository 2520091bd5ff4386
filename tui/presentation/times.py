"""Formats times: relative or absolute, on a clock of 12 or 24 hours, in local time or UTC.

The format is a context variable, since every line of every pane and table needs it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import NamedTuple


class TimeFormat(NamedTuple):
    """The settings `times`, `clock` and `zone`."""

    absolute: bool = False
    twelve: bool = False
    utc: bool = False


_format: ContextVar[TimeFormat] = ContextVar("_format", default=TimeFormat())  # noqa: B039


def set_time_format(time_format: TimeFormat) -> None:
    """Format all times like this from now on."""
    _format.set(time_format)


def ago(then: datetime | None, now: datetime) -> str:
    """Return the time for a column: `3 h`, or with absolute times `2026-11-22 14:30`."""
    return short(then) if _format.get().absolute else relative(then, now)


def since(then: datetime | None, now: datetime) -> str:
    """Return the time as a phrase: `3 h ago`, or with absolute times `2026-11-22 14:30`."""
    return short(then) if _format.get().absolute else how_long_ago(then, now)


def how_long_ago(then: datetime | None, now: datetime) -> str:
    """Return `relative` as a phrase: `just now`, `3 h ago` or `in 3 min`."""
    text = relative(then, now)
    if not text or text.startswith("in "):
        return text
    return "just now" if text == "now" else f"{text} ago"


def relative(then: datetime | None, now: datetime) -> str:
    """Return how long ago that was in one unit, as `3 h`; a time in the future gives `in 3 min`.

    Times without a zone are UTC, as servers send them.
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
    local = in_zone(then)
    offset = f"{local:%z}"
    zone = f"{offset[:3]}:{offset[3:5]}" if local.utcoffset() else "UTC"
    return f"{local.date().isoformat()} {_clock(local, seconds=True)} {zone}"


def short(then: datetime | None) -> str:
    """Return the time to the minute, as `2026-11-22 14:30`, or on a clock of 12 hours `2026-11-22 02:30 pm`."""
    if then is None:
        return ""
    local = in_zone(then)
    return f"{local.date().isoformat()} {_clock(local)}"


def time_of_day(then: datetime) -> str:
    """Return the time of day to the minute."""
    return _clock(in_zone(then))


def new_days(times: Iterable[datetime | None]) -> dict[int, str]:
    """Return the dates of times that are on another day than the time before, as `Sat 2026-03-14` by index.

    Cheap for ten thousand times: each is only compared with the ends of the day before.
    """
    found: dict[int, str] = {}
    day = begin = end = None
    for index, then in enumerate(times):
        if then is None or (begin is not None and end is not None and begin <= zoned(then) < end):
            continue
        local = in_zone(then)
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
        end = begin + timedelta(days=1) if begin.year < MAXYEAR else None
        if day is not None and local.date() != day:
            found[index] = f"{local:%a} {local.date().isoformat()}"
        day = local.date()
    return found


def clock(then: datetime) -> str:
    """Return the time of day to the second."""
    return _clock(in_zone(then), seconds=True)


def in_zone(then: datetime) -> datetime:
    """Return the time in the zone that times are shown in."""
    with contextlib.suppress(OverflowError, OSError, ValueError):
        return zoned(then).astimezone(UTC if _format.get().utc else None)
    return zoned(then)


def from_typed(typed: datetime) -> datetime:
    """Return a time that the user typed with its zone: the one that times are shown in, if it has none."""
    if typed.tzinfo is None and _format.get().utc:
        return typed.replace(tzinfo=UTC)
    return typed.astimezone()


def zoned(moment: datetime) -> datetime:
    """Return the time with a zone, UTC if it has none."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _clock(local: datetime, *, seconds: bool = False) -> str:
    tail = f":{local.second:02}" if seconds else ""
    if not _format.get().twelve:
        return f"{local.hour:02}:{local.minute:02}{tail}"
    return f"{local.hour % 12 or 12:02}:{local.minute:02}{tail} {'am' if local.hour < 12 else 'pm'}"
