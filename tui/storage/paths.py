"""Where letta-tui reads and writes: its folders under the XDG base directories, and every file in them."""

import contextlib
import os
import pwd
from pathlib import Path

from tui.storage.safe_paths import follow_links, refuse_planted_links

_NAME = "letta-tui"
CONFIG_FILE, PROFILES_FILE = "config.toml", "profiles.toml"
"""Settings files: the user writes the first, the program the second."""


class NoHome(OSError):
    """Neither the environment nor the system names a home folder; the text says which variables would."""


def config_dir() -> Path:
    """Return the folder of the settings files; it is not created here. Raises NoHome."""
    return _base("XDG_CONFIG_HOME", ".config") / _NAME


def state_dir() -> Path:
    """Return the folder of drafts, journal, backups and state; only the first write creates it. Raises NoHome."""
    return _base("XDG_STATE_HOME", ".local/state") / _NAME


def all_paths(log_file: Path | None = None) -> dict[str, Path | None]:
    """Every file and folder by a name for people, whether it exists or not; None for a log that is not written."""
    config, state = config_dir(), state_dir()
    return {
        "config": config / CONFIG_FILE,
        "profiles": config / PROFILES_FILE,
        "keys": config / "keys",
        "state": state / "state.json",
        "drafts": state / "drafts",
        "journal": state / "journal",
        "backups": state / "backups",
        "visits": state / "visits",
        "runs": state / "runs",
        "log": log_file,
    }


def create_private(folder: Path) -> Path:
    """Create the folder and every missing parent with mode 0700, and return the folder.

    `Path.mkdir(parents=True)` gives the parents the mode of the umask, which may let others read them.
    """
    for missing in [parent for parent in (*reversed(folder.parents), folder) if not parent.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)
    return folder


def make_private(folder: Path) -> Path:
    """Create the folder if it is missing, and take away the rights of others, if the file system has any.

    Raises OSError for a link that others may have planted on the way to it or, while they could write it, in it:
    once the folder is private, its links count as the user's own.
    """
    follow_links(folder)
    create_private(folder)
    mode = folder.stat().st_mode
    if mode & 0o077:
        refuse_planted_links(folder)
        with contextlib.suppress(OSError):
            folder.chmod(mode & 0o700)
    return folder


def _base(variable: str, fallback: str) -> Path:
    """Return the folder that the variable names; the XDG specification has relative ones ignored."""
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else _home(variable) / fallback


def _home(variable: str) -> Path:
    """Return the home folder: HOME, else that of the user database; a relative one would be another each time."""
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        with contextlib.suppress(KeyError):
            home = pwd.getpwuid(os.getuid()).pw_dir
    if not os.path.isabs(home):
        raise NoHome(f"HOME is not a folder, and this user has none: set HOME or {variable}")
    return Path(home)
