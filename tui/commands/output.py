"""What a command prints: its output on standard output, everything else on standard error.

Nothing else in the program writes there without a screen, and nothing goes out that could control a terminal. Only
`write_exact` and JSON give a program, which is no terminal, the server's own text.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tui.model.text import visible


class OutputFailed(Exception):
    """The output cannot be written, for example to a full disk; the text says why."""


def write(text: str) -> None:
    """Write part of the output, harmless wherever it goes: pipes end in terminals too. Raises OutputFailed."""
    _write(visible(text))


def write_exact(text: str) -> None:
    """Write text of the server: unchanged for a program, harmless for a terminal. Raises OutputFailed."""
    _write(visible(text) if is_terminal() else text)


def write_json(value: object, indent: int | None = 2) -> None:
    """Write output for programs, pure ASCII, so that nothing in it controls a terminal. Raises OutputFailed."""
    _write(json_text(value, indent) + "\n")


def json_text(value: object, indent: int | None = 2) -> str:
    """JSON as `write_json` prints it."""
    return json.dumps(value, indent=indent)


def print_message(text: str) -> None:
    """Print a line on standard error, harmless wherever that goes."""
    _narrate(f"{visible(text)}\n")


def show_progress(text: str) -> None:
    """Show a line on standard error in place of the last one, "" to clear it; silent if that is not a terminal."""
    if is_watched():
        _narrate(f"\r{visible(text)}\x1b[K")


def is_watched() -> bool:
    """Return whether messages go to a terminal, where somebody sees progress."""
    return sys.stderr.isatty()


def is_terminal() -> bool:
    """Return whether the output goes to a terminal, not to a program or a file."""
    return sys.stdout.isatty()


def terminal_width() -> int | None:
    """Columns of the terminal; None if the output goes to a program or a file."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def flush() -> None:
    """Send what was written; raises OutputFailed, and BrokenPipeError if nobody reads it."""
    with _writing():
        sys.stdout.flush()


def discard_output() -> None:
    """Discard the rest of the output, since nobody reads it and the interpreter would complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(text: str) -> None:
    """Write text; characters that the encoding lacks are spelled out."""
    with _writing():
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def _writing() -> Iterator[None]:
    """Distinguish a failing disk from every other error; a reader that is gone is not an error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(f"the output cannot be written: {error.strerror}") from None


def _narrate(text: str) -> None:
    """Write on standard error at once, unless the disk behind it is full: then there is nobody to report to."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # or the interpreter would fail to write the rest at exit, with an exit code of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
