"""Input and signals that end Textual's driver, leave it running for ever, or leave the screen blank.

Defect: a byte that is no UTF-8 ends the app, and so does a key report that names no character; answers of a terminal
that Textual does not know are typed as keys. At the end of input it reads on for ever, at the cost of a core; after a
failed write, the app waits for ever to write the next one. Stopping leaves the other programs of the job running, so
that the shell that started it shows no prompt. A program that was stopped without being asked, and continued, reads
the terminal twice from then on.
Upstream: Textualize/textual#6456 (bytes), Textualize/textual#6690 (end of input); the others not reported yet.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from time import monotonic
from typing import Any, TextIO

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

NO_KEYS = re.compile(
    rb"\x1b\[M[\s\S]{3}"  # the mouse as X10 reports it, with bytes that may be anything
    rb"|\x1b\[[=>?][0-9;:]*(?!\$y)[ -/]*[@-~]"  # reports about the terminal, except about modes
    rb"|\x1b\[[0-?]{30,}[ -/]*[@-~]"  # longer than any key
    rb"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # colours, titles, device control
)
"""Whole sequences that are not keys, but that Textual would mistake for keys."""

UNFINISHED = re.compile(rb"\x1b(?:\[(?:M[\s\S]{0,2}|[0-?]*[ -/]*)|[\]PX^_][^\x07\x1b]*\x1b?)\Z")
"""The beginning of a sequence, the rest of which may still come."""

VERSIONS = frozenset({"8.2.8"})

LONGEST_KEY = 32
"""Bytes; no key sends a sequence that is longer."""

LARGEST_SIDE = 10_000
"""Columns or lines of the largest terminal that is accepted."""

READ_SIZE = 4096
TICK = 0.1
"""Seconds without input after which an incomplete sequence is taken as it is; Textual's own value."""

MOUSE_AGAIN = 5.0
"""Seconds between two requests for mouse reports that can be read."""

FOREGROUND_CHECK = 0.05
"""Seconds until a program that was continued looks whether the terminal is its own."""


class TerminalInput:
    """Bytes of a terminal as text: without invalid UTF-8 and without sequences that are not keys."""

    def __init__(self) -> None:
        self.foreign_mouse = False
        """Whether the mouse was reported in a form that is not read."""
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._rest = b""

    def feed(self, data: bytes) -> str:
        """The text of some bytes, and of those that waited for them."""
        data = self._rest + data
        if b"\x1b" not in data:
            self._rest = b""
            return self._decode(data)
        data = NO_KEYS.sub(self._leave_out, data)
        unfinished = UNFINISHED.search(data)
        end = unfinished.start() if unfinished is not None and len(data) < READ_SIZE * 2 else len(data)
        self._rest = data[end:]
        return self._decode(data[:end])

    def settle(self) -> str:
        """Return the bytes that waited for more, now that none follow: a key such as alt+], or nothing at all."""
        rest, self._rest = self._rest, b""
        return self._decode(rest) if len(rest) <= LONGEST_KEY else ""

    def _leave_out(self, found: re.Match[bytes]) -> bytes:
        self.foreign_mouse = self.foreign_mouse or found[0].startswith(b"\x1b[M")
        return b""


class TerminalOutput:
    """The file that a driver writes to; a write that fails is reported once, and nothing is written from then on."""

    def __init__(self, file: TextIO, failed: Callable[[Exception], None]) -> None:
        self._file = file
        self._failed = failed
        self._gone = False

    def write(self, text: str) -> int:
        """Write a text; what cannot be encoded is written as question marks."""
        try:
            self._try(lambda: self._file.write(text))
        except UnicodeEncodeError:
            encoding = self._file.encoding
            self._try(lambda: self._file.write(text.encode(encoding, "replace").decode(encoding)))
        return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The number of the file."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._file.isatty()

    def _try(self, write: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            write()
        except UnicodeEncodeError:
            raise
        except OSError as error:
            self._gone = True
            # What is buffered would be written again when the interpreter ends, and fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
            self._failed(error)
        except (
            Exception
        ) as error:  # whatever else ends the thread that writes would leave the app waiting for it
            self._failed(error)


class TerminalDriver(LinuxDriver):
    """Textual's driver for terminals, which survives what they send and notices that they are gone."""

    class Gone(Message):
        """The terminal is gone: it can be neither read nor written any more."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        for number in (signal.SIGTSTP, signal.SIGCONT):  # they are ours while the terminal is
            signal.signal(number, signal.SIG_DFL)
        file: Any = sys.__stderr__ if sys.__stderr__ and sys.__stderr__.isatty() else sys.__stdout__
        self._file: Any = TerminalOutput(file, self._report_failed)
        self._mouse_asked = 0.0

    # reading and writing

    def run_input_thread(self) -> None:
        """Read keys until input is switched off or ends."""
        incoming, parser = TerminalInput(), XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(TICK):
                    text = incoming.settle()
                else:
                    try:
                        data = os.read(self.fileno, READ_SIZE)
                    except OSError:
                        data = b""
                    if not data:
                        self._report_gone()
                        return
                    text = incoming.feed(data)
                parser = self._parse(parser, text)
                if incoming.foreign_mouse:
                    incoming.foreign_mouse = False
                    self._ask_for_mouse()

    def _parse(self, parser: XTermParser, text: str) -> XTermParser:
        """Send what the text says; returns the parser for the next one, since one that failed cannot be used again."""
        try:
            if text:
                for message in parser.feed(text):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)
        except Exception:  # a report that Textual cannot read
            fresh = XTermParser(self._debug)
            for name in ("mouse_pixels", "terminal_size", "terminal_pixel_size"):
                setattr(fresh, name, getattr(parser, name))
            return fresh
        return parser

    def process_message(self, message: Message) -> None:
        """Pass a message on, except for an impossible size of the terminal, and a click outside of it."""
        if isinstance(message, events.Resize):
            believed = all(0 < side <= LARGEST_SIDE for side in message.size)
        else:
            believed = not isinstance(message, events.MouseEvent) or max(message.x, message.y) < LARGEST_SIDE
        if believed:
            super().process_message(message)

    def _ask_for_mouse(self) -> None:
        """Ask again for mouse reports in numbers: another program, or a reset, has switched them off."""
        if monotonic() - self._mouse_asked > MOUSE_AGAIN:
            self._mouse_asked = monotonic()
            self._enable_mouse_support()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:
            self._report_failed(error)

    def write(self, data: str) -> None:
        """Write to the terminal; while it belongs to another program, nothing."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def _report_gone(self) -> None:
        """Report from any thread that the terminal is gone."""
        self.send_message(self.Gone())

    def _report_failed(self, error: Exception) -> None:
        """Report from any thread why nothing can be read or written."""
        if isinstance(error, OSError):
            self._report_gone()
        else:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    # stop and continue

    def disable_input(self) -> None:
        """Stop reading; touching a terminal that belongs to another program would stop this one."""
        if self._key_thread is not None:
            super().disable_input()

    def start_application_mode(self) -> None:
        """Take the terminal, and with it the signals that stop and continue a program."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._key_thread is None:  # in the background: later
            self._loop.call_later(FOREGROUND_CHECK, self._go_on)
            return
        self._loop.add_signal_handler(signal.SIGTSTP, self.stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    def stop_application_mode(self) -> None:
        """Give the terminal back; what stops the program that has it now stops this one as well."""
        if self._key_thread is None:
            return
        self._loop.remove_signal_handler(signal.SIGTSTP)
        self._loop.remove_signal_handler(signal.SIGCONT)
        super().stop_application_mode()
        self._key_thread = None

    def stop(self) -> None:
        """Stop all programs of this job, as ctrl+z does, and take the terminal again when they continue."""
        self.suspend_application_mode()
        os.kill(0, signal.SIGTSTP)
        self._loop.call_later(FOREGROUND_CHECK, self._go_on)

    def _continued(self) -> None:
        """Start over: it was stopped without being asked, and a shell may have changed the terminal since."""
        self.suspend_application_mode()
        self._go_on()

    def _go_on(self) -> None:
        """Take the terminal again, once it is ours; a job in the background stops until then."""
        if self._app._exit or self._key_thread is not None:
            return
        if not os.isatty(self.fileno):
            self._report_gone()
        elif self._is_ours():
            self._must_signal_resume = True
            self.resume_application_mode()
        else:
            os.kill(0, signal.SIGTTIN)
            self._loop.call_later(FOREGROUND_CHECK, self._go_on)

    def _is_ours(self) -> bool:
        """Return whether the terminal is that of this job, or of no job at all."""
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return True
