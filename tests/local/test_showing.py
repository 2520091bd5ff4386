"""A picture on a real terminal until the screen is there: what is typed waits, and the terminal is left as it was."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.terminal_stream import Program, running
from tui.local.showing import ENTER, LEAVE, Showing

ROOT = Path(__file__).parents[2]
SHOWN = """
import os, signal
from tui.local.showing import Showing
signal.signal(signal.SIGINT, signal.default_int_handler)  # what is started in the background may not heed it
with Showing("the picture") as showing:
"""
READS = "    os.read(0, 100)\n"
SCREEN = "    print(showing.take_over(), showing.take_over())\n"


@contextmanager
def showing(rest: str) -> Iterator[Program]:
    """A program that shows a picture, and then does the rest."""
    command = [sys.executable, "-c", SHOWN + rest]
    with running(command, {**os.environ, "PYTHONPATH": str(ROOT)}, ROOT) as program:
        yield program


def echoes(program: Program) -> bool:
    """Whether the terminal shows what is typed, line by line, as it did before."""
    local = termios.tcgetattr(program.master)[3]
    return bool(local & termios.ECHO and local & termios.ICANON)


def test_it_is_left_where_no_screen_came() -> None:
    with showing(READS) as program:
        program.until("the picture")
        assert not echoes(program)
        os.write(program.master, b"j")  # a key, not a line
        assert program.end() == 0
        assert program.written.count(ENTER.encode()) == 1
        assert program.written.endswith(LEAVE.encode())
        assert b"j" not in program.written


def test_the_screen_takes_it_over_once_and_finds_the_terminal_as_it_was() -> None:
    with showing(SCREEN + "    os.read(0, 100)\n") as program:
        program.until("True False")
        assert echoes(program)
        os.write(program.master, b"\n")
        assert program.end() == 0
        assert LEAVE.encode() not in program.written


def test_what_is_typed_meanwhile_waits_for_the_screen() -> None:
    takes = """
    import fcntl, termios, tty
    while not any(fcntl.ioctl(0, termios.FIONREAD, bytes(4))): pass
    showing.take_over()
    tty.setraw(0, termios.TCSANOW)
    os.write(1, b"<" + os.read(0, 100) + b">")
"""
    with showing(takes) as program:
        program.until("the picture")
        os.write(program.master, b"j\r")
        program.end()
        assert b"<j\r>" in program.written


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_that_ends_the_program_leaves_it_first(number: signal.Signals, code: int) -> None:
    with showing(READS) as program:
        program.until("the picture")
        program.process.send_signal(number)
        assert program.end() == code
        assert program.written.endswith(LEAVE.encode())


def test_so_does_an_interrupt() -> None:
    with showing(READS) as program:
        program.until("the picture")
        program.process.send_signal(signal.SIGINT)
        assert program.end() != 0
        written = bytes(program.written)
        assert written.index(LEAVE.encode()) < written.index(b"KeyboardInterrupt")


def test_an_error_leaves_it_first() -> None:
    with showing("    raise ValueError('seen')\n") as program:
        assert program.end() == 1
        written = bytes(program.written)
        assert written.index(LEAVE.encode()) < written.index(b"seen")


def test_without_a_picture_nothing_is_done(capfd: pytest.CaptureFixture[str]) -> None:
    with Showing(None) as nothing:
        assert not nothing.take_over()
    assert capfd.readouterr() == ("", "")


def test_without_a_terminal_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with open(os.devnull) as other:
        before = os.dup(0)
        os.dup2(other.fileno(), 0)
        try:
            with Showing("the picture") as nothing:
                assert not nothing.take_over()
        finally:
            os.dup2(before, 0)
            os.close(before)
    assert capfd.readouterr() == ("", "")
