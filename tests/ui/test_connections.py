"""Connections: named servers, looked at, tested, used, written and forgotten without leaving the app."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.widgets import Input

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    main_screen,
    pane_text,
    press,
    screen_text,
    small_server,
    started,
    type_text,
)
from tui.app import LettaApp
from tui.config.setting_rules import PROFILE_SETTINGS
from tui.storage.paths import config_dir
from tui.ui.dialogs.connection_failed import ConnectScreen
from tui.ui.dialogs.connections import ConnectionsScreen
from tui.ui.dialogs.profile_form import FIELDS, ConnectionForm

pytestmark = pytest.mark.anyio

MINE = """\
[profiles.home]  # mine
base_url = "http://localhost:8283"
colour = "green"

[profiles.prod]
base_url = "http://localhost:8283"
api_key_env = "UNSET"
readonly = true
colour = "red"
"""
SECRET = "sk-let-VERYSECRET"


def write(text: str) -> None:
    (config_dir() / "config.toml").write_text(text, encoding="utf-8")


def by_hand() -> str:
    """What the user's own file holds."""
    return (config_dir() / "config.toml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def mine() -> None:
    config_dir().mkdir(parents=True)
    write(MINE)


def written() -> Any:
    return tomllib.loads((config_dir() / "profiles.toml").read_text(encoding="utf-8"))["profiles"]


def told(app: LettaApp) -> str:
    return pane_text(app, "#connections-state")


def fill(app: LettaApp, **values: str) -> None:
    for key, value in values.items():
        app.screen.query_one(f"#{key}", Input).value = value


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_list_says_what_each_server_is(size: tuple[int, int]) -> None:
    async with started(small_server("One"), demo=False, size=size) as (app, pilot):
        await press(pilot, "ctrl+o")
        words = screen_text(app)
        assert "Now: http://localhost:8283 (default)" in words
        assert "home http://localhost:8283 key: none · config.toml" in words
        assert "prod http://localhost:8283 read-only · key: variable UNSET" in words
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus


async def test_enter_switches_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name, its key and its read-only hold at once."""
    monkeypatch.setenv("UNSET", SECRET)
    transport = small_server("One")
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", "down", "enter")
        header = pane_text(app, "#header")
        assert "prod" in header
        assert "read-only" in header
        assert transport.requests[-1].headers["Authorization"] == f"Bearer {SECRET}"
        await press(pilot, "e")
        assert main_screen(app).edit is None
        await press(pilot, "ctrl+o", "up", "enter")
        assert "home" in pane_text(app, "#header")
        assert "read-only" not in pane_text(app, "#header")
        assert "Authorization" not in transport.requests[-1].headers
        assert "VERYSECRET" not in screen_text(app)


async def test_a_server_that_cannot_be_used_is_told_and_the_old_one_stays() -> None:
    async with started(small_server("One"), demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", "down", "enter")
        assert isinstance(app.screen, ConnectionsScreen)
        assert "names UNSET, which is not set" in told(app)
        await press(pilot, "escape")
        assert "connected" in pane_text(app, "#header")


async def test_the_line_of_keys_names_what_can_be_done_to_a_server_only_where_there_is_one() -> None:
    async with started(small_server("One"), demo=False, size=NARROW) as (app, pilot):
        await press(pilot, "ctrl+o", "j")
        assert pane_text(app, "KeyLine") == "⏎ Use n New e Edit t Test D Remove f2 Demo esc Back"
        await press(pilot, "n")
        assert "↓ Next" in pane_text(app, "KeyLine")
        write("")
        await press(pilot, "escape", "escape", "ctrl+o")
        assert "no profiles yet" in told(app)
        assert pane_text(app, "KeyLine") == "n New f2 Demo esc Back"


async def test_a_test_tells_and_switches_nothing() -> None:
    transport = small_server("One")
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", "t")
        assert "✓ home: Letta 0.16.8, 1 agent," in told(app)
        assert "no key required" in told(app)
        transport.fail(404, path="/v1/agents/count")
        await press(pilot, "t")
        assert "agents not counted" in told(app)
        transport.fail(401, path="/v1/agents/$")
        await press(pilot, "t")
        assert "✗ home: Listing agents: the API key is missing or wrong (401)" in told(app)
        transport.clear()
        transport.fail(httpx.Response(403, json={"message": "No permission"}), path="/v1/agents/$")
        await press(pilot, "t")
        assert "✗ home: Listing agents: not allowed (403: No permission)" in told(app)
        await press(pilot, "escape")
        assert "home" not in pane_text(app, "#header")


async def test_a_server_is_added_changed_and_forgotten_beside_the_hand_written_file() -> None:
    async with started(small_server("One"), demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", "n")
        fill(app, name="lab", base_url="lab.example/v1", typed=SECRET, colour="blue", readonly="yes")
        await press(pilot, "enter")
        key = config_dir() / "keys" / "lab.key"
        lab = {
            "base_url": "https://lab.example",
            "readonly": True,
            "colour": "blue",
            "api_key_file": str(key),
        }
        assert written() == {"lab": lab}
        assert key.read_text(encoding="utf-8") == f"{SECRET}\n"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert "VERYSECRET" not in screen_text(app)
        await press(pilot, "e")
        assert "VERYSECRET" not in screen_text(app)
        fill(app, readonly="no", api_key_file="", api_key_env="LAB")
        await press(pilot, "enter")
        assert written()["lab"] == {
            "base_url": "https://lab.example",
            "readonly": False,
            "colour": "blue",
            "api_key_env": "LAB",
        }
        assert not key.exists()
        await press(pilot, "D")
        assert "lab" in written()
        assert "press again to remove lab" in told(app)
        await press(pilot, "D")
        assert written() == {}
    assert by_hand() == MINE


def test_the_form_has_every_setting_of_a_profile() -> None:
    """What it had not, a change in it would take away; a folder of Letta Code stands in place of the address."""
    assert {key for key, _, _ in FIELDS} | {"letta_code"} == {*PROFILE_SETTINGS, "typed"}


async def test_timeouts_and_certificates_are_changed_in_the_form(tmp_path: Path) -> None:
    (config_dir() / "profiles.toml").write_text(
        '[profiles.lab]\nbase_url = "https://lab.example"\nconnect_timeout = 2\nread_timeout = 0.5\n'
    )
    async with started(small_server("One"), demo=False, size=NARROW) as (app, pilot):
        await press(pilot, "ctrl+o", "down", "e")
        assert app.screen.query_one("#connect_timeout", Input).value == "2"
        assert app.screen.query_one("#read_timeout", Input).value == "0.5"
        fill(app, connect_timeout="soon")
        await press(pilot, "enter")
        assert "connect_timeout must be a number of seconds above 0" in pane_text(app, "#complaint")
        fill(app, connect_timeout="", read_timeout="90", ca_file=str(tmp_path / "ca.pem"))
        await press(pilot, "enter")
        assert written()["lab"] == {
            "base_url": "https://lab.example",
            "read_timeout": 90.0,
            "ca_file": str(tmp_path / "ca.pem"),
        }


@pytest.mark.parametrize("key", ["e", "D"])
async def test_what_the_user_wrote_is_not_changed_here(key: str) -> None:
    async with started(small_server("One"), demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", key, key)
        assert isinstance(app.screen, ConnectionsScreen)
        assert "home is in config.toml, which letta-tui never changes" in told(app)
    assert by_hand() == MINE
    assert not (config_dir() / "profiles.toml").exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "", "base_url": "x.example"}, "needs a name: at most 40 letters"),
        ({"name": "lab", "base_url": ""}, "base_url is missing"),
        ({"name": "lab", "base_url": "ftp://x"}, "must begin with http"),
        ({"name": "home", "base_url": "x.example"}, "'home' is in config.toml"),
        ({"name": "lab", "base_url": "x.example", "readonly": "maybe"}, "readonly must be 1, true, yes"),
        ({"name": "lab", "base_url": "x.example", "typed": "two words"}, "must be printable ASCII"),
        ({"name": "lab", "base_url": "x.example", "typed": SECRET, "api_key_env": "A"}, "set more than once"),
        ({"name": "lab", "base_url": "http://x.example", "typed": SECRET}, "would go over plain http"),
    ],
)
async def test_what_cannot_be_used_is_told_in_the_form(values: dict[str, str], said: str) -> None:
    async with started(small_server("One"), demo=False, size=NARROW) as (app, pilot):
        await press(pilot, "ctrl+o", "n")
        fill(app, **values)
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectionForm)
        assert said in pane_text(app, "#complaint")
        assert "VERYSECRET" not in screen_text(app)
        await press(pilot, "escape")
    assert [one.name for one in config_dir().iterdir()] == ["config.toml"]


async def test_the_dialog_without_a_server_leads_to_the_connections() -> None:
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        assert isinstance(app.screen, ConnectScreen)
        await press(pilot, "f3")
        assert isinstance(app.screen, ConnectionsScreen)
        transport.clear()
        await press(pilot, "enter")
        assert "One" in screen_text(app)
        assert "home" in pane_text(app, "#header")


async def test_leaving_the_connections_returns_to_the_dialog_without_a_server() -> None:
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        for _ in range(2):
            await press(pilot, "f3", "escape")
            assert isinstance(app.screen, ConnectScreen)
        await press(pilot, "escape")
        assert app.screen is main_screen(app)


async def test_a_typed_key_does_not_go_over_plain_http_to_another_machine() -> None:
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        fill(app, url="http://letta.test", key=SECRET)
        before = len(transport.requests)
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        assert "would go over plain http to letta.test" in pane_text(app, "#complaint")
        assert len(transport.requests) == before


async def test_mistakes_in_the_files_are_told() -> None:
    async with started(small_server("One"), demo=False) as (app, pilot):
        write("pagesize = 3")
        await press(pilot, "ctrl+o")
        assert "pagesize: is not a setting" in told(app)
        await press(pilot, "t", "e", "D", "enter")
        assert app.is_running


async def test_what_a_server_says_of_itself_is_text() -> None:
    transport = small_server("One")
    transport.fail(httpx.Response(200, json={"version": HOSTILE}), path="/v1/health/")
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "ctrl+o", "t")
        assert_harmless(app)
        await type_text(pilot, "n")
        assert_harmless(app)
