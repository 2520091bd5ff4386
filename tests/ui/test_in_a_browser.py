"""What the user of a browser is not offered: programs, variables and files of the machine that serves the app."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.app_helpers import pane_text, press, remarks, screen_text, small_server, started
from tui.config.profiles import ProfileStore
from tui.flows.availability import NO_COMMANDS, NO_TERMINAL
from tui.storage.paths import config_dir
from tui.ui.dialogs.connections import ConnectionsScreen
from tui.ui.dialogs.pipe import PipeAsk
from tui.ui.dialogs.profile_form import OF_THIS_MACHINE, ConnectionForm
from tui.ui.main_screen import MainScreen

pytestmark = pytest.mark.anyio


def saved() -> dict[str, Any]:
    """The profiles that the program has written."""
    table: dict[str, Any] = tomllib.loads((config_dir() / "profiles.toml").read_text())["profiles"]
    return table


@pytest.mark.parametrize("browser", ["restricted", "commands"])
@pytest.mark.parametrize("key", ["v", "V", "E"])
async def test_editor_and_pager_are_not_offered(key: str, browser: str) -> None:
    async with started(small_server("One"), browser=browser) as (app, pilot):
        await press(pilot, "enter", key)
        assert remarks(app) == NO_TERMINAL
        assert isinstance(app.screen, MainScreen)


async def test_a_command_is_offered_only_if_serve_says_so() -> None:
    async with started(small_server("One"), browser="restricted") as (app, pilot):
        await press(pilot, "enter", "vertical_line")
        assert isinstance(app.screen, MainScreen)
        assert remarks(app) == NO_COMMANDS
        await press(pilot, "question_mark")
        assert "through a command" not in screen_text(app)
    async with started(small_server("One"), browser="commands") as (app, pilot):
        await press(pilot, "enter", "vertical_line")
        assert isinstance(app.screen, PipeAsk)


@pytest.mark.parametrize(("browser", "ran"), [("restricted", False), ("commands", True)])
async def test_copying_runs_no_program(
    browser: str, ran: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "copier"
    program.write_text(f"#!/bin/sh\ncat > '{tmp_path}/copied'\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("tui.ui.clipboard.PROGRAMS", (("copier", ()),))
    async with started(small_server("One"), browser=browser) as (app, pilot):
        await press(pilot, "enter", "Y")
        assert app.clipboard
        assert (tmp_path / "copied").exists() is ran


async def test_a_profile_names_nothing_of_this_machine() -> None:
    async with started(small_server("One"), browser="restricted") as (app, pilot):
        await press(pilot, "ctrl+o", "n")
        assert isinstance(app.screen, ConnectionForm)
        assert not OF_THIS_MACHINE & {field.id for field in app.screen.query(Input)}
        assert "cannot use variables, programs or files" in screen_text(app)
        app.screen.query_one("#name", Input).value = "lab"
        app.screen.query_one("#base_url", Input).value = "lab.example"
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectionsScreen)
    assert saved() == {"lab": {"base_url": "https://lab.example"}}


async def test_a_profile_names_what_it_likes_where_commands_are_allowed() -> None:
    async with started(small_server("One"), browser="commands") as (app, pilot):
        await press(pilot, "ctrl+o", "n")
        assert {field.id for field in app.screen.query(Input)} >= OF_THIS_MACHINE - {"letta_code"}, (
            "a folder stands in the field for the server"
        )


@pytest.mark.parametrize("source", [{"api_key_command": "pass letta"}, {"api_key_env": "LAB_KEY"}])
async def test_the_key_of_a_profile_goes_to_no_address_that_is_typed_in_a_browser(
    source: dict[str, str],
) -> None:
    ProfileStore().save("lab", {"base_url": "https://lab.example", "ca_file": "/ca.pem", **source})
    async with started(small_server("One"), browser="restricted") as (app, pilot):
        await press(pilot, "ctrl+o", "e")
        app.screen.query_one("#base_url", Input).value = "https://elsewhere.example"
        await press(pilot, "enter")
        assert "cannot be changed in a browser without typing the key" in pane_text(app, "#complaint")
        assert saved()["lab"]["base_url"] == "https://lab.example"
        app.screen.query_one("#base_url", Input).value = "lab.example"
        app.screen.query_one("#agent", Input).value = "Ada"
        await press(pilot, "enter")
        kept = {"base_url": "https://lab.example", "ca_file": "/ca.pem", "agent": "Ada"}
        assert saved()["lab"] == {**kept, **source}
        await press(pilot, "e")
        app.screen.query_one("#base_url", Input).value = "https://elsewhere.example"
        app.screen.query_one("#typed", Input).value = "sk-typed"
        await press(pilot, "enter")
        key = str(config_dir() / "keys" / "lab.key")
        assert saved()["lab"] == {**kept, "base_url": "https://elsewhere.example", "api_key_file": key}
