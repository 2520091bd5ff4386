"""The settings files: what they say, and every way in which they can be wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.cli import main
from tui.config.config_file import read_config
from tui.config.problems import ConfigError, SettingsError
from tui.config.settings import Settings, resolve
from tui.storage.paths import config_dir

TEN_MISTAKES = """\
pagesize = 50
theme = 7
times = "relativ"
base_url = "http://localhost"

[profiles.production]
base_url = "ftp://letta.example"
colour = "rde"
api_key = "sk-let-VERYSECRET"
read_only = true
api_key_env = "LETTA_KEY"
api_key_command = "pass show letta"

[keys]
list.sort = 3
"""


SHOWN = "~/config/letta-tui"
"""The folder of the settings files in the home folder of a test."""


def write(text: str, name: str = "config.toml") -> Path:
    """Put a settings file into the folder that the program reads."""
    config_dir().mkdir(parents=True, exist_ok=True)
    path = config_dir() / name
    path.write_text(text, encoding="utf-8")
    return path


def wrong(text: str) -> list[str]:
    """What is said of a config.toml, a line for each mistake, without the path."""
    write(text)
    with pytest.raises(ConfigError) as caught:
        read_config()
    return [str(mistake).removeprefix(f"{SHOWN}/") for mistake in caught.value.problems]


def test_no_file_says_nothing_and_none_is_made() -> None:
    assert resolve({}, {}, read_config()) == Settings()
    assert not config_dir().exists()


def test_the_files_speak_where_nothing_else_does(tmp_path: Path) -> None:
    write(
        f"""
        default_profile = "lab"
        page_size = 50
        read_timeout = 60
        log_file = "{tmp_path}/log"
        [profiles.lab]
        base_url = "lab.example/letta/v1"
        read_timeout = 90.5
        agent = "Ada"
        colour = "Green"
        ca_file = "lab.pem"
        """
    )
    found = resolve({}, {}, read_config())
    assert found == Settings(
        profile="lab",
        base_url="https://lab.example/letta",
        page_size=50,
        read_timeout=90.5,
        log_file=tmp_path / "log",
        agent="Ada",
        colour="green",
        ca_file=config_dir() / "lab.pem",
    )
    assert found.sources["profile"] == "config.toml"
    assert found.sources["base_url"] == "profile lab"
    assert found.sources["page_size"] == "config.toml"
    assert found.sources["theme"] == "default"


def test_ten_mistakes_are_ten_clear_errors() -> None:
    assert wrong(TEN_MISTAKES) == [
        "config.toml:1: pagesize: is not a setting; did you mean page_size?",
        "config.toml:2: theme: must be a text in quotes, not 7",
        "config.toml:3: times: must be one of relative, absolute, not 'relativ'; did you mean relative?",
        "config.toml:4: base_url: belongs to a server: move it below [profiles.NAME]",
        "config.toml:6: profiles.production: api_key_env and api_key_command: the key can come from only one of "
        "them",
        "config.toml:7: profiles.production.base_url: must begin with http:// or https://, not "
        "'ftp://letta.example'",
        "config.toml:8: profiles.production.colour: must be one of red, orange, yellow, green, blue, purple, "
        "grey, not 'rde'; did you mean red?",
        "config.toml:9: profiles.production.api_key: a key does not belong in this file, which gets copied "
        "and shared: use api_key_env, api_key_command or api_key_file instead",
        "config.toml:10: profiles.production.read_only: is not a setting; did you mean readonly?",
        'config.toml:15: keys.list.sort: must be keys in quotes, such as "o" or "f4,ctrl+o", not 3',
    ]


def test_nothing_is_started_and_nothing_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    path = write(TEN_MISTAKES)
    before = path.stat()
    for arguments in ([], ["--demo"], ["check", "--all"]):
        assert main(arguments) == 2
        out, told = capsys.readouterr()
        assert out == ""
        assert told.startswith("letta-tui: 10 mistakes in the settings; nothing was started:\n")
        assert "VERYSECRET" not in told
    assert path.read_text(encoding="utf-8") == TEN_MISTAKES
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [one.name for one in config_dir().iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "config.toml:1: is not valid TOML: invalid value"),
        ("page_size = 5\npage_size = 6", "config.toml:2: is not valid TOML: cannot overwrite a value"),
        ("[profiles", "config.toml:1: is not valid TOML: "),
        ("readonly = 1", "config.toml:1: readonly: must be true or false, not 1"),
        ("page_size = true", "config.toml:1: page_size: must be a whole number, not true"),
        ("page_size = 1.5", "config.toml:1: page_size: must be a whole number, not 1.5"),
        ("page_size = 0", "config.toml:1: page_size: must be a whole number from 1 to 1000, not '0'"),
        ("page_size = []", "config.toml:1: page_size: must be a whole number, not a list"),
        ("read_timeout = nan", "config.toml:1: read_timeout: must be a number of seconds above 0"),
        ("profiles = 3", "config.toml:1: profiles: must be a section: [profiles.NAME]"),
        ("keys = 3", "config.toml:1: keys: must be a section: [keys]"),
        ("default_profile = 3", "config.toml:1: default_profile: must be a text in quotes, not 3"),
        (
            "default_profile = 'x'",
            "config.toml:1: default_profile: no profile is called 'x'; there are no profiles",
        ),
        ("[profiles]\nbase_url = 'x'", "config.toml:2: profiles.base_url: must be a section"),
        (
            "[profiles.'a b']\nbase_url = 'x'",
            "config.toml:1: profiles.a b: the name must be at most 40 letters",
        ),
        (
            "[profiles.a]\nbase_url = 'x'\ntheme = 'nord'",
            "config.toml:3: profiles.a.theme: belongs at the top",
        ),
        (
            "[profiles.a]\nbase_url = 'x'\napi_key_command = \"a 'b\"",
            "config.toml:3: profiles.a.api_key_command: ",
        ),
        ("[profiles.a]\nbase_url = 'x'\napi_key_env = 'sk-1'", "must be the name of an environment variable"),
        (
            "profiles.a.base_url = 'http://u:pw@x'",
            "config.toml:1: profiles.a.base_url: must not contain a user",
        ),
    ],
)
def test_each_mistake_has_its_words(text: str, said: str) -> None:
    (found,) = wrong(text)
    assert said in found
    assert "sk-1" not in found
    assert "pw@" not in found


def test_what_is_no_text_is_said_to_be_none() -> None:
    path = write("")
    path.write_bytes(b"page_size = 5\ntheme = '\xff'\n")
    with pytest.raises(ConfigError, match=r"config\.toml:2: is not UTF-8 text"):
        read_config()


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    (config_dir() / "config.toml").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: Is a directory"):
        read_config()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["config.toml", "profiles.toml"])
def test_a_pipe_is_refused_and_not_waited_for(name: str) -> None:
    config_dir().mkdir(parents=True)
    os.mkfifo(config_dir() / name)
    with pytest.raises(ConfigError, match=rf"{name}: cannot be read: it is not a regular file"):
        read_config()


def test_a_file_without_end_is_refused() -> None:
    with write("").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: it has more than 1 MiB"):
        read_config()


COMMAND = "[profiles.a]\nbase_url = 'https://letta.example'\napi_key_command = 'pass show letta'\n"


@pytest.mark.parametrize("name", ["config.toml", "profiles.toml"])
@pytest.mark.parametrize("mode", [0o622, 0o660, 0o602, 0o666])
def test_a_command_in_a_file_that_others_can_write_is_refused(name: str, mode: int) -> None:
    """Whoever can write the file could have any program run."""
    write(COMMAND, name).chmod(mode)
    with pytest.raises(ConfigError) as caught:
        read_config()
    (found,) = caught.value.problems
    assert str(found) == (
        f"{SHOWN}/{name}:3: profiles.a.api_key_command: is run as a program, and this file can be written by "
        f"others (mode {mode:04o}): run chmod go-w"
    )


def test_a_command_in_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    """They could put another file in its place, also in that of the file that a link names."""
    write(COMMAND)
    config_dir().chmod(0o777)
    with pytest.raises(ConfigError, match=r"others can write to its folder .*\(mode 0777\)"):
        read_config()
    config_dir().chmod(0o1777)
    assert read_config().profiles
    config_dir().chmod(0o700)
    shared = tmp_path / "shared"
    shared.mkdir()
    (config_dir() / "config.toml").rename(shared / "dotfile")
    (config_dir() / "config.toml").symlink_to(shared / "dotfile")
    assert read_config().profiles
    shared.chmod(0o777)
    with pytest.raises(ConfigError, match=r"others can write to its folder .*shared"):
        read_config()


def test_a_command_in_a_file_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = write(COMMAND).stat().st_uid
    monkeypatch.setattr("tui.config.config_file.ROOT", -1)
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ConfigError, match="this file belongs to another user"):
        read_config()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o444])
def test_a_command_in_a_file_that_others_can_only_read_is_taken(mode: int) -> None:
    write(COMMAND).chmod(mode)
    assert read_config().profiles["a"].values["api_key_command"] == "pass show letta"


def test_a_file_that_others_can_write_and_that_runs_nothing_is_read() -> None:
    write("page_size = 5\n").chmod(0o666)
    assert read_config().values["page_size"] == 5


def test_the_hand_written_profile_hides_the_other_one() -> None:
    write("[profiles.a]\nbase_url = 'http://localhost:1'")
    write(
        "default_profile = 'b'\n[profiles.a]\nbase_url = 'http://localhost:2'\n[profiles.b]\nbase_url = 'x.example'",
        "profiles.toml",
    )
    found = read_config()
    assert found.profiles["a"].values["base_url"] == "http://localhost:1"
    assert not found.profiles["a"].ours
    assert found.profiles["b"].ours
    assert found.hidden == ("a",)
    assert resolve({}, {}, found).base_url == "https://x.example"


def test_mistakes_of_both_files_are_told_together() -> None:
    write("them = 'nord'")
    write("[profiles.a]\n", "profiles.toml")
    with pytest.raises(ConfigError) as caught:
        read_config()
    assert [mistake.file.name for mistake in caught.value.problems] == ["config.toml", "profiles.toml"]


def test_an_unknown_profile_is_told_with_the_nearest_one() -> None:
    write("[profiles.production]\nbase_url = 'x.example'")
    with pytest.raises(SettingsError, match=r"flag --profile\) 'prodution' .*did you mean production"):
        resolve({"profile": "prodution"}, {}, read_config())
