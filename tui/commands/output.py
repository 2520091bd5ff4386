"""What a command prints: its answer on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys

from tui.model.text import visible


def write(text: str) -> None:
    """Write a piece of the answer; characters that the encoding lacks are spelled out."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def write_json(value: object) -> None:
    """Write an answer for programs, in pure ASCII, so that nothing in it can control a terminal."""
    write(json.dumps(value, indent=2) + "\n")


def write_server_text(text: str) -> None:
    """Write text of the server: unchanged for a program, harmless for a terminal."""
    write(visible(text) if is_terminal() else text)


def print_message(text: str) -> None:
    """Print a line on standard error; ids in it are text of the server, so it is made harmless."""
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()


def is_terminal() -> bool:
    """Whether the answer goes to a terminal, not to a program or a file."""
    return sys.stdout.isatty()


def terminal_width() -> int | None:
    """Columns of the terminal; None if the answer goes to a program or a file."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def discard_output() -> None:
    """Send the rest of the answer nowhere: nobody reads it, and the interpreter would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
