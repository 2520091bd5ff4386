"""A typed time on either clock, and the first message at or after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.presentation.item import Item
from tui.presentation.typed_time import first_since, parse_time

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("14:30", "2026-11-22T14:30:00+00:00"),
        (" 9:05 ", "2026-11-22T09:05:00+00:00"),
        ("14:30:07", "2026-11-22T14:30:07+00:00"),
        ("2026-11-20", "2026-11-20T00:00:00+00:00"),
        ("2026-11-20  14:30", "2026-11-20T14:30:00+00:00"),
        ("2026-11-20T14:30:00+02:00", "2026-11-20T12:30:00+00:00"),
        ("25:00", None),
        ("yesterday", None),
        ("", None),
        ("2026-13-01", None),
    ],
)
def test_a_moment_is_a_date_a_time_of_today_or_both(words: str, wanted: str | None) -> None:
    found = parse_time(words, NOW)
    assert (found and found.astimezone(UTC).isoformat()) == wanted


def test_the_first_message_from_a_moment_on_is_the_earliest_such_and_no_summary_above_it() -> None:
    minutes = {"summary": 30, "a": 0, "b": 1, "c": 2}
    items = [Item(key, "▪", "user", date=NOW + timedelta(minutes=at)) for key, at in minutes.items()]
    items.insert(0, Item("notice", "!", "unknown"))
    index = first_since(items, NOW + timedelta(seconds=50))
    assert index is not None
    assert items[index].key == "b"
    assert first_since(items, NOW + timedelta(days=1)) is None
