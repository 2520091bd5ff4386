"""The way to Letta Code's local agents: a flag with or without a folder, a profile, and where it is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.commands.parser import parse
from tui.config.config_file import read_config
from tui.config.letta_code import default_store, found_store, store_address
from tui.config.problems import ConfigError, SettingsError
from tui.config.profiles import ProfileStore
from tui.config.server import remembers_server, server_address, server_name, stores_last_visit
from tui.config.settings import Settings, resolve
from tui.config.switch_server import to_address, to_letta_code
from tui.storage.paths import config_dir


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "lc"
    (folder / "agents").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("words", "folder", "command"),
    [
        (["--letta-code"], "", None),
        (["--letta-code", "list"], "", "list"),
        (["list", "--letta-code"], "", "list"),
        (["--letta-code", "/srv/lc", "list"], "/srv/lc", "list"),
        (["--letta-code", "~/lc"], "~/lc", None),
        (["--letta-code", "./lc", "check"], "./lc", "check"),
        (["check", "--all", "--letta-code", ".", "--json"], ".", "check"),
        (["--letta-code=lc", "list"], "lc", "list"),
        (["--letta-code", "--readonly"], "", None),
    ],
)
def test_the_next_word_is_the_folder_only_if_it_looks_like_one(
    words: list[str], folder: str, command: str | None
) -> None:
    parsed = parse(words)
    assert (parsed["letta_code"], parsed["command"]) == (folder, command)


def test_a_word_that_does_not_look_like_a_folder_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--letta-code", "lc"])
    assert "lc" in capsys.readouterr().err


def test_without_a_folder_it_is_the_one_that_letta_code_uses(store: Path) -> None:
    assert default_store({}) == Path.home() / ".letta" / "lc-local-backend"
    found = resolve({"letta_code": ""}, {"LETTA_LOCAL_BACKEND_DIR": str(store)})
    assert (found.letta_code, found.sources["letta_code"]) == (store, "flag")


def test_it_is_never_used_unasked(store: Path) -> None:
    assert resolve({}, {"LETTA_LOCAL_BACKEND_DIR": str(store)}).letta_code is None
    assert found_store({"LETTA_LOCAL_BACKEND_DIR": str(store)}) == store
    assert found_store({"LETTA_LOCAL_BACKEND_DIR": str(store / "agents")}) is None


def test_it_takes_neither_the_address_nor_the_key_of_a_server(store: Path) -> None:
    environ = {"LETTA_BASE_URL": "https://letta.example", "LETTA_API_KEY": "sk-1"}
    found = resolve({"letta_code": str(store)}, environ)
    assert (found.api_key, found.base_url) == (None, Settings.base_url)
    assert server_address(found) == store_address(store)
    assert server_name(found) == "Letta Code · local"
    assert not remembers_server(found)
    assert stores_last_visit(found)


@pytest.mark.parametrize("other", [{"demo": "self-hosted"}, {"base_url": "http://a"}, {"bundle": "x"}])
def test_it_is_browsed_instead_of_a_server(store: Path, other: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="replaces the server"):
        resolve({"letta_code": str(store), **other}, {})


def test_a_folder_that_is_no_store_is_refused_before_anything_opens(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        resolve({"letta_code": str(tmp_path / "nowhere")}, {})
    with pytest.raises(SettingsError, match="contains no Letta Code agents"):
        resolve({"letta_code": str(tmp_path)}, {})
    assert resolve({"letta_code": str(tmp_path)}, {}, with_key=False).letta_code == tmp_path


def test_a_folder_has_one_address_whichever_link_leads_to_it(store: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(store)
    assert store_address(link) == store_address(store)
    assert store_address(store / "agents") != store_address(store)


def test_a_profile_names_one(store: Path) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f'[profiles.here]\nletta_code = "{store}"\nreadonly = true\n')
    found = resolve({"profile": "here"}, {"LETTA_API_KEY": "sk-1"}, read_config())
    assert (found.letta_code, found.profile, found.readonly, found.api_key) == (store, "here", True, None)
    server = resolve({"profile": "here", "base_url": "http://a"}, {}, read_config())
    assert (server.letta_code, server.base_url) == (None, "http://a")
    (config_dir() / "config.toml").write_text(
        f'default_profile = "here"\n[profiles.here]\nletta_code = "{store}"\n'
    )
    assert resolve({}, {"LETTA_BASE_URL": "http://a"}, read_config()).letta_code is None


def test_a_profile_names_either_a_server_or_a_store(store: Path) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(
        f'[profiles.both]\nletta_code = "{store}"\nbase_url = "http://a"\n[profiles.none]\nreadonly = true\n'
    )
    with pytest.raises(ConfigError) as caught:
        read_config()
    assert "choose a server or the files of Letta Code" in str(caught.value)
    assert "has no base_url" in str(caught.value)
    profiles = ProfileStore()
    with pytest.raises(SettingsError, match="cannot be combined"):
        profiles.save("both", {"letta_code": str(store), "base_url": "http://a"})
    with pytest.raises(SettingsError, match="need none"):
        profiles.save("keyed", {"letta_code": str(store), "api_key_env": "KEY"})


def test_switching_leaves_nothing_of_the_server_before(store: Path) -> None:
    there = Settings(base_url="https://letta.example", api_key="sk-1", agent="agent-1")
    here = to_letta_code(there, store)
    assert (here.letta_code, here.api_key, here.agent) == (store, None, None)
    back = to_address(here, "http://localhost:8283", None)
    assert (back.letta_code, back.base_url) == (None, "http://localhost:8283")
