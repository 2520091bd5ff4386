"""Install a pinned official Python client of Letta into a virtual environment of its own (about 20 MB)."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 600


def installed(folder: Path, version: str, environment: Mapping[str, str]) -> Path:
    """Make sure that this version of the client is below the folder; returns the interpreter that imports it."""
    venv = folder / f"letta-client-{version}"
    python, marker = venv / "bin/python", venv / "installed.txt"
    recipe = f"letta-client=={version}\n"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (folder / f"letta-client-{version}.busy").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists() and marker.read_text() == recipe and python.exists():
            return python
        shutil.rmtree(venv, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(venv)], environment)
        _run([str(python), "-m", "pip", "install", "-qq", recipe.strip()], environment)
        marker.write_text(recipe)
    return python


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
