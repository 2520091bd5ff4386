"""Which paths are safe to write and read: no link that others may have planted, nothing but regular files."""

import errno
import os
import stat
from collections import deque
from pathlib import Path

MAX_LINKS = 40
"""Links on the way to one file, as Linux counts them."""


def follow_links(path: Path, *, reading: bool = False) -> Path:
    """Resolve every link on the way to a path, as the system does; what it names need not exist.

    Raises OSError for a link in a folder that others can write: they may have planted it, to have another file
    of the user written. For reading, a link of root's in a sticky folder counts as root's own: nobody else can
    have put it there, and mounted keys of containers look like that.
    """
    absolute = path if path.is_absolute() else Path.cwd() / path
    folder, rest, links = Path(absolute.anchor), deque(absolute.parts[1:]), 0
    while rest:
        part = rest.popleft()
        if part == "..":
            folder = folder.parent
            continue
        step = folder / part
        if not step.is_symlink():
            folder = step
            continue
        links += 1
        if links > MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if _may_be_planted(step, reading):
            raise OSError(
                errno.EPERM, "a link in a folder that others can write to is not followed", str(step)
            )
        target = Path(os.readlink(step))
        if target.is_absolute():
            folder = Path(target.anchor)
        rest.extendleft(reversed(target.parts[1:] if target.is_absolute() else target.parts))
    return folder


def is_open_to_others(folder: Path) -> bool:
    """Return whether anybody but the user and root can put files into a folder."""
    status = os.stat(folder)
    return bool(status.st_mode & 0o022) or status.st_uid not in (0, os.geteuid())


def refuse_planted_links(folder: Path) -> None:
    """Raise OSError if others can write to the folder and it has a link, which may then be theirs."""
    if not is_open_to_others(folder):
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                raise OSError(
                    errno.EPERM, "others can write to the folder, and it contains a link", entry.path
                )


def replaceable(path: Path) -> Path:
    """The file that a path names, links followed, if it is a regular one or not there; else raises OSError."""
    target = follow_links(path)
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return target
    refuse_irregular(mode, path)
    return target


def refuse_irregular(mode: int, path: Path) -> None:
    """Raise OSError for the mode of anything but a regular file."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def _may_be_planted(link: Path, reading: bool) -> bool:
    if not is_open_to_others(link.parent):
        return False
    is_sticky = bool(os.stat(link.parent).st_mode & stat.S_ISVTX)
    return not (reading and is_sticky and os.lstat(link).st_uid == 0)
