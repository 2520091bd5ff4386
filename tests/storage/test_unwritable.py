"""Every file that the program writes, on a home that cannot be written and on a full disk, by real refusals."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.writers import IMPOSSIBLE, NOBODY, WRITERS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def open_room() -> Iterator[Path]:
    """A folder that another user can look into, which the folders of pytest are not."""
    room = Path(tempfile.mkdtemp(prefix="letta-tui-test-"))
    room.chmod(0o755)
    try:
        yield room
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(room)], check=True)
        shutil.rmtree(room)


def environment(room: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return kept | {"HOME": str(room), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def written(how: str, room: Path) -> dict[str, Any]:
    """What became of every write where that cannot be."""
    command = [sys.executable, "-m", "tests.storage.writers", how]
    done = subprocess.run(
        command, env=environment(room), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == IMPOSSIBLE:
        pytest.skip("root may not become another user here")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert set(answer["first"].values()) == {"written"}, answer["first"]
    return answer


@pytest.mark.parametrize("how", ["read-only", "full"])
def test_a_refused_write_is_an_error_and_leaves_the_old_file(how: str, open_room: Path) -> None:
    answer = written(how, open_room)
    words = "File too large" if how == "full" else "Permission denied"
    refused = {name for name, said in answer["second"].items() if words in said}
    assert refused == set(WRITERS), answer["second"]
    assert answer["same"], "no file was changed, and none was left behind"
    assert len(answer["files"]) >= 9


def run(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run the program in an environment with these changes; None takes a variable away."""
    environ = {name: value for name, value in os.environ.items() if changes.get(name, value) is not None}
    environ |= {name: value for name, value in changes.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env=environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("stream", [">", "1>&- 2>", ">&"])
def test_a_full_disk_behind_the_output_is_one_line(stream: str, tmp_path: Path) -> None:
    """Also where errors go to the same file, or nowhere: the exit code still says it."""
    command = (
        f"ulimit -f 0; exec {sys.executable} -m tui list --demo --agent Ada --json {stream} {tmp_path}/out"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if stream == ">":
        assert done.stderr == "letta-tui: the output cannot be written: File too large\n"
    else:
        assert done.stderr == ""
    assert done.returncode == (0 if "1>&-" in stream else 2)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_parent_has_closed_is_no_crash(closed: str, tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m tui list --demo --agents {closed}"
    done = subprocess.run(
        ["bash", "-c", command],
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr in ("", "6 agents\n")
    assert bool(done.stdout) is (">&-" not in closed.replace("2>&-", ""))


@pytest.mark.parametrize("home", [None, "", "relative/folder"])
def test_without_a_home_the_home_of_the_user_database_counts(home: str | None) -> None:
    done = run("info", "--json", HOME=home, XDG_CONFIG_HOME=None, XDG_STATE_HOME=None)
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout)["paths"]["state"]["path"]
    assert os.path.isabs(state)
    assert "relative" not in state


NO_HOME = """
import pwd, sys
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
from tui.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "environ", "variable"),
    [
        (["info"], {}, "XDG_CONFIG_HOME"),
        (["list", "--demo", "--agents"], {"XDG_CONFIG_HOME": "/nowhere"}, "XDG_STATE_HOME"),
        (["--demo"], {"XDG_STATE_HOME": "/nowhere"}, "XDG_CONFIG_HOME"),
        (["list", "--demo", "--agents"], {"XDG_CONFIG_HOME": "/nowhere", "XDG_STATE_HOME": "/nowhere"}, ""),
        (["help"], {}, ""),
    ],
)
def test_a_user_without_a_home_is_told_which_variables_help(
    arguments: list[str], environ: dict[str, str], variable: str
) -> None:
    """As in a container that runs under a number that no user has."""
    kept = {
        name: value for name, value in os.environ.items() if name != "HOME" and not name.startswith("XDG_")
    }
    done = subprocess.run(
        [sys.executable, "-c", NO_HOME, *arguments],
        env=kept | environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if variable:
        words = f"letta-tui: HOME is not a folder, and this user has none: set HOME or {variable}\n"
        assert (done.returncode, done.stderr) == (2, words)
    else:
        assert done.returncode == 0
        assert "HOME" not in done.stderr


def test_a_home_that_cannot_be_searched_is_said(open_room: Path) -> None:
    """Not taken for one without settings: what stands there may forbid writing to a server."""
    closed = open_room / "home"
    (closed / ".config" / "letta-tui").mkdir(parents=True)
    closed.chmod(0)
    script = f"""
import importlib, os, pkgutil, sys, tui
for module in pkgutil.walk_packages(tui.__path__, "tui."):
    if not module.name.startswith(("tui.web", "tui.__main__")):
        importlib.import_module(module.name)
from tui.cli import main
if os.geteuid() == 0:
    try:
        os.setgroups([]); os.setegid({NOBODY}); os.seteuid({NOBODY})
    except PermissionError:
        sys.exit({IMPOSSIBLE})
sys.exit(main(sys.argv[1:]))
"""
    for arguments in (["list", "--demo", "--agents"], ["info"], ["--demo", "--log-file", "~/log"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=environment(closed),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == IMPOSSIBLE:
            pytest.skip("root may not become another user here")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "cannot be read: Permission denied" in done.stderr or "existing folder" in done.stderr
