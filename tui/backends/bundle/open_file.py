"""Opens a file as a server: a bundle of `letta-tui export`, or an agent file of Letta (`.af`).

It may come from anywhere, so it is read within limits, like the response of a server.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from tui.backends.bundle.agent_file import is_agent_file, read_agent_file
from tui.backends.bundle.export_file import is_export_file, read_export_file, shorten
from tui.backends.bundle.recording import Recording, UnreadableFile

MAX_BYTES = 128 * 1024 * 1024
"""Largest file that is read: one conversation of ten thousand messages takes about ten million bytes."""

MAX_VALUES = 8_000_000
"""Values of a file: each takes up to a hundred bytes of memory, and may be written as two."""

DEEPEST = 110
"""Levels of lists and objects: those of a response, and a few that a bundle puts around them."""


def read_recording(data: bytes) -> Recording:
    """The recording in the bytes of a file; raises UnreadableFile."""
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"it has more than {MAX_BYTES // 1024 // 1024} MiB")
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MAX_VALUES:
        raise UnreadableFile(f"it has more than {MAX_VALUES:,} values")
    try:
        file = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableFile(f"it is not complete JSON ({shorten(error)})") from None
    if _deep(file):
        raise UnreadableFile(f"it is nested more than {DEEPEST} levels deep")
    if isinstance(file, dict) and is_export_file(file):
        return read_export_file(file)
    if isinstance(file, dict) and is_agent_file(file):
        return read_agent_file(file)
    raise UnreadableFile("it is neither a bundle of letta-tui export nor an agent file of Letta")


def _deep(file: object) -> bool:
    level: list[Any] = [file] if isinstance(file, (dict, list)) else []
    for _ in range(DEEPEST):
        inner = [value.values() if isinstance(value, dict) else value for value in level]
        level = [value for values in inner for value in values if isinstance(value, (dict, list))]
        if not level:
            return False
    return True


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")
