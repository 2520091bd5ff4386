"""A text in a program of the user's own: to edit in $VISUAL or $EDITOR, to read in those or in $PAGER."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App

from tui.config.child_environment import child_environment


def edit_outside(app: App[Any], text: str) -> str | None:
    """The text as it was when the editor closed, without the line end that editors add; None if it failed.

    Raises OSError where there is no such editor or no room for the file, which only its owner can read.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with _private_folder() as folder:
        path = folder / "letta-tui.md"
        with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
        if _run(app, [*command, str(path)]) != 0:
            return None
        edited = path.read_text(encoding="utf-8", errors="surrogateescape")
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def view_outside(app: App[Any], command: Sequence[str], text: str, suffix: str) -> int:
    """Let a program show a copy of the text that only its owner can read and nobody write; returns its exit code.

    Raises OSError where there is no such program or no room for the file, which goes when the program ends.
    """
    with _private_folder() as folder:
        path = folder / f"letta-tui{suffix}"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        path.chmod(0o400)
        return _run(app, [*command, str(path)])


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder of the user's own, so that nobody can put a link in the place of the file; it goes with all in it.

    What editors write beside a file, such as backups and swap files, is there as private as the file.
    """
    with tempfile.TemporaryDirectory(prefix="letta-tui-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _run(app: App[Any], command: Sequence[str]) -> int:
    """Give the terminal to a program, but no API key; trouble is raised only once the terminal is ours again."""
    environment = child_environment()
    trouble: OSError | None = None
    code = 1
    with app.suspend():
        try:
            code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        except OSError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return code
