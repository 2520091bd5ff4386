"""A picture on the terminal until the screen itself is there: what is typed meanwhile waits for it, unseen."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?1049l\x1b[?25h"
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
"""What stands before and behind a frame, for terminals that show it when it is whole."""

IN, OUT = 0, 2
"""Where the screen reads and writes, too."""

ENDINGS = signal.SIGTERM, signal.SIGHUP


class Showing:
    """The terminal with a picture on it: the screen takes it over, or it is left as it was found."""

    def __init__(self, picture: str | None) -> None:
        self._picture = picture
        self._found: list[Any] | None = None
        self._shown = False

    def __enter__(self) -> Self:
        """Show it, unless the terminal cannot be told; a signal that ends the program leaves it first."""
        if self._picture is not None:
            try:
                self._show(self._picture)
            except BaseException:
                self._leave()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Leave the picture, if no screen took it over."""
        self._leave()

    def _show(self, picture: str) -> None:
        with suppress(OSError, termios.error):
            found, quiet = termios.tcgetattr(IN), termios.tcgetattr(IN)
            quiet[0] &= ~termios.ICRNL
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            quiet[6][termios.VSUSP] = b"\0"  # nobody would show the picture again
            self._found = found
            for ending in ENDINGS:
                signal.signal(ending, _end)
            termios.tcsetattr(IN, termios.TCSANOW, quiet)
            self._shown = True
            _tell(f"{BEGIN}{ENTER}{picture}{END}")

    def _leave(self) -> None:
        if self.take_over():
            with suppress(OSError):
                _tell(LEAVE)

    def take_over(self) -> bool:
        """Whether the picture is on the terminal, for the first that asks; its modes are as they were found."""
        if self._found is not None:
            for ending in ENDINGS:
                signal.signal(ending, signal.SIG_DFL)
            with suppress(termios.error):
                termios.tcsetattr(IN, termios.TCSANOW, self._found)
            self._found = None
        shown, self._shown = self._shown, False
        return shown


def _tell(text: str) -> None:
    """Write to the terminal, where the screen will."""
    rest = text.encode()
    while rest:
        rest = rest[os.write(OUT, rest) :]


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
