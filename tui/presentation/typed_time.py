"""A moment as people type it, and the first message at or after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time

from tui.presentation.item import Item
from tui.presentation.times import meant, placed

TIME = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])m)?", re.IGNORECASE)
"""A time of day on either clock, with its day before it or of today."""


def moment(words: str, now: datetime) -> datetime | None:
    """The time that "2026-11-22 14:30", "2026-11-22", "14:30" (today) or "2:30 pm" means; None for anything else.

    It is meant in the zone that times are told in; an offset or Z at the end is taken as it is.
    """
    text = " ".join(words.split())
    clock = TIME.fullmatch(text)
    try:
        if clock is not None:
            day = date.fromisoformat(clock[1]) if clock[1] else placed(now).date()
            told = time(_hour(int(clock[2]), (clock[5] or "").lower()), int(clock[3]), int(clock[4] or 0))
            return meant(datetime.combine(day, told))
        return meant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _hour(said: int, half: str) -> int:
    if not half:
        return said
    if not 1 <= said <= 12:
        raise ValueError(said)
    return said % 12 + 12 * (half == "p")


def first_from(items: Sequence[Item], when: datetime) -> int | None:
    """The item with the earliest date from that moment on, since a summary is younger than what follows it."""
    dates = ((item.date, at) for at, item in enumerate(items) if item.date is not None and item.date >= when)
    return min(dates, default=(when, None))[1]
