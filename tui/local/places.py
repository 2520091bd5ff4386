"""Every file and folder that the program reads or writes, by a name for people."""

from __future__ import annotations

from pathlib import Path

from tui.storage.paths import CONFIG_FILE, PROFILES_FILE, config_dir, state_dir


def places(log_file: Path | None = None) -> dict[str, Path | None]:
    """The paths, whether anything is there or not; None for a log that nobody asked for."""
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
        "log": log_file,
    }
