"""How times are shown: settings for relative or absolute times, for the clock, and for the zone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.app_helpers import NOW
from tui.presentation.times import (
    TimeFormat,
    absolute,
    ago,
    clock,
    how_long_ago,
    new_days,
    set_time_format,
    short,
    since,
    time_of_day,
)
from tui.presentation.typed_time import parse_time

NIGHT = datetime(2026, 3, 14, 22, 5, 9, tzinfo=UTC)


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine nine hours ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XXX-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    ("telling", "told"),
    [
        (TimeFormat(), ("2026-03-15 07:05:09 +09:00", "2026-03-15 07:05", "07:05:09")),
        (TimeFormat(utc=True), ("2026-03-14 22:05:09 UTC", "2026-03-14 22:05", "22:05:09")),
        (TimeFormat(twelve=True), ("2026-03-15 07:05:09 am +09:00", "2026-03-15 07:05 am", "07:05:09 am")),
        (
            TimeFormat(twelve=True, utc=True),
            ("2026-03-14 10:05:09 pm UTC", "2026-03-14 10:05 pm", "10:05:09 pm"),
        ),
    ],
)
def test_clock_and_zone_hold_for_every_absolute_time(telling: TimeFormat, told: tuple[str, ...]) -> None:
    set_time_format(telling)
    assert (absolute(NIGHT), short(NIGHT), clock(NIGHT)) == told


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "12:30 am"), (11, "11:30 am"), (12, "12:30 pm"), (13, "01:30 pm")]
)
def test_noon_and_midnight_on_a_clock_of_twelve_hours(hour: int, words: str) -> None:
    set_time_format(TimeFormat(twelve=True))
    assert short(datetime(2026, 3, 14, hour, 30, tzinfo=UTC)) == f"2026-03-14 {words}"


def test_how_long_ago_or_the_moment() -> None:
    then = NOW - timedelta(hours=3)
    assert (ago(then, NOW), since(then, NOW)) == ("3 h", "3 h ago")
    set_time_format(TimeFormat(absolute=True))
    assert (ago(then, NOW), since(then, NOW)) == ("2026-03-14 06:26", "2026-03-14 06:26")
    assert how_long_ago(then, NOW) == "3 h ago"
    assert ago(None, NOW) == since(None, NOW) == short(None) == ""


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    ("words", "utc", "meant"),
    [
        ("14:30", True, "2026-03-14T14:30:00+00:00"),
        ("14:30", False, "2026-03-14T05:30:00+00:00"),
        ("2:30 pm", True, "2026-03-14T14:30:00+00:00"),
        ("12:00am", True, "2026-03-14T00:00:00+00:00"),
        ("2026-01-02 02:30:05 PM", False, "2026-01-02T05:30:05+00:00"),
        ("2026-01-02", True, "2026-01-02T00:00:00+00:00"),
        ("2026-01-02T03:00+01:00", True, "2026-01-02T02:00:00+00:00"),
        ("13:00 pm", True, None),
        ("0:10 am", True, None),
        ("2026-02-30 10:00", True, None),
        ("25:00", True, None),
    ],
)
def test_a_typed_time_is_meant_in_the_zone_that_is_shown(words: str, utc: bool, meant: str | None) -> None:
    set_time_format(TimeFormat(utc=utc))
    found = parse_time(words, NOW)
    assert (found and found.astimezone(UTC).isoformat()) == meant


def test_the_date_stands_where_another_day_begins() -> None:
    late = NIGHT.replace(hour=23, minute=59)
    times = [None, late, None, late + timedelta(minutes=1), late + timedelta(hours=3), late, None]
    assert new_days(times) == {3: "Sun 2026-03-15", 5: "Sat 2026-03-14"}
    assert new_days([]) == {}
    far = datetime.max.replace(tzinfo=UTC)
    assert new_days([far, far, datetime.min.replace(tzinfo=UTC)]).keys() == {2}


@pytest.mark.usefixtures("tokyo")
def test_a_day_begins_at_midnight_of_the_zone_that_times_are_shown_in() -> None:
    """22:05 UTC is the next morning in Tokyo."""
    noon = NIGHT.replace(hour=12)
    assert new_days([noon, NIGHT]) == {1: "Sun 2026-03-15"}
    assert time_of_day(NIGHT) == "07:05"
    set_time_format(TimeFormat(utc=True))
    assert new_days([noon, NIGHT]) == {}
    assert time_of_day(NIGHT) == "22:05"
