"""Fixes of defects in Textual that users meet; each module names one, its upstream issue, versions and switch.

`LETTA_TUI_STOCK_TEXTUAL=1` turns off every fix but the clamp on timers and the report of crashes. Most are off as well
on a version of Textual that they were not tried on.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.widgets import TextArea

STOCK = "LETTA_TUI_STOCK_TEXTUAL"
"""The environment variable that turns the fixes off."""


def is_stock() -> bool:
    """Whether the fixes are turned off."""
    return os.environ.get(STOCK, "") not in ("", "0")


def is_on(versions: frozenset[str]) -> bool:
    """Whether a fix that was tried on these versions of Textual is on."""
    from importlib.metadata import version

    return not is_stock() and version("textual") in versions


def install_first() -> None:
    """Patch what the first frame needs, without a look at Textual's version; to do so again changes nothing."""
    from tui.textual_fixes import crashes, timer_interval, uncertain_widths

    timer_interval.install()
    crashes.install()
    if not is_stock():
        uncertain_widths.install()


def driver(stock: type[Driver]) -> type[Driver]:
    """The driver to use in the place of one of Textual's own."""
    if stock.__name__ != "LinuxDriver" or is_stock():
        return stock
    from tui.textual_fixes import terminal_driver

    return terminal_driver.with_fixes(stock)


def install() -> None:
    """Patch Textual in this process; to do so again changes nothing."""
    from tui.textual_fixes import closed_screens, ended_workers

    install_first()
    if is_on(closed_screens.VERSIONS):
        closed_screens.install()
    if is_on(ended_workers.VERSIONS):
        ended_workers.install()


def text_area() -> type[TextArea]:
    """The class for a field of plain text, with its fixes; apart, since a start does not wait for text areas."""
    from textual.widgets import TextArea

    from tui.textual_fixes import text_area_repaint, text_area_undo

    if is_on(text_area_undo.VERSIONS):
        text_area_undo.install()
    if not is_on(text_area_repaint.VERSIONS):
        return TextArea
    text_area_repaint.install()
    return text_area_repaint.ChangedLinesArea
