"""Files below one folder, read with care: they belong to another program, change at any moment, and may be hostile.

A path goes down from the root folder by folder, each opened in the one before it, so that no link and no `..` can
lead out. Only regular files are read, each up to a limit.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

OPENED = frozenset({"agents", "conversations", "memfs"})
"""The folders of a store that may be opened; API keys are in another one."""

MAX_NAMES = 250_000
"""Entries of one folder."""

CHUNK = 2**20

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class Signature(NamedTuple):
    """What changes when a file is written: its time, its size, and its inode."""

    modified: int
    size: int
    inode: int


class UnsafeFile(OSError):
    """A file that is not read: a link, not a regular file, too large, or not below the root."""


class Root:
    """The folder of a store; raises OSError for anything that cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))  # the user named it: only what is below is not trusted

    @contextmanager
    def folder(self, *parts: str) -> Iterator[int]:
        """A handle on a folder below the root."""
        if parts and parts[0] not in OPENED:
            raise UnsafeFile(errno.EACCES, "it is not opened", parts[0])
        handle = os.open(self.path, FOLDER)
        try:
            with folder_at(handle, *parts) as inner:
                yield inner
        finally:
            os.close(handle)

    def read(self, *parts: str, most: int, start: int = 0) -> tuple[bytes, Signature]:
        """The content of a regular file from byte `start` on, and the signature that it had when it was opened."""
        with self.folder(*parts[:-1]) as handle:
            return read_at(handle, parts[-1], most, start)

    def signature(self, *parts: str) -> Signature:
        """The signature of a regular file, without opening it."""
        with self.folder(*parts[:-1]) as handle:
            return signature_at(handle, parts[-1])

    def is_folder(self, *parts: str) -> bool:
        """Return whether a path names a folder, which no link is."""
        try:
            with self.folder(*parts):
                return True
        except OSError:
            return False

    def names(self, *parts: str) -> list[str]:
        """The names in a folder in order, without those that are not text; none where the folder does not exist."""
        try:
            with self.folder(*parts) as handle, os.scandir(handle) as entries:
                found: list[str] = []
                for entry in entries:
                    if len(found) >= MAX_NAMES:
                        raise UnsafeFile(errno.EFBIG, f"it has more than {MAX_NAMES:,} entries", parts[-1])
                    if _is_text(entry.name):
                        found.append(entry.name)
        except FileNotFoundError:
            return []
        return sorted(found)


def checked_name(name: str) -> str:
    """A name of something directly in its folder; raises UnsafeFile."""
    if name in ("", ".", "..") or "/" in name or "\0" in name or not _is_text(name):
        raise UnsafeFile(errno.EINVAL, "its name is not a valid file name", repr(name)[:80])
    return name


def signature_at(folder: int, name: str) -> Signature:
    """The signature of a regular file in an open folder."""
    return _signature(os.stat(checked_name(name), dir_fd=folder, follow_symlinks=False), name)


def look_at(folder: int, *parts: str) -> Signature:
    """Return the signature of a file below an open folder, in one call, since thousands are looked at.

    A link in place of a folder on the way is followed, so this may compare but never replace the careful reading.
    """
    return _signature(
        os.stat("/".join(map(checked_name, parts)), dir_fd=folder, follow_symlinks=False), parts[-1]
    )


@contextmanager
def folder_at(folder: int, *parts: str) -> Iterator[int]:
    """Open the folder at a path below an open one; with no parts, that one itself."""
    opened: list[int] = []
    try:
        for part in parts:
            opened.append(_open_folder(opened[-1] if opened else folder, part))
        yield opened[-1] if opened else folder
    finally:
        for handle in opened:
            os.close(handle)


def read_at(folder: int, name: str, most: int, start: int = 0) -> tuple[bytes, Signature]:
    """The content of a regular file in an open folder, from byte `start` on; at most so many bytes."""
    signature_at(folder, name)  # before it is opened: to open a device can have effects
    handle = os.open(name, FILE, dir_fd=folder)
    try:
        signature = _signature(os.fstat(handle), name)
        if start:
            os.lseek(handle, start, os.SEEK_SET)
        chunks, left, wanted = [], most + 1, max(0, signature.size - start) + 1
        while left:
            chunk = os.read(handle, min(left, wanted))
            chunks.append(chunk)
            left -= len(chunk)
            if len(chunk) < wanted:
                break  # the end: a read of a regular file returns all that there is
            wanted = CHUNK  # it has grown since
    finally:
        os.close(handle)
    if not left:
        raise UnsafeFile(errno.EFBIG, f"it has more than {(start + most) / 2**20:g} MiB", name)
    return b"".join(chunks), signature


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _open_folder(folder: int, name: str) -> int:
    try:
        return os.open(checked_name(name), FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise UnsafeFile(error.errno, "it is a link or not a folder", name) from None
        raise


def _signature(status: os.stat_result, name: str) -> Signature:
    if stat.S_ISLNK(status.st_mode):
        raise UnsafeFile(errno.ELOOP, "it is a link, which is not followed", name)
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeFile(errno.EINVAL, "it is not a regular file", name)
    return Signature(status.st_mtime_ns, status.st_size, status.st_ino)
