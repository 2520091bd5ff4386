"""A message through a command of the user's: asked for, shown, killed when it takes too long."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    HOSTILE,
    assert_harmless,
    flush,
    post_keys,
    press,
    screen_text,
    small_server,
    started,
    type_text,
)
from tui.ui.dialogs.pipe import PipeAsk, PipeScreen
from tui.ui.tools.tool_screen import ReaderTool

pytestmark = pytest.mark.anyio


async def test_a_message_goes_through_a_command_and_the_next_prompt_remembers_it() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "enter", "vertical_line")
        assert isinstance(app.screen, PipeAsk)
        assert "Standard input: system" in screen_text(app)
        await type_text(pilot, "grep -c base_instructions; exit 7")
        await press(pilot, "enter")
        assert isinstance(app.screen, PipeScreen)
        assert "exit code 7" in screen_text(app)
        assert app.screen.reader.items[0].text == "2"
        await press(pilot, "escape", "vertical_line", "enter")
        assert isinstance(app.screen, PipeScreen), "enter takes the command of last time"


async def test_what_a_command_says_is_never_obeyed() -> None:
    async with started(small_server(HOSTILE)) as (app, pilot):
        await press(pilot, "enter", "vertical_line")
        await type_text(pilot, r"printf '\033]0;owned\007[/foo] [@click=app.quit]x'")
        await press(pilot, "enter")
        assert "[/foo] [@click=app.quit]x" in screen_text(app)
        assert_harmless(app)


async def test_escape_kills_a_command_before_it_leaves() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "enter", "vertical_line")
        await type_text(pilot, "exec sleep 1000")
        await post_keys(pilot, "enter")
        await flush(pilot)
        assert isinstance(app.screen, ReaderTool)
        assert app.screen.busy
        await press(pilot, "escape")
        assert isinstance(app.screen, ReaderTool)
        assert "stopped: r runs it again" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, ReaderTool)


async def test_an_empty_command_runs_nothing() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "enter", "vertical_line", "enter")
        assert isinstance(app.screen, PipeAsk)
        await press(pilot, "escape")
        assert not isinstance(app.screen, PipeAsk)
