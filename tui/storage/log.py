"""The log file: requests and errors, readable by its owner only."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path

from tui.model.text import visible


class HarmlessFormatter(logging.Formatter):
    """Text of servers and errors in a form that no terminal obeys, since logs are read in one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its traceback, control characters made visible."""
        return visible(super().format(record))


def make_errors_harmless() -> None:
    """What is logged without a log file goes to standard error, where it must not control a terminal."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(HarmlessFormatter())


def start_log(path: Path) -> None:
    """Append this program's log to a file of mode 0600; raises OSError where it cannot be written.

    httpcore is limited to warnings: its debug lines contain headers, and so the API key.
    """
    stream = os.fdopen(_open(path), "a", encoding="utf-8", buffering=1)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpcore").setLevel(logging.WARNING)


def _open(path: Path) -> int:
    """Open a file for appending, and take away the rights of others; a pipe would wait for its reader."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode):
            if status.st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
            if status.st_mode & 0o177:
                os.fchmod(handle, 0o600)
        elif not stat.S_ISCHR(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return handle
