"""From a file on this machine, or standard input, to the server that it makes."""

from __future__ import annotations

import sys
from pathlib import Path

from tui.backends.bundle.open_file import MAX_BYTES, read_recording
from tui.backends.bundle.recording import UnreadableFile
from tui.backends.bundle.transport import BundleTransport


def open_file(path: Path) -> BundleTransport:
    """Read a bundle or an agent file, `-` being standard input; raises NotReadable with what is wrong."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UnreadableFile(problem.strerror or "it cannot be read") from None
    return BundleTransport(read_recording(data))
