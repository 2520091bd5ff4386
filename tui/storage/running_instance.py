"""Which process a file belongs to: one that still runs, or one that has ended, however it ended."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tui.storage.atomic_files import open_locked

SUFFIX = ".lock"
MAX_BYTES = 1000


class Process(NamedTuple):
    """A process as its lock file names it; 0 and "" where the file does not say."""

    pid: int = 0
    host: str = ""

    def __str__(self) -> str:
        here = self.host in ("", socket.gethostname())
        return f"process {self.pid}" + ("" if here else f" on {self.host}")


class RunningInstance:
    """This run of the program, as others see it in a folder: a file that stays locked for as long as it runs.

    The system drops the lock when the process ends, after a crash or a kill too. Where the file system has no locks,
    the process id in the file decides, and an instance on another machine counts as running.
    """

    def __init__(self, folder: Path) -> None:
        self.id = secrets.token_hex(6)
        self._folder = folder
        self._handle: int | None = None

    def announce(self) -> None:
        """Lock the file of this instance, unless it is; raises OSError."""
        if self._handle is not None:
            return
        path = self._path(self.id)
        handle = open_locked(path, os.O_TRUNC)
        try:
            os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        except OSError:  # a full disk: an empty file would stay in the folder
            with contextlib.suppress(OSError):
                path.unlink()
            os.close(handle)
            raise
        self._handle = handle

    def end(self, *, remove: bool) -> None:
        """Appear to others as ended from now on; `remove` the file too if nothing in the folder is this instance's."""
        handle, self._handle = self._handle, None
        if handle is not None:
            if remove:
                with contextlib.suppress(OSError):
                    self._path(self.id).unlink()
            os.close(handle)

    def is_running(self, instance: str) -> bool:
        """Return whether another instance is still running; "" means none."""
        if not instance:
            return False
        try:
            handle = os.open(self._path(instance), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return _is_alive(self.process(instance))
        finally:
            os.close(handle)
        return False

    def process(self, instance: str) -> Process:
        """The process of another instance."""
        try:
            fields = json.loads(self._path(instance).read_bytes()[:MAX_BYTES])
            return Process(int(fields["pid"]), str(fields["host"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Process()

    def remove_ended(self, owners: frozenset[str]) -> None:
        """Remove the files of instances that have ended, but for those that still own something in the folder."""
        for instance in self._instances():
            if instance not in owners and instance != self.id and not self.is_running(instance):
                with contextlib.suppress(OSError):
                    self._path(instance).unlink()

    def _instances(self) -> Iterator[str]:
        with contextlib.suppress(OSError):
            for name in os.listdir(self._folder):
                if name.endswith(SUFFIX):
                    yield name.removesuffix(SUFFIX)

    def _path(self, instance: str) -> Path:
        return self._folder / f"{instance}{SUFFIX}"


def _is_alive(process: Process) -> bool:
    if process.host != socket.gethostname():
        return True
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
