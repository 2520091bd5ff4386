"""Copies of what is about to be deleted, one file each, whole or not there."""

import errno
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.storage.atomic_files import write_text
from tui.storage.paths import make_private


class Backups:
    """The copies in a folder; nothing is ever overwritten. Every method touches the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, at: datetime, held: Mapping[str, Any]) -> Path:
        """Write the copy as JSON, read it back, and return its path; raises OSError if it is not whole on disk."""
        try:
            text = json.dumps(held, ensure_ascii=True, indent=1)
        except (ValueError, TypeError, RecursionError) as problem:
            raise OSError(errno.EINVAL, f"it cannot be put into JSON: {problem}") from None
        make_private(self.folder)
        path = self._free(name, at)
        write_text(path, text + "\n")
        if path.read_bytes() != text.encode("ascii") + b"\n":
            raise OSError(errno.EIO, "the disk gave back something else than was written")
        return path

    def having(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these names of which there is a copy already."""
        try:
            stems = {path.stem.partition("-")[2] for path in self.folder.glob("*.json")}
        except OSError:
            return frozenset()
        stems |= {re.sub(r"-\d+$", "", stem) for stem in stems}
        return frozenset(name for name in names if _safe(name) in stems)

    def _free(self, name: str, at: datetime) -> Path:
        """A path of its own, which says when and what."""
        stem = f"{at:%Y%m%dT%H%M%S}-{_safe(name)}"
        path, number = self.folder / f"{stem}.json", 1
        while path.exists() or path.is_symlink():
            number += 1
            path = self.folder / f"{stem}-{number}.json"
        return path


def _safe(name: str) -> str:
    """A name that any file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "conversation"
