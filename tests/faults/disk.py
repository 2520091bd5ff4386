"""File system calls that fail or end the program at the n-th one, in this process and for this thread only."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

CALLS: tuple[tuple[ModuleType, str], ...] = (
    *(
        (os, name)
        for name in (
            "open", "write", "fsync", "close", "replace", "rename", "link", "unlink", "mkdir", "fchmod", "chmod",
        )
    ),
    (fcntl, "flock"),
)  # fmt: skip
"""Everything that changes a disk, or holds others back from it."""


class Killed(BaseException):
    """The program ended here: nothing of it touches the disk any more, no cleaning up either."""


@dataclass
class Disk:
    """Counts calls; the n-th one fails with `code`, or kills, `torn` after half of what was to be written."""

    at: int = 0
    code: int | None = None
    torn: bool = False
    seen: int = 0
    dead: bool = False
    struck: str = ""
    """The call that failed or killed."""
    open: list[int] = field(default_factory=list)

    def call(self, name: str, real: Callable[..., Any], args: Any, told: Any) -> Any:
        """One call of this thread."""
        if self.dead:
            raise Killed
        self.seen += 1
        if self.seen == self.at:
            self.struck = name
            if self.code is not None:
                if name == "close":
                    self.open.remove(args[0])
                    real(*args, **told)
                raise OSError(self.code, os.strerror(self.code))
            if self.torn and name == "write":
                real(args[0], bytes(args[1][: max(1, len(args[1]) // 2)]))
            self.dead = True
            raise Killed
        answer = real(*args, **told)
        if name == "open":
            self.open.append(answer)
        elif name == "close" and args[0] in self.open:
            self.open.remove(args[0])
        return answer


@contextmanager
def disk(at: int = 0, *, code: int | None = None, torn: bool = False) -> Iterator[Disk]:
    """Let the n-th call of this thread fail or kill; with 0, only count."""
    found, here = Disk(at, code, torn), threading.get_ident()
    with pytest.MonkeyPatch.context() as patch:
        for module, name in CALLS:
            patch.setattr(module, name, _watched(found, here, name, getattr(module, name)))
        with suppress(Killed):
            yield found
    for handle in found.open:  # which the system closes for a program that ended
        os.close(handle)


def _watched(found: Disk, here: int, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*args: Any, **told: Any) -> Any:
        if threading.get_ident() != here:
            return real(*args, **told)
        return found.call(name, real, args, told)

    return watched


CODES = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT)
