"""A program in a pseudo-terminal: started, written to, read from with the time of each piece, ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

now = time.perf_counter
MIB = 1024
SCHEDULED = 2
PATIENCE = 1.0


@dataclass(frozen=True)
class Memory:
    """MiB of a program and its children: the most that was resident, and what is now."""

    peak: float
    resident: float


@dataclass(frozen=True)
class Piece:
    """Output, and when it arrived."""

    at: float
    data: bytes


class Process:
    """The program's side of a session; `began` is the instant before it was executed."""

    def __init__(
        self, command: Sequence[str], size: tuple[int, int], environment: Mapping[str, str], folder: Path
    ) -> None:
        reading, writing = os.pipe()
        self._master, terminal = os.openpty()
        self._set_size(terminal, size)
        self.pid = os.fork()
        if self.pid == 0:
            _become(command, dict(environment), str(folder), terminal, writing)
        os.close(terminal)
        os.close(writing)
        os.set_blocking(self._master, False)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self.began: float = struct.unpack("d", os.read(reading, 8))[0]
        os.close(reading)
        self.ended = False

    @staticmethod
    def _set_size(terminal: int, size: tuple[int, int]) -> None:
        columns, lines = size
        packed = struct.pack("HHHH", lines, columns, columns * 8, lines * 16)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, packed)

    def resize(self, size: tuple[int, int]) -> None:
        """Give the terminal another size; the system tells the program."""
        self._set_size(self._master, size)

    def read(self, timeout: float) -> Piece | None:
        """The next output within so many seconds; None where there is none, `ended` where none will come."""
        if self.ended or not self._poll.poll(max(0.0, timeout) * 1000):
            return None
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        self.ended = not data
        return Piece(now(), data) if data else None

    def write(self, data: bytes) -> None:
        """Type."""
        while data and not self.ended:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                select.select([], [self._master], [], PATIENCE)
            except OSError:
                self.ended = True

    def _tree(self) -> list[int]:
        found: list[int] = []
        left = [self.pid]
        while left:
            found.append(left.pop())
            for children in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    left += map(int, children.read_text().split())
        return found

    def work(self) -> float:
        """Milliseconds of processor time so far: the clock of another process, which its id names."""
        total = 0
        for pid in self._tree():
            with contextlib.suppress(OSError):
                total += time.clock_gettime_ns((~pid << 3) | SCHEDULED)
        return total / 1e6

    def memory(self) -> Memory:
        """Read once, after timing: the kernel keeps the peak by itself."""
        peak = resident = 0
        for pid in self._tree():
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                told = dict(re.findall(r"^(VmHWM|VmRSS):\s+(\d+)", status, re.MULTILINE))
                peak += int(told.get("VmHWM", 0))
                resident += int(told.get("VmRSS", 0))
        return Memory(peak / MIB, resident / MIB)

    def close(self) -> None:
        """End the program and its children, politely first."""
        pids = self._tree()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
            if self._gone_within(PATIENCE / 2):
                break
        os.close(self._master)

    def _gone_within(self, seconds: float) -> bool:
        until = now() + seconds
        while now() < until:
            self.read(0.005)
            if self.ended:
                time.sleep(0.005)
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return True
        return False


def _become(
    command: Sequence[str], environment: dict[str, str], folder: str, terminal: int, told: int
) -> NoReturn:
    """In the child: take the terminal, say when, and execute."""
    try:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(terminal, descriptor)
        os.chdir(folder)
        os.write(told, struct.pack("d", now()))
        os.execvpe(command[0], list(command), environment)
    except BaseException as trouble:
        os.write(2, f"cannot run {command[0]}: {trouble}\r\n".encode())
    os._exit(127)
