"""Where a refused key came from: said so that the reader changes the right place, and without the key."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tui.config.config_file import Config, Profile
from tui.config.server import api_key_hint
from tui.config.settings import resolve
from tui.config.switch_server import to_address

SECRET = "sk-let-VERYSECRET"
URL = "https://lab.example"


def config(**values: Any) -> Config:
    told = MappingProxyType({"base_url": URL, **values})
    return Config(profiles={"lab": Profile("lab", told, Path("config.toml"))})


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "lab.key"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"api_key_env": "LAB_KEY"}, "its key came from LAB_KEY, api_key_env of profile lab"),
        ({"api_key_command": f"echo {SECRET}"}, "its key came from api_key_command of profile lab"),
        ({}, "profile lab does not name a key: set api_key_env, api_key_command or api_key_file"),
    ],
)
def test_the_key_of_a_profile_is_looked_for_where_the_profile_says(
    values: dict[str, Any], words: str
) -> None:
    environ = {"LAB_KEY": SECRET, "LETTA_API_KEY": SECRET}
    found = api_key_hint(resolve({"profile": "lab"}, environ, config(**values)))
    assert found == words
    assert SECRET not in found


def test_a_key_file_is_named(key_file: Path) -> None:
    found = api_key_hint(resolve({"profile": "lab"}, {}, config(api_key_file=key_file)))
    assert found == f"its key came from {key_file}, api_key_file of profile lab"


def test_without_a_profile_it_is_the_variable_or_nothing() -> None:
    assert api_key_hint(resolve({}, {"LETTA_API_KEY": SECRET})) == "its key came from LETTA_API_KEY"
    nothing = "no key was sent: set LETTA_API_KEY, or use a profile that names its key"
    assert api_key_hint(resolve({}, {})) == nothing
    other = {"profile": "lab", "base_url": "https://x.example"}
    assert api_key_hint(resolve(other, {}, config(api_key_env="LAB_KEY"))) == nothing


def test_a_key_that_was_typed_is_said_to_be_that() -> None:
    lab = resolve({"profile": "lab"}, {"LAB_KEY": SECRET}, config(api_key_env="LAB_KEY"))
    typed = "the server does not accept the key that was entered here"
    assert api_key_hint(to_address(lab, URL, "another")) == typed
    assert api_key_hint(to_address(lab, "https://x.example", "another")) == typed
    assert api_key_hint(to_address(lab, URL, SECRET)) == api_key_hint(lab)  # left as it was
    assert api_key_hint(to_address(lab, "https://x.example", None)).startswith("no key was sent")
