"""Parses a time as people type it, and finds the first message at or after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time

from tui.presentation.item import Item
from tui.presentation.times import from_typed, in_zone

TIME = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])m)?", re.IGNORECASE)
"""A time of day on either clock, after its date or of today."""


def parse_time(typed: str, now: datetime) -> datetime | None:
    """Parse "2026-11-22 14:30", "2026-11-22", "14:30" (today) or "2:30 pm"; None for anything else.

    It is in the zone that times are shown in, unless it ends with an offset or Z.
    """
    text = " ".join(typed.split())
    clock = TIME.fullmatch(text)
    try:
        if clock is not None:
            day = date.fromisoformat(clock[1]) if clock[1] else in_zone(now).date()
            time_of_day = time(
                _hour(int(clock[2]), (clock[5] or "").lower()), int(clock[3]), int(clock[4] or 0)
            )
            return from_typed(datetime.combine(day, time_of_day))
        return from_typed(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _hour(hour: int, half: str) -> int:
    """The hour on the 24-hour clock for an hour and "a", "p" or ""."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + 12 * (half == "p")


def first_since(items: Sequence[Item], when: datetime) -> int | None:
    """Return the index of the item with the earliest date from `when` on, or None.

    It need not be the first such item, since a summary is younger than the messages after it.
    """
    dates = ((item.date, at) for at, item in enumerate(items) if item.date is not None and item.date >= when)
    return min(dates, default=(when, None))[1]
