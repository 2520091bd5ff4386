"""A shell of one job: it runs a program, takes the terminal back when that stops, and knows `fg` and `bg`.

python -m tests.faults.shell PROGRAM ARGUMENT...      in a terminal, as the leader of a session
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
from contextlib import suppress


def run(command: list[str]) -> int:
    """Run the job to its end; returns its exit code."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    modes = termios.tcgetattr(0)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    with suppress(OSError):
        os.setpgid(job, job)
    os.tcsetpgrp(0, job)
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgrp())
        if not os.WIFSTOPPED(status):
            break
        termios.tcsetattr(0, termios.TCSADRAIN, modes)
        print(f"job {job} stopped by {signal.Signals(os.WSTOPSIG(status)).name} $", end=" ", flush=True)
        if os.read(0, 100).strip() == b"fg":
            os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
    termios.tcsetattr(0, termios.TCSADRAIN, modes)
    code = os.waitstatus_to_exitcode(status)
    print(f"job {job} ended with {code}", flush=True)
    return code if code >= 0 else 1


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
