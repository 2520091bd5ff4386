"""Copies of what is deleted: whole, private, never over another one, or an error."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tui.storage.backups import Backups

AT = datetime(2026, 11, 22, 0, 33, 28, tzinfo=UTC)
HELD = {
    "conversation": {"summary": "lone \ud83d, 🎉, \0, \x1b[31m"},
    "messages": [{"content": "x" * 200_000}],
}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_copy_comes_back_to_the_last_character(room: Path) -> None:
    path = Backups(room / "backups").save("conv-1", AT, HELD)
    assert json.loads(path.read_text()) == HELD
    assert path.name == "20261122T003328-conv-1.json"


def test_it_is_known_of_which_there_is_a_copy(room: Path) -> None:
    backups = Backups(room / "backups")
    assert backups.existing(["conv-1"]) == frozenset()
    for name in ("conv-1", "conv-2", "conv-2", "conv-ab-12"):
        backups.save(name, AT, HELD)
    assert backups.existing(["conv-1", "conv-2", "conv-ab-12", "conv-3"]) == {
        "conv-1",
        "conv-2",
        "conv-ab-12",
    }


def test_copies_are_private(room: Path) -> None:
    old_mask = os.umask(0)
    try:
        path = Backups(room / "state" / "backups").save("conv-1", AT, HELD)
    finally:
        os.umask(old_mask)
    assert mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


def test_no_copy_replaces_another(room: Path) -> None:
    backups = Backups(room)
    (room / "20261122T003328-conv-1-2.json").symlink_to(room / "nowhere")
    first, second = backups.save("conv-1", AT, HELD), backups.save("conv-1", AT, {})
    assert first != second
    assert second.name == "20261122T003328-conv-1-3.json"
    assert json.loads(first.read_text()) == HELD


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "\0", "é" * 300, "."])
def test_a_name_cannot_leave_the_folder(name: str, room: Path) -> None:
    assert Backups(room).save(name, AT, {}).parent == room


@pytest.mark.parametrize("call", ["write", "fsync", "link"])
def test_a_disk_that_refuses_is_an_error_and_leaves_nothing(
    call: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "injected")

    monkeypatch.setattr(f"tui.storage.atomic_files.os.{call}", refuse)
    with pytest.raises(OSError, match="injected"):
        Backups(room).save("conv-1", AT, HELD)
    assert list(room.iterdir()) == []


def test_a_disk_that_gives_back_something_else_is_an_error(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"{}")
    with pytest.raises(OSError, match="not what was written"):
        Backups(room).save("conv-1", AT, HELD)


def test_what_is_no_json_is_an_error(room: Path) -> None:
    with pytest.raises(OSError, match="JSON"):
        Backups(room).save("conv-1", AT, {"x": object()})
    assert list(room.iterdir()) == []


def test_two_processes_that_copy_at_once_take_two_names(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other copy appears after the name was found free."""
    link = os.link

    def beaten(source: Path, path: Path) -> None:
        if not list(room.glob("*.json")):
            path.write_text("theirs")
        link(source, path)

    monkeypatch.setattr(os, "link", beaten)
    path = Backups(room).save("conv-1", AT, HELD)
    assert path.name == "20261122T003328-conv-1-2.json"
    assert (room / "20261122T003328-conv-1.json").read_text() == "theirs"


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_links_gets_copies_too(
    code: int, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(code, "no links")

    monkeypatch.setattr(os, "link", no_links)
    paths = [Backups(room).save("conv-1", AT, HELD) for _ in range(2)]
    assert sorted(path.name for path in room.iterdir()) == sorted(path.name for path in paths)
    assert len(set(paths)) == 2
