"""One program that the server needs, started with its log in a file and stopped by its own process id."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.live.running import LiveError

Result = TypeVar("Result")

STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """In the child, before its program starts: end when the parent is killed (Linux only)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A running program in a session of its own, so that Ctrl-C reaches it only through us, in order."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        logs: Path,
        *,
        cwd: Path | str,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        drop: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.stop_signal = stop_signal
        with self.log.open("ab") as log:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                **(drop or {}),
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def died(self) -> str | None:
        """Why the program is not running any more, with the end of its log."""
        code = self.process.poll()
        return None if code is None else f"{self.name} exited with {code}; its log ends:\n{tail(self.log)}"

    def wait_until(self, probe: Callable[[], Result | None], seconds: float) -> Result:
        """Ask until the answer is true; an OSError or ValueError counts as "not yet"."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if reason := self.died():
                raise LiveError(reason)
            with suppress(OSError, ValueError):
                if result := probe():
                    return result
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
        raise LiveError(f"{self.name} is not ready after {seconds:g} s; its log ends:\n{tail(self.log)}")

    def stop(self) -> None:
        """Ask the program to end; kill it and what it started if it does not."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def tail(log: Path, lines: int = 20) -> str:
    """The end of a log file."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
