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
        """Return the record with its traceback, control characters made visible."""
        return visible(super().format(record))


def make_errors_harmless() -> None:
    """What is logged without a log file goes to standard error, where it must not control a terminal."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(HarmlessFormatter())


class LogFile(logging.Handler):
    """Appends each record as one write, so that programs that share the file never mix their lines.

    A failing disk does not stop it: `problem` is the first error.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, which others cannot read; raises OSError."""
        super().__init__()
        self.problem: OSError | None = None
        self._descriptor = _open(path)
        self.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; half a surrogate pair in it is spelled out."""
        data = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        try:
            if os.write(self._descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self.problem = self.problem or error

    def close(self) -> None:
        """Close the file."""
        super().close()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def start_log(path: Path) -> LogFile:
    """Append this program's log to a file of mode 0600; raises OSError where it cannot be written.

    httpcore is limited to warnings: its debug lines contain headers, and so the API key.
    """
    handler = LogFile(path)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    return handler


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
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return handle
