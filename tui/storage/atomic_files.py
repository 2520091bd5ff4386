"""Files that are either the old one or the new one, whatever happens between."""

import errno
import fcntl
import itertools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tui.storage.paths import create_private

PREFIX, SUFFIX = ".letta-tui-", ".tmp"
STALE = 3600.0
"""Seconds after which a file that was never given its name belongs to a program that was killed."""

_swept: set[Path] = set()

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file by this text as UTF-8, on disk when the call returns; a symbolic link stays one.

    Raises OSError where the disk refuses and UnicodeEncodeError for a lone surrogate, both with the old file
    intact and no file left behind. Only a failure to sync the folder comes after the replacement: the new
    file is there, but a power cut may still undo it.
    """
    data = text.encode()
    target = Path(os.path.realpath(path))
    folder = create_private(target.parent)
    _sweep(folder)
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
    try:
        try:
            _fill(handle, data, mode)
        finally:
            os.close(handle)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other running instances from changing what lies in a folder between a read and a write.

    The folder itself is locked, so that no file of locks is left behind; a disk without locks is left alone.
    """
    handle = os.open(create_private(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove, once per run, what a killed program left half written; what is young may be another instance's."""
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError):
        for found in os.scandir(folder):
            if found.name.startswith(PREFIX) and found.name.endswith(SUFFIX):
                with suppress(OSError):
                    if found.stat(follow_symlinks=False).st_mtime < time.time() - STALE:
                        os.unlink(found.path)


def read_json(path: Path) -> Any | None:
    """Return what the file holds, or None if it is missing or damaged; a damaged file is set aside.

    Raises OSError if the file is there but cannot be read: it may be whole, so it must not be overwritten.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        set_aside(path)
        return None


def set_aside(path: Path) -> Path | None:
    """Rename the file to `<name>.damaged`, or a numbered one, so that its text is not lost to the next write.

    Returns the new path, or None if the file could not be moved: a reader goes on without it either way.
    """
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.damaged" + (f"-{number}" if number > 1 else ""))
        if not os.path.lexists(aside):
            break
    try:
        path.rename(aside)
    except OSError:
        return None
    return aside


def _fill(handle: int, data: bytes, mode: int) -> None:
    """Write all data to the handle and to the disk, and only then give rights beyond 0600."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    if mode != 0o600:
        os.fchmod(handle, mode)
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file last; file systems that cannot sync a folder are left alone."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
