"""The program's own profiles: written by several processes at once, none of them forgets another's."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore

ADD = """
import sys
from tui.config.profiles import ProfileStore
sys.stdin.readline()
for number in range(5):
    ProfileStore().save(f"{sys.argv[1]}{number}", {"base_url": "https://x.example"})
"""
ROOT = Path(__file__).parents[2]


def written(folder: Path) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((folder / "profiles.toml").read_text())["profiles"]
    return found


def test_processes_that_write_at_once_lose_nothing() -> None:
    words = [sys.executable, "-c", ADD]
    runs = [
        subprocess.Popen([*words, name], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        for name in "abcd"
    ]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    ends = [run.communicate()[1] for run in runs]
    assert ends == [""] * 4
    assert set(written(ProfileStore().folder)) == {
        f"{name}{number}" for name in "abcd" for number in range(5)
    }


def test_a_name_that_came_in_the_meantime_is_not_written_over() -> None:
    """Two forms are open with one name: the second to be saved says so, and keeps no key."""
    first, second = ProfileStore(), ProfileStore()
    first.save("lab", {"base_url": "https://first.example"})
    told = {"base_url": "https://second.example", "api_key_file": str(second.api_key_path("lab"))}
    with pytest.raises(SettingsError, match="already exists"):
        second.save("lab", told, api_key="second")
    assert written(first.folder) == {"lab": {"base_url": "https://first.example"}}
    assert not second.api_key_path("lab").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"profiles\.toml cannot be written"):
        ProfileStore(tmp_path / "file").save("lab", {"base_url": "https://x.example"})
