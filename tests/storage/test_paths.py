from pathlib import Path

import pytest

from tui.storage.paths import config_dir, create_private, make_private, state_dir


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folders_follow_xdg_at_call_time(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(room / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(room / "s"))
    assert config_dir() == room / "c" / "letta-tui"
    assert state_dir() == room / "s" / "letta-tui"
    monkeypatch.setenv("XDG_STATE_HOME", str(room / "t"))
    assert state_dir() == room / "t" / "letta-tui"


@pytest.mark.parametrize("value", [None, "", "relative/folder"])
def test_without_a_usable_variable_the_home_folder_is_used(
    value: str | None, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(room))
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    assert config_dir() == room / ".config" / "letta-tui"
    assert state_dir() == room / ".local" / "state" / "letta-tui"


def test_asking_for_a_folder_creates_nothing(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(room / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(room / "s"))
    config_dir(), state_dir()
    assert list(room.iterdir()) == []


def test_created_parents_are_private_too(room: Path) -> None:
    folder = create_private(room / "a" / "b" / "c")
    assert [mode(one) for one in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3
    assert create_private(folder) == folder


def test_only_make_private_tightens_what_exists(room: Path) -> None:
    folder = room / "open"
    folder.mkdir()
    folder.chmod(0o755)
    create_private(folder)
    assert mode(folder) == 0o755
    make_private(folder)
    assert mode(folder) == 0o700
