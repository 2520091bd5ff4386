import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui.storage import atomic_files
from tui.storage.atomic_files import read_json, set_aside, write_text

KILLED = """
import os, sys
from pathlib import Path
from tui.storage.atomic_files import write_text
name, call = sys.argv[2], int(sys.argv[3])
real, seen = getattr(os, name), 0
def dying(*args):
    global seen
    seen += 1
    if seen == call:
        os._exit(9)
    return real(*args)
setattr(os, name, dying)
write_text(Path(sys.argv[1]), "new" * 1000)
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def failing(real: Callable[..., Any], call: int = 1, code: int = errno.EIO) -> Callable[..., Any]:
    """Return the call with a fault at its n-th use."""
    seen = 0

    def faulty(*args: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == call:
            raise OSError(code, "injected")
        return real(*args)

    return faulty


def test_text_is_written_as_utf8_in_private(room: Path) -> None:
    path = room / "new folder" / "file"
    old_mask = os.umask(0)
    try:
        write_text(path, "a\r\nb\n🎉")
    finally:
        os.umask(old_mask)
    assert path.read_bytes() == "a\r\nb\n🎉".encode()
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_another_mode_can_be_asked_for(room: Path) -> None:
    write_text(room / "file", "x", mode=0o640)
    assert mode(room / "file") == 0o640


def test_an_open_file_becomes_private(room: Path) -> None:
    path = room / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_text(path, "new")
    assert mode(path) == 0o600


def test_a_symbolic_link_stays_one(room: Path) -> None:
    real, link = room / "dotfiles" / "real", room / "link"
    real.parent.mkdir()
    real.write_text("old")
    link.symlink_to(real)
    write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_the_temporary_file_is_private_before_it_holds_anything(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = os.write

    def looking(handle: int, data: bytes) -> int:
        seen.extend(mode(one) for one in room.iterdir())
        return real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", looking)
        write_text(room / "file", "x", mode=0o644)
    assert seen == [0o600]


def test_short_writes_are_continued(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:3])))
        write_text(room / "file", "0123456789")
    assert (room / "file").read_text() == "0123456789"


@pytest.mark.parametrize("step", ["write", "fsync", "replace", "close", "fchmod"])
def test_a_fault_at_any_step_leaves_the_old_file(
    step: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room / "file"
    path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(os, step, failing(getattr(os, step), code=errno.ENOSPC))
        with pytest.raises(OSError, match="injected"):
            write_text(path, "new", mode=0o640)
    assert path.read_text() == "old"
    assert list(room.iterdir()) == [path]


def test_a_full_disk_midway_leaves_the_old_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room / "file"
    path.write_text("old")
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", failing(lambda handle, data: real(handle, bytes(data[:1])), call=2))
        with pytest.raises(OSError, match="injected"):
            write_text(path, "new")
    assert path.read_text() == "old"
    assert list(room.iterdir()) == [path]


def test_an_interrupt_leaves_the_old_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room / "file"
    path.write_text("old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_text(path, "new")
    assert path.read_text() == "old"
    assert list(room.iterdir()) == [path]


def test_text_that_is_no_utf8_touches_nothing(room: Path) -> None:
    path = room / "file"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half \ud83d")
    assert path.read_text() == "old"


@pytest.mark.parametrize(("code", "raises"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_folder_that_cannot_be_synced_is_told_only_if_the_disk_fails(
    code: int, raises: bool, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room / "file"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync, call=2, code=code))
        if raises:
            with pytest.raises(OSError, match="injected"):
                write_text(path, "new")
        else:
            write_text(path, "new")
    assert path.read_text() == "new"
    assert list(room.iterdir()) == [path]


@pytest.mark.parametrize(
    ("step", "call", "left"),
    [("write", 1, "old"), ("fsync", 1, "old"), ("replace", 1, "old"), ("fsync", 2, "new" * 1000)],
    ids=["write", "sync", "replace", "sync of the folder"],
)
def test_a_process_killed_at_any_step_leaves_one_whole_file(
    step: str, call: int, left: str, room: Path
) -> None:
    path = room / "file"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), step, str(call)], check=False)
    assert done.returncode == 9
    assert path.read_text() == left


def test_what_was_written_is_read(room: Path) -> None:
    write_text(room / "file", '{"a": [1, null]}')
    assert read_json(room / "file") == {"a": [1, None]}


def test_a_missing_file_is_nothing(room: Path) -> None:
    (room / "file").write_text("")
    assert read_json(room / "none") is None
    assert read_json(room / "file" / "below") is None
    assert [one.name for one in room.iterdir()] == ["file"]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\xff", b"\0" * 64, b"[" * 200_000, b'{"a": 1} tail'])
def test_a_damaged_file_is_set_aside_whole(data: bytes, room: Path) -> None:
    path = room / "file.json"
    path.write_bytes(data)
    assert read_json(path) is None
    assert not path.exists()
    assert (room / "file.json.damaged").read_bytes() == data


def test_damaged_files_do_not_overwrite_each_other(room: Path) -> None:
    path = room / "file"
    for text in ("one", "two", "three"):
        path.write_text(text)
        assert read_json(path) is None
    kept = {one.name: one.read_text() for one in room.iterdir()}
    assert kept == {"file.damaged": "one", "file.damaged-2": "two", "file.damaged-3": "three"}


def test_a_file_that_cannot_be_moved_stays(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room / "file"
    path.write_text("{")
    monkeypatch.setattr(Path, "rename", failing(Path.rename))
    assert read_json(path) is None
    assert path.read_text() == "{"
    assert set_aside(room / "none") is None


def test_a_file_that_cannot_be_read_is_an_error_and_stays(room: Path) -> None:
    (room / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        read_json(room / "file")
    assert (room / "file").is_dir()
    assert atomic_files.read_json(room / "none") is None
