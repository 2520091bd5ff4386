"""Fixes of defects in Textual that users meet; each module names one, its upstream issue, versions and switch.

`LETTA_TUI_STOCK_TEXTUAL=1` turns off every fix but the clamp on timers, and so does, for each of them, a version of
Textual that it was not tried on.
"""

from __future__ import annotations

import os
from importlib.metadata import version

STOCK = "LETTA_TUI_STOCK_TEXTUAL"
"""The environment variable that turns the fixes off."""


def is_on(versions: frozenset[str]) -> bool:
    """Whether a fix that was tried on these versions of Textual is on."""
    return os.environ.get(STOCK, "") in ("", "0") and version("textual") in versions


def install() -> None:
    """Patch Textual in this process; to do so again changes nothing."""
    from tui.textual_fixes import timer_interval

    timer_interval.install()
