"""A moment as people type it, and the first message at or after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from tui.domain.reading import Item

TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def moment(words: str, now: datetime) -> datetime | None:
    """The local time that "2026-11-22 14:30", "2026-11-22" or "14:30" (today) means; None for anything else.

    An offset or Z at the end is taken as it is.
    """
    text = " ".join(words.split())
    clock = TIME.fullmatch(text)
    try:
        if clock is not None:
            told = time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
            return datetime.combine(now.astimezone().date(), told).astimezone()
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


def first_from(items: Sequence[Item], when: datetime) -> int | None:
    """The item with the earliest date from that moment on, since a summary is younger than what follows it."""
    dates = ((item.date, at) for at, item in enumerate(items) if item.date is not None and item.date >= when)
    return min(dates, default=(when, None))[1]
