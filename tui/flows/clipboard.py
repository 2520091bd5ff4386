"""Copies text with a clipboard program of this machine, or into a file that only its owner can read."""

import contextlib
import shutil
import subprocess
from pathlib import Path

from tui.storage.atomic_files import write_text

PROGRAMS = (
    ("pbcopy", ()),
    ("wl-copy", ()),
    ("xclip", ("-selection", "clipboard")),
    ("xsel", ("--clipboard", "--input")),
)
"""Clipboard programs with their arguments, best first."""

TIMEOUT = 2.0
"""Seconds that a program may take: one without a display may wait for ever."""


def copy_locally(text: str) -> str | None:
    """Give the text to the first clipboard program that takes it; returns the program's name, or None.

    Runs programs: call it outside the event loop.
    """
    data = text.encode("utf-8", errors="replace")
    for name, arguments in PROGRAMS:
        program = shutil.which(name)
        if program is not None and _accepts([program, *arguments], data):
            return name
    return None


def _accepts(command: list[str], data: bytes) -> bool:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        # No output is captured: xclip stays running as the owner of the selection and would keep the pipe open.
        done = subprocess.run(  # noqa: S603
            command,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
        return done.returncode == 0
    return False


def copy_to_file(text: str, folder: Path) -> Path:
    """Write the text to `copied.txt` in this folder, mode 0600, and return its path; raises OSError."""
    path = folder / "copied.txt"
    write_text(path, text.encode("utf-8", errors="replace").decode())
    return path
