"""Opens a file as a server: a bundle of `letta-tui export`, or an agent file of Letta (`.af`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

from tui.backends.bundle.agent_file import is_agent_file, read_agent_file
from tui.backends.bundle.export_file import is_export_file, read_export_file, shorten
from tui.backends.bundle.recording import Recording, UnreadableFile
from tui.backends.bundle.transport import BundleTransport

MAX_BYTES = 128 * 1024 * 1024
"""Largest file that is read: one conversation of ten thousand messages takes about ten million bytes."""


def open_file(path: Path) -> BundleTransport:
    """Read the file, `-` being standard input; raises UnreadableFile with what is wrong with it."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(error.strerror or "it cannot be read") from None
    return BundleTransport(read_recording(data))


def read_recording(data: bytes) -> Recording:
    """The recording in the bytes of a file; raises UnreadableFile."""
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"it has more than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        file = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableFile(f"it is no whole JSON ({shorten(error)})") from None
    if isinstance(file, dict) and is_export_file(file):
        return read_export_file(file)
    if isinstance(file, dict) and is_agent_file(file):
        return read_agent_file(file)
    raise UnreadableFile("it is neither a bundle of letta-tui export nor an agent file of Letta")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
