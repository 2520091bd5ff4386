import ast
import inspect
import os
from dataclasses import FrozenInstanceError, fields
from itertools import pairwise
from pathlib import Path

import pytest

from tui.config import settings
from tui.config.problems import SettingsError
from tui.config.settings import Settings, resolve


def test_without_a_word_the_defaults_hold() -> None:
    found = resolve({}, {})
    assert found == Settings()
    assert found.base_url == "http://localhost:8283"
    assert (found.connect_timeout, found.read_timeout, found.page_size) == (5, 30, 200)
    assert set(found.sources) == {one.name for one in fields(Settings)} - {
        "sources",
        "keys",
        "api_key_command",
        "recorded",
    }
    assert set(found.sources.values()) == {"default"}


def test_the_environment_speaks_where_no_flag_does(tmp_path: Path) -> None:
    found = resolve(
        {},
        {
            "LETTA_BASE_URL": "letta.example/v1/",
            "LETTA_API_KEY": " sk-1\n",
            "LETTA_TUI_AGENT": "Ada",
            "LETTA_TUI_CONVERSATION": "conv-1",
            "LETTA_TUI_READONLY": "Yes",
            "LETTA_TUI_LOG_FILE": str(tmp_path / "log"),
            "LETTA_TUI_CONNECT_TIMEOUT": "0.5",
            "LETTA_TUI_READ_TIMEOUT": "120",
            "LETTA_TUI_PAGE_SIZE": "50",
        },
    )
    assert found == Settings(
        base_url="https://letta.example",
        api_key="sk-1",
        agent="Ada",
        conversation="conv-1",
        readonly=True,
        log_file=tmp_path / "log",
        connect_timeout=0.5,
        read_timeout=120,
        page_size=50,
    )
    assert found.sources["base_url"] == "environment LETTA_BASE_URL"
    assert found.sources["page_size"] == "environment LETTA_TUI_PAGE_SIZE"
    assert found.sources["demo"] == "default"


def test_a_flag_wins_over_the_environment(tmp_path: Path) -> None:
    environ = {"LETTA_BASE_URL": "http://wrong", "LETTA_TUI_AGENT": "wrong", "LETTA_TUI_PAGE_SIZE": "wrong"}
    flags = {
        "base_url": "http://right/",
        "agent": " Ada ",
        "page_size": 7,
        "demo": "self-hosted",
        "read_timeout": 2.5,
    }
    found = resolve(flags | {"log_file": tmp_path / "log"}, environ)
    assert (found.base_url, found.agent, found.page_size, found.demo) == (
        "http://right",
        "Ada",
        7,
        "self-hosted",
    )
    assert (found.read_timeout, found.log_file) == (2.5, tmp_path / "log")
    assert {found.sources[name] for name in (*flags, "log_file")} == {"flag"}


@pytest.mark.parametrize("flags", [{}, {"readonly": None}, {"readonly": False}])
def test_a_switch_left_alone_does_not_hide_the_environment(flags: dict[str, object]) -> None:
    assert resolve(flags, {"LETTA_TUI_READONLY": "1"}).readonly


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_variable_is_none(text: str) -> None:
    names = (
        "LETTA_BASE_URL",
        "LETTA_API_KEY",
        "LETTA_TUI_READONLY",
        "LETTA_TUI_PAGE_SIZE",
        "LETTA_TUI_LOG_FILE",
    )
    found = resolve({}, dict.fromkeys(names, text))
    assert found == Settings()
    assert set(found.sources.values()) == {"default"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        (" on ", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_a_switch_has_words(text: str, answer: bool) -> None:
    assert resolve({}, {"LETTA_TUI_READONLY": text}).readonly is answer


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("LETTA_BASE_URL", "ftp://x", "The base URL (environment LETTA_BASE_URL) must begin with http"),
        ("LETTA_API_KEY", "two words", "The API key (environment LETTA_API_KEY) must be printable ASCII"),
        ("LETTA_TUI_READONLY", "maybe", "The readonly (environment LETTA_TUI_READONLY) must be 1, true"),
        ("LETTA_TUI_CONNECT_TIMEOUT", "0", "must be a number of seconds above 0 and at most 3600, not '0'"),
        ("LETTA_TUI_CONNECT_TIMEOUT", "nan", "above 0"),
        ("LETTA_TUI_READ_TIMEOUT", "inf", "at most 3600"),
        ("LETTA_TUI_READ_TIMEOUT", "soon", "The read timeout (environment LETTA_TUI_READ_TIMEOUT) must be"),
        ("LETTA_TUI_PAGE_SIZE", "0", "must be a whole number from 1 to 1000, not '0'"),
        ("LETTA_TUI_PAGE_SIZE", "1e3", "whole number"),
        ("LETTA_TUI_PAGE_SIZE", "1001", "whole number"),
        ("LETTA_TUI_LOG_FILE", "/nowhere/at/all/log", "must be a file in an existing folder"),
    ],
)
def test_an_error_names_the_setting_its_source_and_what_is_allowed(
    variable: str, text: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve({}, {variable: text})
    assert said in str(caught.value)
    assert f"(environment {variable})" in str(caught.value)
    assert str(caught.value).endswith(".")


def test_an_error_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^The base URL \(flag --base-url\) must name a host"):
        resolve({"base_url": ""}, {"LETTA_BASE_URL": "http://right"})
    with pytest.raises(SettingsError, match=r"^The log file \(flag --log-file\) must be a file"):
        resolve({"log_file": str(tmp_path)}, {})
    with pytest.raises(SettingsError, match=r"^The agent \(flag --agent\) must not be empty"):
        resolve({"agent": " "}, {})


def test_the_log_file_may_be_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve({"log_file": "~/log"}, {}).log_file == tmp_path / "log"


def test_an_empty_key_flag_means_no_key() -> None:
    assert resolve({"api_key": ""}, {"LETTA_API_KEY": "sk-1"}).api_key is None


def test_the_key_is_never_shown() -> None:
    found = resolve({}, {"LETTA_API_KEY": "s3cret"})
    assert found.api_key == "s3cret"
    assert "s3cret" not in f"{found!r} {found} {dict(found.sources)}"
    with pytest.raises(SettingsError) as caught:
        resolve({}, {"LETTA_API_KEY": "s3 cret"})
    assert "cret" not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_settings_do_not_change() -> None:
    found = resolve({}, {})
    with pytest.raises(FrozenInstanceError):
        found.readonly = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.sources["demo"] = "x"  # type: ignore[index]
    assert hash(found) == hash(Settings())


def test_every_field_is_documented_beneath_it() -> None:
    tree = ast.parse(inspect.getsource(settings))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    for here, after in pairwise(body):
        if isinstance(here, ast.AnnAssign):
            assert isinstance(after, ast.Expr), ast.unparse(here)
            assert isinstance(after.value, ast.Constant), ast.unparse(here)
    assert not isinstance(body[-1], ast.AnnAssign)


@pytest.mark.timeout(20)
def test_certificates_are_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(SettingsError, match="must be a regular file with certificates"):
        resolve({"ca_file": path}, {})
    assert resolve({"ca_file": tmp_path / "later"}, {}).ca_file == tmp_path / "later"
