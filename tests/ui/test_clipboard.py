"""Clipboard programs: the first that takes the text, without a shell, never for long."""

import stat
from pathlib import Path

import pytest

from tui.ui import clipboard
from tui.ui.clipboard import copy_locally, copy_to_file


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)


def test_the_first_program_that_takes_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(clipboard, "PROGRAMS", (("none-such", ()), ("broken", ()), ("works", ("-x", "a b"))))
    program(tmp_path, "broken", "exit 1")
    program(tmp_path, "works", f'cat > {tmp_path}/got; echo "$2" >> {tmp_path}/got')
    assert copy_locally("Grüße; $(rm -rf ~)\n") == "works"
    assert (tmp_path / "got").read_text() == "Grüße; $(rm -rf ~)\na b\n"


def test_a_program_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(clipboard, "PROGRAMS", (("hangs", ()),))
    monkeypatch.setattr(clipboard, "TIMEOUT", 0.05)
    program(tmp_path, "hangs", "exec sleep 30")
    assert copy_locally("x") is None


def test_a_file_is_private_and_takes_any_text(tmp_path: Path) -> None:
    path = copy_to_file("half \ud800 \x1b[31m\r\n", tmp_path / "state")
    assert path.read_bytes() == b"half ? \x1b[31m\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
