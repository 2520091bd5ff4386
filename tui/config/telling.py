"""From the settings to how times are told."""

from __future__ import annotations

from tui.config.settings import Settings
from tui.domain.times import Telling, tell_times


def tell_as(settings: Settings) -> None:
    """Tell all times of this run as the settings say."""
    tell_times(Telling(settings.times == "absolute", settings.clock == "12h", settings.zone == "utc"))
