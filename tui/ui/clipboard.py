"""Copy a text to the terminal's clipboard, to this machine's, and if that fails to a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

from textual.app import App
from textual.worker import Worker

from tui.config.child_environment import child_environment
from tui.storage.atomic_files import write_text
from tui.storage.paths import state_dir

PROGRAMS = (
    ("pbcopy", ()),
    ("wl-copy", ()),
    ("xclip", ("-selection", "clipboard")),
    ("xsel", ("--clipboard", "--input")),
)
"""Clipboard programs with their arguments, best first."""

TIMEOUT = 2.0
"""Seconds that a program may take: without a display, it may wait forever."""


def copy_locally(text: str) -> str | None:
    """Give the text to the first clipboard program that takes it; returns the program's name, or None.

    Runs programs: call it outside the event loop. Programs in the current folder are never run, even if it is in PATH.
    """
    data = text.encode("utf-8", errors="replace")
    for name, arguments in PROGRAMS:
        program = shutil.which(name)
        if program is not None and os.path.isabs(program) and _accepts([program, *arguments], data):
            return name
    return None


def _accepts(command: list[str], data: bytes) -> bool:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        # No output is captured: xclip stays running as the owner of the selection and would keep the pipe open.
        done = subprocess.run(  # noqa: S603
            command,
            input=data,
            env=child_environment(),
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


class Clipboard:
    """Copies texts and says where to; a terminal does not report whether it took one."""

    def __init__(self, app: App[None], *, programs: bool = True) -> None:
        """Without `programs`, those of this machine are not run: in a browser, the clipboard is another one."""
        self._app, self._programs = app, programs

    def copy(self, text: str, name: str) -> None:
        """Copy a text; `name` is what the message calls it."""
        if not text:
            self._app.notify("Nothing to copy here", markup=False, timeout=4)
            return
        self._app.copy_to_clipboard(text)
        copy = partial(self._copy_locally, text, name)
        _worker: Worker[None] = self._app.run_worker(copy, group="copy", exclusive=True)

    async def _copy_locally(self, text: str, name: str) -> None:
        start = f"Copied {name} to the terminal's clipboard"
        program = await asyncio.to_thread(copy_locally, text) if self._programs else None
        if program is not None:
            self._app.notify(f"{start} and {program}", markup=False, timeout=4)
            return
        try:
            path = await asyncio.to_thread(copy_to_file, text, state_dir())
        except OSError as error:
            text = f"{start}; it could not be written to a file: {error.strerror}"
            self._app.notify(text, severity="error", markup=False, timeout=8)
        else:
            self._app.notify(
                f"Copied {name}; if the terminal did not take it: {path}", markup=False, timeout=4
            )
