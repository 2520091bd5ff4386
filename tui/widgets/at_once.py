"""What the terminal takes at once is written at once: a thread that is to write it has to be given its turn first."""

from __future__ import annotations

import os
from contextlib import suppress
from io import TextIOWrapper
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.drivers.linux_driver import LinuxDriver

    Mixed = LinuxDriver
else:
    Mixed = object  # a driver is known only when the program runs: each system has its own


class AtOnce(WriterThread):
    """Writes without ever waiting, and leaves to a thread, begun when it is needed, what the terminal does not take."""

    def __init__(self, file: TextIOWrapper) -> None:
        super().__init__(file)
        self._encoding, self._errors = file.encoding, file.errors or "strict"
        self._terminal = opened_again(file)
        self._left: Queue[bytes] = Queue(MAX_QUEUED_WRITES)
        self._thread: Thread | None = None

    def write(self, text: str) -> None:
        """Write as much as the terminal takes, unless something before it still waits."""
        data = text.encode(self._encoding, self._errors)
        if self._terminal is not None and not self._left.unfinished_tasks:
            with suppress(OSError):  # it takes nothing now; what else is wrong, the thread meets as well
                data = data[os.write(self._terminal, data) :]
        if data:
            self._leave(data)

    def _leave(self, data: bytes) -> None:
        if self._thread is None:
            self._thread = Thread(target=self.run, name="textual-output", daemon=True)
            self._thread.start()
        self._left.put(data)

    def run(self) -> None:
        """Write what was left, and wait for the terminal."""
        while data := self._left.get():
            while data:
                data = data[os.write(self._file.fileno(), data) :]
            self._left.task_done()

    def stop(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._left.put(b"")
            self._thread.join()
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None


def opened_again(file: TextIOWrapper) -> int | None:
    """A terminal once more: not to wait for it is then said of this opening alone; None where it cannot be."""
    try:
        return os.open(os.ttyname(file.fileno()), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None


class WritingAtOnce(Mixed):
    """A driver without a thread for its output."""

    def start_application_mode(self) -> None:
        """Go on without the thread that was begun."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None and isinstance(self._file, TextIOWrapper):
            self._writer_thread.stop()
            self._writer_thread = AtOnce(self._file)


def writing_at_once(driver: type[Driver]) -> type[Driver]:
    """The same driver, writing at once; only of that for terminals it is known how it writes."""
    if driver.__name__ != "LinuxDriver":
        return driver
    return type(driver.__name__, (WritingAtOnce, driver), {})
