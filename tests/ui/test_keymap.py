"""Keys and themes of the user's own, from the settings and from the palette."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Mapping

import pytest
from textual.keys import Keys, format_key, key_to_character

from tests.app_helpers import (
    key_of,
    main_screen,
    make_app,
    press,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tui.actions import ACTIONS
from tui.cli import main
from tui.config.config_file import Config
from tui.config.key_names import key_named
from tui.config.keymap import key_mistakes
from tui.storage.paths import config_dir
from tui.storage.state import user_state

pytestmark = pytest.mark.anyio


async def test_another_key_sorts_and_help_and_footer_know_it() -> None:
    async with started(keys={"list.sort": "o", "app.help": "f4"}) as (app, pilot):
        before = main_screen(app).reading.conversations.feed.order.sort
        await press(pilot, "s")
        assert main_screen(app).reading.conversations.feed.order.sort is before
        await press(pilot, "o")
        assert main_screen(app).reading.conversations.feed.order.sort is before.next
        assert key_of(app, "app.help") == "f4"
        await press(pilot, "f4")
        assert "f4 Help Search the keys of this pane" in screen_text(app)
        await type_text(pilot, "o")
        assert "o Sort Sort by created" in screen_text(app)


async def test_an_act_that_shared_the_key_keeps_it() -> None:
    """The filter goes to another key; find in the detail stays on the slash."""
    async with started(keys={"list.filter": "f4"}) as (app, pilot):
        await press(pilot, "f4")
        assert main_screen(app).panes.left.filter_line.has_focus
        await press(pilot, "escape", "enter", "slash")
        assert main_screen(app).panes.detail.find_line.display


async def test_a_key_of_the_detail_can_do_something_else_in_the_list() -> None:
    """Each place has its own keys, and the one that is given away still works in the other."""
    keys = {"list.mark": "v"}
    assert key_mistakes(Config(keys=keys)) == []
    async with started(small_server("One"), keys=keys) as (app, pilot):
        await press(pilot, "v")
        assert main_screen(app).marks
        await press(pilot, "enter")
        assert key_of(app, "item.pager") == "v"
        assert key_of(app, "item.fold") == "space"


async def test_a_key_of_the_users_own_says_where_it_works() -> None:
    async with started(small_server("One"), keys={"list.filter": "f4"}) as (app, pilot):
        await press(pilot, "enter", "f4")
        assert "Filter works in the list of conversations" in remarks(app)


def test_every_key_has_a_name() -> None:
    for action in ACTIONS:
        assert [key_named(key) for key in action.key_names] == list(action.key_names)
    assert key_named("?") == "question_mark"
    assert key_named("ctrl+o") == "ctrl+o"
    assert key_named("F4") is None
    assert key_named("hyper") is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"list.srot": "o"}, "keys.list.srot: is not an action; did you mean list.sort?"),
        ({"list.sort": "j"}, "keys.list.sort: j does move.down (Down) in the same place"),
        ({"ask.yes": "D"}, "keys.ask.yes: D does conversation.delete (Delete) in the same place"),
        ({"edit.save": "s"}, "could no longer be typed there"),
    ],
)
def test_mistakes_are_told(keys: Mapping[str, str], said: str) -> None:
    (found,) = key_mistakes(Config(keys=keys))
    assert said in str(found)


def test_keys_and_theme_are_checked_with_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(
        'theme = "nrod"\npagesize = 3\n[keys]\nlist.sort = "j"\n', encoding="utf-8"
    )
    assert main(["--demo"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4
    assert "config.toml:1: theme: 'nrod' is not a theme; did you mean nord?" in told[1]
    assert "config.toml:2: pagesize" in told[2]
    assert "config.toml:4: keys.list.sort: j does move.down" in told[3]


def test_keys_have_the_names_that_textual_gives_them() -> None:
    for code in range(32, 0x250):
        if chr(code).isprintable():
            name = key_named(chr(code)) or ""
            by_unicode = unicodedata.name(chr(code)).lower().replace("-", "_").replace(" ", "_")
            assert name == by_unicode or chr(code) in (key_to_character(name), format_key(name))
    for key in Keys:
        assert key_named(key.value) is not None


@pytest.mark.parametrize("command", [["list", "--demo", "--all"], ["info"], ["profile", "list"]])
def test_a_command_without_a_screen_checks_the_keys_too(command: list[str]) -> None:
    """With the same words as the screen, and without loading what paints it."""
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(
        'page_size = "x"\n[keys]\n"list.srot" = "o"\n', encoding="utf-8"
    )
    script = "import sys; from tui.cli import main; code = main(sys.argv[1:]); print('textual' in sys.modules, code)"
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False 2\n"
    head, *told = done.stderr.splitlines()
    assert "2 mistakes in the settings; nothing was started" in head
    assert "config.toml:1: page_size: must be a whole number" in told[0]
    assert "config.toml:3: keys.list.srot: is not an action; did you mean list.sort?" in told[1]


async def test_a_theme_chosen_in_the_palette_is_kept_for_the_next_start() -> None:
    async with started() as (app, pilot):
        app.theme = "nord"
        await settle(pilot)
    assert user_state().theme() == "nord"
    assert make_app().theme == "nord"
    assert make_app(theme="dracula").theme == "dracula"


async def test_a_theme_of_the_settings_holds() -> None:
    async with started(theme="ansi-light", sources={"theme": "config.toml"}) as (app, pilot):
        app.theme = "nord"
        await settle(pilot)
        assert "This theme is used until you quit: config.toml sets ansi-light" in remarks(app)
    assert user_state().theme() is None


async def test_an_unknown_theme_of_the_environment_is_told_and_does_no_harm() -> None:
    async with started(theme="nrod", sources={"theme": "environment LETTA_TUI_THEME"}) as (app, _):
        assert "'nrod' is not a theme; did you mean nord?" in remarks(app)
