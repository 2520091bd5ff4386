"""Atomic files: after a crash or a power cut a file is the old one or the new one, never a part."""

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
from tui.storage.regular_file import read_regular_file
from tui.storage.safe_paths import follow_links, replaceable

PREFIX, SUFFIX = ".letta-tui-", ".tmp"
STALE = 3600.0
"""Age in seconds of a temporary file from which on it counts as left behind by a killed program."""

_swept: set[Path] = set()

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""Errors of file systems without hard links."""

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file by this text as UTF-8, on disk when the call returns; a symbolic link stays one.

    Raises OSError where the disk refuses, for anything but a regular file and for a link that others may
    have planted, and UnicodeEncodeError for a lone surrogate, all with the old file intact and no file left behind.
    Only a failure to sync the folder comes after the replacement: the new file is there, but a power cut may
    still undo it.
    """
    target = replaceable(path)
    name = _temporary(target.parent, text, mode)
    try:
        os.replace(name, target)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def create_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Create a file with this text, on disk when the call returns; one that is there, or appears meanwhile, stays.

    Raises FileExistsError for such a file or link, and what `write_text` raises.
    """
    folder = follow_links(path.parent)
    name = _temporary(folder, text, mode)
    try:
        _link(name, folder / path.name)
    finally:
        with suppress(OSError):
            name.unlink(missing_ok=True)
    _sync_folder(folder)


def _link(name: Path, path: Path) -> None:
    try:
        os.link(name, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # An empty file of the name comes first: only its creation is exclusive, and a rename would replace any file.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            os.rename(name, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _temporary(folder: Path, text: str, mode: int) -> Path:
    """Write a text, synced to disk, in the folder of the file it is for."""
    data = memoryview(text.encode())  # whose repr is not the text: a crash prints local variables
    _sweep(create_private(folder))
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
    try:
        try:
            _fill(handle, data, mode)
        finally:
            os.close(handle)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Lock a folder, so that no other running instance writes between a read and a write.

    The folder itself is locked, which leaves no lock file behind; file systems without locks are not locked.
    """
    handle = os.open(create_private(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def open_locked(path: Path, flags: int = 0) -> int:
    """Open a file for reading and writing, created if it is missing, and lock it until the handle is closed.

    One that another running instance replaced or removed before it was locked is opened again. File systems
    without locks are not locked. Raises OSError.
    """
    flags |= os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        handle = os.open(path, flags, 0o600)
        try:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_same_file(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _sweep(folder: Path) -> None:
    """Remove, once per run, temporary files of killed programs; young ones may be another instance's."""
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < time.time() - STALE:
                        os.unlink(entry.path)


def read_json(path: Path) -> Any | None:
    """Return the decoded file, or None if it is missing or damaged; a damaged file is set aside.

    Raises OSError if the file is there but cannot be read: it may be whole, so it must not be overwritten.
    """
    try:
        data = read_regular_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        set_aside(path)
        return None


def set_aside(path: Path) -> Path | None:
    """Rename the file to `<name>.damaged`, or a numbered one, so that its text is not lost to the next write.

    Returns the new path, or None if the file could not be moved; a reader carries on without it either way.
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


def _fill(handle: int, rest: memoryview, mode: int) -> None:
    """Write and sync all data, and only then give rights beyond 0600."""
    while rest:
        rest = rest[os.write(handle, rest) :]
    if mode != 0o600:
        os.fchmod(handle, mode)
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Sync the new name of a file to disk, where the file system can."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
