"""Fixes of defects in Textual that users meet; each module names one, its upstream issue, versions and switch.

`LETTA_TUI_STOCK_TEXTUAL=1` turns off every fix but the clamp on timers, and so does, for each of them, a version of
Textual that it was not tried on.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import textual

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver
    from textual.widgets import TextArea

STOCK = "LETTA_TUI_STOCK_TEXTUAL"
"""The environment variable that turns the fixes off."""


def is_on(versions: frozenset[str]) -> bool:
    """Return whether a fix that was tried on these versions of Textual is on."""
    return os.environ.get(STOCK, "") in ("", "0") and _textual_version() in versions


@cache
def _textual_version() -> str:
    """Textual's version, from the folder its installer put next to it.

    `importlib.metadata`, which loads email and zipfile, would take a tenth of the time to the first frame.
    """
    folder = Path(textual.__file__).parents[1]
    versions = [path.stem.removeprefix("textual-") for path in folder.glob("textual-*.dist-info")]
    if len(versions) == 1:
        return versions[0]
    from importlib.metadata import version

    return version("textual")


def install() -> None:
    """Patch Textual in this process; further calls change nothing."""
    from tui.textual_fixes import (
        closed_screens,
        crashes,
        ended_workers,
        option_list_page,
        timer_interval,
        uncertain_widths,
    )

    timer_interval.install()
    for fix in (closed_screens, crashes, ended_workers, option_list_page, uncertain_widths):
        if is_on(fix.VERSIONS):
            fix.install()


def watch_crashes(app: App[None]) -> None:
    """Let a failure outside the message loop end the app too; in a running event loop."""
    from tui.textual_fixes import crashes

    if is_on(crashes.VERSIONS):
        crashes.watch(app)


def driver(stock: type[Driver]) -> type[Driver]:
    """The driver to use instead of one of Textual's own."""
    if stock.__name__ != "LinuxDriver":
        return stock
    from tui.textual_fixes import terminal_driver

    return terminal_driver.TerminalDriver if is_on(terminal_driver.VERSIONS) else stock


def text_area() -> type[TextArea]:
    """Return the class for a field of plain text, with its fixes; apart, since a start does not need it."""
    from textual.widgets import TextArea

    from tui.textual_fixes import text_area_repaint, text_area_undo

    if is_on(text_area_undo.VERSIONS):
        text_area_undo.install()
    if not is_on(text_area_repaint.VERSIONS):
        return TextArea
    text_area_repaint.install()
    return text_area_repaint.ChangedLinesArea
