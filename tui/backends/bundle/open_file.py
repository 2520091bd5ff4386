"""From a file on this machine, or standard input, to the server that it makes."""

from __future__ import annotations

import sys
from pathlib import Path

from tui.backends.bundle.recording import LARGEST, NotReadable, read
from tui.backends.bundle.transport import OfflineTransport


def open_file(path: Path) -> OfflineTransport:
    """Read a bundle or an agent file, `-` being standard input; raises NotReadable with what is wrong."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as problem:
        raise NotReadable(problem.strerror or "it cannot be read") from None
    return OfflineTransport(read(data))
