"""Where the installed server and its data live, so that PostgreSQL can use both."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.live.running import LiveError


def installs(environment: Mapping[str, str]) -> Path:
    """The folder that keeps one installed server per version between runs.

    `LETTA_TUI_LIVE_DIR`, else the user's cache, else a temporary folder: PostgreSQL refuses to run as root,
    and the user that it then runs as cannot enter a private home.
    """
    if chosen := environment.get("LETTA_TUI_LIVE_DIR"):
        return Path(chosen).expanduser().resolve()
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "letta-tui"
    if os.geteuid() != 0 or open_to_all(cache):
        return cache
    return _owned(Path(tempfile.gettempdir()) / f"letta-tui-{os.geteuid()}")


def fresh_data() -> Path:
    """A new folder for one server's database, logs and home; the caller deletes it."""
    data = Path(tempfile.mkdtemp(prefix="letta-tui-live-"))
    data.chmod(0o711)
    if os.geteuid() == 0 and not open_to_all(data):
        data.rmdir()
        raise LiveError(
            f"only root can enter {data.parent}, and PostgreSQL refuses root: set TMPDIR to another one"
        )
    return data


def open_to_all(folder: Path) -> bool:
    """Whether any user can reach the folder, as far as it exists already."""
    existing = [part for part in (folder, *folder.parents) if part.exists()]
    return all(part.stat().st_mode & stat.S_IXOTH for part in existing)


def _owned(folder: Path) -> Path:
    """The folder, made if needed; refused if another user made it, who could put programs there."""
    folder.mkdir(mode=0o755, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise LiveError(f"{folder} is not ours alone: remove it, or set LETTA_TUI_LIVE_DIR")
    return folder
