"""Read a text that a command is given in a file or on standard input."""

from __future__ import annotations

from pathlib import Path

from tui.commands.exit_codes import UsageError
from tui.storage.regular_file import read_input

MAX_BYTES = 16 * 1024 * 1024
"""Bytes of a summary that are read."""


def read_typed_text(file: str) -> str:
    """Read the text in a file, `-` being standard input, without byte-order mark and final line end.

    Raises UsageError.
    """
    try:
        data = read_input(Path(file), MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"the text cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError("the text is not UTF-8") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"the text has more than {MAX_BYTES // 1024 // 1024} MiB")
    return text.removesuffix("\n")
