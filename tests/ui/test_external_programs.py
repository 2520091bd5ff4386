"""Programs of the user's own: which one is meant, and what becomes of the text."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tui.config.external_programs import find_editor, find_pager
from tui.ui.external_programs import edit_outside, view_outside


class Terminal:
    """An app that gives its terminal away at once."""

    def suspend(self) -> nullcontext[None]:
        return nullcontext()


@pytest.fixture
def app() -> Any:
    return Terminal()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(program))


@pytest.mark.parametrize(
    ("environ", "command", "name"),
    [
        ({}, ("vi",), "vi"),
        ({"EDITOR": "nano"}, ("nano",), "nano (EDITOR)"),
        ({"VISUAL": "code --wait", "EDITOR": "nano"}, ("code", "--wait"), "code (VISUAL)"),
        ({"VISUAL": "", "EDITOR": "nano"}, ("nano",), "nano (EDITOR)"),
        ({"VISUAL": " \t\n", "EDITOR": "nano"}, ("nano",), "nano (EDITOR)"),
        ({"VISUAL": "   ", "EDITOR": "   "}, ("vi",), "vi"),
        ({"EDITOR": "\u00a0"}, ("vi",), "vi"),
        (
            {"EDITOR": "'/nowhere/my editor/ed' -c 'set tw=0'"},
            ("/nowhere/my editor/ed", "-c", "set tw=0"),
            None,
        ),
    ],
)
def test_the_editor_is_the_first_variable_that_is_not_blank(
    environ: dict[str, str], command: tuple[str, ...], name: str | None
) -> None:
    found = find_editor(environ)
    assert found.command == command
    assert name is None or found.name == name


@pytest.mark.parametrize(
    ("value", "command"),
    [("", ("less", "-R")), ("  ", ("less", "-R")), ("more -s", ("more", "-s"))],
)
def test_the_pager_is_less_unless_it_is_named(value: str, command: tuple[str, ...]) -> None:
    assert find_pager({"PAGER": value}).command == command


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("vim 'x", "EDITOR cannot be split into words: no closing quotation"),
        ("vim \\", "EDITOR cannot be split into words: no escaped character"),
        ("''", "EDITOR does not name a program"),
        ("' ' -x", "EDITOR does not name a program"),
    ],
)
def test_what_names_no_program_is_one_sentence_that_names_the_variable(value: str, words: str) -> None:
    with pytest.raises(OSError, match=f"^{words}"):
        find_editor({"EDITOR": value})


@pytest.mark.parametrize("value", ["  ", "''", "vim '", "/nowhere/editor", "/"])
def test_the_temporary_file_is_never_executed(
    value: str, app: Any, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was, where EDITOR was blank: its name was all that was left of the command."""
    ran = tmp_path / "ran"
    monkeypatch.setenv("PATH", str(tmp_path))  # without a vi
    monkeypatch.setenv("EDITOR", value)
    with pytest.raises(OSError, match=r"EDITOR|^vi could not be started"):
        edit_outside(app, f"#!/bin/sh\ntouch {ran}\n")
    assert not ran.exists()
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "written", "edited"),
    [
        ("old", r"new", "new"),
        ("old", r"new\n", "new"),
        ("old\n", r"new\n", "new\n"),
        ("old", r"\357\273\277new\n", "new"),
        ("\ufeffold", r"\357\273\277new\n", "\ufeffnew"),
        ("old", r"one\r\ntwo\r\n", "one\ntwo"),
        ("one\r\ntwo", r"one\r\ntwo\n", "one\r\ntwo"),
        ("old", r"\377", "\udcff"),
        ("old", "", ""),
    ],
)
def test_what_editors_add_is_taken_away_and_nothing_else(
    text: str,
    written: str,
    edited: str,
    app: Any,
    room: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    editor(tmp_path, monkeypatch, f"printf '{written}' > \"$1\"")
    assert edit_outside(app, text) == edited
    assert list(room.iterdir()) == []


def test_an_editor_that_fails_changes_nothing(
    app: Any, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, 'echo new > "$1"; exit 1')
    assert edit_outside(app, "old") is None
    assert list(room.iterdir()) == []


def test_an_editor_that_takes_the_file_away_is_said(
    app: Any, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, 'rm "$1"')
    with pytest.raises(OSError, match="No such file"):
        edit_outside(app, "old")
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(("owner", "call"), [(tempfile, "mkdtemp"), (Path, "open")])
def test_a_full_disk_is_not_blamed_on_the_editor(
    owner: Any, call: str, app: Any, room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "exit 0")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def refuse(*_: Any, **__: Any) -> Any:
        raise full

    monkeypatch.setattr(owner, call, refuse)
    with pytest.raises(OSError, match=r"^no temporary file can be written: No space left"):
        edit_outside(app, "old")
    with pytest.raises(OSError, match=r"^no temporary file can be written: No space left"):
        view_outside(app, find_pager(), "old", ".txt")
    assert list(room.iterdir()) == []
