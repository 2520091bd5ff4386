"""`letta-tui profile`: named servers, written without touching what the user wrote."""

from __future__ import annotations

import stat
import tomllib
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, small_server
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.storage.paths import config_dir

MINE = """\
# my servers
[profiles.mine]   # the one at home
base_url = "http://localhost:8283"
colour = "green"
"""


@pytest.fixture
def mine() -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(MINE, encoding="utf-8")


def written() -> Any:
    """What the program's own file holds."""
    return tomllib.loads((config_dir() / "profiles.toml").read_text(encoding="utf-8"))


def test_without_profiles_the_next_step_is_named(letta: Run) -> None:
    ended = letta("profile", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "profile add NAME URL" in ended.err
    assert letta("profile", "list", "--json").json == []
    assert letta("profile", "list", "--names").out == ""


@pytest.mark.usefixtures("mine")
def test_adding_using_and_removing_leave_the_hand_written_file_alone(letta: Run) -> None:
    assert (
        letta(
            "profile",
            "add",
            "lab",
            "lab.example/v1",
            "--key-env",
            "LAB",
            "--readonly",
            "--colour",
            "red",
            "--connect-timeout",
            "2",
            "--read-timeout",
            "60",
        ).code
        == 0
    )
    assert letta("profile", "use", "lab").code == 0
    assert written() == {
        "default_profile": "lab",
        "profiles": {
            "lab": {
                "base_url": "https://lab.example",
                "api_key_env": "LAB",
                "connect_timeout": 2.0,
                "read_timeout": 60.0,
                "readonly": True,
                "colour": "red",
            }
        },
    }
    listed = letta("profile", "list").out.splitlines()
    assert listed == [
        "● lab   https://lab.example    key: variable LAB  profiles.toml  readonly, red, default",
        "  mine  http://localhost:8283  key: none          config.toml    green",
    ]
    assert letta("profile", "list", "--names").out == "lab\nmine\n"
    assert letta("profile", "remove", "lab").code == 0
    assert written() == {"profiles": {}}
    assert (config_dir() / "config.toml").read_text(encoding="utf-8") == MINE
    assert stat.S_IMODE((config_dir() / "profiles.toml").stat().st_mode) == 0o600


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "mine", "x.example"), "'mine' is in config.toml, which letta-tui never changes"),
        (("remove", "mine"), "'mine' is in config.toml"),
        (("remove", "none"), "is not in the settings files"),
        (("use", "none"), "is not in the settings files"),
        (("add", "a b", "x.example"), "must be at most 40 letters"),
        (("add", "a", "ftp://x"), "must begin with http"),
        (("add", "a", "x.example", "--colour", "re"), "did you mean red?"),
        (("add", "a", "http://x.example", "--key-env", "K"), "would go over plain http"),
        (
            ("add", "a", "x.example", "--key-env", "sk-let-VERYSECRET"),
            "must be the name of an environment variable",
        ),
        (("add", "a", "x.example", "--read-timeout", "0"), "must be a number of seconds above 0"),
        (("test", "none"), "is not in the settings files"),
    ],
)
def test_what_cannot_be_done_is_told_and_writes_nothing(
    letta: Run, arguments: tuple[str, ...], said: str
) -> None:
    ended = letta("profile", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "VERYSECRET" not in ended.err
    assert [one.name for one in config_dir().iterdir()] == ["config.toml"]


def test_the_default_of_the_hand_written_file_holds(letta: Run) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f'default_profile = "mine"\n{MINE}', encoding="utf-8")
    letta("profile", "add", "lab", "lab.example")
    ended = letta("profile", "use", "lab")
    assert ended.code == 2
    assert "is 'mine' in config.toml, which letta-tui never changes" in ended.err


@pytest.mark.usefixtures("mine")
def test_a_name_in_both_files_is_said(letta: Run) -> None:
    (config_dir() / "profiles.toml").write_text('[profiles.mine]\nbase_url = "x.example"', encoding="utf-8")
    ended = letta("profile", "list")
    assert "http://localhost:8283" in ended.out
    assert "x.example" not in ended.out
    assert "mine: the one in config.toml is used" in ended.err


@pytest.mark.usefixtures("mine")
def test_a_test_says_version_agents_and_key(letta: Run) -> None:
    ended = letta("profile", "test", "mine", "--json", server=small_server("One"))
    assert ended.code == 0
    assert ended.json | {"milliseconds": 0} == {
        "base_url": "http://localhost:8283",
        "version": "0.16.8",
        "agents": 1,
        "milliseconds": 0,
        "key": "not required",
    }
    assert "Letta 0.16.8, 6 agents" in letta("profile", "test", "mine").out


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(("fault", "code"), [(httpx.ConnectError, 3), (401, 4), (400, 2)])
def test_a_test_that_fails_says_so_by_its_code(letta: Run, fault: Any, code: int) -> None:
    server = DemoTransport(now=NOW)
    for _ in range(9):
        server.fail(fault)
    ended = letta("profile", "test", "mine", server=server)
    assert (ended.code, ended.out) == (code, "")
    assert "Listing agents" in ended.err


def test_a_refused_key_is_told_with_its_source(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("One", key="sesame")
    monkeypatch.setenv("LAB_KEY", "wrong")
    assert letta("profile", "add", "lab", "https://lab.example", "--key-env", "LAB_KEY").code == 0
    for words in (("list", "--all", "--profile", "lab"), ("profile", "test", "lab")):
        ended = letta(*words, server=server)
        assert ended.code == 4
        assert ended.err.endswith("(401) — its key came from LAB_KEY, api_key_env of profile lab\n")
    ended = letta("list", "--all", server=server)
    assert ended.err.endswith(
        "(401) — no key was sent: set LETTA_API_KEY, or use a profile that names its key\n"
    )
