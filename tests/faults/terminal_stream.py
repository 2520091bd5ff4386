"""A program in a terminal of its own, and what it writes there cut into text and sequences, each of them known."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.emulator import Emulator

KNOWN = re.compile(
    r"\x1b\[[0-9;:]*m"  # colours and styles
    r"|\x1b\[[0-9;]*H"  # the cursor's place
    r"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"  # modes
    r"|\x1b\[\?(?:2026|2048)\$p"  # questions about two of them
    r"|\x1b\[>\d*u|\x1b\[<u"  # the keyboard protocol
    r"|\x1b\[\d? ?q|\x1b\[\d*[JK]"  # the cursor's shape, clearing
    r"|\x1b[78]|\x1b\[\d+C"  # the cursor's place behind text of uncertain width
    r"|\x1b\]22;[a-z-]*\x07"  # the pointer's shape
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # the clipboard
)
"""Every sequence that the program writes; no text of a server looks like one after a filter."""

STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff].{0,30}"
)
"""Controls, and what turns text around or hides in it."""

COPY = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
QUIET = 0.1
"""Seconds without output after which a key counts as painted; whatever opens something is waited for by its text."""


def unknown_sequences(written: bytes) -> list[str]:
    """What is neither text nor a sequence that the program writes; empty for a harmless stream."""
    text = KNOWN.sub("", written.decode("utf-8", errors="backslashreplace"))
    return [repr(one) for one in STEERING.findall(text)]


def copied(written: bytes) -> list[str]:
    """What was given to the terminal's clipboard."""
    return [base64.b64decode(one).decode() for one in COPY.findall(written.decode("utf-8", errors="replace"))]


@dataclass
class Program:
    """A started program; `written` is all that it wrote, `emulator` what stands on its screen."""

    process: subprocess.Popen[bytes]
    master: int
    emulator: Emulator
    deadline: float
    watched: bool = True
    """Whether its screen is looked at: a megabyte takes an emulator seconds."""
    written: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def read(self, seconds: float) -> bool:
        """Take what comes within so many seconds; whether something came."""
        if self.ended or not select.select([self.master], [], [], seconds)[0]:
            return False
        data = b""
        with contextlib.suppress(OSError):
            data = os.read(self.master, 1 << 16)
        self.ended = not data
        self.written += data
        if self.watched:
            self.emulator.feed(data)
        return bool(data)

    def until(self, text: str) -> None:
        """Until the text stands on the screen."""
        while text not in self.emulator.text:
            self.read(1)
            waiting = time.monotonic() < self.deadline and not self.ended
            assert waiting, f"no {text!r} on\n{self.emulator.text}\n{bytes(self.written[-2000:])!r}"

    def until_gone(self, text: str) -> None:
        """Until the text stands on the screen no more."""
        while text in self.emulator.text:
            self.read(1)
            waiting = time.monotonic() < self.deadline and not self.ended
            assert waiting, self.emulator.text

    def until_same(self, screen: str) -> None:
        """Until the whole screen is this one."""
        while self.emulator.text != screen:
            self.read(1)
            waiting = time.monotonic() < self.deadline and not self.ended
            assert waiting, self.emulator.text

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; the system tells the job that has it."""
        self.emulator.resize(columns, lines)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Take the terminal away; a program of which it is not the controlling one hears of it by no signal."""
        os.close(self.master)
        self.master, self.ended = -1, True

    def press(self, *keys: str | bytes, until: str = "") -> None:
        """Type one after the other, each when what came of the last is painted; then wait for a text."""
        for key in keys:
            os.write(self.master, key if isinstance(key, bytes) else key.encode())
            while self.read(QUIET):
                assert time.monotonic() < self.deadline, "it never comes to rest"
        if until:
            self.until(until)

    def end(self) -> int:
        """The exit code, once it has closed its terminal."""
        while not self.ended:
            assert time.monotonic() < self.deadline, self.emulator.text
            self.read(1)
        return self.process.wait(30)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    seconds: float = 90,
    watched: bool = True,
) -> Iterator[Program]:
    """A program in a terminal of 120 by 40, killed at the end of the block if it still runs."""
    columns, lines = 120, 40
    master, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=dict(environment), cwd=folder,
        start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    program = Program(process, master, Emulator(columns, lines), time.monotonic() + seconds, watched)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if program.master >= 0:
            os.close(program.master)
