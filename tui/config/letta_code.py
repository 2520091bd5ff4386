"""Where Letta Code stores its agents on this machine, and whether a folder is such a store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tui.config.problems import SettingsError

VARIABLE = "LETTA_LOCAL_BACKEND_DIR"
"""What replaces the usual folder, for Letta Code too."""

USUAL = "~/.letta/lc-local-backend"
FOLDERS = ("agents", "conversations")
"""Folders of a store; a new store may have only the first."""


def default_store(environ: Mapping[str, str]) -> Path:
    """The folder that Letta Code itself would use."""
    return Path(os.path.expanduser(environ.get(VARIABLE, "").strip() or USUAL))


def is_store(path: Path) -> bool:
    """Return whether there is a store in this folder, as far as its names show; nothing in it is read."""
    return any(os.path.isdir(path / name) for name in FOLDERS)


def found_store(environ: Mapping[str, str]) -> Path | None:
    """The folder that Letta Code would use if there is a store in it, to be offered; None if there is none."""
    path = default_store(environ)
    return path if is_store(path) else None


def check_store(path: Path) -> Path:
    """Return the folder; raises SettingsError if it is not a store."""
    if not os.path.isdir(path):
        raise SettingsError(
            f"folder {str(path)!r}",
            f"does not exist: Letta Code stores its agents in {USUAL}; use --letta-code DIR for another folder",
        )
    if not is_store(path):
        raise SettingsError(
            f"folder {str(path)!r}", "contains no Letta Code agents: it has no folder named agents"
        )
    return path


def store_address(path: Path) -> str:
    """The address of a store: drafts, journal and state are stored under it, and nothing is sent there.

    It is that of the folder itself, whichever link leads to it.
    """
    return f"http://letta-code-{sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]}"
