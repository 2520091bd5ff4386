"""No program that is started from here is given an API key, whatever holds it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tui.config.api_key_sources import ApiKeyCommand
from tui.config.child_environment import child_environment
from tui.config.external_programs import ExternalProgram
from tui.flows.shell_command import pipe
from tui.letta.transport import Wire
from tui.storage.paths import config_dir
from tui.ui import clipboard
from tui.ui.clipboard import copy_locally
from tui.ui.external_programs import edit_outside, view_outside

LAB, HIDDEN, FILE = "sk-lab-0123456789", "sk-hidden-0123456789", "sk-file-0123456789"

ENVIRON = {
    "PATH": os.defpath,
    "LETTA_API_KEY": "sk-letta-0123456789",
    "LETTA_BASE_URL": "http://localhost:8283",
    "LAB_KEY": f" {LAB}\n",
    "HIDDEN_KEY": HIDDEN,
    "COPY": LAB,
    "HEADER": f"Authorization: Bearer {FILE}",
    "TOKEN_OF_ANOTHER_PROGRAM": "stays",
}
LEFT = {"PATH", "LETTA_BASE_URL", "TOKEN_OF_ANOTHER_PROGRAM"}


@pytest.fixture
def profiles(tmp_path: Path) -> None:
    """Profiles in both files; one of config.toml hides one of profiles.toml, and one names no regular file."""
    key = tmp_path / "lab.key"
    key.write_text(f"{FILE}\n")
    key.chmod(0o600)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f"""
[profiles.lab]
base_url = "https://lab.example"
api_key_env = "LAB_KEY"

[profiles.file]
base_url = "https://file.example"
api_key_file = "{key}"

[profiles.fifo]
base_url = "https://fifo.example"
api_key_file = "{fifo}"
""")
    (config_dir() / "profiles.toml").write_text("""
[profiles.lab]
base_url = "https://lab.example"
api_key_env = "HIDDEN_KEY"
""")


@pytest.mark.usefixtures("profiles")
def test_no_variable_of_a_profile_and_no_key_of_one_is_left() -> None:
    assert set(child_environment(ENVIRON)) == LEFT


def test_the_key_in_use_is_left_in_no_variable() -> None:
    Wire("http://localhost", "sk-typed-0123456789")
    environ = {"A": "sk-typed-0123456789", "B": "https://x/?key=sk-typed-0123456789", "C": "c"}
    assert child_environment(environ) == {"C": "c"}
    assert child_environment({"A": " given ", "B": "b"}, "given") == {"B": "b"}


def test_a_short_key_takes_no_other_variable_along() -> None:
    environ = {"LETTA_API_KEY": "1", "SHLVL": "1", "LINES": "21"}
    assert child_environment(environ) == {"LINES": "21"}


def test_settings_files_that_cannot_be_read_take_away_nothing_but_the_key() -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text("[profiles")
    (config_dir() / "profiles.toml").mkdir()
    assert child_environment({"LETTA_API_KEY": "key", "A": "a"}) == {"A": "a"}


class Terminal:
    """An app whose terminal another program can have."""

    @contextmanager
    def suspend(self) -> Iterator[None]:
        yield


def edit(folder: Path) -> None:
    app: Any = Terminal()
    edit_outside(app, "text")


def view(folder: Path) -> None:
    app: Any = Terminal()
    view_outside(app, ExternalProgram((str(folder / "program"),), "program"), "text", ".txt")


def copy(folder: Path) -> None:
    copy_locally("text")


def fetch_key(folder: Path) -> None:
    ApiKeyCommand(str(folder / "program"), "lab")()


def pipe_text(folder: Path) -> None:
    asyncio.run(pipe(str(folder / "program"), "text"))


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("start", [edit, view, copy, fetch_key, pipe_text])
def test_every_program_is_started_so(
    start: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nenv > '{tmp_path}/seen'\necho key\n")
    program.chmod(0o700)
    monkeypatch.setattr(clipboard, "PROGRAMS", (("program", ()),))
    ours = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "EDITOR": str(program)}
    for name, value in (ENVIRON | ours).items():
        monkeypatch.setenv(name, value)
    start(tmp_path)
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    assert set(seen) >= LEFT
    assert not (set(ENVIRON) - LEFT) & set(seen)
