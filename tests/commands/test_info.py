"""`letta-tui info`: paths, settings and sources, and never a key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tui.config.settings import Settings
from tui.storage.paths import config_dir, state_dir

KEY = "sk-let-VERYSECRET"


def config(text: str) -> Path:
    config_dir().mkdir(parents=True, exist_ok=True)
    path = config_dir() / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_look_makes_no_file_and_names_every_one(letta: Run) -> None:
    told = letta("info", "--json").json
    paths = {name: place["path"] for name, place in told["paths"].items()}
    assert paths == {
        "config": str(config_dir() / "config.toml"),
        "profiles": str(config_dir() / "profiles.toml"),
        "keys": str(config_dir() / "keys"),
        "state": str(state_dir() / "state.json"),
        "drafts": str(state_dir() / "drafts"),
        "journal": str(state_dir() / "journal"),
        "backups": str(state_dir() / "backups"),
        "visits": str(state_dir() / "visits"),
        "runs": str(state_dir() / "runs"),
        "log": None,
    }
    assert not any(place["exists"] for place in told["paths"].values())
    assert not config_dir().exists()
    assert not state_dir().exists()


def test_every_setting_has_its_value_and_its_source(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config(
        'page_size = 50\n[profiles.lab]\nbase_url = "lab.example"\ncolour = "green"\n[keys]\nlist.sort = "B"'
    )
    monkeypatch.setenv("LETTA_TUI_TIMES", "absolute")
    told = letta("info", "--profile", "lab", "--json").json
    settings = told["settings"]
    assert set(settings) == {one.name for one in fields(Settings)} - {
        "keys",
        "api_key_command",
        "sources",
        "recorded",
    }
    assert settings["profile"] == {"value": "lab", "source": "flag"}
    assert settings["base_url"] == {"value": "https://lab.example", "source": "profile lab"}
    assert settings["page_size"] == {"value": 50, "source": "config.toml"}
    assert settings["times"] == {"value": "absolute", "source": "environment LETTA_TUI_TIMES"}
    assert settings["sort"] == {"value": "created", "source": "default"}
    assert told["keys"] == {"list.sort": "B"}
    assert told["paths"]["config"]["exists"]


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("key", [KEY, "k"])
def test_a_key_is_neither_shown_nor_measured(
    letta: Run, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...], key: str
) -> None:
    monkeypatch.setenv("LETTA_API_KEY", KEY)
    long = letta("info", *form)
    monkeypatch.setenv("LETTA_API_KEY", key)
    assert letta("info", *form) == long
    assert long.code == 0
    assert "VERYSECRET" not in long.out + long.err
    assert "environment LETTA_API_KEY" in long.out


def test_a_key_that_cannot_be_had_is_told_in_its_place(letta: Run) -> None:
    config('default_profile = "a"\n[profiles.a]\nbase_url = "x.example"\napi_key_env = "UNSET"')
    ended = letta("info")
    assert ended.code == 0
    assert "names UNSET, which is not set" in ended.out


def test_a_command_for_the_key_is_not_run(letta: Run, tmp_path: Path) -> None:
    config(
        f'default_profile = "a"\n[profiles.a]\nbase_url = "x.example"\napi_key_command = "touch {tmp_path}/ran"'
    )
    ended = letta("info")
    assert "profile a, command" in ended.out
    assert not (tmp_path / "ran").exists()


def test_mistakes_in_the_files_are_told_and_nothing_else(letta: Run) -> None:
    config("them = 'nord'")
    ended = letta("info")
    assert (ended.code, ended.out) == (2, "")
    assert "config.toml:1: them: is not a setting; did you mean theme?" in ended.err
