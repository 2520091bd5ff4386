"""Where keys come from, and to which address each of them may go."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import MappingProxyType

import pytest

from tui import cli
from tui.config.api_key_sources import ApiKeyCommand
from tui.config.config_file import Config, Profile
from tui.config.problems import SettingsError
from tui.config.settings import LAST_USED, Settings, resolve
from tui.storage.paths import config_dir
from tui.storage.state import user_state

SECRET = "sk-let-VERYSECRET"


def server(name: str = "prod", url: str = "https://letta.example", **values: object) -> Config:
    """Settings files with one profile."""
    profile = Profile(name, MappingProxyType({"base_url": url, **values}), Path("config.toml"))
    return Config(profiles={name: profile})


def key_file(tmp_path: Path, mode: int = 0o600, text: str = f"{SECRET}\n") -> Path:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def prints(code: str) -> str:
    return f"{sys.executable} -c '{code}'"


# variable and file


def test_a_variable_holds_the_key() -> None:
    found = resolve({"profile": "prod"}, {"PROD": f" {SECRET}\n"}, server(api_key_env="PROD"))
    assert found.api_key == SECRET
    assert found.sources["api_key"] == "profile prod, environment PROD"


def test_a_variable_that_is_not_set_is_told() -> None:
    with pytest.raises(SettingsError, match=r"api_key_env \(profile prod\) names PROD, which is not set"):
        resolve({"profile": "prod"}, {"PROD": " "}, server(api_key_env="PROD"))


def test_a_file_holds_the_key(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    found = resolve({"profile": "prod"}, {}, server(api_key_file=path))
    assert found.api_key == SECRET
    assert found.sources["api_key"] == f"profile prod, file {path}"
    assert SECRET not in repr(found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = key_file(tmp_path, mode)
    with pytest.raises(SettingsError, match=rf"mode {mode:04o}\): chmod 600"):
        resolve({"profile": "prod"}, {}, server(api_key_file=path))


@pytest.mark.parametrize(
    ("text", "said"), [("", "is empty"), ("two words", "must be one line"), ("a\nb", "must be one line")]
)
def test_a_file_without_a_usable_key_is_told_without_showing_it(tmp_path: Path, text: str, said: str) -> None:
    path = key_file(tmp_path, text=text)
    with pytest.raises(SettingsError, match=said) as caught:
        resolve({"profile": "prod"}, {}, server(api_key_file=path))
    assert not text or text not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        resolve({"profile": "prod"}, {}, server(api_key_file=tmp_path / "none"))


@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "key"
    os.mkfifo(path, 0o600)
    with pytest.raises(SettingsError, match="cannot be read: it is not a regular file"):
        resolve({"profile": "prod"}, {}, server(api_key_file=path))


# command


def test_a_command_is_run_at_the_first_need_and_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    code = f'open("{count}", "a").write("x"); print("{SECRET}")'
    found = resolve({"profile": "prod"}, {}, server(api_key_command=prints(code)))
    assert found.api_key_command is not None
    assert found.api_key is None
    assert not count.exists()
    assert [found.api_key_command(), found.api_key_command()] == [SECRET, SECRET]
    assert count.read_text(encoding="utf-8") == "x"
    assert SECRET not in repr(found)


def test_a_command_is_not_given_to_a_shell(tmp_path: Path) -> None:
    line = f"{sys.executable} -c 'import sys; print(len(sys.argv))' $HOME ; touch {tmp_path}/x"
    assert ApiKeyCommand(line, "prod")() == "5"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            prints('import sys; sys.stderr.write("vault is locked\\nno"); sys.exit(3)'),
            "failed with code 3: vault is locked no",
        ),
        (prints("import sys; sys.exit(1)"), "failed with code 1: it printed nothing"),
        (prints("pass"), "printed nothing"),
        (prints('print("two words")'), "printed something other than a key"),
        ("/nowhere/at/all", "(all) cannot be run: No such file or directory"),
    ],
)
def test_a_command_that_fails_is_told_in_its_own_words(line: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ApiKeyCommand(line, "prod")()
    assert said in str(caught.value)
    assert "(profile prod)" in str(caught.value)
    assert "two words" not in str(caught.value)


def test_a_failed_command_is_run_again(tmp_path: Path) -> None:
    gate = tmp_path / "open"
    command = ApiKeyCommand(prints(f'print(open("{gate}").read())'), "prod")
    with pytest.raises(SettingsError):
        command()
    gate.write_text(SECRET, encoding="utf-8")
    assert command() == SECRET


def test_a_command_that_waits_for_ever_is_ended() -> None:
    with pytest.raises(SettingsError, match=r"printed no key within 0\.05 seconds"):
        ApiKeyCommand(prints("import sys; sys.stdin.read(); import signal; signal.pause()"), "prod", 0.05)()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_prints_without_end_is_ended(stream: str) -> None:
    code = f'import sys\nwhile True: sys.{stream}.write("x" * 65536)'
    with pytest.raises(SettingsError, match="printed more than a key"):
        ApiKeyCommand(prints(code), "prod", 20)()


def test_a_command_that_closes_its_output_and_stays_is_ended() -> None:
    code = f'import os, signal; os.write(1, b"{SECRET}"); os.close(1); os.close(2); signal.pause()'
    with pytest.raises(SettingsError, match=r"printed no key within 0\.5 seconds"):
        ApiKeyCommand(prints(code), "prod", 0.5)()


# a key belongs to an address


@pytest.mark.parametrize(
    ("flags", "environ", "address", "key"),
    [
        ({"profile": "prod"}, {}, "https://letta.example", "own"),
        ({"profile": "prod"}, {"LETTA_API_KEY": "other"}, "https://letta.example", "own"),
        (
            {"profile": "prod"},
            {"LETTA_BASE_URL": "http://localhost:1", "LETTA_API_KEY": "other"},
            "https://letta.example",
            "own",
        ),
        ({}, {"LETTA_TUI_PROFILE": "prod"}, "https://letta.example", "own"),
        ({}, {"LETTA_TUI_PROFILE": "prod", "LETTA_BASE_URL": "localhost:1"}, "http://localhost:1", None),
        ({"profile": "prod", "base_url": "x.example"}, {}, "https://x.example", None),
        (
            {"profile": "prod", "base_url": "x.example"},
            {"LETTA_API_KEY": "other"},
            "https://x.example",
            "other",
        ),
        ({}, {"LETTA_API_KEY": "other"}, "http://localhost:8283", "other"),
    ],
)
def test_a_key_goes_to_the_address_it_was_given_for(
    flags: dict[str, object], environ: dict[str, str], address: str, key: str | None
) -> None:
    found = resolve(flags, {"PROD": "own", **environ}, server(api_key_env="PROD"))
    assert (found.base_url, found.api_key) == (address, key)


def test_the_key_of_the_environment_does_not_go_to_a_profile_without_one() -> None:
    found = resolve({"profile": "prod"}, {"LETTA_API_KEY": "other"}, server())
    assert found.api_key is None
    assert found.sources["api_key"] == "default"


def test_the_key_of_the_environment_does_not_go_to_the_address_of_the_last_run() -> None:
    found = resolve({}, {"LETTA_API_KEY": "other"}, last={"base_url": "https://x.example"})
    assert (found.base_url, found.api_key) == ("http://localhost:8283", "other")
    again = resolve({}, {}, last={"base_url": "https://x.example"})
    assert (again.base_url, again.sources["base_url"]) == ("https://x.example", LAST_USED)


def test_the_demo_asks_for_no_key() -> None:
    config = Config(profiles=server(api_key_env="UNSET").profiles, default_profile="prod")
    assert resolve({"demo": "self-hosted"}, {}, config).profile is None


# a key over plain http


@pytest.mark.parametrize("url", ["http://letta.example", "http://192.168.1.4:8283", "http://127.example.com"])
def test_a_key_over_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="would go over plain http") as caught:
        resolve({"base_url": url}, {"LETTA_API_KEY": SECRET})
    assert "VERYSECRET" not in str(caught.value)
    assert resolve({"base_url": url}, {}).api_key is None
    assert resolve({"base_url": url, "allow_plain_http": True}, {"LETTA_API_KEY": SECRET}).api_key == SECRET
    for values in ({"api_key_env": "K"}, {"api_key_command": "false"}):
        with pytest.raises(SettingsError, match="would go over plain http"):
            resolve({"profile": "prod"}, {"K": SECRET}, server(url=url, **values))
        assert resolve({"profile": "prod"}, {"K": SECRET}, server(url=url, allow_plain_http=True, **values))


def test_what_a_profile_allows_holds_for_its_own_address_only() -> None:
    config = server(url="http://lan.example", allow_plain_http=True)
    with pytest.raises(SettingsError, match="would go over plain http"):
        resolve({"profile": "prod", "base_url": "http://x.example"}, {"LETTA_API_KEY": SECRET}, config)


@pytest.mark.parametrize(
    "url", ["http://localhost:8283", "http://127.0.0.1", "http://[::1]:1", "https://x.example"]
)
def test_a_key_to_this_machine_or_over_tls_is_fine(url: str) -> None:
    assert resolve({"base_url": url}, {"LETTA_API_KEY": SECRET}).api_key == SECRET


# read-only anywhere is read-only


@pytest.mark.parametrize(
    ("flags", "environ", "profile", "top"),
    [
        ({"readonly": True}, {}, False, False),
        ({}, {"LETTA_TUI_READONLY": "1"}, False, False),
        ({}, {"LETTA_TUI_READONLY": "0"}, True, False),
        ({}, {"LETTA_TUI_READONLY": "0"}, False, True),
    ],
)
def test_read_only_said_anywhere_holds(
    flags: dict[str, object], environ: dict[str, str], profile: bool, top: bool
) -> None:
    config = Config(values={"readonly": top}, profiles=server(readonly=profile).profiles)
    assert resolve({"profile": "prod", **flags}, environ, config).readonly
    assert not resolve({"profile": "prod"}, {}, server(readonly=False)).readonly


def test_a_last_server_that_cannot_be_used_today_stops_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(
        '[profiles.prod]\nbase_url = "x.example"\napi_key_env = "UNSET"\n', encoding="utf-8"
    )
    started: list[Settings] = []

    def screen(settings: Settings, _: object) -> int:
        started.append(settings)
        return 0

    monkeypatch.setattr(cli, "_why_no_screen", lambda _: "")
    monkeypatch.setattr(cli, "_screen", screen)
    for profile, base_url in (("prod", ""), (None, "ftp://x"), (None, "[::")):
        user_state().remember_server(profile=profile, base_url=base_url)
        assert cli.main([]) == 0
        assert started.pop() == Settings()
    assert cli.main(["--profile", "prod"]) == 2


def test_the_profile_of_the_last_run_comes_back_unless_another_server_is_named() -> None:
    config, last = server(), {"profile": "prod"}
    found = resolve({}, {}, config, last)
    assert (found.profile, found.sources["profile"]) == ("prod", LAST_USED)
    assert resolve({"base_url": "x.example"}, {}, config, last).profile is None
    assert resolve({}, {"LETTA_BASE_URL": "x.example"}, config, last).profile is None
    assert resolve({"demo": "self-hosted"}, {}, config, last) == Settings(demo="self-hosted")
    assert resolve({}, {}, config, {"profile": "gone"}) == Settings()
