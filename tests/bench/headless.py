"""A program without a terminal: run to its end, or killed; what it printed, how long it took and what it used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from typing import NamedTuple

from tests.bench.stage import Stage, environment

MIB = 1024.0


class Ran(NamedTuple):
    """A program that has ended: its whole lines, seconds by the clock, also to its first line, and of the processor.

    `first` is None if nothing was printed, and `peak` is its peak memory in MiB.
    """

    lines: list[str]
    seconds: float
    first: float | None
    work: float
    peak: float


def run(stage: Stage, home: Path, *arguments: str, kill_after: float = 0.0) -> Ran:
    """Run Python with these arguments to its end, or kill it after so many seconds."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=stage.code,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    killing = Timer(kill_after, child.kill)
    if kill_after:
        killing.start()
    first, lines = None, list[str]()
    with child.stdout:
        for line in child.stdout:
            first = first or time.perf_counter() - began
            lines.append(line)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    killing.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in ((-signal.SIGKILL,) if kill_after else (0, 1)), child.returncode
    whole = [line for line in lines if line.endswith("\n")]  # the last one of a killed program may be cut
    return Ran(whole, seconds, first, used.ru_utime + used.ru_stime, used.ru_maxrss / MIB)
