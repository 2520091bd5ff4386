"""Copies of what is about to be deleted, one file each, whole or not there."""

import errno
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.local.atomic import write_text
from tui.local.paths import make_private


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

    def _free(self, name: str, at: datetime) -> Path:
        """A path of its own, which says when and what."""
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "conversation"
        stem = f"{at:%Y%m%dT%H%M%S}-{safe}"
        path, number = self.folder / f"{stem}.json", 1
        while path.exists() or path.is_symlink():
            number += 1
            path = self.folder / f"{stem}-{number}.json"
        return path
