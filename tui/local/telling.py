"""From the settings to how times are told."""

from __future__ import annotations

from tui.local.settings import Settings
from tui.presentation.times import TimeFormat, set_time_format


def tell_as(settings: Settings) -> None:
    """Tell all times of this run as the settings say."""
    set_time_format(TimeFormat(settings.times == "absolute", settings.clock == "12h", settings.zone == "utc"))
