"""Run a full-screen program in a terminal of its own: wait for a text, press keys, expect a clean end.

    python tests/live/terminal.py --wait Ada --press q -- letta-tui --demo

A script of its own, so that it runs with any Python beside an installed package.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

ENTER_FULL_SCREEN = b"\x1b[?1049h"
LEAVE_FULL_SCREEN = b"\x1b[?1049l"


class TerminalError(Exception):
    """The program did not do what was expected; the text says what it did."""


class Terminal:
    """A program whose terminal is ours; `written` is all that it has written so far."""

    def __init__(self, command: list[str], columns: int, rows: int) -> None:
        self.written = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execvp(command[0], command)
            except OSError as error:
                os.write(2, f"{command[0]}: {error}\n".encode())
            os._exit(127)

    def read(self, deadline: float) -> bool:
        """Take what comes next; false once the program has closed its terminal."""
        readable, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise TerminalError("time is over")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says that the other side has gone by EIO
            return False
        self.written += data
        return bool(data)

    def wait_for(self, text: bytes, deadline: float) -> None:
        """Until the text is in the raw output."""
        while text not in self.written:
            if not self.read(deadline):
                raise TerminalError(f"ended with {self.end(deadline)} before it showed {text!r}")

    def press(self, keys: bytes) -> None:
        """Type these bytes."""
        os.write(self.master, keys)

    def end(self, deadline: float) -> int:
        """The exit code, once the program has closed its terminal; negative for a signal."""
        while self.read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Kill the program if it still runs."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


def check(arguments: argparse.Namespace) -> None:
    """Raise TerminalError unless the program shows the text, takes the keys and ends as it should."""
    deadline = time.monotonic() + arguments.seconds
    terminal = Terminal(arguments.command, arguments.columns, arguments.rows)
    try:
        terminal.wait_for(arguments.wait.encode(), deadline)
        terminal.press(arguments.press.encode())
        code = terminal.end(deadline)
        if code != 0:
            raise TerminalError(f"ended with {code}")
        entered = terminal.written.rfind(ENTER_FULL_SCREEN)
        if entered > terminal.written.rfind(LEAVE_FULL_SCREEN):
            raise TerminalError("left the terminal in full-screen mode")
    except TerminalError as error:
        raise TerminalError(f"{error}; it wrote:\n{terminal.written[-3000:]!r}") from None
    finally:
        terminal.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wait", required=True, help="text that must appear")
    parser.add_argument("--press", default="", help="keys to press then")
    parser.add_argument("--seconds", type=float, default=60, help="for all of it")
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    os.environ["TERM"] = "xterm-256color"
    began = time.monotonic()
    try:
        check(arguments)
    except TerminalError as error:
        print(f"{' '.join(arguments.command)}: {error}", file=sys.stderr)
        return 1
    print(
        f"showed {arguments.wait!r}, took {arguments.press!r}, ended well: {time.monotonic() - began:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
