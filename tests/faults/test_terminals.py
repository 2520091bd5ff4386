"""What a terminal does to the real program: bytes that nobody types, a hangup, a stop; which ones are refused."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.terminal_stream import Program, running
from tests.faults.test_terminal import environment

DEMO = [sys.executable, "-m", "tui", "--demo"]
SHELL = [sys.executable, "-m", "tests.faults.shell"]


@contextlib.contextmanager
def demo(home: Path, *, shell: bool = False, **variables: str) -> Iterator[Program]:
    """The demo in a terminal, when all of it is on the screen and its findings are counted."""
    command = SHELL + DEMO if shell else DEMO
    with running(command, environment(home) | {"LETTA_API_KEY": ""} | variables, home) as program:
        program.until("! 2")
        rest(program)
        yield program


def rest(program: Program) -> str:
    """The screen, once its text stays as it is; a cursor may go on blinking."""
    shown, since = program.emulator.text, time.monotonic()
    while time.monotonic() - since < 0.5:
        program.read(0.1)
        if program.emulator.text != shown:
            shown, since = program.emulator.text, time.monotonic()
    return shown


# bytes

HOSTILE = {
    "a lone ff": b"\xff",
    "a letter of Latin-1": b"\xe9",
    "UTF-8 cut off": b"\xe2\x82",
    "NUL": b"\0",
    "the mouse past column 95": b"\x1b[MC\xa20",
    "the mouse in bytes that are one letter": b"\x1b[M \xc3\xa9",
    "a key that is no character": b"\x1b[99999999999u",
    "a key of no number": b"\x1b[;u\x1b[1;;u\x1b[::;1u",
    "the mouse nowhere": b"\x1b[<0;999999;999999M\x1b[<999999999999999999;1;1m",
    "a window of nothing": b"\x1b[48;0;0;0;0t",
    "a window without end": b"\x1b[48;999999;999999;1;1t",
    "an answer about the terminal": b"\x1b[?64;1;2;6;9;15;18;21;22c",
    "an answer about a colour": b"\x1b]11;rgb:1e1e/1e1e/1e1eD\x1b\\",
    "a very long sequence": b"\x1b[" + b"1;" * 2000 + b"D",
    "a very long sequence without end": b"\x1b[" + b"1;" * 200,
    "the end of a paste": b"\x1b[201~",
    "C1": b"\x9b\x90\x9c",
}


def test_no_byte_of_a_terminal_ends_the_program_or_is_taken_for_a_key(tmp_path: Path) -> None:
    """One program for all; the screen after each is the one before."""
    with demo(tmp_path) as program:
        before = rest(program)
        for what, data in HOSTILE.items():
            program.press(data)
            assert program.process.poll() is None, what
            assert rest(program) == before, what
        program.press("q")
        assert program.end() == 0


def test_mouse_reports_that_can_be_read_are_asked_for_again(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        rest(program)
        begin = len(program.written)
        program.press(b"\x1b[MC\xa20")
        while b"\x1b[?1006h" not in program.written[begin:]:
            assert program.read(20), "nothing asks for it"


def test_a_letter_that_comes_in_two_pieces_is_typed_and_bytes_beside_it_are_not(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        program.press("/", b"\xc3", b"\xa9\xff", "ab", b"\xe2\x82", "c", until="éabc")


# the terminal goes


def drafts(home: Path) -> str:
    return "".join(path.read_text() for path in home.rglob("drafts/*") if path.is_file())


def test_a_terminal_that_goes_without_a_signal_ends_the_program_and_the_draft_stays(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        program.press("j", "e", until="unchanged")
        program.press(" half a thought", until="● changed")
        program.hang_up()
        assert program.process.wait(30) == 129
    assert "half a thought" in drafts(tmp_path)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_signal_ends_the_program_and_the_draft_stays(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with demo(tmp_path) as program:
        program.press("j", "e", until="unchanged")
        program.press(" half a thought", until="● changed")
        program.process.send_signal(number)
        assert program.end() == code
        assert program.written.rstrip().endswith(b"\x1b[?1004l"), "the terminal is as it was"
    assert "half a thought" in drafts(tmp_path)


def test_a_hangup_with_its_signal_has_the_same_exit_code(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        program.process.send_signal(signal.SIGHUP)
        program.hang_up()
        assert program.process.wait(30) == 129


ONLY_WRITES_FAIL = """
import os, sys
from tui.textual_fixes.terminal_driver import TerminalOutput
from tui.cli import main
real = TerminalOutput.flush
def flush(self):
    if os.path.exists("gone"):
        file, self._file = self._file, open("/dev/full", "w")
        self._file.write("x")
    real(self)
TerminalOutput.flush = flush
raise SystemExit(main(["--demo"]))
"""


def test_a_terminal_that_takes_no_output_ends_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ONLY_WRITES_FAIL]
    with running(command, environment(tmp_path), tmp_path) as program:
        program.until("connected")
        (tmp_path / "gone").touch()
        program.press("j", "k")
        assert program.end() == 129


# stop and continue


def job(program: Program) -> int:
    """The process that the shell of the test runs."""
    found = re.search(r"job (\d+) stopped", program.emulator.text)
    assert found
    return int(found[1])


def child(program: Program) -> int:
    """The same while it runs."""
    pid = program.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def modes(program: Program) -> list[object]:
    return termios.tcgetattr(program.master)[:4]


REACHES = {
    "the list": ("", "! 2"),
    "the detail": ("\r", "esc Back"),
    "the filter": ("/", "filter by words"),
    "the help": ("?", "Keys here"),
    "the agents": ("a", "^t Pin"),
    "the palette": ("\x10", "Search for commands"),
    "the jump labels": ("'", "esc Back"),
}
"""The key that reaches a place, and what stands there when it has all of its text."""


@pytest.mark.parametrize("place", REACHES)
def test_ctrl_z_gives_the_terminal_back_and_fg_paints_everything_again(place: str, tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        own = modes(program)
        key, shown = REACHES[place]
        program.press(*key, until=shown)
        before = rest(program)
        program.press("\x1a", until="stopped by SIGTSTP")
        assert modes(program) != own
        assert program.written.rindex(b"\x1b[?1049l") > program.written.rindex(b"\x1b[?1049h")
        program.press("fg\n")
        program.until_gone("stopped by")
        program.until_same(before)
        assert modes(program) == own


def test_a_window_that_became_smaller_meanwhile_is_filled(tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        program.press("\x1a", until="stopped by SIGTSTP")
        program.resize(70, 20)
        program.press("fg\n")
        program.until_gone("stopped by")
        program.until("q Quit")
        small = rest(program)
        program.press("\x1a", until="stopped by SIGTSTP")
        program.press("fg\n")
        program.until_gone("stopped by")
        program.until_same(small)
        assert "q Quit" in small.splitlines()[-1]
        assert len(small.splitlines()[0].rstrip()) <= 70


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_a_program_that_was_stopped_from_outside_comes_back_whole(
    number: signal.Signals, tmp_path: Path
) -> None:
    """What cannot be noticed leaves the terminal as it was, and is set right when the program continues."""
    with demo(tmp_path, shell=True) as program:
        pid, before, own = child(program), rest(program), modes(program)
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        for _ in range(2):
            os.kill(pid, number)
            program.until(f"stopped by {number.name}")
            program.press("fg\n")
            program.until_gone("stopped by")
            program.until_same(before)
            assert modes(program) == own
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) <= threads, "one thread reads the keys"
        program.press("q")
        assert program.end() == 0


def test_a_job_in_the_background_stops_until_it_has_the_terminal(tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        before = rest(program)
        program.press("\x1a", until="stopped by SIGTSTP")
        program.press("bg\n", until="stopped by SIGTTIN")
        program.press("fg\n")
        program.until_gone("stopped by")
        program.until_same(before)


def test_a_stopped_program_can_be_ended(tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        program.press("\x1a", until="stopped by SIGTSTP")
        os.kill(job(program), signal.SIGTERM)
        program.press("bg\n", until="ended with 143")


def test_a_continue_without_a_stop_changes_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        before = rest(program)
        begin = len(program.written)
        os.kill(child(program), signal.SIGCONT)
        while b"\x1b[?1049h" not in program.written[begin:]:
            assert program.read(20)
        program.until_same(before)
        program.press("q", until="ended with 0")


def test_an_editor_that_is_stopped_stops_the_whole_job(tmp_path: Path) -> None:
    """As vim does: it stops its process group, and the shell takes the terminal."""
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho in the editor\nkill -TSTP 0\necho back in the editor\nread answer\n")
    editor.chmod(0o700)
    with demo(tmp_path, shell=True, EDITOR=str(editor)) as program:
        program.press("j")
        program.press("E", until="stopped by SIGTSTP")
        program.press("fg\n", until="back in the editor")
        program.press("\n")
        program.until("Save, next")
        assert "Ada ▾" in rest(program).splitlines()[0]


def test_ctrl_z_undoes_in_the_editor(tmp_path: Path) -> None:
    with demo(tmp_path, shell=True) as program:
        program.press("j", "e", until="unchanged")
        program.press("x", until="● changed")
        program.press("\x1a", until="unchanged")


def test_where_no_shell_could_continue_it_the_program_says_so(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        program.press("\x1a", until="Cannot suspend")
        program.press("q")
        assert program.end() == 0


# which terminals


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_place_a_cursor_is_refused(term: str, tmp_path: Path) -> None:
    with running(DEMO, environment(tmp_path) | {"TERM": term}, tmp_path) as program:
        assert program.end() == 2
        written = program.written.decode()
    assert written.strip() == (
        f"letta-tui: needs a terminal for its screen, and TERM={term} cannot show it; "
        "letta-tui list --agents works without one"
    )


@pytest.mark.parametrize("term", [None, "", "a-terminal-of-tomorrow"])
def test_any_other_terminal_is_taken(term: str | None, tmp_path: Path) -> None:
    variables = environment(tmp_path)
    del variables["TERM"]
    with running(DEMO, variables | ({} if term is None else {"TERM": term}), tmp_path) as program:
        program.until("connected")
        program.press("q")
        assert program.end() == 0


def test_a_pipe_is_refused_and_a_command_is_named_that_needs_no_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        DEMO,
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    words = b"letta-tui: needs a terminal for its screen; letta-tui list --agents works without one"
    assert done.stderr.strip() == words


def test_errors_can_go_to_a_file_while_the_screen_is_shown(tmp_path: Path) -> None:
    command = ["sh", "-c", f'exec "{sys.executable}" -m tui --demo 2>errors']
    with running(command, environment(tmp_path), tmp_path) as program:
        program.until("connected")
        program.press("q")
        assert program.end() == 0
    assert (tmp_path / "errors").read_bytes() == b""
