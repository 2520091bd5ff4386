"""What a command prints: its answer on standard output, everything else on standard error.

Nothing else in the program writes there without a screen, and nothing goes out that could control a terminal. Only
`write_exact` and JSON give a program, which is no terminal, the server's own text.
"""

from __future__ import annotations

import json
import os
import shutil
import sys

from tui.model.text import visible


def write(text: str) -> None:
    """Write a piece of the answer, harmless wherever it goes: pipes end in terminals too."""
    _write(visible(text))


def write_exact(text: str) -> None:
    """Write text of the server: unchanged for a program, harmless for a terminal."""
    _write(visible(text) if is_terminal() else text)


def write_json(value: object, indent: int | None = 2) -> None:
    """Write an answer for programs, in pure ASCII, so that nothing in it can control a terminal."""
    _write(json.dumps(value, indent=indent) + "\n")


def print_message(text: str) -> None:
    """Print a line on standard error, harmless wherever that goes."""
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()


def show_progress(text: str) -> None:
    """Show a line on standard error in place of the last one, "" clearing it; silent if that is not a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{visible(text)}\x1b[K")
        sys.stderr.flush()


def is_terminal() -> bool:
    """Whether the answer goes to a terminal, not to a program or a file."""
    return sys.stdout.isatty()


def terminal_width() -> int | None:
    """Columns of the terminal; None if the answer goes to a program or a file."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def flush() -> None:
    """Send what was written; raises BrokenPipeError if nobody reads it any more."""
    sys.stdout.flush()


def discard_output() -> None:
    """Send the rest of the answer nowhere: nobody reads it, and the interpreter would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(text: str) -> None:
    """Write text; characters that the encoding lacks are spelled out."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
