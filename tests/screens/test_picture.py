"""The picture of the list for the next start: what it holds, and when none is kept."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    main_screen,
    make_app,
    press,
    screen_lines,
    settle,
    small_server,
    started,
)
from tui.backends.demo.transport import DemoTransport
from tui.config.setting_rules import DEFAULT_THEME, THEMES
from tui.domain.times import short
from tui.local.pictures import HARMLESS
from tui.screens.picturing import picture_of
from tui.storage.paths import state_dir

pytestmark = pytest.mark.anyio
HERE: dict[str, Any] = {"demo": False, "base_url": "http://letta.test"}


def kept() -> list[str]:
    """The pictures on disk, as lines of text."""
    files = sorted((state_dir() / "pictures").glob("*"))
    return [re.sub(r"\x1b\[[0-9;]*[mH]", "", path.read_text()) for path in files]


async def leave(transport: DemoTransport, *keys: str, size: tuple[int, int] = WIDE, **settings: Any) -> None:
    """Start, press keys, quit."""
    async with started(transport, size=size, **HERE | settings) as (_, pilot):
        await press(pilot, *keys, "ctrl+q")


async def test_it_is_the_list_with_the_time_at_which_it_was_read() -> None:
    transport = small_server("One", "Two")
    async with started(transport, **HERE) as (app, pilot):
        await press(pilot, "j", "e")
        before = screen_lines(app)
        told = picture_of(main_screen(app))
        assert told is not None
        text = told[1]
        assert text is not None
        assert HARMLESS.fullmatch(text)
        await settle(pilot)
        assert screen_lines(app) == before, "what is on the screen stays as it was"
        lines = re.sub(r"\x1b\[[0-9;]*m", "", re.sub(r"\x1b\[\d+;1H", "\n", text)).split("\n")[1:]
        assert [len(line) for line in lines] == [WIDE[0]] * WIDE[1]
        assert "connecting" in lines[0]
        assert f"as of {short(app._clock())}, starting…" in lines[1]
        width = main_screen(app).list.region.right
        shown = [line[:width] for line in lines[2:-1]]
        assert shown == [line[:width] for line in before[2:-1]]
        assert not "".join(line[width + 1 :] for line in lines[2:-1]).strip(), "no word of a conversation"


async def test_it_is_kept_at_the_end_and_only_of_this_list() -> None:
    transport = small_server("One", "Two")
    await leave(transport)
    (text,) = kept()
    assert "One" in text
    await leave(transport)
    assert len(kept()) == 1
    await leave(transport, readonly=True)
    assert len(kept()) == 2


@pytest.mark.parametrize(
    "settings",
    [{"demo": True}, {"last_visit": False}],
    ids=["demo", "not wanted"],
)
async def test_none_is_kept_where_rows_are_not(settings: dict[str, Any]) -> None:
    await leave(small_server("One"), **settings)
    assert kept() == []


async def test_a_list_that_is_not_seen_leaves_none() -> None:
    transport = small_server("One")
    await leave(transport, size=NARROW)
    assert len(kept()) == 1
    await leave(transport, "enter", size=NARROW)
    assert kept() == [], "the next start begins with the list"


async def test_rows_of_the_last_visit_are_not_kept_anew_as_of_now() -> None:
    transport = small_server("One")
    await leave(transport)
    before = kept()
    gate = transport.hold()
    app = make_app(transport, **HERE)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        assert picture_of(main_screen(app)) is None
        gate.open()
        await settle(pilot)
    assert kept() == before


async def test_hostile_rows_are_harmless_in_it() -> None:
    transport = small_server(HOSTILE, "Two", name=HOSTILE)
    async with started(transport, **HERE) as (app, _):
        assert_harmless(app)
        told = picture_of(main_screen(app))
        assert told is not None
        assert told[1] is not None
        assert HARMLESS.fullmatch(told[1])
        assert "\u202e" not in told[1]


async def test_it_goes_by_the_theme_that_a_start_begins_with() -> None:
    async with started(small_server("One"), **HERE) as (app, _):
        assert app.theme == DEFAULT_THEME
        assert app.available_themes.keys() >= THEMES
