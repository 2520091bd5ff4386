"""Every file and folder that the program reads or writes, by a name for people."""

from __future__ import annotations

from pathlib import Path

from tui.config.config_file import CONFIG, PROFILES
from tui.storage.paths import config_dir, state_dir


def places(log_file: Path | None = None) -> dict[str, Path | None]:
    """The paths, whether anything is there or not; None for a log that nobody asked for."""
    config, state = config_dir(), state_dir()
    return {
        "config": config / CONFIG,
        "profiles": config / PROFILES,
        "keys": config / "keys",
        "state": state / "state.json",
        "drafts": state / "drafts",
        "journal": state / "journal",
        "backups": state / "backups",
        "visits": state / "visits",
        "pictures": state / "pictures",
        "log": log_file,
    }
