"""The folders of letta-tui under the XDG base directories."""

import contextlib
import os
from pathlib import Path

_NAME = "letta-tui"


def config_dir() -> Path:
    """Return the folder of what the user wrote, `config.toml`; it is not created here."""
    return _base("XDG_CONFIG_HOME", ".config") / _NAME


def state_dir() -> Path:
    """Return the folder of drafts and recent agents; the first write creates it, a look leaves no trace."""
    return _base("XDG_STATE_HOME", ".local/state") / _NAME


def create_private(folder: Path) -> Path:
    """Create the folder and every missing parent with mode 0700, and return the folder.

    `Path.mkdir(parents=True)` gives the parents the mode of the umask, which may let others read them.
    """
    for missing in [parent for parent in (*reversed(folder.parents), folder) if not parent.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)
    return folder


def make_private(folder: Path) -> Path:
    """Create the folder if it is missing and take the rights of others on it away, if the disk has any."""
    create_private(folder)
    mode = folder.stat().st_mode
    if mode & 0o077:
        with contextlib.suppress(OSError):
            folder.chmod(mode & 0o700)
    return folder


def _base(variable: str, fallback: str) -> Path:
    """Return the folder that the variable names; the XDG specification has relative ones ignored."""
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else Path.home() / fallback
