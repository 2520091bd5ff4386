"""Reading files that must be regular ones: opening a pipe could wait for ever, and a device may never end."""

from __future__ import annotations

import codecs
import errno
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.storage.safe_paths import follow_links, refuse_irregular

LARGEST = 128 * 2**20
"""Bytes of a file that the program wrote itself."""

PATIENCE = 30.0
"""Seconds for which a pipe that the user named may send nothing."""

CHUNK = 2**20


@contextmanager
def open_regular_file(path: Path) -> Iterator[int]:
    """A handle for reading, behind a byte-order mark if the file begins with one, as some editors have it do.

    Raises OSError for anything but a regular file, and for a link that others may have planted.
    """
    target = follow_links(path, reading=True)
    refuse_irregular(os.stat(target).st_mode, path)
    handle = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        refuse_irregular(os.fstat(handle).st_mode, path)
        if os.read(handle, len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


def read_regular_file(path: Path, most: int = LARGEST) -> bytes:
    """The content of a file; raises OSError, also if there is more than `most` bytes of it."""
    with open_regular_file(path) as handle:
        return read_whole(handle, path, most)


def read_whole(handle: int, path: Path, most: int = LARGEST) -> bytes:
    """The content of an open file; raises OSError, also if there is more than `most` bytes of it."""
    data = _read(handle, most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most // 2**20} MiB", str(path))
    return data


def read_input(path: Path, most: int, patience: float = PATIENCE) -> bytes:
    """At most `most` bytes of a file that the user named, `-` being standard input.

    It may be a pipe, such as `<(command)` makes one, but not one that sends nothing for too long. Raises OSError.
    """
    if str(path) == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return sys.stdin.buffer.read(most)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        regular = stat.S_ISREG(os.fstat(handle).st_mode)
        return _read(handle, most, None if regular else patience)
    finally:
        os.close(handle)


def _read(handle: int, most: int, patience: float | None = None) -> bytes:
    """Read to the end or up to a number of bytes; `patience` is for pipes and devices, which are not always ready."""
    chunks: list[bytes] = []
    left = most
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while left:
        if patience is not None and not poll.poll(patience * 1000):
            raise TimeoutError(errno.ETIMEDOUT, f"nothing arrived within {patience:g} seconds")
        try:
            chunk = os.read(handle, min(left, CHUNK))
        except BlockingIOError:
            continue
        if not chunk:
            break
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)
