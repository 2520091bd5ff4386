"""A text in the user's own editor, $VISUAL or $EDITOR."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import App


def edit_outside(app: App[object], text: str) -> str | None:
    """The text as it was when the editor closed, without the line end that editors add; None if it failed.

    Raises OSError where there is no such editor or no room for the file, which only its owner can read.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    handle, name = tempfile.mkstemp(prefix="letta-tui-", suffix=".md")
    path = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
        with app.suspend():
            done = subprocess.run([*command, name], check=False)  # noqa: S603
        if done.returncode != 0:
            return None
        edited = path.read_text(encoding="utf-8", errors="surrogateescape")
    finally:
        path.unlink(missing_ok=True)
    return edited if text.endswith("\n") else edited.removesuffix("\n")
