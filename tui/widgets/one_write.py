"""A frame goes to the terminal in one write: each write wakes a thread, the first before the frame is made.

What was shown before the first frame stays until it is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.drivers.headless_driver import HeadlessDriver

    Mixed = HeadlessDriver
else:
    Mixed = object  # a driver is known only when the program runs: each system has its own

ENTER = "\x1b[?1049h"
"""What a driver enters its screen with; a terminal that is on it already may clear it for that."""

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""What stands before and behind a frame, for terminals that show it when it is whole."""

TURN = 0.0005
"""Seconds after which a thread that works lets another one work.

With the five milliseconds of Python a frame that was followed by more work was on its way for up to 16 ms.
"""


class OneWrite(Mixed):
    """Holds what is written from the beginning of a frame until its end."""

    _held: list[str] | None = None
    _entered = False

    @staticmethod
    def take_over() -> bool:
        """Whether the terminal is on its other screen already, with something to be seen there."""
        return False

    def start_application_mode(self) -> None:
        """Let the thread that writes have its turn soon, whatever else is done behind a frame."""
        sys.setswitchinterval(TURN)
        self._entered = self.take_over()
        super().start_application_mode()

    def write(self, data: str) -> None:
        """Write at once, but inside of a frame."""
        if self._entered and data == ENTER:
            self._entered = False
            return
        if self._held is None and data != BEGIN:
            super().write(data)
            return
        held = self._held = [*(self._held or ()), data]
        if data == END:
            self._held = None
            super().write("".join(held))


def in_one_write(driver: type[Driver], take_over: Callable[[], bool]) -> type[Driver]:
    """The same driver, writing whole frames; only of that for terminals it is known that each write costs.

    `take_over` is asked whenever the screen is entered whether something is shown on it already.
    """
    if driver.__name__ != "LinuxDriver":
        return driver
    return type("FrameDriver", (OneWrite, driver), {"take_over": staticmethod(take_over)})
