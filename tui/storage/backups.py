"""Backups of what is about to be deleted, one JSON file each."""

import errno
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.storage.atomic_files import create_text
from tui.storage.paths import make_private


class Backups:
    """The backups in a folder; none is ever overwritten. Every method touches the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, name: str, at: datetime, content: Mapping[str, Any]) -> Path:
        """Write a backup, read it back, and return its path; raises OSError if it is not complete on disk."""
        try:
            text = json.dumps(content, ensure_ascii=True, indent=1)
        except (ValueError, TypeError, RecursionError) as problem:
            raise OSError(errno.EINVAL, f"it cannot be written as JSON: {problem}") from None
        make_private(self.folder)
        stem = f"{at:%Y%m%dT%H%M%S}-{_safe_name(name)}"
        for number in itertools.count(1):
            path = self.folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
            with suppress(FileExistsError):
                create_text(path, text + "\n")
                break
        if path.read_bytes() != text.encode("ascii") + b"\n":
            raise OSError(errno.EIO, "what the disk returned is not what was written")
        return path

    def existing(self, names: Iterable[str]) -> frozenset[str]:
        """The names of which there is a backup already."""
        try:
            stems = {path.stem.partition("-")[2] for path in self.folder.glob("*.json")}
        except OSError:
            return frozenset()
        stems |= {re.sub(r"-\d+$", "", stem) for stem in stems}
        return frozenset(name for name in names if _safe_name(name) in stems)


def _safe_name(name: str) -> str:
    """A name that any file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "conversation"
