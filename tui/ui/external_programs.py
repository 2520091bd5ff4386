"""Opens a text in another program: in $VISUAL or $EDITOR to edit it, in these or $PAGER to read it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from textual.app import App

from tui.config.child_environment import child_environment
from tui.config.external_programs import ExternalProgram, find_editor
from tui.model.os_errors import reason_of

MARK = "\ufeff"
"""A byte-order mark, decoded."""


def edit_outside(app: App[Any], text: str) -> str | None:
    """The text as it was when the editor closed, without what editors add: a line end, a byte-order mark.

    None if the editor ended with an error. Raises OSError where there is no such editor or no room for the
    file, which only its owner can read.
    """
    editor = find_editor()
    with _temporary_file(text, ".md", "surrogatepass") as path:
        if _run(app, editor, path) != 0:
            return None
        edited = path.read_bytes().decode("utf-8", errors="surrogateescape")
    if "\r" not in text:
        edited = edited.replace("\r\n", "\n")
    if not text.startswith(MARK):
        edited = edited.removeprefix(MARK)
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def view_outside(app: App[Any], program: ExternalProgram, text: str, suffix: str) -> int:
    """Let a program show a copy of the text that only its owner can read and nobody can write; returns its exit code.

    Raises OSError if the program or room for the file is missing. The file is removed when the program ends.
    """
    with _temporary_file(text, suffix, "replace") as path:
        path.chmod(0o400)
        return _run(app, program, path)


@contextmanager
def _temporary_file(text: str, suffix: str, errors: str) -> Iterator[Path]:
    """A file with the text in a folder of the user's own, as long as the block runs; raises OSError.

    Nobody else can read it or put a link in its place. Backups and swap files that editors write next to it are
    equally private, and are removed with it.
    """
    with ExitStack() as stack:
        try:
            folder = tempfile.TemporaryDirectory(prefix="letta-tui-", ignore_cleanup_errors=True)
            path = Path(stack.enter_context(folder)) / f"letta-tui{suffix}"
            with path.open("w", encoding="utf-8", errors=errors, newline="") as file:
                file.write(text)
        except OSError as error:
            raise OSError(f"no temporary file can be written: {error.strerror or reason_of(error)}") from None
        yield path


def _run(app: App[Any], program: ExternalProgram, path: Path) -> int:
    """Run a program in the terminal, without API keys; errors are raised once the terminal is ours again."""
    environment = child_environment()
    trouble: OSError | None = None
    code = 1
    with app.suspend():
        try:
            command = [*program.command, str(path)]
            code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        except OSError as error:
            trouble = error
    if trouble is not None:
        raise OSError(f"{program.name} could not be started: {trouble.strerror or reason_of(trouble)}")
    return code
